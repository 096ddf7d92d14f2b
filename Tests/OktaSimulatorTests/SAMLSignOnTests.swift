import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Sign-on by SAML")
struct SAMLSignOnTests {
    @Test("A request by redirect is answered as Okta answers: both signatures, the person, five minutes around")
    func redirect() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let page = try await simulator.begin(app, relayState: "a state")
            let form = try SAMLForm(await simulator.choose("ada@acme.example", on: page))
            #expect(form.action == SAMLApplication.acsURL)
            #expect(form.fields["RelayState"] == "a state")
            let response = try form.message()
            let assertion = try #require(response.first(.saml2, "Assertion"))
            let key = try app.certificate().publicKey()
            #expect(EnvelopedSignature.isValid(response, key: key))
            #expect(EnvelopedSignature.isValid(assertion, key: key))
            for element in [response, assertion] {
                #expect(element.elements.map(\.name.local).prefix(2) == ["Issuer", "Signature"])
                #expect(element.elements.first?.text == "http://www.okta.com/exk1")
            }
            #expect(response.attribute("InResponseTo") == "_request")
            #expect(response.attribute("Destination") == SAMLApplication.acsURL)
            let conditions = try #require(assertion.first(.saml2, "Conditions"))
            #expect(conditions.attribute("NotBefore") == "2027-01-15T07:55:00.000Z")
            #expect(conditions.attribute("NotOnOrAfter") == "2027-01-15T08:05:00.000Z")
            let subject = try #require(assertion.first(.saml2, "Subject"))
            #expect(subject.first(.saml2, "NameID")?.text == "ada@acme.example")
            let statement = try #require(assertion.first(.saml2, "AuthnStatement"))
            #expect(statement.attribute("SessionIndex") == "_request")
            #expect(assertion.values("groups") == ["Everyone", "R&D, Zürich"])
            #expect(assertion.values("displayName") == ["Ada Berger"])
        }
    }

    @Test("A request by POST is redirected once, so that the browser shows its cookie")
    func post() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let message = ("SAMLRequest", base64(SAMLApplication.authnRequest()))
            let moved = try await simulator.post([message, ("RelayState", "s")], to: try app.path("sso_url"))
            #expect(moved.status == .seeOther)
            let location = String(try #require(moved.headers[.location]).dropFirst("http://localhost:8302".count))
            let form = try SAMLForm(await simulator.get(location, cookie: simulator.cookie()))
            #expect(form.fields["RelayState"] == "s")
            #expect(try form.message().attribute("InResponseTo") == "_request")
            #expect(try await simulator.get(location).status == .gone)
        }
    }

    @Test("The tile answers without a request")
    func tile() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp("exk1", ["default_relay_state": "http://localhost:8300/"])
            let cookie = try await simulator.cookie()
            let form = try SAMLForm(await simulator.get(try app.path("tile_url"), cookie: cookie))
            #expect(form.fields["RelayState"] == "http://localhost:8300/")
            let response = try form.message()
            #expect(response.attribute("InResponseTo") == nil)
            let statement = response.first(.saml2, "Assertion")?.first(.saml2, "AuthnStatement")
            #expect(try #require(statement?.attribute("SessionIndex")).hasPrefix("id1800000000000."))
            let other = try SAMLForm(await simulator.get(try app.path("tile_url") + "?RelayState=x", cookie: cookie))
            #expect(other.fields["RelayState"] == "x")
        }
    }

    @Test("Single sign-on answers at once, ForceAuthn asks again unless the app does not honour it")
    func forced() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let cookie = try await simulator.cookie()
            _ = try SAMLForm(await simulator.begin(app, cookie: cookie))
            _ = simulator.organization.clock.advance(bySeconds: 60)
            let forced = SAMLApplication.authnRequest(#"ForceAuthn="true""#)
            let page = try await simulator.begin(app, forced, cookie: cookie)
            let form = try SAMLForm(await simulator.choose("ada@acme.example", on: page, cookie: cookie))
            #expect(try form.message().authnInstant == "2027-01-15T08:01:00.000Z")
            _ = try await simulator.changeApp("exk1", #"{"honor_force_authn": false}"#)
            _ = try SAMLForm(await simulator.begin(app, forced, cookie: cookie))
        }
    }

    @Test("Without a session IsPassive gets the status NoPassive, signed and without an assertion")
    func passive() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let request = SAMLApplication.authnRequest(#"IsPassive="true""#)
            let response = try SAMLForm(await simulator.begin(app, request)).message()
            #expect(response.statuses == ["Responder", "NoPassive"])
            #expect(response.first(.saml2, "Assertion") == nil)
            #expect(EnvelopedSignature.isValid(response, key: try app.certificate().publicKey()))
        }
    }

    @Test("A requested context is reached by signing in again, and named; an unknown one is refused")
    func context() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let cookie = try await simulator.cookie()
            let wanted = "https://refeds.org/profile/mfa"
            let request = SAMLApplication.authnRequest("", SAMLApplication.context("urn:unknown", wanted))
            let page = try await simulator.begin(app, request, cookie: cookie)
            let response = try SAMLForm(await simulator.choose("ada@acme.example", on: page, cookie: cookie)).message()
            #expect(response.contextClass == wanted)
            #expect(try SAMLForm(await simulator.begin(app, request, cookie: cookie)).message().contextClass == wanted)
            let plain = try SAMLForm(await simulator.begin(app, cookie: cookie)).message()
            #expect(plain.contextClass == SAMLContextClass.passwordProtectedTransport)
            let unknown = SAMLApplication.authnRequest("", SAMLApplication.context("urn:unknown"))
            let refused = try SAMLForm(await simulator.begin(app, unknown, cookie: cookie)).message()
            #expect(refused.statuses == ["Responder", "NoAuthnContext"])
        }
    }

    @Test("An app that demands signatures takes those of its certificate only")
    func signedRequests() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp("exk1", ["signed_requests": true])
            #expect(try await simulator.begin(app).status == .badRequest)
            #expect(try await simulator.begin(app, key: KeyPair.generate(for: .rs256)).status == .badRequest)
            #expect(try await simulator.begin(app, relayState: "s", key: app.key).status == .ok)
            let query = try SAMLApplication.query(SAMLApplication.authnRequest(), relayState: "s", key: app.key)
            let changed = query.replacing("RelayState=s", with: "RelayState=t")
            #expect(try await simulator.get("\(try app.path("sso_url"))?\(changed)").status == .badRequest)
            let log = try await simulator.get("/simulator/log").json()["requests"]?.array ?? []
            #expect(log.map { $0["saml"]?["verified"] } == [false, false, true, false])
            #expect(log.map { $0["saml"]?["signed"] } == [false, true, true, true])
            #expect(log.last?["client_id"] == "exk1")
        }
    }

    @Test(
        "What the app's settings do not allow is a page",
        arguments: [
            #"Destination="http://localhost:8302/app/other/exk1/sso/saml""#,
            #"AssertionConsumerServiceURL="http://localhost:9/""#, #"ForceAuthn="yes""#,
            #"ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact""#,
        ])
    func refusal(_ attribute: String) async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let answer = try await simulator.begin(app, SAMLApplication.authnRequest(attribute))
            #expect(answer.status == .badRequest)
            #expect(String(buffer: answer.body).contains("role=\"alert\""))
        }
    }

    @Test("Whoever is not assigned gets no assertion; another name in the address is nobody's")
    func admission() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let page = try await simulator.begin(app)
            #expect(try await simulator.choose("colin@acme.example", on: page).status == .forbidden)
            #expect(try await simulator.get("/app/other/exk1/sso/saml").status == .notFound)
        }
    }
}

func base64(_ text: String) -> String {
    Base64URL.encode(text.utf8).replacing("-", with: "+").replacing("_", with: "/").padded
}

extension String {
    fileprivate var padded: String { self + String(repeating: "=", count: (4 - utf8.count % 4) % 4) }
}

extension XMLElement {
    /// Of an Assertion.
    func values(_ attribute: String) -> [String] {
        let statement = first(.saml2, "AttributeStatement")
        let found = statement?.all(.saml2, "Attribute").first { $0.attribute("Name") == attribute }
        return found?.elements.map(\.text) ?? []
    }

    /// Of a Response, without their prefix.
    var statuses: [String] {
        let outer = first(.saml2p, "Status")?.first(.saml2p, "StatusCode")
        return [outer, outer?.first(.saml2p, "StatusCode")].compactMap {
            $0?.attribute("Value")?.split(separator: ":").last.map(String.init)
        }
    }

    var authnInstant: String? {
        first(.saml2, "Assertion")?.first(.saml2, "AuthnStatement")?.attribute("AuthnInstant")
    }

    var contextClass: String? {
        first(.saml2, "Assertion")?.first(.saml2, "AuthnStatement")?.first(.saml2, "AuthnContext")?
            .first(.saml2, "AuthnContextClassRef")?.text
    }
}
