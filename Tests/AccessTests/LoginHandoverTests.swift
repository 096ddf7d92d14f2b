import Cryptography
import Identity
import TestSupport
import Testing

@testable import Access

@Suite("Sessions that a browser hands to a command line")
struct LoginHandoverTests {
    let fixture: AccessFixture

    init() async throws { fixture = try await AccessFixture() }

    /// A command line that waits.
    private func begin(host: String? = "laptop") async throws -> (login: CommandLineLogin, state: String) {
        let ticket = fixture.attempts.makeTicket()
        try await fixture.attempts.save(
            LoginAttempt(
                realm: "infraon", provider: "okta", returnTo: "/", nonce: "_request", codeVerifier: "",
                maximumAge: nil, purpose: .commandLine(host: host)), as: ticket, bindingHash: "the-challenge")
        return (try #require(try await fixture.attempts.commandLineLogin(state: ticket.state)), ticket.state)
    }

    private func admit(_ login: CommandLineLogin, code: Secret) async throws -> AdmittedSession {
        let outcome = try await fixture.admission.admit(
            AccessFixture.identity(), tokens: ProviderTokens(refreshToken: nil, logoutHint: nil),
            realm: AccessFixture.infraon,
            arrival: Arrival(
                address: "192.0.2.1", userAgent: nil, previousToken: nil, kind: .commandLine, host: login.host,
                delivery: .commandLine(loginID: login.id, code: code)))
        guard case .admitted(let session) = outcome else { throw AccessFixture.Refused() }
        return session
    }

    @Test("a command line's login is found by its state, and by nothing else, and is not used up")
    func found() async throws {
        let (login, state) = try await begin()
        #expect(login.realm == "infraon" && login.provider == "okta" && login.host == "laptop")
        #expect(try await fixture.attempts.commandLineLogin(state: state)?.id == login.id)
        let other = String(state.dropLast()) + (state.hasSuffix("A") ? "B" : "A")
        #expect(try await fixture.attempts.commandLineLogin(state: other) == nil)
        #expect(try await fixture.attempts.commandLineLogin(state: "nonsense") == nil)
        // A browser's is none.
        let ticket = fixture.attempts.makeTicket()
        try await fixture.attempts.save(
            LoginAttempt(
                realm: "infraon", provider: "okta", returnTo: "/", nonce: "n", codeVerifier: "v", maximumAge: nil),
            as: ticket)
        #expect(try await fixture.attempts.commandLineLogin(state: ticket.state) == nil)
        fixture.clock.advance(LoginAttempts.commandLineLifetime)
        #expect(try await fixture.attempts.commandLineLogin(state: state) == nil)
    }

    @Test("the code gives the session's token, once, to its own login only")
    func collected() async throws {
        let (login, _) = try await begin()
        let (other, _) = try await begin()
        let code = fixture.handovers.makeCode()
        let session = try await admit(login, code: code)
        #expect(try await fixture.handovers.collect(loginID: other.id, code: code.reveal()) == nil)
        #expect(try await fixture.handovers.collect(loginID: login.id, code: code.reveal() + "x") == nil)
        let collected = try #require(try await fixture.handovers.collect(loginID: login.id, code: code.reveal()))
        #expect(collected.session.id == session.id && collected.session.kind == .commandLine)
        #expect(collected.session.host == "laptop")
        #expect(try await fixture.check.session(token: collected.token.reveal())?.id == session.id)
        #expect(try await fixture.handovers.collect(loginID: login.id, code: code.reveal()) == nil)
    }

    @Test("a command line that was given a session is given no second one")
    func once() async throws {
        let (login, _) = try await begin()
        _ = try await admit(login, code: fixture.handovers.makeCode())
        await #expect(throws: LoginHandoverError.self) {
            _ = try await admit(login, code: fixture.handovers.makeCode())
        }
        #expect(try await fixture.sessionRows == 1)
    }

    @Test("a command line that waits no more is given none")
    func late() async throws {
        let (login, _) = try await begin()
        fixture.clock.advance(LoginAttempts.commandLineLifetime)
        await #expect(throws: LoginHandoverError.self) {
            _ = try await admit(login, code: fixture.handovers.makeCode())
        }
        #expect(try await fixture.sessionRows == 0)
    }

    @Test("nobody brings the code within a minute: the session ends")
    func abandoned() async throws {
        let (login, _) = try await begin()
        let code = fixture.handovers.makeCode()
        _ = try await admit(login, code: code)
        fixture.clock.advance(LoginHandovers.lifetime - .milliseconds(1))
        try await fixture.handovers.removeExpired()
        #expect(try await fixture.sessionRows == 1)
        fixture.clock.advance(.milliseconds(1))
        #expect(try await fixture.handovers.collect(loginID: login.id, code: code.reveal()) == nil)
        try await fixture.handovers.removeExpired()
        #expect(try await fixture.sessionRows == 0)
        #expect(try await fixture.events().contains("session.ended login_code_expired"))
    }

    @Test("the store holds neither code nor token in the clear")
    func sealed() async throws {
        let (login, _) = try await begin()
        let code = fixture.handovers.makeCode()
        let session = try await admit(login, code: code)
        let rows = try await fixture.database.transaction(.readOnly) { tx in
            try tx.rows("SELECT * FROM login_handovers")
        }
        let row = try #require(rows.first)
        for column in ["code_hash", "token"] {
            #expect(try !row.text(column).contains(code.reveal()))
            #expect(try !row.text(column).contains(session.token.reveal()))
        }
    }
}
