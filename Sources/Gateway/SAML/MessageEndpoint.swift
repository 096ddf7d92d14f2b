import Cryptography
import SAML

/// An address of the identity provider, and the binding by which it takes messages there.
struct MessageEndpoint: Sendable {
    let url: String
    let binding: ServiceProviderSettings.Binding

    /// By the preferred binding where the identity provider has both; nil when it has neither.
    init?(redirect: String?, post: String?, preferring preferred: ServiceProviderSettings.Binding) {
        switch (redirect, post) {
        case (let redirect?, nil): (url, binding) = (redirect, .redirect)
        case (nil, let post?): (url, binding) = (post, .post)
        case (let redirect?, let post?): (url, binding) = (preferred == .post ? post : redirect, preferred)
        case (nil, nil): return nil
        }
    }

    /// - Parameter id: the message's own.
    /// - Throws: `CryptographyError` when it cannot be signed.
    func destination(
        _ message: OutgoingMessage, id: String, relayState: String?, signer: MessageSigner?
    ) throws(CryptographyError) -> BrowserDestination {
        switch binding {
        case .redirect: .url(try RedirectBinding.url(url, message, relayState: relayState, signer: signer))
        case .post:
            .form(try PostBinding.form(url, message, id: id, relayState: relayState, signer: signer))
        }
    }
}
