import Identity
import XMLTree

/// Why a message of an identity provider is not accepted.
package struct SAMLRejection: Error, Equatable, Sendable, CustomStringConvertible {
    /// The raw value of a `Reason`, or of an `XMLRefusal.Reason` when the bytes were already no acceptable XML.
    package let code: String
    /// The rule of the profile, 1 to 16 (docs/saml-profile.md).
    package let rule: Int
    /// A sentence for the administrator. Never holds the value of an attribute, the NameID or the message.
    package let detail: String
    /// What was configured, where something was compared.
    package let expected: String?
    /// What came in its place, clipped: it is text of whoever sent the message.
    package let found: String?

    package init(_ reason: Reason, _ detail: String, expected: String? = nil, found: String? = nil) {
        self.init(code: reason.rawValue, rule: reason.rule, detail: detail, expected: expected, found: found)
    }

    package init(_ refusal: XMLRefusal) {
        self.init(code: refusal.reason.rawValue, rule: refusal.reason.rule, detail: refusal.detail)
    }

    init(code: String, rule: Int, detail: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.rule = rule
        self.detail = detail
        self.expected = expected?.clipped(Self.mostTextBytes)
        self.found = found?.clipped(Self.mostTextBytes)
    }

    package var description: String { "\(code): \(detail)" }

    /// Whether newer metadata of the identity provider may change the answer: no pinned key fits.
    package var mayBeCuredByNewKeys: Bool {
        [Reason.keyNotPinned, .signatureInvalid, .keyAlgorithmMismatch, .keyTooShort].contains { $0.rawValue == code }
    }

    private static let mostTextBytes = 256
}

extension XMLRefusal.Reason {
    /// The rule that a refusal of XMLTree belongs to.
    var rule: Int {
        switch self {
        case .malformed, .nameMalformed: 2
        case .namespaceRelative, .canonicalizationFailed: 3
        default: 1
        }
    }
}

extension XMLDocument {
    /// Parses what rules 1 to 3 let through.
    static func parsing(_ bytes: [UInt8]) throws(SAMLRejection) -> XMLDocument {
        do {
            return try XMLDocument(bytes)
        } catch {
            throw SAMLRejection(error)
        }
    }
}
