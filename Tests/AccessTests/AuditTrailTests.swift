import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Audit trail")
struct AuditTrailTests {
    @Test("what is recorded comes back whole, the newest first")
    func roundTrip() async throws {
        let fixture = try await AccessFixture()
        let full = AuditEvent(
            .signInFailed, at: TestClock.start, reference: "ABCD1234", reason: "nonce_mismatch", detail: "a sentence",
            realm: "infraon",
            provider: "okta", user: "usr_1", session: "ses_1", address: "192.0.2.1", actor: "adm_1")
        try await fixture.audit.record(full)
        for (second, kind) in AuditEvent.Kind.allCases.enumerated() {
            try await fixture.audit.record(AuditEvent(kind, at: TestClock.start + .seconds(Int64(second + 1))))
        }
        let events = try await fixture.trail()
        #expect(events.map(\.kind) == AuditEvent.Kind.allCases.reversed() + [.signInFailed])
        let read = try #require(events.last)
        #expect(
            read.at == full.at && read.reference == "ABCD1234" && read.reason == "nonce_mismatch"
                && read.detail == "a sentence")
        #expect(read.realm == "infraon" && read.provider == "okta" && read.user == "usr_1" && read.session == "ses_1")
        #expect(read.address == "192.0.2.1" && read.actor == "adm_1")
        #expect(events[0].reference == nil && events[0].realm == nil && events[0].actor == nil)
    }

    @Test("is asked by reference, and gives no more than asked for")
    func selection() async throws {
        let fixture = try await AccessFixture()
        for number in 0..<20 {
            try await fixture.audit.record(
                AuditEvent(.signInFailed, at: TestClock.start + .seconds(Int64(number)), reference: "REF\(number % 4)"))
        }
        #expect(try await fixture.trail(reference: "REF1").count == 5)
        #expect(try await fixture.trail(reference: "ref1").isEmpty)
        #expect(try await fixture.trail(reference: "%").isEmpty)
        #expect(
            try await fixture.trail(limit: 3).map(\.at)
                == [19, 18, 17].map { TestClock.start + .seconds($0 as Int64) })
    }

    @Test("an event of a newer program's kind is left out")
    func newerKind() async throws {
        let fixture = try await AccessFixture()
        try await fixture.audit.record(AuditEvent(.signedIn, at: TestClock.start))
        try await fixture.database.transaction {
            try $0.execute("INSERT INTO audit_events (id, at, kind) VALUES ('x', 1, 'made.up')")
        }
        #expect(try await fixture.trail().count == 1)
    }

    @Test("kinds are stable, and unlike each other")
    func kinds() {
        #expect(Set(AuditEvent.Kind.allCases.map(\.rawValue)).count == AuditEvent.Kind.allCases.count)
    }
}
