import Cryptography
import Identity
import SAMLTestSupport
import Testing

@testable import SAML

@Suite("Signatures of logout messages")
struct LogoutSignatureTests {
    static let now = IncomingLogout.now

    @Test("any pinned key will do, and no other")
    func keys() throws {
        let request = IncomingLogout.request
        let verifier = try IncomingLogout.verifier()
        for maker in [IncomingLogout.okta, IncomingLogout.otherOkta] {
            #expect(verifier.code(ofRequest: request.query(by: maker)) == nil)
            #expect(verifier.code(ofRequest: request.posted(by: maker)) == nil)
        }
        #expect(verifier.code(ofRequest: request.query(by: IncomingLogout.stranger)) == "signature_invalid")
        #expect(verifier.code(ofRequest: request.posted(by: IncomingLogout.stranger)) == "signature_invalid")
        let none = try IncomingLogout.verifier([])
        #expect(none.code(ofRequest: request.query()) != nil)
        #expect(none.code(ofRequest: request.posted()) != nil)
    }

    @Test("an unsigned message is refused")
    func unsigned() throws {
        let verifier = try IncomingLogout.verifier()
        let request = IncomingLogout.request
        #expect(verifier.code(ofRequest: Array(request.xml().utf8)) == "logout_signature_missing")
        let query = "SAMLRequest=\(FormEncoding.encode(request.deflated))&RelayState=state"
        #expect(verifier.code(ofRequest: query) == "logout_signature_missing")
        let response = IncomingLogout.response
        #expect(verifier.code(ofResponse: Array(response.xml().utf8)) == "logout_signature_missing")
    }

    @Test("a posted message that was changed after it was signed is refused")
    func changedPost() throws {
        let verifier = try IncomingLogout.verifier()
        let good = String(decoding: IncomingLogout.request.posted(), as: UTF8.self)
        #expect(verifier.code(ofRequest: Array(good.utf8)) == nil)
        let changes: [(String, String, String)] = [
            ("ada@example.com", "bob@example.com", "digest_mismatch"), ("_0123", "_0124", "digest_mismatch"),
            ("10:00:00.000Z", "10:00:01.000Z", "digest_mismatch"),
            ("Version=\"2.0\">", "Version=\"2.0\" xmlns:x=\"urn:x\" Reason=\"x\">", "digest_mismatch"),
            ("ID=\"id5207351951\"", "ID=\"other\"", "reference_mismatch"),
        ]
        for (text, replacement, code) in changes {
            let changed = good.replacingFirst(text, with: replacement)
            #expect(verifier.code(ofRequest: Array(changed.utf8)) == code, "\(text)")
        }
    }

    @Test("a good message inside of another is not found")
    func wrapping() throws {
        let verifier = try IncomingLogout.verifier()
        let good = String(decoding: IncomingLogout.request.posted(), as: UTF8.self)
        let evil = IncomingLogout.request.changed {
            $0.id = "evil"
            $0.content =
                "<saml2p:Extensions>\(good)</saml2p:Extensions>"
                + IncomingLogout.element("saml2:NameID", text: "bob@example.com")
        }
        #expect(verifier.code(ofRequest: Array(evil.xml().utf8)) != nil)
        // The good one's signature, moved to the other's root, with the good one kept where the reference finds it.
        let signature = IncomingLogout.request.signature()
        let moved = IncomingLogout.request.changed {
            $0.id = "evil"
            $0.content =
                "<saml2p:Extensions>\(IncomingLogout.request.xml())</saml2p:Extensions>"
                + IncomingLogout.element("saml2:NameID", text: "bob@example.com")
        }
        #expect(verifier.code(ofRequest: Array(moved.xml(signature: signature).utf8)) == "reference_mismatch")
        let sameID = moved.changed { $0.id = "id5207351951" }
        #expect(verifier.code(ofRequest: Array(sameID.xml(signature: signature).utf8)) == "id_duplicate")
    }

    @Test("a query with a signature over it and one within is refused")
    func signedTwice() throws {
        let request = IncomingLogout.request
        let verifier = try IncomingLogout.verifier()
        let both = request.changed { $0.issuer += request.signature() }
        #expect(verifier.code(ofRequest: both.query()) == "query_message_signed_inside")
    }

    @Test("elliptic keys sign both numbers side by side")
    func ecdsa() throws {
        for (curve, length, digest) in [
            ("P-256", Int32(32), "SHA256"), ("P-384", 48, "SHA384"), ("P-521", 66, "SHA512"),
        ] {
            let maker = CertificateMaker(.elliptic(curve))
            let verifier = try IncomingLogout.verifier([IncomingLogout.okta, maker])
            let algorithm = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-\(digest.lowercased())"
            let request = IncomingLogout.request
            #expect(
                verifier.code(ofRequest: request.query(by: maker, digest: digest, algorithm: algorithm, halves: length))
                    == nil)
            #expect(
                verifier.code(ofRequest: request.query(by: maker, digest: digest, algorithm: algorithm))
                    == "signature_invalid")
        }
    }

    @Test("SHA-1 counts only where it is allowed by name")
    func sha1() throws {
        let algorithm = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
        let request = IncomingLogout.request
        let query = request.query(digest: "SHA1", algorithm: algorithm)
        let posted = request.posted(
            digest: "SHA1", algorithm: algorithm, digestAlgorithm: "http://www.w3.org/2000/09/xmldsig#sha1")
        let strict = try IncomingLogout.verifier()
        #expect(strict.code(ofRequest: query) == "signature_algorithm_sha1")
        #expect(strict.code(ofRequest: posted) == "signature_algorithm_sha1")
        let lenient = try IncomingLogout.verifier(insecureAllowsSHA1: true)
        #expect(lenient.code(ofRequest: query) == nil)
        #expect(lenient.code(ofRequest: posted) == nil)
    }

    @Test("other algorithms of a query are refused before any key is looked at")
    func algorithms() throws {
        let verifier = try IncomingLogout.verifier()
        let request = IncomingLogout.request
        let cases = [
            ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", "signature_algorithm_symmetric"),
            ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "signature_algorithm_symmetric"),
            ("http://www.w3.org/2000/09/xmldsig#dsa-sha1", "signature_algorithm_unsupported"),
            ("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", "signature_algorithm_unsupported"),
            ("", "signature_algorithm_unsupported"), ("none", "signature_algorithm_unsupported"),
            ("http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256", "signature_algorithm_unsupported"),
            ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 ", "signature_algorithm_unsupported"),
            ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "key_algorithm_mismatch"),
            ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "signature_invalid"),
        ]
        for (algorithm, code) in cases {
            #expect(verifier.code(ofRequest: request.query(algorithm: algorithm)) == code, "\(algorithm)")
        }
    }

    @Test("RSA keys below 2048 bits do not count")
    func shortKeys() throws {
        let maker = CertificateMaker(.rsa(bits: 1024))
        let request = IncomingLogout.request
        let verifier = try IncomingLogout.verifier([maker])
        #expect(verifier.code(ofRequest: request.query(by: maker)) == "key_too_short")
        #expect(verifier.code(ofRequest: request.posted(by: maker)) == "key_too_short")
        // Beside a good one it is as if it were not pinned.
        let both = try IncomingLogout.verifier([maker, IncomingLogout.okta])
        #expect(both.code(ofRequest: request.query(by: maker)) == "signature_invalid")
        #expect(both.code(ofRequest: request.query()) == nil)
    }

    @Test("no pinned key that fits may be cured by new metadata")
    func curable() throws {
        let verifier = try IncomingLogout.verifier()
        let message = try RedirectBinding.read(rawQuery: IncomingLogout.request.query(by: IncomingLogout.stranger))
        let rejection = #expect(throws: SAMLRejection.self) { try verifier.request(message, now: Self.now) }
        #expect(rejection?.mayBeCuredByNewKeys == true)
    }
}

extension String {
    func replacingFirst(_ text: String, with replacement: String) -> String {
        let (bytes, wanted) = (Array(utf8), Array(text.utf8))
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: wanted) }) else { return self }
        return String(
            decoding: bytes[..<start] + replacement.utf8 + bytes[(start + wanted.count)...], as: UTF8.self)
    }
}
