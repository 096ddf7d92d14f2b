import Cryptography
import Identity

/// What a response must say and be signed with to be accepted.
package struct ResponseExpectation: Sendable {
    /// What the response answers (rule 13).
    package enum Answers: Sendable {
        /// The one authentication request that this browser started.
        case request(id: String)
        /// No request at all: the person began at the identity provider.
        case unsolicited
    }

    /// The identity provider's entityID.
    package let issuer: String
    /// The pinned ones: their keys alone are trusted.
    package let certificates: [Certificate]
    /// The audience: our own entityID.
    package let entityID: String
    /// The assertion consumer service that the response was posted to.
    package let acsURL: String
    package let answers: Answers
    /// All are tried: one replaces the other some day.
    package let decryptionKeys: [PrivateKey]
    package let insecureAllowsSHA1: Bool
    package let clockSkew: Duration
    /// How long ago the person may have authenticated; when set, the assertion must say when it was.
    package let maximumAge: Duration?
    /// The moment from which on the person must have authenticated, because the request forced it; the skew is allowed.
    package let authenticatedAfter: UnixTime?
    /// The authentication contexts that were asked for; when there are any, the assertion's must be one of them.
    package let contextClasses: [String]

    /// - Parameter insecureAllowsSHA1: safe only while an old Okta tenant cannot be changed at once.
    package init(
        issuer: String, certificates: [Certificate], entityID: String, acsURL: String, answers: Answers,
        decryptionKeys: [PrivateKey] = [], insecureAllowsSHA1: Bool = false, clockSkew: Duration = .seconds(60),
        maximumAge: Duration? = nil, authenticatedAfter: UnixTime? = nil, contextClasses: [String] = []
    ) {
        self.issuer = issuer
        self.certificates = certificates
        self.entityID = entityID
        self.acsURL = acsURL
        self.answers = answers
        self.decryptionKeys = decryptionKeys
        self.insecureAllowsSHA1 = insecureAllowsSHA1
        self.clockSkew = clockSkew
        self.maximumAge = maximumAge
        self.authenticatedAfter = authenticatedAfter
        self.contextClasses = contextClasses
    }
}
