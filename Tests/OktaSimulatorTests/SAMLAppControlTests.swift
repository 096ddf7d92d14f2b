import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("SAML apps at run time")
struct SAMLAppControlTests {
    @Test("The metadata have the active certificate alone, also after a roll-over and back")
    func rollover() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let first = try app.certificate()
            #expect(try await simulator.published() == [first])
            let added = try await simulator.client.execute(
                uri: "/simulator/saml-apps/exk1/certificates", method: .post,
                body: ByteBuffer(string: #"{"active": false, "days": 30}"#))
            #expect(added.status == .created)
            #expect(try await simulator.published() == [first])
            let list = try #require(added.json()["certificates"]?.array)
            #expect(list.map { $0["active"] } == [false, true])
            #expect(try list[0].text("not_after") == "2027-02-14T08:00:00.000Z")
            let second = try X509Certificate(text: list[0].text("pem"))
            let switched = try await simulator.client.execute(
                uri: "/simulator/saml-apps/exk1/certificates", method: .patch,
                body: ByteBuffer(string: #"{"active": "\#(second.fingerprint)"}"#))
            #expect(switched.status == .ok)
            #expect(try await simulator.published() == [second])
            let page = try await simulator.get(try app.path("tile_url"), cookie: simulator.cookie())
            let message = try SAMLForm(page).message()
            #expect(EnvelopedSignature.isValid(message, key: try second.publicKey()))
            #expect(!EnvelopedSignature.isValid(message, key: try first.publicKey()))
        }
    }

    @Test("Metadata say where, and whether requests must be signed")
    func metadata() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp("exk1", ["signed_requests": true])
            let answer = try await simulator.get(try app.path("metadata_url"))
            #expect(answer.headers[.contentType] == "application/xml;charset=utf-8")
            let descriptor = try XMLReader.read(Array(answer.body.readableBytesView))
            #expect(descriptor.attribute("entityID") == "http://www.okta.com/exk1")
            let role = try #require(descriptor.first(.md, "IDPSSODescriptor"))
            #expect(role.attribute("WantAuthnRequestsSigned") == "true")
            for (element, address) in [("SingleSignOnService", "sso_url"), ("SingleLogoutService", "slo_url")] {
                #expect(
                    role.all(.md, element).map { $0.attribute("Location") }
                        == [try app.json.text(address), try app.json.text(address)])
            }
            _ = try await simulator.changeApp("exk1", #"{"logout_url": null}"#)
            let without = try await simulator.get(try app.path("metadata_url"))
            #expect(!String(buffer: without.body).contains("SingleLogoutService"))
        }
    }

    @Test("A change keeps what it does not name; a faulty one changes nothing")
    func change() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let changed = try await simulator.changeApp("exk1", #"{"encryption": "aes128-cbc", "recipient": "r"}"#)
            #expect(try changed.json()["encryption"] == "aes128-cbc")
            #expect(try changed.json()["sp_certificate"] == .string(app.certificate.fingerprint))
            #expect(try await simulator.changeApp("exk1", #"{"recipient": null}"#).json()["recipient"] == .null)
            for faulty in [
                #"{"audience": "x", "encryption": "des"}"#, #"{"audience": null}"#, #"{"exk": "exk2"}"#,
                #"{"sp_certificate": "x"}"#, #"{"signature_algorithm": "ecdsa-sha256"}"#, #"{"name": "a/b"}"#,
                #"{"attributes": {"a": "shoe size"}}"#,
            ] {
                #expect(try await simulator.changeApp("exk1", faulty).status == .badRequest)
            }
            let kept = try await simulator.get("/simulator/saml-apps/exk1").json()
            #expect(kept["audience"] == .string(SAMLApplication.audience))
        }
    }

    @Test("A second app of the same name is refused, a removed one is unknown")
    func removal() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let again = try await simulator.client.execute(
                uri: "/simulator/saml-apps", method: .post,
                body: ByteBuffer(string: #"{"exk": "exk1", "acs_url": "a", "audience": "b"}"#))
            #expect(again.status == .conflict)
            let removed = try await simulator.client.execute(uri: "/simulator/saml-apps/exk1", method: .delete)
            #expect(removed.status == .noContent)
            #expect(try await simulator.get(try app.path("metadata_url")).status == .notFound)
            #expect(try await simulator.changeApp("exk1", "{}").status == .notFound)
        }
    }

    @Test("The people file describes apps with the same keys, and complains with the line")
    func file() throws {
        let file = try PeopleFile(
            text: """
                people: []
                clients: []
                saml_apps:
                  - {exk: exk1, name: app_1, acs_url: a, audience: b, groups_as: joined, attributes: {mail: email}}
                """, fileName: "people.yaml")
        let app = try #require(file.samlApps.first)
        #expect(app.groupsForm == .joined)
        #expect(app.attributes == ["mail": .email])
        #expect(app.issuer == "http://www.okta.com/exk1")
        let error = #expect(throws: SettingsError.self) {
            try PeopleFile(
                text: "people: []\nclients: []\nsaml_apps:\n  - {exk: exk1, name: app_1, acs_url: a}",
                fileName: "people.yaml")
        }
        #expect(error?.description.hasPrefix("people.yaml:4: 'audience'") == true)
    }

    @Test("Faults strike at the endpoints of SAML")
    func faults() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            _ = try await simulator.order("faults", #"{"endpoint": "saml_metadata", "mode": "status-500"}"#)
            #expect(try await simulator.get(try app.path("metadata_url")).status == .internalServerError)
            #expect(try await simulator.get(try app.path("metadata_url")).status == .ok)
            #expect(Faults.Endpoint(path: try app.path("sso_url")) == .samlSignOn)
            #expect(Faults.Endpoint(path: try app.path("slo_url")) == .samlLogout)
        }
    }
}

extension SimulatorHarness {
    /// The certificates in the metadata.
    fileprivate func published() async throws -> [X509Certificate] {
        let answer = try await get("/app/exk1/sso/saml/metadata")
        let role = try XMLReader.read(Array(answer.body.readableBytesView)).first(.md, "IDPSSODescriptor")
        return try (role?.all(.md, "KeyDescriptor") ?? []).map { descriptor in
            let data = descriptor.first(.ds, "KeyInfo")?.first(.ds, "X509Data")
            return try X509Certificate(text: try #require(data?.first(.ds, "X509Certificate")?.text))
        }
    }
}
