import UnixSignals

#if canImport(Glibc)
    import Glibc
#endif

/// Work that Ctrl-C ends in an orderly way: its clean-up runs, its sockets close.
enum Interruptible {
    /// - Throws: `CommandFailure` with 128 + the signal's number, as shells count, or what the body throws.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await signal in signals {
                    throw CommandFailure(
                        128 + (signal == .sigint ? SIGINT : SIGTERM), "interrupted; nobody was signed in")
                }
                return nil
            }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                if let outcome { return outcome }
            }
            throw CancellationError()
        }
    }
}
