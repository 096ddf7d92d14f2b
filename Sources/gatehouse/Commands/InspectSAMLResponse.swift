import ArgumentParser
import Cryptography
import Identity
import SAML
import StrictJSON

struct InspectSAMLResponse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "saml-response",
        abstract: "Judges a SAML response (SAML Profiles §4.1.4, and the rules of docs/saml-profile.md).",
        discussion: """
            Exits with 0 when the response is accepted and with 1 when it is refused.
            Without --request-id it must answer no request. A replay cannot be told
            from one response.
            """)

    @Argument(help: "The response as XML, or the base64 of the form field SAMLResponse; '-' for standard input.")
    var file: String

    @Option(help: ArgumentHelp("A certificate of the identity provider; may be repeated.", valueName: "pem"))
    var idpCertificate: [String]

    @Option(help: "The identity provider's entityID, which both issuers must be.")
    var issuer: String

    @Option(name: .customLong("entity-id"), help: "The audience: the gateway's entityID.")
    var entityID: String

    @Option(help: "The assertion consumer service that the response was posted to.")
    var acs: String

    @Option(name: .customLong("request-id"), help: "The ID of the request that the response must answer.")
    var requestID: String?

    @OptionGroup var judgement: JudgementOptions

    @Option(help: ArgumentHelp("The key that encrypted assertions are decrypted with.", valueName: "pem"))
    var decryptionKey: String?

    @Option(help: "The attribute that holds the groups.")
    var groupsAttribute = "groups"

    @Option(help: ArgumentHelp("What stands between groups that come joined in one value.", valueName: "text"))
    var splitGroups: String?

    @Flag(help: "Accept signatures with SHA-1. Only for tenants that cannot be changed at once.")
    var allowSha1 = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let now = try judgement.time()
        let expectation = try expectation()
        let message = try InputFile.read(file)
        let xml: [UInt8]
        do {
            xml = try EncodedMessage.decode(file: message)
        } catch {
            try refuse(error, ResponseTrace(xml: message, rejection: error, expectation: expectation, now: now))
        }
        let judged: (assertion: VerifiedAssertion, groups: [String])
        do {
            judged = try judge(xml, by: expectation, now: now)
        } catch {
            try refuse(error, ResponseTrace(xml: xml, rejection: error, expectation: expectation, now: now))
        }
        accept(judged.assertion, groups: judged.groups)
    }

    /// As far as a login goes: to somebody with groups.
    private func judge(
        _ xml: [UInt8], by expectation: ResponseExpectation, now: UnixTime
    ) throws(SAMLRejection) -> (assertion: VerifiedAssertion, groups: [String]) {
        let assertion = try ResponseVerifier(expectation).verify(xml, now: now, random: .system)
        let mapping = AttributeMapping(groups: groupsAttribute, splitGroups: splitGroups)
        return (assertion, try mapping.identity(of: assertion, provider: "inspect").groups.map(\.text))
    }

    func validate() throws {
        guard splitGroups?.isEmpty != true else {
            throw ValidationError("--split-groups is empty; leave it out when each group comes as a value of its own")
        }
    }

    /// Files first, so that one that cannot be read is told apart from one that is no certificate.
    private func expectation() throws -> ResponseExpectation {
        if let requestID, requestID.isEmpty {
            throw CommandFailure(
                CommandFailure.usage, "--request-id is empty; leave it out when the response answers no request")
        }
        let certificateTexts = try idpCertificate.map { ($0, try InputFile.text($0)) }
        let keyText = try decryptionKey.map { try InputFile.text($0) }
        var certificates: [Certificate] = []
        for (path, text) in certificateTexts {
            do {
                certificates += try Certificate.all(text: text)
            } catch {
                throw CommandFailure(
                    CommandFailure.usage, "--idp-certificate \(path) is no certificate: \(error.detail)")
            }
        }
        return ResponseExpectation(
            issuer: issuer, certificates: certificates, entityID: entityID, acsURL: acs,
            answers: requestID.map { .request(id: $0) } ?? .unsolicited,
            decryptionKeys: try keyText.map { [try privateKey($0)] } ?? [], insecureAllowsSHA1: allowSha1,
            clockSkew: judgement.skew)
    }

    private func privateKey(_ text: String) throws -> PrivateKey {
        let key: PrivateKey
        do {
            key = try PrivateKey(pem: text)
        } catch {
            throw CommandFailure(CommandFailure.usage, "--decryption-key is no private key: \(error.detail)")
        }
        guard key.rsaBits != nil else {
            throw CommandFailure(
                CommandFailure.usage, "--decryption-key is no RSA key; nothing is encrypted for another")
        }
        return key
    }

    private func accept(_ assertion: VerifiedAssertion, groups: [String]) {
        if json {
            let attributes = assertion.attributes.map { ($0.name, JSON($0.values)) }
            let verdict = JSONObject([
                ("accepted", true), ("subject", .string(assertion.nameID.value)),
                ("name_id_format", .string(assertion.nameID.format)), ("issuer", .string(assertion.issuer)),
                ("assertion_id", .string(assertion.id)), ("in_response_to", JSON(assertion.inResponseTo)),
                ("session_index", JSON(assertion.sessionIndex)),
                ("authenticated_at", JSON(assertion.authenticatedAt?.description)),
                ("context_class", JSON(assertion.contextClass)),
                ("session_ends_by", JSON(assertion.sessionEndsBy?.description)),
                ("expires_at", .string(assertion.expiresAt.description)),
                ("signed_with", .string(assertion.signedWith)), ("groups", JSON(groups)),
                ("attributes", .object(JSONObject(attributes))),
            ])
            Terminal.say(.object(verdict))
        } else {
            let shown = groups.map { Terminal.visible($0, keepingNewlines: false) }
            Terminal.say(
                """
                accepted
                subject: \(Terminal.visible(assertion.nameID.value, keepingNewlines: false))
                name_id_format: \(assertion.nameID.format)
                groups: \(shown.joined(separator: ", "))
                signed_with: \(assertion.signedWith)
                """)
        }
    }

    private func refuse(_ rejection: SAMLRejection, _ trace: ResponseTrace) throws -> Never {
        if json {
            let verdict = JSONObject([
                ("accepted", false), ("reason", .string(rejection.code)), ("detail", .string(rejection.detail)),
                ("rule", .integer(Int64(rejection.rule))), ("expected", JSON(rejection.expected)),
                ("found", JSON(rejection.found)), ("trace", trace.json),
            ])
            Terminal.say(.object(verdict))
            throw CommandFailure(CommandFailure.refused, "")
        }
        Terminal.say(Self.lines(of: trace.json, under: "").joined(separator: "\n"))
        throw CommandFailure(CommandFailure.refused, "refused (\(rejection.code)): \(rejection.detail)")
    }

    /// The trace for a person: `assertion.audiences.0: …`, without what is not known.
    private static func lines(of json: JSON, under path: String) -> [String] {
        let members: [(name: String, value: JSON)] =
            switch json {
            case .object(let object): object.members
            case .array(let elements): elements.enumerated().map { (String($0.offset), $0.element) }
            default: []
            }
        return members.flatMap { name, value in
            let path = path.isEmpty ? name : "\(path).\(name)"
            switch value {
            case .null: return [String]()
            case .object, .array: return lines(of: value, under: path)
            default:
                return ["\(path): \(Terminal.visible(value.string ?? value.text, keepingNewlines: false))"]
            }
        }
    }
}
