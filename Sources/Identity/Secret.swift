/// Text that must not appear in a log, an error or a description.
///
/// It prints as `[redacted]` however it is printed; whoever needs the value says so with `reveal()`.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    package init(_ value: String) { self.value = value }

    package func reveal() -> String { value }

    package var description: String { "[redacted]" }
    package var debugDescription: String { "[redacted]" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// For types that hold secrets among other things: printed, described or reflected they show their name only.
package protocol RedactedWhenPrinted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension RedactedWhenPrinted {
    package var description: String { "\(Self.self)[redacted]" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
