import FuzzingSupport
import Identity
import SAMLTestSupport

@testable import SAML

/// The redirect binding and logout messages. The first byte says what the others are:
///
/// - `q`: a query as it comes;
/// - `x`: a logout message, which the target signs and sends by redirect;
/// - `f`: a logout message by POST;
/// - `z`: what is to be inflated; `d`: what is to be deflated.
///
/// Promises: a query that is accepted is one that was signed; a message comes out as it went in; inflating gives no more
/// than is allowed.
enum RedirectTarget {
    private static let verifier = LogoutVerifier(Scenario.logoutExpectation)
    private static let limit = 1 << 20

    static func run(_ bytes: [UInt8]) -> CInt {
        guard let kind = bytes.first else { return 0 }
        let rest = Array(bytes[1...])
        switch kind {
        case UInt8(ascii: "q"): query(String(decoding: rest, as: UTF8.self))
        case UInt8(ascii: "x"): message(rest)
        case UInt8(ascii: "f"): form(rest)
        case UInt8(ascii: "z"):
            let inflated = try? Deflate.inflate(rest, limit: limit)
            require(inflated?.count ?? 0 <= limit, "inflating gives no more than is allowed")
        case UInt8(ascii: "d"):
            require((try? Deflate.inflate(Deflate.compress(rest), limit: limit)) == rest, "deflating loses nothing")
        default: break
        }
        return 0
    }

    private static func query(_ text: String) {
        guard let message = try? RedirectBinding.read(rawQuery: text) else { return }
        if let request = try? verifier.request(message, now: Scenario.now) { requireKnown(request) }
        if (try? verifier.response(message, to: "_ours", now: Scenario.now)) != nil { Fuzzing.accepted() }
    }

    private static func form(_ xml: [UInt8]) {
        if let request = try? verifier.request(post: xml, now: Scenario.now) { requireKnown(request) }
        if (try? verifier.response(post: xml, to: "_ours", now: Scenario.now)) != nil { Fuzzing.accepted() }
    }

    private static func requireKnown(_ request: VerifiedLogoutRequest) {
        Fuzzing.accepted()
        require(
            request.nameID.value == KnownPerson.all[0].nameID && request.id == "idlogout1"
                && request.sessionIndexes == ["s1"], "only who was signed for is signed out, not \(request)")
    }

    private static func message(_ xml: [UInt8]) {
        guard let text = String(validating: xml, as: UTF8.self), text.utf8.count < limit,
            let url = try? RedirectBinding.url(
                Scenario.logoutURL, .request(text), relayState: "r&=%+ ü", signer: Scenario.signer)
        else { return }
        let rawQuery = String(url.dropFirst(Scenario.logoutURL.count + 1))
        guard let message = try? RedirectBinding.read(rawQuery: rawQuery) else {
            // What shrinks too well is taken for a bomb, and nothing is no message.
            return require(xml.isEmpty || xml.count > 1000, "what was written can be read")
        }
        require(message.unverifiedXML == xml && message.relayState == "r&=%+ ü", "a message comes out as it went in")
        guard let request = try? verifier.request(message, now: Scenario.now) else { return }
        Fuzzing.accepted()
        guard let root = try? ReferenceElement.parse(xml) else { return require(false, "what was accepted is XML") }
        require(
            AssertionReading(root).texts("NameID") == [Array(request.nameID.value.utf8)]
                && root.attribute("ID").map { Array($0.utf8) } == Array(request.id.utf8), "the NameID is the one")
    }
}
