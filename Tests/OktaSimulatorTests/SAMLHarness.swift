import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

/// An application that speaks SAML: its key, and the messages it sends.
struct SAMLApplication {
    static let acsURL = "http://localhost:8300/login/saml/okta-saml"
    static let audience = acsURL + "/metadata"
    static let logoutURL = "http://localhost:8300/logout/saml/okta-saml"

    /// RSA keys take time to make: applications share one, and the simulator's are short.
    fileprivate static let sharedKey = Result { try KeyPair.generate(for: .rs256) }

    let exk: String
    let key: KeyPair
    let certificate: X509Certificate
    /// As the simulator answered.
    let json: JSONValue

    func certificate(active: Bool = true) throws -> X509Certificate {
        let entry = json["certificates"]?.array?.first { $0["active"]?.bool == active }
        return try X509Certificate(text: try #require(entry).text("pem"))
    }

    func path(_ address: String) throws -> String {
        try String(json.text(address).dropFirst("http://localhost:8302".count))
    }

    /// An AuthnRequest with these attributes and contents more.
    static func authnRequest(_ attributes: String = "", _ content: String = "") -> String {
        """
        <samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" \
        xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_request" Version="2.0" \
        IssueInstant="2027-01-15T08:00:00Z" \(attributes)><Issuer>\(audience)</Issuer>\(content)</samlp:AuthnRequest>
        """
    }

    static func context(_ classes: String..., comparison: String = "exact") -> String {
        let list = classes.map { "<AuthnContextClassRef>\($0)</AuthnContextClassRef>" }.joined()
        return "<samlp:RequestedAuthnContext Comparison=\"\(comparison)\">\(list)</samlp:RequestedAuthnContext>"
    }

    func logoutRequest(
        _ nameID: String, _ sessionIndex: String?, issuer: String = audience, attributes: String = ""
    ) throws -> String {
        let index = sessionIndex.map { "<samlp:SessionIndex>\($0)</samlp:SessionIndex>" } ?? ""
        return """
            <samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" \
            xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_logout" Version="2.0" \
            IssueInstant="2027-01-15T08:00:00Z" Destination="\(try json.text("slo_url"))" \(attributes)>\
            <Issuer>\(issuer)</Issuer><NameID>\(nameID)</NameID>\(index)</samlp:LogoutRequest>
            """
    }

    /// The query of the redirect binding, signed when there is a key.
    static func query(
        _ xml: String, as parameter: String = "SAMLRequest", relayState: String? = nil, key: KeyPair? = nil
    ) throws -> String {
        let packed = try #require(Deflate.deflated(Array(xml.utf8)))
        var fields = [(parameter, Data(packed).base64EncodedString())]
        if let relayState { fields.append(("RelayState", relayState)) }
        guard let key else { return formEncoded(fields) }
        let signed = formEncoded(fields + [("SigAlg", XMLSignatureAlgorithm.rsaSHA256.identifier)])
        let value = try key.xmlSignature(of: Array(signed.utf8), with: .rsaSHA256)
        return signed + "&" + formEncoded([("Signature", Data(value).base64EncodedString())])
    }
}

/// The form that carries a message to the application.
struct SAMLForm {
    let action: String
    let fields: [String: String]

    init(_ page: TestResponse) throws {
        #expect(page.status == .ok)
        let html = String(buffer: page.body)
        action = try String(#require(html.firstMatch(of: /id="appForm" method="post" action="([^"]+)"/)).1)
        fields = Dictionary(
            html.matches(of: /name="([^"]+)" value="([^"]*)"/).map { (String($0.1), String($0.2)) },
            uniquingKeysWith: { first, _ in first })
    }

    func message(_ parameter: String = "SAMLResponse") throws -> XMLElement {
        let data = try #require(Data(base64Encoded: fields[parameter] ?? ""))
        return try XMLReader.read(Array(data))
    }
}

extension SimulatorHarness {
    /// Adds an app with a certificate of the application's.
    func addApp(_ exk: String = "exk1", _ settings: JSONValue = [:]) async throws -> SAMLApplication {
        let key = try SAMLApplication.sharedKey.get()
        let certificate = try X509Certificate.selfSigned(
            key, commonName: "application", notBefore: organization.clock.now, days: 1)
        let body: JSONValue = [
            "exk": .string(exk), "acs_url": .string(SAMLApplication.acsURL),
            "audience": .string(SAMLApplication.audience), "logout_url": .string(SAMLApplication.logoutURL),
            "sp_certificate": .string(certificate.pem), "certificate": ["bits": 1024],
        ]
        let added = try await client.execute(
            uri: "/simulator/saml-apps", method: .post,
            body: ByteBuffer(bytes: try body.merging(settings.object ?? [:]).encoded()))
        #expect(added.status == .created)
        return SAMLApplication(exk: exk, key: key, certificate: certificate, json: try added.json())
    }

    func changeApp(_ exk: String = "exk1", _ body: String) async throws -> TestResponse {
        try await client.execute(
            uri: "/simulator/saml-apps/\(exk)", method: .patch, body: ByteBuffer(string: body))
    }

    func get(_ uri: String, cookie: String? = nil) async throws -> TestResponse {
        try await client.execute(uri: uri, method: .get, headers: cookie.map { [.cookie: $0] } ?? [:])
    }

    func post(_ fields: [(String, String)], to uri: String, cookie: String? = nil) async throws -> TestResponse {
        try await client.execute(
            uri: uri, method: .post, headers: cookie.map { [.cookie: $0] } ?? [:],
            body: ByteBuffer(string: formEncoded(fields)))
    }

    /// Sends an AuthnRequest by redirect.
    func begin(
        _ app: SAMLApplication, _ request: String = SAMLApplication.authnRequest(), relayState: String? = nil,
        key: KeyPair? = nil, cookie: String? = nil
    ) async throws -> TestResponse {
        let query = try SAMLApplication.query(request, relayState: relayState, key: key)
        return try await get("\(try app.path("sso_url"))?\(query)", cookie: cookie)
    }

    /// The cookie of a browser that is signed in.
    func cookie(for email: String = "ada@acme.example") async throws -> String {
        try await order("sessions", #"{"email": "\#(email)"}"#).json().text("cookie")
    }
}
