import ArgumentParser
import Foundation
import Identity
import JOSE
import OIDC
import Settings
import StrictJSON

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judges a captured token or response offline, with exactly the code the server uses.",
        subcommands: [InspectIDToken.self, InspectSAMLResponse.self])
}

struct InspectIDToken: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "id-token",
        abstract: "Judges an ID token (OpenID Connect Core §3.1.3.7).",
        discussion: "Exits with 0 when the token is accepted and with 1 when it is refused.")

    @Argument(help: "The token in compact form; '-' for standard input.")
    var file: String

    @Option(help: "The provider's key set (JSON).")
    var jwks: String

    @Option(help: "The issuer that the token must name.")
    var issuer: String

    @Option(help: "The client_id that the token must be for.")
    var clientID: String

    @Option(help: "The nonce that the token must carry; not compared when it is left out.")
    var nonce: String?

    @Option(help: "A file with the access token that came along, for at_hash.")
    var accessToken: String?

    @OptionGroup var judgement: JudgementOptions

    @Option(help: "The claim that holds the groups.")
    var groupsClaim = "groups"

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let now = try judgement.time()
        let keySetBytes = try InputFile.read(jwks)
        let accessTokenText = try accessToken.map { try InputFile.text($0) }
        let tokenBytes = try InputFile.read(file)
        let keys: JWKSet
        do {
            keys = try JWKSet(keySetBytes)
        } catch {
            throw CommandFailure(CommandFailure.usage, "--jwks \(jwks) is no key set: \(error.detail)")
        }
        let verifier = IDTokenVerifier(
            IDTokenExpectation(
                issuer: issuer, clientID: clientID, nonce: nonce,
                accessToken: accessTokenText.map { Secret($0) }, clockSkew: judgement.skew))
        let token: VerifiedIDToken
        do {
            token = try verifier.verify(InputFile.trimmed(tokenBytes), keys: keys, now: now)
        } catch {
            try refuse(error.code, error.detail)
        }
        let claims = ClaimsReading(groupsClaim: groupsClaim, token: token.claims)
        do {
            for name in ["email", "name", "preferred_username", "sid"] { _ = try claims.text(name) }
            accept(token, groups: try claims.groups().map(\.text))
        } catch {
            try refuse(error.reason, error.detail)
        }
    }

    private func accept(_ token: VerifiedIDToken, groups: [String]) {
        let attributes = token.claims.members.map { ($0.name, JSON(Self.texts($0.value))) }
        if json {
            let verdict = JSONObject([
                ("accepted", true), ("subject", .string(token.subject)), ("issuer", .string(token.issuer)),
                ("expires_at", .string(token.expiresAt.description)),
                ("authenticated_at", JSON(token.authenticatedAt?.description)), ("groups", JSON(groups)),
                ("attributes", .object(JSONObject(attributes))),
            ])
            Terminal.say(.object(verdict))
        } else {
            let shown = groups.map { Terminal.visible($0, keepingNewlines: false) }
            Terminal.say("accepted\nsubject: \(token.subject)\ngroups: \(shown.joined(separator: ", "))")
        }
    }

    private func refuse(_ reason: String, _ detail: String) throws -> Never {
        if json {
            let verdict = JSONObject([
                ("accepted", false), ("reason", .string(reason)), ("detail", .string(detail)),
            ])
            Terminal.say(.object(verdict))
            throw CommandFailure(CommandFailure.refused, "")
        }
        throw CommandFailure(CommandFailure.refused, "refused (\(reason)): \(detail)")
    }

    /// A claim's values as texts: one for a scalar, each for an array, JSON for what is deeper.
    private static func texts(_ claim: JSON) -> [String] {
        switch claim {
        case .array(let elements): elements.flatMap(texts)
        case .string(let text): [text]
        case .null: []
        default: [claim.text]
        }
    }
}

/// When a captured message is judged.
struct JudgementOptions: ParsableArguments {
    @Option(help: "The time of judgement, as in 2026-11-22T09:52:51Z; now when it is left out.")
    var at: String?

    @Option(help: "Seconds that two clocks may differ.")
    var clockSkew = 60

    /// - Throws: `CommandFailure` with exit code 64 when either option is at fault.
    func time() throws -> UnixTime {
        guard (0...86400).contains(clockSkew) else {
            throw CommandFailure(CommandFailure.usage, "--clock-skew must be a number of seconds from 0 to 86400")
        }
        guard let at else { return WallClock.system.now }
        guard let time = UnixTime(rfc3339: at) else {
            throw CommandFailure(CommandFailure.usage, "--at is '\(at)'; write a time like 2026-11-22T09:52:51Z")
        }
        return time
    }

    var skew: Duration { .seconds(clockSkew) }
}

/// Files that commands read.
enum InputFile {
    /// Above everything that is judged; what is longer is cut, and then refused as too large.
    private static let mostBytes = 4 << 20

    /// - Parameter path: `-` for standard input.
    /// - Throws: `CommandFailure` with exit code 66.
    static func read(_ path: String) throws -> [UInt8] {
        let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
        guard let handle else {
            throw CommandFailure(
                CommandFailure.unreadableInput, "cannot read \(path); check that it exists and may be read")
        }
        var bytes: [UInt8] = []
        do {
            while bytes.count < mostBytes, let chunk = try handle.read(upToCount: 65536), !chunk.isEmpty {
                bytes.append(contentsOf: chunk)
            }
        } catch {
            throw CommandFailure(CommandFailure.unreadableInput, "cannot read \(path); is it a file?")
        }
        return bytes
    }

    /// A file that holds one line of text; white space around it does not belong to it.
    static func text(_ path: String) throws -> String { trimmed(try read(path)) }

    /// Bytes that are no UTF-8 become U+FFFD, which no token holds.
    static func trimmed(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
