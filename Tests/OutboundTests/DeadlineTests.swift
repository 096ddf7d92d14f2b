import TestSupport
import Testing

@testable import Outbound

@Suite("Waiting with a deadline")
struct DeadlineTests {
    struct Stop: Error {}

    @Test("gives the task's value, or throws what it throws")
    func outcome() async throws {
        #expect(try await value(of: Task { 7 }, by: .now + .seconds(60)) == 7)
        await #expect(throws: Stop.self) {
            try await value(of: Task<Int, any Error> { throw Stop() }, by: .now + .seconds(60))
        }
    }

    @Test("stops waiting when the time is up, and leaves the task alone")
    func timeIsUp() async throws {
        let gate = Gate()
        let task = Task<Int, any Error> {
            await gate.pass()
            return 7
        }
        await #expect(throws: DeadlineExceeded.self) { try await value(of: task, by: .now) }
        #expect(!task.isCancelled)
        await gate.open()
        #expect(try await value(of: task, by: .now + .seconds(60)) == 7)
    }

    @Test("ends with the caller's cancellation, and leaves the task alone")
    func cancellation() async throws {
        let gate = Gate()
        let task = Task<Int, any Error> {
            await gate.pass()
            return 7
        }
        let caller = Task { try await value(of: task, by: .now + .seconds(60)) }
        await gate.arrivals(1)
        caller.cancel()
        await #expect(throws: CancellationError.self) { try await caller.value }
        #expect(!task.isCancelled)
        await gate.open()
        #expect(try await task.value == 7)
    }

    @Test("many wait for one task, each with its own deadline")
    func crowd() async throws {
        let gate = Gate()
        let task = Task<Int, any Error> {
            await gate.pass()
            return 7
        }
        let results = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<40 {
                group.addTask { try? await value(of: task, by: number % 2 == 0 ? .now : .now + .seconds(60)) }
            }
            var results: [Int?] = []
            for await result in group {
                results.append(result)
                // Those without patience are done first; only then does the task end.
                if results.count == 20 { await gate.open() }
            }
            return results
        }
        #expect(results.prefix(20).allSatisfy { $0 == nil } && results.suffix(20).allSatisfy { $0 == 7 })
    }
}
