import FuzzingSupport
import SAML

/// Responses that strangers tamper with.
///
/// Promise: whatever is done to signed messages, nobody is signed in but somebody of whom a signed message speaks, with
/// that message's facts. Signature wrapping, exclusion and confusion of any kind would break it.
enum ResponseTarget {
    private static let verifier = ResponseVerifier(Scenario.expectation)

    static func run(_ bytes: [UInt8]) -> CInt {
        do throws(SAMLRejection) {
            let xml = try EncodedMessage.decode(file: bytes)
            do throws(SAMLRejection) {
                KnownPerson.requireKnown(try verifier.verify(xml, now: Scenario.now, random: Scenario.random))
            } catch {
                let trace = ResponseTrace(
                    xml: xml, rejection: error, expectation: Scenario.expectation, now: Scenario.now)
                require(trace.json.text.utf8.count < 1 << 16, "a trace is short")
                require((1...16).contains(error.rule), "a rejection belongs to a rule")
            }
        } catch {
            require((1...16).contains(error.rule), "a rejection belongs to a rule")
        }
        return 0
    }
}
