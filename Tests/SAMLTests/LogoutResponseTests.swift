import Identity
import Testing

@testable import SAML

@Suite("Logout responses of the identity provider")
struct LogoutResponseTests {
    typealias Change = LogoutRequestTests.Change

    static let partial = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"
    static let responder = "urn:oasis:names:tc:SAML:2.0:status:Responder"

    static let refused: [Change] = [
        Change("no InResponseTo", "in_response_to_missing") { $0.inResponseTo = nil },
        Change("an answer to another request", "in_response_to_mismatch") { $0.inResponseTo = "_other" },
        Change("an empty InResponseTo", "in_response_to_mismatch") { $0.inResponseTo = "" },
        Change("no Status", "logout_message_malformed") { $0.content = "" },
        Change("two Statuses", "logout_message_malformed") { $0.content += $0.content },
        Change("a Status without a code", "status_malformed") { $0.content = "<saml2p:Status></saml2p:Status>" },
        Change("a code without a value", "status_malformed") {
            $0.content = "<saml2p:Status><saml2p:StatusCode></saml2p:StatusCode></saml2p:Status>"
        },
        Change("no Destination", "logout_destination_missing") { $0.destination = nil },
        Change("another Destination", "destination_mismatch") { $0.destination = "https://sso.example.com/" },
        Change("another Issuer", "issuer_mismatch") {
            $0.issuer = IncomingLogout.element("saml2:Issuer", text: "http://www.okta.com/exk2example")
        },
        Change("no Issuer", "issuer_missing") { $0.issuer = "" },
        Change("version 1.1", "version_unsupported") { $0.version = "1.1" },
        Change("issued too long ago", "logout_too_old") { $0.issueInstant = "2026-11-22T09:53:59.999Z" },
        Change("issued in the future", "logout_issued_in_future") { $0.issueInstant = "2026-11-22T10:06:00.001Z" },
    ]

    @Test("refused by both bindings", arguments: refused)
    func refusal(change: Change) throws {
        let codes = try IncomingLogout.response.changed(change.apply).codes()
        // Without an Issuer there is no place for a signature within.
        #expect(codes == [change.code, change.code == "issuer_missing" ? codes[1] : change.code])
        #expect(codes[1] != nil)
    }

    @Test("tells whether everything has ended")
    func completeness() throws {
        let verifier = try IncomingLogout.verifier()
        let cases: [(String, Bool, String)] = [
            (IncomingLogout.status(IncomingLogout.success), true, IncomingLogout.success),
            (
                IncomingLogout.status(IncomingLogout.success, Self.partial), false,
                "\(IncomingLogout.success) / \(Self.partial)"
            ),
            (IncomingLogout.status(Self.responder), false, Self.responder),
            (
                IncomingLogout.status(Self.responder, IncomingLogout.success), false,
                "\(Self.responder) / \(IncomingLogout.success)"
            ),
            (IncomingLogout.status(IncomingLogout.success + "x"), false, IncomingLogout.success + "x"),
        ]
        for (status, isComplete, shown) in cases {
            let message = IncomingLogout.response.changed { $0.content = status }
            for response in [
                try verifier.response(post: message.posted(), to: "_ours", now: IncomingLogout.now),
                try verifier.response(
                    RedirectBinding.read(rawQuery: message.query()), to: "_ours", now: IncomingLogout.now),
            ] {
                #expect(response.isComplete == isComplete)
                #expect(response.status == shown)
            }
        }
    }
}
