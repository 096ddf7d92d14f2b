import FoundationEssentials
import Hummingbird

/// A logout message on its way to an app, signed, in the form of its binding.
struct SAMLLogoutMessage: Sendable {
    let appID: String
    let messageID: String
    let binding: SAMLApp.Binding
    /// Where the app takes it.
    let address: String
    /// What the form or the query holds.
    let parameters: [(name: String, value: String)]

    /// The whole address, for the redirect binding.
    var redirect: String {
        address + (address.contains("?") ? "&" : "?") + formEncoded(parameters.map { ($0.name, $0.value) })
    }

    /// What a browser that comes for the message gets.
    func response(after method: HTTPRequest.Method, frameAncestors: String = "'none'") -> Response {
        switch binding {
        case .redirect:
            .seeOther(redirect, after: method)
        case .post:
            .postForm(
                to: address, parameters.map { ($0.name, $0.value) }, id: "appForm", frameAncestors: frameAncestors)
        }
    }
}

extension SAMLLogoutMessage {
    /// Tells the app that a participant's session ends.
    init?(
        ending participant: SAMLParticipants.Participant, _ entry: SAMLAppDirectory.Entry, tampering: Tampering,
        now: Date
    ) throws {
        guard let address = entry.app.logoutURL else { return nil }
        var content = SAMLLogoutContent(issuer: entry.app.issuer, destination: address, issued: now)
        content.notOnOrAfter = now.addingTimeInterval(SAMLResponse.tolerance)
        content.nameID = participant.nameID
        content.nameIDFormat = participant.nameIDFormat
        content.sessionIndexes = [participant.sessionIndex]
        let change = tampering.next(.samlLogoutRequest, on: .init(clientID: entry.app.id))
        try self.init(content, \.request, "SAMLRequest", to: address, entry, change, relayState: nil)
    }

    /// Answers the app's own request.
    init?(
        answering requestID: String, _ status: SAMLStatus, _ entry: SAMLAppDirectory.Entry, relayState: String?,
        tampering: Tampering, now: Date
    ) throws {
        guard let address = entry.app.logoutURL else { return nil }
        var content = SAMLLogoutContent(issuer: entry.app.issuer, destination: address, issued: now)
        content.inResponseTo = requestID
        content.status = status
        let change = tampering.next(.samlLogoutResponse, on: .init(clientID: entry.app.id))
        try self.init(content, \.response, "SAMLResponse", to: address, entry, change, relayState: relayState)
    }

    private init(
        _ content: SAMLLogoutContent, _ element: KeyPath<SAMLLogoutContent, XMLElement>, _ parameter: String,
        to address: String, _ entry: SAMLAppDirectory.Entry, _ change: Tampering.Change?, relayState: String?
    ) throws {
        let app = try entry.app.changed(by: change?.saml.settings ?? .object([:]))
        let content = try content.changed(change?.members ?? [:])
        var relayState = relayState
        if let other = change?.members["relay_state"] { relayState = other.string }
        (appID, messageID, binding) = (app.id, content.id, app.logoutBinding)
        self.address = address
        let signature = EnvelopedSignature(
            key: entry.active, algorithm: app.signatureAlgorithm, digest: app.digestAlgorithm, inclusivePrefixes: [],
            forgery: change?.saml.forgery)
        switch app.logoutBinding {
        case .post:
            let text = XMLWriter.document(try signature.sign(content[keyPath: element]))
            let fields = [(parameter, Data(text.utf8).base64EncodedString())]
            parameters = fields + (relayState.map { [("RelayState", $0)] } ?? [])
        case .redirect:
            let text = Array(XMLWriter.document(content[keyPath: element]).utf8)
            guard let packed = Deflate.deflated(text) else { throw CryptographyError(description: "deflate failed") }
            let fields = [(parameter, Data(packed).base64EncodedString())]
            parameters = try signature.signQuery(fields + (relayState.map { [("RelayState", $0)] } ?? []))
        }
    }
}

extension EnvelopedSignature {
    /// The signature of the redirect binding (SAML Bindings §3.4.4.1): over the query itself, and beside it.
    fileprivate func signQuery(_ fields: [(name: String, value: String)]) throws -> [(name: String, value: String)] {
        guard forgery != .stripped else { return fields }
        let signed = fields + [("SigAlg", methodIdentifier)]
        let octets = Array(formEncoded(signed.map { ($0.name, $0.value) }).utf8)
        return signed + [("Signature", Data(try value(of: octets).value).base64EncodedString())]
    }
}
