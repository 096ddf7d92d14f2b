import Foundation
import Identity
import TestSupport
import Testing

@testable import CommandLineClient

@Suite("The credentials file")
struct CredentialsFileTests {
    let folder: TemporaryFolder
    let file: CredentialsFile
    let server: ServerAddress
    let other: ServerAddress

    init() throws {
        folder = try TemporaryFolder()
        // Other tests run beside, and the waiting ones get their turn late.
        file = CredentialsFile(folder: folder.file("config/gatehouse"), lockTimeLimit: .seconds(300))
        server = try ServerAddress("https://sso.example.com")
        other = try ServerAddress("http://localhost:8300")
    }

    private func entry(_ token: String) -> Credentials.Entry {
        Credentials.Entry(
            token: Secret(token), realm: "infraon", email: "ada@example.com", expiresAt: "2026-11-23T00:00:00.000Z",
            sessionID: "s1")
    }

    private func put(_ token: String, _ server: ServerAddress) async throws {
        let entry = entry(token)
        try await file.update { $0.put(entry, for: server) }
    }

    /// Puts bytes where the file belongs.
    private func plant(_ text: String, mode: Int = 0o600) throws {
        try folder.write(text, to: "config/gatehouse/credentials.json")
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    }

    private func reason(_ body: () async throws -> Void) async -> ClientError.Reason? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ClientError)?.reason
        }
    }

    @Test("No file: nobody is signed in, and nothing is made by reading")
    func none() throws {
        #expect(try file.read().servers.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder.file("config")))
    }

    @Test("What is put is read, and has the documented shape")
    func shape() async throws {
        try await put("token-1", server)
        let read = try file.read()
        #expect(read.current == "https://sso.example.com")
        let entry = try #require(read[server])
        #expect(entry.token.reveal() == "token-1")
        #expect(entry.email == "ada@example.com" && entry.realm == "infraon" && entry.sessionID == "s1")
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        #expect(
            text == """
                {"current":"https://sso.example.com","servers":{"https://sso.example.com":{"token":"token-1","realm":"infraon",\
                "email":"ada@example.com","expires_at":"2026-11-23T00:00:00.000Z","session_id":"s1"}}}

                """)
    }

    @Test("File 0600, folders 0700, whatever the mode was, and no temporary file stays")
    func modes() async throws {
        try await put("token-1", server)
        #expect(try folder.mode(of: "config/gatehouse/credentials.json") == 0o600)
        #expect(try folder.mode(of: "config/gatehouse") == 0o700)
        #expect(try folder.mode(of: "config") == 0o700)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: file.folder)
        try await put("token-2", server)
        #expect(try folder.mode(of: "config/gatehouse") == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: file.folder).sorted()
        #expect(names == ["credentials.json", "credentials.lock"])
    }

    @Test("Several gateways stand side by side; the last is current; each has its own token")
    func several() async throws {
        try await put("token-1", server)
        try await put("token-2", other)
        let read = try file.read()
        #expect(read.current == other.origin)
        #expect(read[server]?.token.reveal() == "token-1")
        #expect(read[other]?.token.reveal() == "token-2")
        #expect(try read[ServerAddress("https://sso.example.com:8443")] == nil)
    }

    @Test("Signing out removes one gateway, and only the token that was signed out")
    func removal() async throws {
        try await put("token-1", server)
        try await put("token-2", other)
        try await file.update { [other] in $0.remove(other, holding: Secret("an older one")) }
        #expect(try file.read()[other] != nil)
        try await file.update { [other] in $0.remove(other, holding: Secret("token-2")) }
        let read = try file.read()
        #expect(read[other] == nil && read[server] != nil)
        #expect(read.current == other.origin, "the next login goes where the last one went")
    }

    @Test("What another version wrote stays")
    func unknownMembers() async throws {
        try plant(#"{"theme":"x","servers":{"https://a.example":{"token":"t","new":[1]}}}"#)
        try await put("token-1", server)
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        #expect(text.contains(#""theme":"x""#) && text.contains(#"{"token":"t","new":[1]}"#))
    }

    @Test(
        "A file that others may read is refused, also for writing",
        arguments: [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o660])
    func exposed(mode: Int) async throws {
        try plant(#"{"servers":{}}"#, mode: mode)
        #expect(await reason { _ = try file.read() } == .credentialsExposed)
        #expect(await reason { try await put("token-1", server) } == .credentialsExposed)
        #expect(try folder.mode(of: "config/gatehouse/credentials.json") == mode)
    }

    @Test("Its twin of the owner's own is taken", arguments: [0o600, 0o400])
    func ownersOwn(mode: Int) throws {
        try plant(#"{"servers":{}}"#, mode: mode)
        #expect(try file.read().servers.isEmpty)
    }

    @Test(
        "A damaged file is refused by name, and never overwritten",
        arguments: [
            "", "{", "[]", "null", #"{"servers":[]}"#, #"{"servers":{"https://a.example":"t"}}"#,
            #"{"servers":{"https://a.example":{}}}"#, #"{"servers":{"https://a.example":{"token":7}}}"#,
            #"{"servers":{"https://a.example":{"token":"a\nb"}}}"#, #"{"servers":{},"servers":{}}"#,
            #"{"current":7}"#, "{\"servers\":{}}\u{0}",
        ])
    func damaged(text: String) async throws {
        try plant(text)
        #expect(await reason { _ = try file.read() } == .credentialsUnusable)
        #expect(await reason { try await put("token-1", server) } == .credentialsUnusable)
        #expect(try String(contentsOfFile: file.path, encoding: .utf8) == text)
    }

    @Test("The sentence about a damaged file holds no token")
    func discretion() throws {
        try plant(#"{"servers":{"https://a.example":{"token":"s3cret with spaces"}}}"#)
        let error = try #require(throws: ClientError.self) { _ = try file.read() }
        #expect(error.sentence.contains(file.path) && !error.sentence.contains("s3cret"))
    }

    @Test("A symbolic link in its place is not followed, to read or to write")
    func symbolicLink() async throws {
        let target = try folder.write(#"{"servers":{}}"#, to: "elsewhere.json")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: target)
        try FileManager.default.createDirectory(atPath: file.folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: target)
        #expect(await reason { _ = try file.read() } == .credentialsUnusable)
        #expect(await reason { try await put("token-1", server) } == .credentialsUnusable)
        #expect(try String(contentsOfFile: target, encoding: .utf8) == #"{"servers":{}}"#)
    }

    @Test("A planted temporary file is replaced, not written into")
    func plantedTemporary() async throws {
        let target = try folder.write("untouched", to: "elsewhere")
        try FileManager.default.createDirectory(atPath: file.folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: file.path + ".new", withDestinationPath: target)
        try await put("token-1", server)
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "untouched")
        #expect(try file.read()[server] != nil)
    }

    @Test("A folder or a named pipe in its place is no file, and nobody waits for it", .timeLimit(.minutes(1)))
    func otherKinds() async throws {
        try FileManager.default.createDirectory(atPath: file.path, withIntermediateDirectories: true)
        #expect(await reason { _ = try file.read() } == .credentialsUnusable)
        try FileManager.default.removeItem(atPath: file.path)
        #expect(mkfifo(file.path, 0o600) == 0)
        #expect(await reason { _ = try file.read() } == .credentialsUnusable)
    }

    @Test("Replaced in one step: whoever has the old file open keeps it whole")
    func atomicity() async throws {
        try await put("token-1", server)
        let handle = try #require(FileHandle(forReadingAtPath: file.path))
        let before = try Data(contentsOf: URL(fileURLWithPath: file.path))
        try await put("token-2", server)
        #expect(try handle.readToEnd() == before)
    }

    @Test("Many writers at once lose nothing")
    func concurrentWriters() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                let address = try ServerAddress("https://s\(number).example.com")
                let entry = entry("token-\(number)")
                group.addTask { [file] in try await file.update { $0.put(entry, for: address) } }
            }
            try await group.waitForAll()
        }
        #expect(try file.read().servers.count == 12)
    }

    @Test("While another process holds the lock the file is left alone")
    func lock() async throws {
        try await put("token-1", server)
        guard let lock = try FileLock(file.folder + "/credentials.lock") else { throw LockTaken() }
        let second = try FileLock(file.folder + "/credentials.lock")
        let isTaken = second == nil
        #expect(isTaken)
        let writing = Task { try await put("token-2", server) }
        try await Task.sleep(for: .milliseconds(150))
        #expect(try file.read()[server]?.token.reveal() == "token-1")
        lock.release()
        try await writing.value
        #expect(try file.read()[server]?.token.reveal() == "token-2")
    }

    @Test("A lock that nobody releases is waited for only so long")
    func lockForEver() async throws {
        try await put("token-1", server)
        guard let lock = try FileLock(file.folder + "/credentials.lock") else { throw LockTaken() }
        let impatient = CredentialsFile(folder: file.folder, lockTimeLimit: .milliseconds(60))
        let entry = entry("token-2")
        let server = server
        #expect(await reason { try await impatient.update { $0.put(entry, for: server) } } == .credentialsLocked)
        lock.release()
        #expect(try file.read()[server]?.token.reveal() == "token-1")
    }

    private struct LockTaken: Error {}

    @Test("Where it is: XDG_CONFIG_HOME when that is absolute, else under HOME, else nowhere")
    func place() throws {
        #expect(
            try CredentialsFile(environment: ["XDG_CONFIG_HOME": "/x", "HOME": "/h"]).path
                == "/x/gatehouse/credentials.json")
        for relative in ["", "x"] {
            let environment = ["XDG_CONFIG_HOME": relative, "HOME": "/h"]
            #expect(try CredentialsFile(environment: environment).path == "/h/.config/gatehouse/credentials.json")
        }
        #expect(throws: ClientError.self) { _ = try CredentialsFile(environment: [:]) }
    }
}
