import Identity
import OIDC
import TestSupport
import Testing

@testable import Settings

@Suite("Secrets of the configuration")
struct SecretTests {
    private func clientSecret(_ text: String, in folder: TemporaryFolder? = nil) throws -> String? {
        let settings = try SettingsFixture.read(text, in: folder)
        guard case .secret(let secret)? = settings.providers["okta"]?.relyingParty.clientAuthentication else {
            return nil
        }
        return secret.reveal()
    }

    private func changed(_ value: String) throws -> String {
        try SettingsFixture.changed("client_secret: {env: CLIENT_SECRET}", "client_secret: \(value)")
    }

    @Test("a literal, the environment, a file; white space around a file's content is not part of it")
    func sources() throws {
        let folder = try TemporaryFolder()
        try folder.write("  from file \r\n\n", to: "certs/secret")
        #expect(try clientSecret(SettingsFixture.good) == SettingsFixture.secret)
        #expect(try clientSecret(changed("plain")) == "plain")
        #expect(try clientSecret(changed("'{env: X}'")) == "{env: X}")
        #expect(try clientSecret(changed("\" spaces stay \"")) == " spaces stay ")
        #expect(try clientSecret(changed("1234")) == "1234")
        #expect(try clientSecret(changed("{file: certs/secret}"), in: folder) == "from file")
        #expect(try clientSecret(changed("{file: \(folder.file("certs/secret"))}")) == "from file")
    }

    @Test("a secret does not show in what is printed")
    func redaction() throws {
        let settings = try SettingsFixture.read(SettingsFixture.good)
        var dumped = ""
        dump(settings.providers, to: &dumped)
        for text in ["\(settings.providers)", dumped] {
            #expect(!text.contains(SettingsFixture.secret) && !text.contains("a-literal-secret"))
        }
    }

    @Test(
        "a secret that cannot be had",
        arguments: [
            ("{env: NOT_SET}", "names the environment variable NOT_SET, which is not set"),
            ("{env: EMPTY}", "EMPTY, which is not set"),
            ("{env: [A]}", "must be one value"),
            ("{file: nowhere}", "which cannot be read; check path and permissions"),
            ("{file: empty}", "names an empty file"), ("{file: blank}", "names an empty file"),
            ("{file: binary}", "is not text"),
            ("{file: .}", "cannot be read"), ("{file: a, env: B}", "must be a literal, {env: NAME} or {file: PATH}"),
            ("{vault: x}", "must be a literal, {env: NAME} or {file: PATH}"), ("{}", "must be a literal"),
            ("[a]", "must be one value"),
            ("\"\"", "is empty"),
        ])
    func unavailable(value: String, words: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "empty")
        try folder.write(" \n\t", to: "blank")
        try folder.write([0xFF, 0xFE, 0x00], to: "binary")
        try SettingsFixture.expectProblem(changed(value + "«"), says: ["client_secret", words], in: folder)
    }

    @Test(
        "a literal in braces by mistake is not repeated",
        arguments: ["{hunter2}", "{hunter2: hunter2}", "[hunter2]", "{env: hunter2, hunter2: x}"])
    func mistakes(value: String) throws {
        let problems = try SettingsFixture.problems(changed(value))
        #expect(!problems.isEmpty && problems.allSatisfy { !$0.message.contains("hunter2") }, "\(problems)")
    }

    @Test("master keys: one, or the new before the old")
    func masterKeys() throws {
        let folder = try TemporaryFolder()
        try folder.write(SettingsFixture.masterKey + "\n", to: "old.key")
        let new = String(repeating: "A", count: 43)
        #expect(
            try SettingsFixture.read(SettingsFixture.good).masterKeys == [
                Array("0123456789abcdef0123456789abcdef".utf8)
            ])
        let text = try SettingsFixture.changed("{env: MASTER_KEY}", "[\(new), {file: old.key}]")
        let keys = try SettingsFixture.read(text, in: folder).masterKeys
        #expect(keys == [[UInt8](repeating: 0, count: 32), Array("0123456789abcdef0123456789abcdef".utf8)])
    }

    @Test(
        "a master key that is none",
        arguments: [
            ("c2hvcnQ=", "is not 32 bytes in base64; make one with: openssl rand -base64 32"),
            ("'!!! not base64 !!!'", "is not 32 bytes in base64"),
            ("\(SettingsFixture.masterKey)AAAA", "is not 32 bytes"), ("[]", "is an empty list"),
            ("[{env: MASTER_KEY}, c2hvcnQ=]", "master_key[2] is not 32 bytes"),
            ("[{env: MASTER_KEY}, {env: MASTER_KEY}]", "holds the same key twice"),
            ("[{env: MASTER_KEY}, {env: NOT_SET}]", "NOT_SET"), ("{env: NOT_SET}", "NOT_SET"),
            ("{key: x}", "must be a literal"),
        ])
    func badMasterKeys(value: String, words: String) throws {
        try SettingsFixture.expectProblem("master_key: {env: MASTER_KEY}", "master_key: \(value)«", says: words)
    }
}
