import FoundationEssentials
import NIOPosix

/// A signing key of a SAML app, and the certificate it is known by.
struct SAMLSigningKey: Sendable {
    /// What a new certificate is like. Okta's are RSA with 2048 bits, good for ten years.
    struct Order: Sendable {
        var bits: Int32 = 2048
        var days = 3653
    }

    let pair: KeyPair
    let certificate: X509Certificate
    let notAfter: Date

    /// The certificate's fingerprint.
    var id: String { certificate.fingerprint }

    /// An RSA key takes some hundred milliseconds of computing, so it is made off the cooperative pool.
    static func generate(_ order: Order = Order(), now: Date) async throws -> SAMLSigningKey {
        try await NIOThreadPool.singleton.runIfActive {
            let pair = try KeyPair.generate(for: .rs256, rsaBits: order.bits)
            let certificate = try X509Certificate.selfSigned(
                pair, commonName: "okta-simulator", notBefore: now, days: order.days)
            return SAMLSigningKey(
                pair: pair, certificate: certificate,
                notAfter: now.addingTimeInterval(TimeInterval(order.days) * 86400))
        }
    }
}
