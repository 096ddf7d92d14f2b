import Cryptography
import Foundation
import FuzzingSupport
import Identity
import SAMLTestSupport

@testable import SAML

/// The seeds that have to be signed. They are committed; `fuzz seeds FOLDER` writes them again after the messages of the
/// tests or the signing key have changed.
enum Seeds {
    /// - Returns: whether all that are good are accepted.
    static func write(to folder: String) throws -> Bool {
        var areAccepted = true
        for (path, text) in try all() {
            let file = URL(fileURLWithPath: folder).appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)

            let before = Fuzzing.acceptances
            let bytes = Array(text.utf8)
            _ = bytes.withUnsafeBufferPointer { targets[String(path.prefix { $0 != "/" })]?($0.baseAddress, $0.count) }
            guard Fuzzing.acceptances == before, !path.hasPrefix("decryption/ciphertext"),
                path != "decryption/cbc-inner.txt"
            else { continue }
            Fuzzing.complain("\(path) is not accepted")
            areAccepted = false
        }
        return areAccepted
    }

    private static func all() throws -> [(path: String, text: String)] {
        var seeds: [(String, String)] = []
        let signature = Scenario.signature
        for person in KnownPerson.all {
            let name = person.nameID.prefix { $0 != "@" }
            let plain = person.response
            // What signs it here expects messages without an XML declaration.
            seeds.append(("assertion/\(name).xml", String(try plain.text().drop { $0 != ">" }.dropFirst())))
            for (kind, signs) in [("both", (true, true)), ("response", (true, false)), ("assertion", (false, true))] {
                let signed = plain.changed {
                    $0.responseSignature = signs.0 ? signature : nil
                    $0.assertionSignature = signs.1 ? signature : nil
                }
                seeds.append(("response/\(name)-\(kind).xml", try signed.text()))
            }
        }
        seeds += try decryption() + redirect()
        seeds.append(("jose/token.txt", "t" + (try JOSETarget.token())))
        seeds.append(("metadata/okta.xml", metadata))
        return seeds
    }

    private static func decryption() throws -> [(String, String)] {
        let person = KnownPerson.all[0].response
        let signed = person.changed { $0.assertionSignature = Scenario.signature }
        func assertion(_ response: ResponseText) throws -> String {
            let text = try response.text()
            guard let start = text.range(of: "<saml2:Assertion"), let end = text.range(of: "</saml2:Assertion>") else {
                return ""
            }
            return String(text[start.lowerBound..<end.upperBound])
        }
        // The second byte: two bits of the cipher, one for the signature around it.
        var seeds = [
            ("decryption/gcm-inner.txt", "pC" + (try assertion(signed))),
            ("decryption/gcm-outer.txt", "pG" + (try assertion(person))),
            ("decryption/cbc-both.txt", "pE" + (try assertion(signed))),
            ("decryption/cbc-inner.txt", "pA" + (try assertion(signed))),
            ("decryption/ciphertext-cbc.txt", "cA0123456789abcdef0123456789abcdef"),
            ("decryption/ciphertext-gcm.txt", "cC0123456789abcdef0123456789abcdef"),
        ]
        for (name, placement) in [("nested", EncryptionText.Placement.nested), ("sibling", .sibling)] {
            let text = EncryptionText(recipient: Scenario.recipient).changed { $0.placement = placement }
                .text(holding: "<a/>")
            // Whatever was encrypted gives way to the words that stand for good values.
            var words = ["DATA", "KEY"]
            if placement == .nested { words.reverse() }
            let parts = text.components(separatedBy: "</xenc:CipherValue>")
            let replaced = zip(parts, words).map { part, word in
                (part.components(separatedBy: "<xenc:CipherValue>").first ?? "") + "<xenc:CipherValue>" + word
            }
            seeds.append(
                (
                    "decryption/\(name).txt",
                    "e" + (replaced + [parts.last ?? ""]).joined(separator: "</xenc:CipherValue>")
                ))
        }
        return seeds
    }

    private static var metadata: String {
        let binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"
        let services = [("SingleLogout", "slo"), ("SingleSignOn", "sso")].flatMap { name, path in
            ["POST", "Redirect"].map {
                "<md:\(name)Service Binding=\"\(binding)\($0)\" Location=\"https://acme.okta.com/app/acme/exk1/\(path)/saml\"/>"
            }
        }
        return
            "<md:EntityDescriptor entityID=\"\(ResponseText.issuer)\" xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">"
            + "<md:IDPSSODescriptor WantAuthnRequestsSigned=\"false\" "
            + "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor use=\"signing\">"
            + "<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>"
            + Base64.encode(Scenario.certificate.der)
            + "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>" + services[0...1].joined()
            + "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>"
            + services[2...3].joined() + "</md:IDPSSODescriptor></md:EntityDescriptor>"
    }

    private static func redirect() throws -> [(String, String)] {
        let request = LogoutRequest(
            id: "idlogout1", issueInstant: Scenario.now, destination: Scenario.logoutURL, issuer: ResponseText.issuer,
            notOnOrAfter: Scenario.now + .seconds(300),
            nameID: NameID(
                value: KnownPerson.all[0].nameID, format: NameID.unspecified, nameQualifier: nil, spNameQualifier: nil),
            sessionIndex: "s1"
        ).xml
        let response = LogoutResponse(
            id: "idlogout2", issueInstant: Scenario.now, destination: Scenario.logoutURL, issuer: ResponseText.issuer,
            inResponseTo: "_ours"
        ).xml
        func query(_ message: OutgoingMessage, relayState: String?) throws -> String {
            let url = try RedirectBinding.url("x", message, relayState: relayState, signer: Scenario.signer)
            return "q" + url.dropFirst(2)
        }
        return [
            ("redirect/query-request.txt", try query(.request(request), relayState: "state")),
            ("redirect/query-response.txt", try query(.response(response), relayState: nil)),
            ("redirect/message-request.txt", "x" + request),
            ("redirect/form-request.txt", "f" + (try Scenario.signer.enveloped(request, id: "idlogout1"))),
            ("redirect/form-response.txt", "f" + (try Scenario.signer.enveloped(response, id: "idlogout2"))),
        ]
    }
}
