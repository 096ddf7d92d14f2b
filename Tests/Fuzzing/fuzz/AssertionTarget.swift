import FuzzingSupport
import Identity
import SAML
import SAMLTestSupport

/// What an identity provider may say: the bytes are a Response without signature, which the target signs, so that
/// everything behind the signature is reached.
///
/// Promise: what is accepted says, to the tests' own reader, who it is, from whom, for whom and where.
enum AssertionTarget {
    private static let verifier = ResponseVerifier(Scenario.expectation)

    static func run(_ bytes: [UInt8]) -> CInt {
        guard let text = String(validating: bytes, as: UTF8.self), let root = try? ReferenceElement.parse(bytes),
            let id = root.attribute("ID"), let signed = try? Scenario.signer.enveloped(text, id: id),
            let accepted = try? verifier.verify(Array(signed.utf8), now: Scenario.now, random: Scenario.random)
        else { return 0 }
        Fuzzing.accepted()
        let assertions = root.children.filter { $0.local == "Assertion" }
        require(assertions.count == 1, "there is one assertion")
        for assertion in assertions {
            let reading = AssertionReading(assertion)
            require(reading.texts("Subject", "NameID") == [Array(accepted.nameID.value.utf8)], "the NameID is the one")
            require(assertion.attribute("ID").map { Array($0.utf8) } == Array(accepted.id.utf8), "so is the identifier")
            require(reading.texts("Issuer") == [Array(ResponseText.issuer.utf8)], "the issuer is the pinned one")
            require(
                reading.texts("Conditions", "AudienceRestriction", "Audience")
                    .contains(Array(ResponseText.entityID.utf8)), "we are in the audience")
            require(
                reading.elements("Subject", "SubjectConfirmation", "SubjectConfirmationData")
                    .contains { $0.attribute("Recipient").map { Array($0.utf8) } == Array(ResponseText.acsURL.utf8) },
                "somebody confirmed it for this address")
        }
        require(accepted.expiresAt > Scenario.now, "it is not over yet")
        _ = try? AttributeMapping().identity(of: accepted, provider: ProviderName("okta"))
        return 0
    }
}

/// An element as the tests' own reader has it. Texts are bytes: to Swift two spellings of one letter are equal.
struct AssertionReading {
    private let element: ReferenceElement

    init(_ element: ReferenceElement) { self.element = element }

    func elements(_ path: String...) -> [ReferenceElement] { elements(path) }

    func texts(_ path: String...) -> [[UInt8]] {
        elements(path).map { element in
            element.nodes.flatMap { if case .text(let text) = $0 { Array(text.utf8) } else { [UInt8]() } }
        }
    }

    private func elements(_ path: [String]) -> [ReferenceElement] {
        path.reduce([element]) { found, local in
            found.flatMap(\.children)
                .filter { $0.local == local && $0.namespace == ResponseText.assertionNamespace }
        }
    }
}
