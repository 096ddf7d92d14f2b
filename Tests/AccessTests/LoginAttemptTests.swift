import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Login attempts")
struct LoginAttemptTests {
    static let attempt = LoginAttempt(
        realm: "infraon", provider: "okta", returnTo: "https://app.example.com/#x", nonce: "a-nonce",
        codeVerifier: "a-verifier",
        maximumAge: .seconds(900))

    private func start(_ fixture: AccessFixture) async throws -> AttemptTicket {
        let ticket = fixture.attempts.makeTicket()
        try await fixture.attempts.save(Self.attempt, as: ticket)
        return ticket
    }

    private func reason(_ fixture: AccessFixture, _ state: String, _ binding: String?) async throws -> LoginAttemptError
        .Reason?
    {
        do {
            _ = try await fixture.attempts.consume(state: state, binding: binding)
            return nil
        } catch let error as LoginAttemptError {
            return error.reason
        }
    }

    @Test("comes back as it was saved, once")
    func once() async throws {
        let fixture = try await AccessFixture()
        let ticket = try await start(fixture)
        let attempt = try await fixture.attempts.consume(state: ticket.state, binding: ticket.binding)
        #expect(
            attempt.realm == "infraon" && attempt.provider == "okta" && attempt.returnTo == "https://app.example.com/#x"
        )
        #expect(
            attempt.nonce == "a-nonce" && attempt.codeVerifier == "a-verifier" && attempt.maximumAge == .seconds(900))
        #expect(try await reason(fixture, ticket.state, ticket.binding) == .attemptUnknown)
    }

    @Test("an attempt without an age has none when it comes back")
    func noAge() async throws {
        let fixture = try await AccessFixture()
        let ticket = fixture.attempts.makeTicket()
        let attempt = LoginAttempt(
            realm: "a", provider: "b", returnTo: "c", nonce: "d", codeVerifier: "e", maximumAge: nil)
        try await fixture.attempts.save(attempt, as: ticket)
        #expect(try await fixture.attempts.consume(state: ticket.state, binding: ticket.binding).maximumAge == nil)
    }

    @Test("another browser's answer fails, and does not use the attempt up")
    func otherBrowser() async throws {
        let fixture = try await AccessFixture()
        let ticket = try await start(fixture)
        let other = try await start(fixture)
        for binding in [nil, "", other.binding, ticket.binding + "x", String(ticket.binding.dropLast()), ticket.state] {
            #expect(try await reason(fixture, ticket.state, binding) == .browserMismatch)
        }
        #expect(try await reason(fixture, ticket.state, ticket.binding) == nil)
        #expect(try await reason(fixture, other.state, other.binding) == nil)
    }

    @Test("a state with the right id and another secret is unknown, and uses nothing up")
    func guessedState() async throws {
        let fixture = try await AccessFixture()
        let ticket = try await start(fixture)
        let other = fixture.attempts.makeTicket()
        let forged = "\(ticket.id).\(other.state.split(separator: ".")[1])"
        #expect(try await reason(fixture, forged, ticket.binding) == .attemptUnknown)
        #expect(try await reason(fixture, ticket.state, ticket.binding) == nil)
    }

    @Test(
        "a state that this gateway never makes",
        arguments: [
            "", ".", "x", "0123456789abcdef", "0123456789abcdef.", ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "0123456789ABCDEF.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "0123456789abcde.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "0123456789abcdef.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "0123456789abcdeg.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "0123456789abcdef.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.",
            "0123456789abcdef.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "' OR 1=1 --", "0123456789abcd\u{e9}.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ])
    func malformedState(state: String) async throws {
        #expect(AttemptTicket.id(ofState: state) == nil)
        let fixture = try await AccessFixture()
        #expect(try await reason(fixture, state, "b") == .stateMalformed)
    }

    @Test("is good for ten minutes, to the millisecond")
    func expiry() async throws {
        let fixture = try await AccessFixture()
        let first = try await start(fixture)
        let second = try await start(fixture)
        fixture.clock.advance(.seconds(600) - .milliseconds(1))
        #expect(try await reason(fixture, first.state, first.binding) == nil)
        fixture.clock.advance(.milliseconds(1))
        #expect(try await reason(fixture, second.state, second.binding) == .attemptUnknown)
    }

    @Test("of 40 answers at once one gets the attempt")
    func concurrently() async throws {
        let fixture = try await AccessFixture()
        let ticket = try await start(fixture)
        let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 { group.addTask { try await reason(fixture, ticket.state, ticket.binding) == nil } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(taken == 1)
    }

    @Test("what is over is removed, what is not stays")
    func removal() async throws {
        let fixture = try await AccessFixture()
        _ = try await start(fixture)
        fixture.clock.advance(.seconds(1))
        let later = try await start(fixture)
        fixture.clock.advance(.seconds(599))
        try await fixture.attempts.removeExpired()
        #expect(try await fixture.count("SELECT id FROM login_attempts") == 1)
        #expect(try await reason(fixture, later.state, later.binding) == nil)
    }

    @Test("the store holds neither state nor binding nor the secrets in clear")
    func atRest() async throws {
        let fixture = try await AccessFixture()
        let ticket = try await start(fixture)
        let row = try await fixture.database.transaction(.readOnly) { try $0.rows("SELECT * FROM login_attempts")[0] }
        let content = "\(row)"
        let secret = String(ticket.state.split(separator: ".")[1])
        for text in [secret, ticket.binding, "a-nonce", "a-verifier"] { #expect(!content.contains(text)) }
        #expect(content.contains(ticket.id))
    }

    @Test("ids sort by the time they were made, and no two tickets are alike")
    func tickets() async throws {
        let fixture = try await AccessFixture()
        var ids: [String] = []
        for _ in 0..<50 {
            ids.append(fixture.attempts.makeTicket().id)
            fixture.clock.advance(.seconds(1))
        }
        #expect(ids == ids.sorted() && Set(ids).count == 50)
        let tickets = (0..<50).map { _ in fixture.attempts.makeTicket() }
        #expect(Set(tickets.flatMap { [$0.state, $0.binding] }).count == 100)
        #expect(tickets.allSatisfy { AttemptTicket.id(ofState: $0.state) == $0.id })
    }
}
