import SQL
import Synchronization

/// A store whose next writes fail, once a test says so.
struct FailingDatabase: Database {
    /// Which writes fail: of the next ones, `passing` succeed, then `failing` fail.
    final class Plan: Sendable {
        private let state = Mutex((passing: 0, failing: 0))

        func fail(_ failing: Int, after passing: Int = 0) { state.withLock { $0 = (passing, failing) } }

        fileprivate func failsNow() -> Bool {
            state.withLock { state in
                if state.passing > 0 {
                    state.passing -= 1
                    return false
                }
                guard state.failing > 0 else { return false }
                state.failing -= 1
                return true
            }
        }
    }

    let base: any Database
    let plan: Plan

    init(_ base: any Database, _ plan: Plan) { (self.base, self.plan) = (base, plan) }

    func transaction<Result: Sendable>(
        _ access: DatabaseAccess, _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
    ) async throws -> Result {
        if access == .readWrite, plan.failsNow() { throw SQLError(.busy, "by plan") }
        return try await base.transaction(access, body)
    }

    var changes: StoreChanges { base.changes }

    func close() async throws { try await base.close() }
}
