/// A name that is compared byte by byte.
///
/// Swift's `String` equality is canonical equivalence: U+212A KELVIN SIGN equals "K". For an access decision that is a
/// hole, so every name that grants something conforms to this protocol instead.
package protocol ExactName: Hashable, Sendable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    var text: String { get }
    init(_ text: String)
}

extension ExactName {
    package init(stringLiteral value: String) { self.init(value) }
    package var description: String { text }

    package static func == (left: Self, right: Self) -> Bool { left.text.isIdentical(to: right.text) }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}

extension String {
    /// Whether both hold the same UTF-8 bytes.
    package func isIdentical(to other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}

/// A group of the identity provider, exactly as the provider spells it.
package struct GroupName: ExactName {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// A role within a realm.
package struct RoleName: ExactName {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// One of the populations, e.g. `infraon` or `ssp`.
package struct RealmName: ExactName {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// A configured identity provider.
package struct ProviderName: ExactName {
    package let text: String
    package init(_ text: String) { self.text = text }
}
