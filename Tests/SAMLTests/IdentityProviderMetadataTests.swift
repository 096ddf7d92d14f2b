import Cryptography
import Identity
import SAMLTestSupport
import Testing

@testable import SAML

@Suite("Metadata of the identity provider")
struct IdentityProviderMetadataTests {
    static let issuer = "http://www.okta.com/exk1example"
    static let certificates = [CertificateMaker(.rsa(bits: 2048)), CertificateMaker(.elliptic("P-256"))].map {
        $0.certificate()
    }
    static let sso = "https://acme.okta.com/app/acme_gatehouse_1/exk1example/sso/saml"
    static let slo = "https://acme.okta.com/app/acme_gatehouse_1/exk1example/slo/saml"
    static let binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"

    /// Metadata as Okta writes it, of which a test changes one thing.
    struct Document: Sendable {
        var entityID: String? = issuer
        var entityAttributes = ""
        var roleAttributes =
            " WantAuthnRequestsSigned=\"false\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\""
        var keys = key(certificates[0])
        var logout = service("SingleLogout", "POST", slo) + service("SingleLogout", "Redirect", slo)
        var signOn = service("SingleSignOn", "POST", sso) + service("SingleSignOn", "Redirect", sso)
        var role = "IDPSSODescriptor"

        var entity: String {
            "<md:EntityDescriptor\(entityID.map { " entityID=\"\($0)\"" } ?? "")\(entityAttributes) xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">"
                + "<md:\(role)\(roleAttributes)>\(keys)\(logout)"
                + "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>"
                + "\(signOn)</md:\(role)></md:EntityDescriptor>"
        }

        var bytes: [UInt8] { Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\(entity)".utf8) }

        func changed(_ change: (inout Document) -> Void) -> Document {
            var copy = self
            change(&copy)
            return copy
        }
    }

    /// Wrapped as Okta wraps it.
    static func key(_ der: [UInt8], use: String? = "signing") -> String {
        var (rest, lines) = (Base64.encode(der)[...], "")
        while !rest.isEmpty {
            lines += "\n" + rest.prefix(76)
            rest = rest.dropFirst(76)
        }
        return key(text: lines, use: use)
    }

    static func key(text: String, use: String? = "signing") -> String {
        "<md:KeyDescriptor\(use.map { " use=\"\($0)\"" } ?? "")><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">"
            + "<ds:X509Data><ds:X509Certificate>\(text)</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    }

    static func service(_ name: String, _ binding: String, _ location: String, _ more: String = "") -> String {
        "<md:\(name)Service Binding=\"\(self.binding)\(binding)\" Location=\"\(location)\"\(more)/>"
    }

    static func group(_ content: String, _ attributes: String = "") -> [UInt8] {
        Array(
            "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"\(attributes)>\(content)</md:EntitiesDescriptor>"
                .utf8)
    }

    func read(_ bytes: [UInt8], issuer: String? = issuer) throws -> IdentityProviderMetadata {
        try IdentityProviderMetadata(bytes, issuer: issuer)
    }

    func code(_ bytes: [UInt8], issuer: String? = issuer) -> String? {
        samlCode { () throws(SAMLRejection) in _ = try IdentityProviderMetadata(bytes, issuer: issuer) }
    }

    @Test("reads what Okta writes, with or without knowing the issuer", arguments: [issuer, nil])
    func okta(issuer: String?) throws {
        let metadata = try read(Document().bytes, issuer: issuer)
        #expect(metadata.entityID == Self.issuer)
        #expect(metadata.certificates.map(\.der) == [Self.certificates[0]])
        #expect(metadata.ssoRedirect == Self.sso)
        #expect(metadata.ssoPost == Self.sso)
        #expect(metadata.sloRedirect == Self.slo)
        #expect(metadata.sloPost == Self.slo)
        #expect(metadata.sloResponseRedirect == Self.slo)
        #expect(metadata.sloResponsePost == Self.slo)
        #expect(!metadata.wantsSignedRequests)
        #expect(metadata.validUntil == nil)
        #expect(metadata == metadata)
    }

    @Test("a byte-order mark, comments by none, other roles and unknown elements do no harm")
    func harmless() throws {
        #expect(try read([0xEF, 0xBB, 0xBF] + Document().bytes).entityID == Self.issuer)
        let more = Document().changed {
            $0.entityAttributes = " ID=\"x\" cacheDuration=\"P1D\""
            $0.keys = "<md:Extensions><x:y xmlns:x=\"urn:x\"/></md:Extensions>" + $0.keys
            $0.signOn +=
                "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"gopher://x\"/>"
        }
        #expect(try read(more.bytes).ssoPost == Self.sso)
    }

    @Test("reads several keys, each once, and takes those without a use, but none for encryption")
    func keys() throws {
        let (first, second) = (Self.certificates[0], Self.certificates[1])
        func ders(_ keys: String) throws -> [[UInt8]] {
            try read(Document().changed { $0.keys = keys }.bytes).certificates.map(\.der)
        }
        #expect(try ders(Self.key(first) + Self.key(second)) == [first, second])
        #expect(try ders(Self.key(first) + Self.key(first)) == [first])
        #expect(try ders(Self.key(first, use: nil)) == [first])
        #expect(try ders(Self.key(first, use: "encryption") + Self.key(second)) == [second])
        #expect(try ders(Self.key(text: "rubbish", use: "encryption") + Self.key(second)) == [second])
    }

    @Test("reads separate addresses for answers, one binding alone, and no logout at all")
    func endpoints() throws {
        let answers = Document().changed {
            $0.logout = Self.service("SingleLogout", "Redirect", Self.slo, " ResponseLocation=\"\(Self.slo)/answer\"")
        }
        let metadata = try read(answers.bytes)
        #expect(metadata.sloRedirect == Self.slo)
        #expect(metadata.sloResponseRedirect == Self.slo + "/answer")
        #expect(metadata.sloPost == nil)
        #expect(metadata.sloResponsePost == nil)
        let one = try read(
            Document().changed {
                $0.logout = ""
                $0.signOn = Self.service("SingleSignOn", "Redirect", Self.sso)
            }.bytes)
        #expect(one.ssoRedirect == Self.sso)
        #expect(one.ssoPost == nil)
        #expect(one.sloRedirect == nil)
        // The first of a binding counts.
        let two = try read(
            Document().changed { $0.signOn += Self.service("SingleSignOn", "POST", "https://other.example/") }.bytes)
        #expect(two.ssoPost == Self.sso)
    }

    @Test(
        "endpoints are https, or http on this machine",
        arguments: [
            ("http://localhost:8302/sso", true), ("http://127.0.0.1/sso", true), ("http://[::1]:8302/sso", true),
            ("https://acme.okta.com/sso?a=b&amp;c=d", true), ("http://acme.okta.com/sso", false),
            ("http://localhost.evil.example/sso", false), ("http://localhost@evil.example/sso", false),
            ("https://okta.com@evil.example/sso", false), ("javascript:alert(1)", false),
            ("//acme.okta.com/sso", false),
            ("/sso", false), ("", false), ("https://", false), ("HTTPS://acme.okta.com/sso", false),
            ("https://acme.okta.com/sso#x", false), ("https://acme.okta.com/s so", false),
            ("https://acme.okta.com/&quot;&gt;", false), ("https://acme.okta.com/&#10;x", false),
            ("https://acme.okta.com/é", false), ("https://acme.okta.com\\x/", false),
            ("https://acme.okta.com\\@evil.example/", false),
        ])
    func addresses(address: String, isAccepted: Bool) {
        let expected = isAccepted ? nil : "metadata_endpoint_insecure"
        let signOn = Document().changed { $0.signOn = Self.service("SingleSignOn", "POST", address) }
        #expect(code(signOn.bytes) == expected)
        let logout = Document().changed { $0.logout = Self.service("SingleLogout", "Redirect", address) }
        #expect(code(logout.bytes) == expected)
        let answers = Document().changed {
            $0.logout = Self.service("SingleLogout", "Redirect", Self.slo, " ResponseLocation=\"\(address)\"")
        }
        #expect(code(answers.bytes) == expected)
    }

    @Test("tells whether requests must be signed, and until when it is valid")
    func flags() throws {
        func role(_ text: String) -> Document {
            Document().changed {
                $0.roleAttributes = text + " protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\""
            }
        }
        for (text, wants) in [("true", true), ("1", true), ("false", false), ("0", false)] {
            #expect(try read(role(" WantAuthnRequestsSigned=\"\(text)\"").bytes).wantsSignedRequests == wants)
        }
        #expect(try !read(role("").bytes).wantsSignedRequests)
        #expect(code(role(" WantAuthnRequestsSigned=\"TRUE\"").bytes) == "metadata_malformed")
        let (early, late) = ("2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z")
        let entity = Document().changed { $0.entityAttributes = " validUntil=\"\(late)\"" }
        #expect(try read(entity.bytes).validUntil == UnixTime(rfc3339: late))
        let both = entity.changed { $0.roleAttributes += " validUntil=\"\(early)\"" }
        #expect(try read(both.bytes).validUntil == UnixTime(rfc3339: early))
        #expect(
            try read(Self.group(entity.entity, " validUntil=\"\(early)\"")).validUntil == UnixTime(rfc3339: early))
        #expect(code(entity.changed { $0.entityAttributes = " validUntil=\"soon\"" }.bytes) == "time_malformed")
    }

    @Test("finds the one that is meant among several")
    func groups() throws {
        let (first, second) = (Document(), Document().changed { $0.entityID = "http://www.okta.com/exk2example" })
        let service = Document().changed { $0.role = "SPSSODescriptor" }
        #expect(try read(Self.group(first.entity)).entityID == Self.issuer)
        #expect(try read(Self.group(service.entity + first.entity), issuer: nil).entityID == Self.issuer)
        #expect(try read(Self.group(second.entity + first.entity)).entityID == Self.issuer)
        let nested = "<md:EntitiesDescriptor>\(second.entity)</md:EntitiesDescriptor>\(first.entity)"
        #expect(
            try read(Self.group(nested), issuer: "http://www.okta.com/exk2example").entityID
                == "http://www.okta.com/exk2example")
        #expect(code(Self.group(first.entity + second.entity), issuer: nil) == "metadata_provider_ambiguous")
        #expect(code(Self.group(first.entity + first.entity)) == "metadata_provider_ambiguous")
        #expect(code(Self.group(second.entity)) == "metadata_issuer_mismatch")
        #expect(code(Self.group(service.entity)) == "metadata_provider_missing")
        #expect(code(Self.group("")) == "metadata_provider_missing")
    }

    @Test("refuses what is not the metadata of the configured identity provider")
    func mismatch() {
        for issuer in [
            "http://www.okta.com/exk1exampl", "http://www.okta.com/exk1example/", "http://www.okta.com/EXK1example", "",
        ] {
            #expect(code(Document().bytes, issuer: issuer) == "metadata_issuer_mismatch")
        }
        let rejection = #expect(throws: SAMLRejection.self) { try read(Document().bytes, issuer: "other") }
        #expect(rejection?.expected == "other")
        #expect(rejection?.found == Self.issuer)
        #expect(rejection?.rule == 16)
    }

    static let malformed: [(String, Document)] = [
        ("metadata_malformed", Document().changed { $0.entityID = nil }),
        ("metadata_malformed", Document().changed { $0.entityID = "" }),
        ("metadata_provider_missing", Document().changed { $0.role = "SPSSODescriptor" }),
        (
            "metadata_provider_missing",
            Document().changed {
                $0.roleAttributes = " protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:1.1:protocol\""
            }
        ),
        ("metadata_provider_missing", Document().changed { $0.roleAttributes = "" }),
        ("metadata_certificate_missing", Document().changed { $0.keys = "" }),
        ("metadata_certificate_missing", Document().changed { $0.keys = key(certificates[0], use: "encryption") }),
        ("metadata_certificate_malformed", Document().changed { $0.keys = key(text: "") }),
        ("metadata_certificate_malformed", Document().changed { $0.keys = key(text: "MIIB") }),
        ("metadata_certificate_malformed", Document().changed { $0.keys = key(certificates[0]) + key(text: "MIIB") }),
        ("metadata_certificate_malformed", Document().changed { $0.keys = key(text: "<x/>") }),
        ("metadata_malformed", Document().changed { $0.keys = key(certificates[0], use: "Signing") }),
        ("metadata_sign_on_missing", Document().changed { $0.signOn = "" }),
        ("metadata_sign_on_missing", Document().changed { $0.signOn = service("SingleSignOn", "Artifact", sso) }),
        (
            "metadata_malformed",
            Document().changed { $0.signOn = "<md:SingleSignOnService Binding=\"\(binding)POST\"/>" }
        ),
        ("xml_malformed", Document().changed { $0.role = "IDPSSODescriptor x=" }),
        ("xml_comment", Document().changed { $0.keys += "<!-- active -->" }),
        ("xml_processing_instruction", Document().changed { $0.keys += "<?x y?>" }),
    ]

    @Test("refuses a document with one thing wrong", arguments: malformed)
    func refusals(code: String, document: Document) {
        #expect(self.code(document.bytes) == code)
    }

    @Test("one entity with the role twice is ambiguous")
    func twoRoles() {
        let text = Document().entity
        let start = text.utf8.count
        let doubled = text.replacingFirst(
            "</md:EntityDescriptor>",
            with: text.replacingFirst("</md:EntityDescriptor>", with: "").drop(throughFirst: ">")
                + "</md:EntityDescriptor>")
        #expect(doubled.utf8.count > start)
        #expect(code(Array(doubled.utf8)) == "metadata_provider_ambiguous")
    }

    @Test("refuses what is no metadata, and says to download it again when it is no acceptable XML")
    func foreign() {
        #expect(code(Array("<html></html>".utf8)) == "metadata_unexpected")
        #expect(code(Array("<EntityDescriptor entityID=\"x\"></EntityDescriptor>".utf8)) == "metadata_unexpected")
        #expect(code(IncomingLogout.request.posted()) == "metadata_unexpected")
        #expect(code([]) == "xml_empty")
        let bomb = Array("<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>".utf8)
        #expect(code(bomb) == "xml_doctype")
        let rejection = #expect(throws: SAMLRejection.self) { try read(bomb) }
        #expect(rejection?.detail.contains("download it") == true)
        #expect(rejection?.rule == 1)
    }
}

extension String {
    fileprivate func drop(throughFirst character: Character) -> String {
        String(drop { $0 != character }.dropFirst())
    }
}
