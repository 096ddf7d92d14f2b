import HTTPTypes
import Identity

/// What an administrator opens to tell the identity provider about this gateway.
struct ServiceProviderMetadataRoute: Sendable {
    let services: GatewayServices

    /// `GET /login/saml/{provider}/metadata` (SAML Metadata §2.4.4).
    func answer(provider: ProviderName) throws -> Answer {
        let party = try services.live.requireSAMLParty(provider)
        return Answer(
            .ok,
            headers: [
                .contentType: "application/samlmetadata+xml", .cacheControl: "no-store",
                .xContentTypeOptions: "nosniff",
                .contentDisposition: "inline; filename=\"gatehouse-\(provider)-metadata.xml\"",
            ], body: try party.serviceProviderMetadata.get())
    }
}
