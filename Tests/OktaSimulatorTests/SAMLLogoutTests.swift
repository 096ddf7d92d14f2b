import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Single logout by SAML")
struct SAMLLogoutTests {
    @Test("The app's signed request ends the session and is answered, signed, with its RelayState")
    func byApp() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let cookie = try await simulator.signIn(app)
            let request = try app.logoutRequest("ada@acme.example", "_request")
            let query = try SAMLApplication.query(request, relayState: "s", key: app.key)
            let form = try SAMLForm(await simulator.get("\(try app.path("slo_url"))?\(query)"))
            #expect(form.action == SAMLApplication.logoutURL)
            #expect(form.fields["RelayState"] == "s")
            let answer = try form.message()
            #expect(answer.name.local == "LogoutResponse")
            #expect(answer.attribute("InResponseTo") == "_logout")
            #expect(answer.statuses == ["Success"])
            #expect(EnvelopedSignature.isValid(answer, key: try app.certificate().publicKey()))
            // Without a cookie: the name and the index were enough.
            #expect(try await simulator.begin(app, cookie: cookie).body.contains("Choose a person"))
        }
    }

    @Test(
        "A request that is not good ends nothing",
        arguments: [("unsigned", ""), ("signed", #"NotOnOrAfter="2027-01-15T08:00:00Z""#), ("issuer", "")])
    func refusal(_ fault: String, _ attributes: String) async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let cookie = try await simulator.signIn(app)
            let request = try app.logoutRequest(
                "ada@acme.example", nil, issuer: fault == "issuer" ? "other" : SAMLApplication.audience,
                attributes: attributes)
            let query = try SAMLApplication.query(request, key: fault == "unsigned" ? nil : app.key)
            #expect(try await simulator.get("\(try app.path("slo_url"))?\(query)").status == .badRequest)
            #expect(!(try await simulator.begin(app, cookie: cookie)).body.contains("Choose a person"))
        }
    }

    @Test("Other apps of the session are told in frames before the answer, and what they say is noted")
    func others() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let other = try await simulator.addApp(
                "exk2", ["logout_binding": "redirect", "logout_url": "http://localhost:9/slo"])
            let cookie = try await simulator.signIn(app)
            _ = try SAMLForm(await simulator.begin(other, cookie: cookie))
            let request = try app.logoutRequest("ada@acme.example", "_request")
            let query = try SAMLApplication.query(request, key: app.key)
            let page = try await simulator.get("\(try app.path("slo_url"))?\(query)", cookie: cookie)
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.contains("frame-src http://localhost:8302 http://localhost:9;"))
            let html = String(buffer: page.body)
            let frame = try #require(html.firstMatch(of: /iframe src="http:\/\/localhost:8302([^"]+)"/)).1
            let moved = try await simulator.get(String(frame))
            #expect(try #require(moved.headers[.location]).hasPrefix("http://localhost:9/slo?SAMLRequest="))
            let onward = try #require(html.firstMatch(of: /id="onward" href="http:\/\/localhost:8302([^"]+)"/)).1
            let answer = try SAMLForm(await simulator.get(String(onward)))
            #expect(try answer.message().attribute("InResponseTo") == "_logout")

            let id = try #require(simulator.organization.samlLogouts.all.first).requestID
            let response = """
                <p:LogoutResponse xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" Version="2.0" InResponseTo="\(id)">\
                <p:Status><p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></p:Status></p:LogoutResponse>
                """
            let reply = try SAMLApplication.query(response, as: "SAMLResponse", key: other.key)
            #expect(try await simulator.get("\(try other.path("slo_url"))?\(reply)").status == .ok)
            let noted = try await simulator.get("/simulator/saml-logouts").json()["requests"]?.array?.first
            #expect(noted?["verified"] == true)
            #expect(noted?["status"] == ["urn:oasis:names:tc:SAML:2.0:status:Success"])
        }
    }

    @Test("A logout that the organisation begins has a page and the messages themselves")
    func byOrganization() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let cookie = try await simulator.signIn(app)
            let outcome = try await simulator.order("saml-logout", #"{"email": "ada@acme.example"}"#).json()
            let message = try #require(outcome["messages"]?.array?.first)
            #expect(message["address"] == .string(SAMLApplication.logoutURL))
            let bytes = try #require(Data(base64Encoded: message["parameters"]?["SAMLRequest"]?.string ?? ""))
            let request = try XMLReader.read(Array(bytes))
            #expect(EnvelopedSignature.isValid(request, key: try app.certificate().publicKey()))
            #expect(request.first(.saml2, "NameID")?.text == "ada@acme.example")
            #expect(request.first(.saml2p, "SessionIndex")?.text == "_request")
            #expect(request.attribute("NotOnOrAfter") == "2027-01-15T08:05:00.000Z")
            let page = try outcome.text("page").dropFirst("http://localhost:8302".count)
            #expect(try await simulator.get(String(page)).body.contains("<iframe"))
            let framed = try await simulator.get(page + "/0")
            #expect(try SAMLForm(framed).fields["SAMLRequest"] == message["parameters"]?["SAMLRequest"]?.string)
            #expect(try #require(framed.headers[.contentSecurityPolicy]).contains("frame-ancestors 'self'"))
            #expect(try await simulator.begin(app, cookie: cookie).body.contains("Choose a person"))
            let again = try await simulator.order("saml-logout", #"{"email": "ada@acme.example"}"#).json()
            #expect(again["messages"] == [])
        }
    }

    @Test("Logout messages are tampered with as ordered")
    func tampering() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            _ = try await simulator.signIn(app)
            _ = try await simulator.order(
                "tampering",
                """
                {"target": "saml_logout_request", "signature": "stripped",
                 "members": {"session_index": ["a", "b"], "not_on_or_after_seconds": null, "issuer": "evil"}}
                """)
            let outcome = try await simulator.order("saml-logout", #"{"email": "ada@acme.example"}"#).json()
            let text = outcome["messages"]?.array?.first?["parameters"]?["SAMLRequest"]?.string ?? ""
            let request = try XMLReader.read(Array(try #require(Data(base64Encoded: text))))
            #expect(request.elements.map(\.name.local) == ["Issuer", "NameID", "SessionIndex", "SessionIndex"])
            #expect(request.elements.first?.text == "evil")
            #expect(request.attribute("NotOnOrAfter") == nil)
        }
    }

    @Test("A logout of OpenID Connect tells SAML apps too, and Okta's own sign-out tells all")
    func crossProtocol() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let (tokens, cookie) = try await simulator.signIn()
            _ = try SAMLForm(await simulator.begin(app, cookie: cookie))
            let page = try await simulator.logout([
                "id_token_hint": tokens.text("id_token"), "post_logout_redirect_uri": LogoutTests.landing,
            ])
            #expect(page.body.contains("<iframe src=\"http://localhost:8302/login/signout/"))
            let (_, second) = try await simulator.signIn()
            _ = try SAMLForm(await simulator.begin(app, cookie: second))
            let farewell = try await simulator.get("/login/signout", cookie: second)
            #expect(farewell.body.contains("<iframe"))
            #expect(try await simulator.begin(app, cookie: second).body.contains("Choose a person"))
        }
    }
}

extension SimulatorHarness {
    /// Signs in at the app and returns the browser's cookie.
    fileprivate func signIn(_ app: SAMLApplication) async throws -> String {
        let cookie = try await cookie()
        _ = try SAMLForm(await begin(app, cookie: cookie))
        return cookie
    }
}

extension ByteBuffer {
    fileprivate func contains(_ text: String) -> Bool { String(buffer: self).contains(text) }
}
