/// What tests order to be wrong with a SAML message's signatures.
package enum SAMLForgery: String, Sendable, CaseIterable {
    /// The last bit of the signature is another.
    case flipped
    /// The digest is another, and the signature over it is good.
    case digest
    case stripped
    /// A key nobody knows, with its certificate in KeyInfo.
    case unpublishedKey = "unpublished-key"
    /// HMAC-SHA-256 with the public key's PEM text for its secret.
    case hmac
}
