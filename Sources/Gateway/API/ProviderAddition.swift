import Identity
import Settings
import StrictJSON

/// What an administrator asks for when a provider is added at run time, turned into the keys of the configuration file.
///
/// Only plain values: a mapping like `{file: …}` would read the gateway's own files.
struct ProviderAddition: Sendable {
    let name: ProviderName
    /// The keys of the file's section, without the secret.
    let section: JSONObject
    let clientSecret: Secret?
    let settings: ProviderSettings

    private static let common = ["name", "kind", "realms", "logout"]
    private static let openID = ["url", "client_id", "scopes", "groups_claim", "response_mode"]
    private static let openIDSwitches = ["pushed_authorization", "dpop"]
    private static let saml = [
        "issuer", "sso_url", "slo_url", "groups_attribute", "split_groups", "email_attribute", "name_attribute",
        "idp_initiated", "request_binding", "name_id_format",
    ]
    private static let samlSwitches = ["insecure_allow_sha1"]
    private static let mostMetadata = 512 << 10

    /// - Throws: `RequestProblem`: `member_missing`, `member_malformed`, `member_unknown`, `provider_malformed`.
    init(_ members: JSONObject) throws {
        guard let name = try members.text("name") else {
            throw RequestProblem(400, "member_missing", "A provider needs a name.")
        }
        self.name = ProviderName(name)
        if try members.text("kind") == "saml" {
            try members.allowOnly(
                Self.common + Self.saml + Self.samlSwitches + ["metadata", "metadata_url", "certificates"])
            section = try Self.samlSection(members)
            clientSecret = nil
        } else {
            try members.allowOnly(Self.common + Self.openID + Self.openIDSwitches + ["client_secret"])
            guard let secret = try members.text("client_secret") else {
                throw RequestProblem(
                    400, "member_missing",
                    "A provider needs name, kind, url, client_id and client_secret; one of kind saml name, kind and metadata, metadata_url, or sso_url and certificates."
                )
            }
            section = try Self.openIDSection(members)
            clientSecret = Secret(secret)
        }
        do throws(ConfigurationError) {
            settings = try ProviderSettings(name: self.name, members: section, clientSecret: clientSecret)
        } catch {
            let sentences = error.problems.map(\.message).joined(separator: "; ")
            throw RequestProblem(400, "provider_malformed", "This provider cannot be used: \(sentences).")
        }
    }

    private static func openIDSection(_ members: JSONObject) throws(RequestProblem) -> JSONObject {
        var section = try plain(members, ["kind", "logout"] + openID.filter { $0 != "scopes" }, openIDSwitches)
        if let scopes = try texts(members, "scopes", most: 512) {
            for scope in scopes { _ = try JSONObject([("scopes", .string(scope))]).text("scopes") }
            section.set("scopes", JSON(scopes))
        }
        return section
    }

    private static func samlSection(_ members: JSONObject) throws(RequestProblem) -> JSONObject {
        var section = try plain(members, ["kind", "logout"] + saml, samlSwitches)
        switch (try document(members), try members.text("metadata_url", most: 4096)) {
        case (_?, _?):
            throw RequestProblem(400, "member_malformed", "Say either metadata or metadata_url.")
        case (let document?, nil): section.set("metadata", .string(document))
        case (nil, let url?): section.set("metadata", ["url": .string(url)])
        case (nil, nil): break
        }
        if let certificates = try texts(members, "certificates", most: 16384) {
            section.set("certificates", JSON(certificates))
        }
        return section
    }

    /// Metadata has line breaks, so it is no plain text.
    private static func document(_ members: JSONObject) throws(RequestProblem) -> String? {
        guard let value = members["metadata"], value != .null else { return nil }
        guard let text = value.string, text.utf8.count <= mostMetadata, text.contains("<") else {
            throw RequestProblem(
                400, "member_malformed",
                "metadata must be the XML document, of at most \(mostMetadata) bytes; metadata_url takes its address.")
        }
        return text
    }

    private static func plain(
        _ members: JSONObject, _ texts: [String], _ switches: [String]
    ) throws(RequestProblem) -> JSONObject {
        var section = JSONObject()
        for key in texts {
            if key == "idp_initiated", let isAllowed = members[key]?.bool {
                section.set(key, .bool(isAllowed))
            } else if let text = try members.text(key, most: 4096) {
                section.set(key, .string(text))
            }
        }
        for key in switches {
            guard let value = members[key], value != .null else { continue }
            guard value.bool != nil else {
                throw RequestProblem(400, "member_malformed", "\(key) must be true or false.")
            }
            section.set(key, value)
        }
        return section
    }

    private static func texts(
        _ members: JSONObject, _ key: String, most: Int
    ) throws(RequestProblem) -> [String]? {
        guard let value = members[key], value != .null else { return nil }
        guard let texts = value.strings, texts.allSatisfy({ $0.utf8.count <= most }) else {
            throw RequestProblem(400, "member_malformed", "\(key) must be a list of texts.")
        }
        return texts
    }
}
