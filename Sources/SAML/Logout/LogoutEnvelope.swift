import Cryptography
import Identity
import XMLTree

/// What a logout message must fulfil to be believed at all.
package struct LogoutExpectation: Sendable {
    let issuer: String
    let certificates: [Certificate]
    let destination: String
    let clockSkew: Duration
    let insecureAllowsSHA1: Bool

    /// - Parameters:
    ///   - issuer: the identity provider.
    ///   - certificates: its keys, any of which may have signed.
    ///   - destination: our own URL for logout messages.
    package init(
        issuer: String, certificates: [Certificate], destination: String, clockSkew: Duration = .seconds(60),
        insecureAllowsSHA1: Bool = false
    ) {
        self.issuer = issuer
        self.certificates = certificates
        self.destination = destination
        self.clockSkew = clockSkew
        self.insecureAllowsSHA1 = insecureAllowsSHA1
    }

    /// A logout is told at once, and an old one would end a session that began after it.
    static let maximumAge = Duration.seconds(300)
}

/// A logout message whose signature, sender, addressee and age are as they must be: what a request and a response have in
/// common (SAML Profiles §4.4.4).
struct LogoutEnvelope {
    let head: MessageHead
    let issuer: String
    /// From then on the message is refused for its age.
    let freshUntil: UnixTime
    /// The root, of signed octets.
    let root: XMLElement
    /// What follows Issuer and Extensions.
    let content: ChildReader

    /// A message of the redirect binding: its signature is over the query.
    init(
        _ message: RedirectMessage, _ kind: RedirectMessage.Kind, _ expectation: LogoutExpectation, now: UnixTime
    ) throws(SAMLRejection) {
        guard message.kind == kind else {
            throw SAMLRejection(
                .logoutMessageUnexpected, "the query does not hold the kind of message that is expected here",
                expected: kind.rawValue, found: message.kind.rawValue)
        }
        let xml = try message.verifiedXML(
            certificates: expectation.certificates, insecureAllowsSHA1: expectation.insecureAllowsSHA1)
        let document = try XMLDocument.parsing(xml)
        try DocumentSurvey.check(rootedAt: document.root)
        let root = document.root
        // SAML Bindings §3.4.4.1: a signature within is taken out before encoding. Two signatures may be of two opinions.
        guard root.children(SignatureName.signature).isEmpty else {
            throw SAMLRejection(.queryMessageSignedInside, "the message in the query holds a signature of its own")
        }
        try self.init(root, kind, expectation, now: now)
    }

    /// A message of the POST binding: its signature is within.
    init(
        post xml: [UInt8], _ kind: RedirectMessage.Kind, _ expectation: LogoutExpectation, now: UnixTime
    ) throws(SAMLRejection) {
        let document = try XMLDocument.parsing(xml)
        try Self.checkName(of: document.root, kind)
        guard !document.root.children(SignatureName.signature).isEmpty else {
            throw SAMLRejection(
                .logoutSignatureMissing,
                "the \(document.root.localName) is not signed; let the identity provider sign its logout messages")
        }
        let verifier = SignatureVerifier(
            certificates: expectation.certificates, insecureAllowsSHA1: expectation.insecureAllowsSHA1)
        // From here on only what was digested exists.
        let signed = try verifier.signedMessage(document.root).document
        try self.init(signed.root, kind, expectation, now: now)
    }

    private init(
        _ root: XMLElement, _ kind: RedirectMessage.Kind, _ expectation: LogoutExpectation, now: UnixTime
    ) throws(SAMLRejection) {
        try Self.checkName(of: root, kind)
        guard !root.hasStrayText else {
            throw SAMLRejection(.logoutMessageMalformed, "there is text between the elements of the \(root.localName)")
        }
        head = try MessageHead(of: root)
        var content = ChildReader(root)
        guard let issuer = content.take(AssertionName.issuer) else {
            throw SAMLRejection(.issuerMissing, "the \(root.localName) does not begin with its Issuer")
        }
        try issuer.checkIssuer(expectation.issuer, of: root.localName)
        self.issuer = expectation.issuer
        _ = content.take(ProtocolName.extensions)
        try Self.checkDestination(of: root, expectation)
        freshUntil = try Self.freshness(head.issueInstant, expectation, now: now)
        self.root = root
        self.content = content
    }

    private static func checkName(of root: XMLElement, _ kind: RedirectMessage.Kind) throws(SAMLRejection) {
        guard root.matches(kind == .request ? ProtocolName.logoutRequest : ProtocolName.logoutResponse) else {
            throw SAMLRejection(
                .logoutMessageUnexpected, "the message is another than is expected here",
                expected: kind == .request ? "LogoutRequest" : "LogoutResponse", found: root.shownName)
        }
    }

    /// SAML Bindings §3.4.5.2, §3.5.5.2: a signed message names where it goes, or it could be sent on to somebody else.
    private static func checkDestination(
        of root: XMLElement, _ expectation: LogoutExpectation
    ) throws(SAMLRejection) {
        guard let destination = root.attribute("Destination") else {
            throw SAMLRejection(
                .logoutDestinationMissing, "the \(root.localName) does not say where it goes to",
                expected: expectation.destination)
        }
        guard destination.isIdentical(to: expectation.destination) else {
            throw SAMLRejection(
                .destinationMismatch,
                "the \(root.localName) is for another address; compare with \(OktaSetting.advanced("Single Logout URL"))",
                expected: expectation.destination, found: destination)
        }
    }

    private static func freshness(
        _ issueInstant: UnixTime, _ expectation: LogoutExpectation, now: UnixTime
    ) throws(SAMLRejection) -> UnixTime {
        let tolerance = LogoutExpectation.maximumAge + expectation.clockSkew
        guard now <= issueInstant + tolerance else {
            throw SAMLRejection(
                .logoutTooOld, "the message was issued too long ago; compare the clocks of both sides",
                expected: "after \(now - tolerance)", found: issueInstant.description)
        }
        guard issueInstant <= now + tolerance else {
            throw SAMLRejection(
                .logoutIssuedInFuture, "the message is from the future; compare the clocks of both sides",
                expected: "before \(now + tolerance)", found: issueInstant.description)
        }
        return issueInstant + tolerance
    }
}

extension ProtocolName {
    static let logoutRequest = XMLName("LogoutRequest", in: namespace)
    static let logoutResponse = XMLName("LogoutResponse", in: namespace)
    static let extensions = XMLName("Extensions", in: namespace)
    static let sessionIndex = XMLName("SessionIndex", in: namespace)
}
