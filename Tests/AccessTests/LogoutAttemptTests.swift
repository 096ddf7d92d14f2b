import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Sign-outs at providers")
struct LogoutAttemptTests {
    let fixture: AccessFixture
    let logouts: LogoutAttempts

    static let visits = ["okta", "other", "third"].map {
        ProviderLogout(provider: ProviderName($0), hint: Secret("id-token-of-\($0)"))
    }

    init() async throws {
        fixture = try await AccessFixture()
        logouts = LogoutAttempts(
            database: fixture.database, keyring: fixture.keyring, random: .system, clock: fixture.clock.wallClock)
    }

    private func begin(_ visits: [ProviderLogout] = visits) async throws -> AttemptTicket {
        let ticket = logouts.makeTicket()
        try await logouts.save(ticket, visiting: visits)
        return ticket
    }

    /// Why an answer is none; nil when it is one.
    private func reason(_ state: String, _ binding: String?) async throws -> LogoutAttemptError? {
        do {
            _ = try await logouts.consume(state: state, binding: binding)
            return nil
        } catch let error as LogoutAttemptError {
            return error
        }
    }

    @Test("after the first provider come the others, in their order, with what to sign out with; once")
    func order() async throws {
        let ticket = try await begin()
        let visit = try await logouts.consume(state: ticket.state, binding: ticket.binding)
        #expect(visit.provider == Self.visits[0].provider)
        #expect(visit.unconfirmed == nil)
        #expect(visit.rest.map(\.provider) == ["other", "third"])
        #expect(visit.rest.map { $0.hint?.reveal() } == ["id-token-of-other", "id-token-of-third"])
        #expect(!"\(visit.rest)".contains("id-token"))
        #expect(try await reason(ticket.state, ticket.binding) == .stateUnknown)
        #expect(try await fixture.count("SELECT id FROM logout_attempts") == 0)
    }

    @Test("the last provider leaves nothing to visit")
    func last() async throws {
        let ticket = try await begin([Self.visits[0]])
        #expect(try await logouts.consume(state: ticket.state, binding: ticket.binding).rest.isEmpty)
        #expect(try await reason(ticket.state, ticket.binding) == .stateUnknown)
    }

    @Test("another browser's answer fails, and does not use the sign-out up")
    func otherBrowser() async throws {
        let ticket = try await begin()
        let other = try await begin()
        for binding in [nil, "", other.binding, ticket.binding + "x", String(ticket.binding.dropLast()), ticket.state] {
            #expect(try await reason(ticket.state, binding) == .browserMismatch)
        }
        #expect(try await reason(ticket.state, ticket.binding) == nil)
        #expect(try await logouts.consume(state: other.state, binding: other.binding).rest.count == 2)
    }

    @Test("a state that was made up, or has the right id and another secret, is unknown and uses nothing up")
    func unknownState() async throws {
        let ticket = try await begin()
        let secret = logouts.makeTicket().state.split(separator: ".")[1]
        for state in ["", "x", logouts.makeTicket().state, "\(ticket.id).\(secret)", ticket.state + "x"] {
            #expect(try await reason(state, ticket.binding) == .stateUnknown)
        }
        #expect(try await reason(ticket.state, ticket.binding) == nil)
    }

    @Test("is good for ten minutes, to the millisecond; what is over is removed")
    func expiry() async throws {
        let (early, late) = (try await begin(), try await begin())
        fixture.clock.advance(.seconds(600) - .milliseconds(1))
        try await logouts.removeExpired()
        #expect(try await reason(early.state, early.binding) == nil)
        fixture.clock.advance(.milliseconds(1))
        #expect(try await reason(late.state, late.binding) != nil)
        try await logouts.removeExpired()
        #expect(try await fixture.count("SELECT id FROM logout_attempts") == 0)
        #expect(try await reason(late.state, late.binding) == .stateUnknown)
    }

    @Test("of 20 answers at once one goes on")
    func concurrently() async throws {
        let ticket = try await begin()
        let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { try await reason(ticket.state, ticket.binding) == nil } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(taken == 1)
    }

    @Test("the store holds neither state nor binding nor ID tokens in clear; what no key opens is not forgotten")
    func atRest() async throws {
        let ticket = try await begin()
        let rows = try await fixture.database.transaction(.readOnly) { try $0.rows("SELECT * FROM logout_attempts") }
        for text in [String(ticket.state.split(separator: ".")[1]), ticket.binding, "id-token-of-"] {
            #expect(!"\(rows)".contains(text))
        }
        let others = LogoutAttempts(
            database: fixture.database, keyring: try Keyring(masterKeys: [AccessFixture.otherMasterKey]),
            random: .system, clock: fixture.clock.wallClock)
        let rest = try await others.consume(state: ticket.state, binding: ticket.binding).rest
        #expect(rest.map(\.provider) == ["other", "third"] && rest.allSatisfy { $0.hint == nil })
    }

    @Test("a provider that cannot be asked is not visited")
    func withoutHint() async throws {
        let lost = ProviderLogout(provider: "lost", hint: nil)
        let ticket = try await begin([Self.visits[0], lost, Self.visits[1]])
        let visit = try await logouts.consume(state: ticket.state, binding: ticket.binding)
        #expect(visit.rest.map(\.provider) == ["other"] && visit.unconfirmed == nil)
    }

    @Test("reasons are stable, and unlike each other")
    func reasons() {
        #expect(LogoutAttemptError.allCases.map(\.rawValue) == ["logout_state_unknown", "browser_mismatch"])
    }
}
