import Synchronization

/// The time is up.
package struct DeadlineExceeded: Error {
    package init() {}
}

/// The value of a task, or `DeadlineExceeded` when it takes longer: the caller goes on, the task may not.
///
/// A task group would wait for a child that cannot be cancelled (a look-up in the name system, a fetch that others wait
/// for too), so the task stands on its own and only the waiting is bounded.
///
/// - Throws: `DeadlineExceeded`, `CancellationError` when the caller is cancelled, or what the task throws.
package func value<Value: Sendable>(
    of task: Task<Value, any Error>, by deadline: ContinuousClock.Instant
) async throws -> Value {
    let outcome = FirstOutcome<Value>()
    let waiting = Task { outcome.settle(await task.result) }
    let alarm = Task {
        try await Task.sleep(until: deadline, clock: .continuous)
        outcome.settle(.failure(DeadlineExceeded()))
    }
    defer {
        waiting.cancel()
        alarm.cancel()
    }
    return try await withTaskCancellationHandler {
        try await outcome.value
    } onCancel: {
        outcome.settle(.failure(CancellationError()))
    }
}

/// Keeps the outcome that comes first, whether somebody waits for it already or not yet.
private final class FirstOutcome<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, any Error>)
        case settled(Result<Value, any Error>)
    }

    private let state = Mutex(State.open)

    func settle(_ result: Result<Value, any Error>) {
        let continuation: CheckedContinuation<Value, any Error>? = state.withLock { state in
            switch state {
            case .open:
                state = .settled(result)
                return nil
            case .awaited(let continuation):
                state = .settled(result)
                return continuation
            case .settled: return nil
            }
        }
        continuation?.resume(with: result)
    }

    var value: Value {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Value, any Error>? = state.withLock { state in
                    if case .settled(let result) = state { return result }
                    state = .awaited(continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        }
    }
}
