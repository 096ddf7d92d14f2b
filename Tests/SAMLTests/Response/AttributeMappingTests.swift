import Identity
import SAMLTestSupport
import Testing

@testable import SAML

@Suite("Identities from assertions")
struct AttributeMappingTests {
    private func assertion(
        _ attributes: String, nameID: String = ResponseText.nameIDElement("00u1ada")
    ) throws -> VerifiedAssertion {
        try ResponseFixture.accepted(
            ResponseFixture.good.changed {
                $0.nameID = nameID
                $0.attributeStatement = "<saml2:AttributeStatement>\(attributes)</saml2:AttributeStatement>"
            })
    }

    private func identity(
        _ attributes: String, nameID: String = ResponseText.nameIDElement("00u1ada"),
        by mapping: AttributeMapping = AttributeMapping()
    ) throws -> VerifiedIdentity {
        try mapping.identity(of: assertion(attributes, nameID: nameID), provider: "okta-saml")
    }

    @Test("what an assertion says becomes an identity")
    func identity() throws {
        let response = ResponseFixture.good.changed {
            $0.authnStatement = ResponseText.authnStatementElement(sessionEnd: "2026-11-22T11:00:00.000Z")
        }
        let identity = try AttributeMapping().identity(of: ResponseFixture.accepted(response), provider: "okta-saml")
        #expect(identity.provider == "okta-saml")
        #expect(identity.issuer == ResponseText.issuer)
        #expect(identity.subject == "ada@example.com")
        #expect(identity.email == "ada@example.com")
        #expect(identity.name == "Ada Lovelace")
        #expect(identity.groups == ["Everyone", "infraon-admins"])
        #expect(identity.authenticatedAt == ResponseFixture.now)
        #expect(identity.authenticationContext?.hasSuffix("PasswordProtectedTransport") == true)
        #expect(identity.providerSession == ResponseText.requestID)
        #expect(identity.sessionEndsBy == ResponseFixture.now + .seconds(3600))
    }

    @Test("the NameID is an e-mail address when its format says so, and only then")
    func email() throws {
        for (format, email) in [
            (NameID.emailAddress, "ada@example.com" as String?), (NameID.unspecified, nil),
            ("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", nil),
        ] {
            let nameID = ResponseText.nameIDElement("ada@example.com", format: format)
            #expect(try identity("", nameID: nameID).email == email)
            let named = try identity(ResponseText.attribute("email", "", "other@example.com"), nameID: nameID)
            #expect(named.email == "other@example.com")
        }
        let mapping = AttributeMapping(email: "mail")
        #expect(try identity(ResponseText.attribute("mail", "a@b.c"), by: mapping).email == "a@b.c")
        #expect(try identity(ResponseText.attribute("email", "a@b.c"), by: mapping).email == nil)
    }

    @Test("the name: one attribute, else first and last name")
    func name() throws {
        let parts = ResponseText.attribute("firstName", "Ada") + ResponseText.attribute("lastName", "Lovelace")
        #expect(try identity(parts).name == "Ada Lovelace")
        #expect(try identity(ResponseText.attribute("lastName", "Lovelace")).name == "Lovelace")
        #expect(try identity(parts + ResponseText.attribute("displayName", "Countess")).name == "Countess")
        #expect(try identity(ResponseText.attribute("cn", "Ada"), by: AttributeMapping(name: "cn")).name == "Ada")
        #expect(try identity("").name == nil)
    }

    @Test("a joined value is several groups only where that is configured")
    func groups() throws {
        let joined = try assertion(ResponseText.attribute("groups", "a, b", "", "c,,d"))
        #expect(AttributeMapping().groups(joined) == ["a, b", "c,,d"])
        #expect(AttributeMapping(splitGroups: ",").groups(joined) == ["a", "b", "c", "d"])
        #expect(AttributeMapping(splitGroups: ", ").groups(joined) == ["a", "b", "c,,d"])
        #expect(AttributeMapping(splitGroups: "").groups(joined) == ["a, b", "c,,d"])
        #expect(AttributeMapping(groups: "roles").groups(joined) == [])
    }

    @Test("values of one name are put together, names differ by their bytes, nil is no value")
    func attributes() throws {
        let null = ResponseText.attribute("n", "").with("xsi:type", "xsi:nil=\"true\" xsi:type")
        let read = try assertion(
            ResponseText.attribute("x", "1") + ResponseText.attribute("\u{212A}", "kelvin")
                + ResponseText.attribute("x", "2", "")
                + ResponseText.attribute("K", "letter") + null + "<saml2:Attribute Name=\"none\"/>")
        #expect(read.attributes.map(\.name).count == 5)
        #expect(read.values(of: "x") == ["1", "2", ""])
        #expect(read.values(of: "K") == ["letter"])
        #expect(read.values(of: "n") == [])
        #expect(read.values(of: "none") == [])
    }

    @Test("ten thousand names take no longer than they must")
    func manyNames() throws {
        let names = (0..<10_000).map { "<saml2:Attribute Name=\"n\($0)\"/>" }.joined()
        #expect(try assertion(names).attributes.count == 10_000)
    }
}
