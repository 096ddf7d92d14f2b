import Testing

@testable import OktaSimulator

@Suite("The people file")
struct PeopleFileTests {
    @Test("People keep their ids, and groups are generated")
    func people() throws {
        let first = try PeopleFile(text: SimulatorHarness.settings, fileName: "people.yaml").people
        let second = try PeopleFile(text: SimulatorHarness.settings, fileName: "people.yaml").people
        #expect(first == second)
        #expect(first.map(\.groups.count) == [2, 1, 250])
        #expect(first.allSatisfy { $0.id.hasPrefix("00u") && $0.id.count == 20 })
    }

    @Test(
        "A mistake is named with its line",
        arguments: [
            ("people:\n  - {name: A, emial: a@b}", "people.yaml:2: people[0] has no key 'emial'"),
            ("people:\n  - {name: A}", "people.yaml:2: 'email' of people[0] is missing"),
            ("people:\n  - {name: A, email: a@b, status: GONE}", "people.yaml:2: 'status' of people[0] must be one of"),
            ("clients:\n  - {client_id: a}", "people.yaml:2: 'redirect_uris' of clients[0] must be a list"),
            (
                "clients:\n  - {client_id: a, redirect_uris: [x], client_secret: {env: NONE}}",
                "people.yaml:2: 'client_secret' of clients[0] wants the environment variable NONE"
            ),
            ("people: [{name: A, email: a@b}, {name: B, email: A@b}]", "people.yaml: 'a@b' occurs twice"),
        ])
    func mistakes(_ text: String, _ message: String) {
        let error = #expect(throws: SettingsError.self) { try PeopleFile(text: text, fileName: "people.yaml") }
        #expect(error?.description.hasPrefix(message) == true)
    }

    @Test("Only loopback addresses are taken")
    func addresses() throws {
        #expect(try ListenAddress("127.0.0.1:8302").hosts == ["127.0.0.1"])
        #expect(try ListenAddress("localhost:0").hosts == ["127.0.0.1", "::1"])
        #expect(try ListenAddress("[::1]:80").port == 80)
        for text in ["0.0.0.0:8302", "8302", "localhost:", "localhost:70000", "example.com:80"] {
            #expect(throws: SettingsError.self) { try ListenAddress(text) }
        }
    }
}
