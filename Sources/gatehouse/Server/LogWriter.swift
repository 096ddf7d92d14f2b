import Dispatch
import Outbound
import StrictJSON
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Writes log lines to standard error from a thread of its own.
///
/// Whoever reads the log may stall, and a write to a full pipe then blocks. Requests must not: they leave their lines in a
/// bounded queue, and lines that do not fit are dropped and counted.
final class LogWriter: Sendable {
    static let standardError = LogWriter()

    private static let most = 10_000

    private let queue = DispatchQueue(label: "gatehouse.log")
    private let waiting = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    /// - Parameter line: with its newline. One write for one line, so lines of several processes on one pipe do not mix.
    func write(_ line: [UInt8]) {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.most else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            dropped.wrappingAdd(1, ordering: .relaxed)
            return
        }
        queue.async { [self] in
            Self.writeBlocking(line)
            waiting.wrappingSubtract(1, ordering: .relaxed)
            let lost = dropped.exchange(0, ordering: .relaxed)
            if lost > 0 {
                let notice: JSON = [
                    "level": "warning", "message": "log lines were lost because nobody read them",
                    "lines": .integer(Int64(lost)),
                ]
                Self.writeBlocking(notice.serialized() + [0x0A])
            }
        }
    }

    /// Waits until what is queued is written, but no longer than this: a stalled reader must not keep the process.
    func flush(within limit: Duration) async {
        let written = Task<Void, any Error> {
            await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
        }
        try? await value(of: written, by: .now + limit)
    }

    private static func writeBlocking(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
