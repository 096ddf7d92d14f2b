import Dispatch

/// Something that happens once, between a thread that blocks and tasks that do not.
package final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    package init() {}

    package func raise() { semaphore.signal() }

    package var isRaised: Bool {
        guard semaphore.wait(timeout: .now()) == .success else { return false }
        semaphore.signal()
        return true
    }

    /// Blocks the thread until the signal is raised; for closures that have a thread of their own.
    package func block() {
        semaphore.wait()
        semaphore.signal()
    }

    /// Waits without blocking a thread of the cooperative pool.
    package func raised() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.block()
                continuation.resume()
            }
        }
    }
}
