import FoundationEssentials
import Synchronization

/// The simulator's idea of now, which tests can set.
package final class SimulatorClock: Sendable {
    private let source: @Sendable () -> Date
    private let offset = Mutex<TimeInterval>(0)

    package init(source: @escaping @Sendable () -> Date = { Date() }) {
        self.source = source
    }

    package var now: Date { source().addingTimeInterval(offset.withLock { $0 }) }

    /// Moves the clock; a negative number moves it back. Returns how far it now is from the true time, in seconds.
    package func advance(bySeconds seconds: Double) -> Double {
        offset.withLock { offset in
            offset += seconds
            return offset
        }
    }
}

extension Date {
    /// NumericDate (RFC 7519 §2).
    var numericDate: Int { Int(timeIntervalSince1970) }
}
