import FuzzingSupport
import SAML

/// Metadata of identity providers.
///
/// Promise: endpoints are https, or on this machine.
enum MetadataTarget {
    static func run(_ bytes: [UInt8]) -> CInt {
        guard let metadata = try? IdentityProviderMetadata(bytes, issuer: nil) else { return 0 }
        Fuzzing.accepted()
        require(!metadata.entityID.isEmpty && !metadata.certificates.isEmpty, "there is a name and a key")
        let endpoints = [
            metadata.ssoRedirect, metadata.ssoPost, metadata.sloRedirect, metadata.sloPost,
            metadata.sloResponseRedirect, metadata.sloResponsePost,
        ]
        for endpoint in endpoints.compactMap(\.self) {
            let isLocal = ["http://localhost", "http://127.", "http://[::1]"].contains(where: endpoint.hasPrefix)
            require(endpoint.hasPrefix("https://") || isLocal, "an endpoint is https or here, not \(endpoint)")
        }
        return 0
    }
}
