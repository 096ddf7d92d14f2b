import Identity
import StrictJSON

/// A successful answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
struct TokenAnswer: Sendable {
    /// What an access token must be to be used (RFC 6750, RFC 9449 §5).
    enum AccessTokenType: String, Sendable {
        case bearer = "Bearer"
        case proven = "DPoP"
    }

    let idToken: Secret?
    let accessToken: Secret?
    let refreshToken: Secret?

    /// - Throws: `SignInError` with `token_answer_malformed`, `token_type_unexpected`.
    init(_ members: JSONObject, accessTokenType: AccessTokenType) throws(SignInError) {
        idToken = try Self.token("id_token", in: members)
        accessToken = try Self.token("access_token", in: members)
        refreshToken = try Self.token("refresh_token", in: members)
        guard accessToken != nil else { return }
        guard let type = members["token_type"]?.string else {
            throw Self.malformed("the access token's type is not a string")
        }
        // A token that was asked for with a proof and is not bound to the key would be worth stealing (RFC 9449 §5).
        guard type.lowercased().isIdentical(to: accessTokenType.rawValue.lowercased()) else {
            throw SignInError(
                "token_type_unexpected",
                "the access token's type is '\(type.clipped(60))', asked for was \(accessTokenType.rawValue)",
                fault: .provider)
        }
    }

    /// - Throws: `SignInError` with `token_answer_malformed`.
    static func members(of document: [UInt8]) throws(SignInError) -> JSONObject {
        let json: JSON
        do {
            json = try JSON.parse(document)
        } catch {
            throw malformed("the token endpoint's answer is not strict JSON: \(error)")
        }
        guard let members = json.object else { throw malformed("the token endpoint's answer is not a JSON object") }
        return members
    }

    /// An ID token with a hundred groups has about 10 KB; these are kept with the session.
    private static let mostTokenBytes = 64 * 1024

    /// - Throws: `SignInError` with `token_answer_malformed`.
    static func token(_ name: String, in members: JSONObject) throws(SignInError) -> Secret? {
        guard let value = members[name], value != .null else { return nil }
        guard let text = value.string, !text.isEmpty else { throw malformed("\(name) is not a string") }
        guard text.utf8.count <= Self.mostTokenBytes else { throw malformed("\(name) has more than 64 KB") }
        return Secret(text)
    }

    static func malformed(_ detail: String) -> SignInError {
        SignInError("token_answer_malformed", detail, fault: .provider)
    }
}
