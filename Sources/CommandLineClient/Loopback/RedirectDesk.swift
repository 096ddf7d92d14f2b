import Cryptography
import Identity
import NIOCore
import Synchronization

/// Judges what comes to the loopback address, and lets through one redirect: the one with the state of this sign-in.
///
/// Any page in the person's browser, and any program on this machine, can send requests here. What cannot know the state
/// cannot end the waiting; what knows it twice (a reload) gets the same page twice, but the code is used once.
final class RedirectDesk: Sendable {
    /// What an asker gets.
    enum Judgement {
        case now(ResultPage)
        /// The page comes when the gateway has answered.
        case later
    }

    /// Sends the page; the future completes when the browser has it, or has gone.
    typealias Asker = @Sendable (ResultPage) -> EventLoopFuture<Void>

    private enum Expectation {
        case notYet
        case state(String)
        /// The authorize URL does not tell (RFC 9126): the gateway alone can compare.
        case any
    }

    private enum Phase {
        case waiting
        case received(state: String)
        case answered(state: String, ResultPage)
    }

    private struct State {
        var expectation = Expectation.notYet
        var phase = Phase.waiting
        var waiting: [Asker] = []
    }

    private let state = Mutex(State())
    /// The one redirect.
    let redirects: AsyncStream<AuthorizationRedirect>
    private let arrival: AsyncStream<AuthorizationRedirect>.Continuation

    init() { (redirects, arrival) = AsyncStream.makeStream() }

    /// From now on a redirect may come.
    ///
    /// - Parameter state: nil when only the gateway knows it.
    func expect(state expected: String?) {
        state.withLock { $0.expectation = expected.map { .state($0) } ?? .any }
    }

    /// - Parameters:
    ///   - hosts: the values of all Host fields.
    ///   - port: where the request came in.
    ///   - asker: called at most once, and only when the judgement is `later`.
    func judge(
        method: String, target: String, hosts: [String], port: Int, asker: @escaping Asker
    ) -> Judgement {
        // A name that an attacker lets lead to 127.0.0.1 must not reach us (DNS rebinding).
        let names = ["localhost:\(port)", "127.0.0.1:\(port)", "[::1]:\(port)"]
        guard hosts.count == 1, names.contains(hosts[0].lowercased()) else { return .now(.foreignHost) }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.first == "/" else { return .now(.nothingHere) }
        guard method == "GET" else { return .now(.methodNotAllowed) }
        guard let redirect = AuthorizationRedirect(query: parts.count == 2 ? parts[1] : "") else {
            return .now(.notARedirect)
        }
        let (judgement, isFirst): (Judgement, Bool) = state.withLock { state in
            switch state.phase {
            case .waiting:
                switch state.expectation {
                case .notYet: return (.now(.anotherSignIn), false)
                case .state(let expected):
                    guard equalInConstantTime(expected, redirect.state) else { return (.now(.anotherSignIn), false) }
                case .any: break
                }
                state.phase = .received(state: redirect.state)
                state.waiting.append(asker)
                return (.later, true)
            case .received(let known):
                guard equalInConstantTime(known, redirect.state) else { return (.now(.anotherSignIn), false) }
                state.waiting.append(asker)
                return (.later, false)
            case .answered(let known, let page):
                guard equalInConstantTime(known, redirect.state) else { return (.now(.anotherSignIn), false) }
                return (.now(page), false)
            }
        }
        if isFirst {
            arrival.yield(redirect)
            arrival.finish()
        }
        return judgement
    }

    /// Shows the page to everybody who waits, and to whoever comes with the same state afterwards.
    ///
    /// - Returns: completed when each of those who waited has it.
    func show(_ page: ResultPage) -> [EventLoopFuture<Void>] {
        let waiting = state.withLock { state in
            if case .received(let known) = state.phase { state.phase = .answered(state: known, page) }
            defer { state.waiting = [] }
            return state.waiting
        }
        return waiting.map { $0(page) }
    }
}
