import FuzzingSupport
import JOSE
import StrictJSON

/// Tokens and key sets. The first byte says what the others are: `t` a token, `k` a key set, `j` JSON, `s` claims, which
/// the target signs.
///
/// Promises: a token that is accepted is one that was signed; JSON and claims come out as they went in.
enum JOSETarget {
    private static let signer = JWTSigner(key: Scenario.signingKey, keyID: "k1")
    private static let keys = Scenario.made {
        try JWKSet(JSON.object(JSONObject([("keys", .array([signer.publicJWK ?? .null]))])).serialized())
    }

    static let knownClaims: JSON = [
        "iss": "https://acme.okta.com", "sub": "ada", "aud": "client", "exp": 1_795_341_900,
    ]
    static func token() throws -> String { try signer.sign(knownClaims) }

    static func run(_ bytes: [UInt8]) -> CInt {
        guard let kind = bytes.first else { return 0 }
        let rest = Array(bytes[1...])
        switch kind {
        case UInt8(ascii: "t"):
            guard let token = try? UnverifiedJWS(compact: String(decoding: rest, as: UTF8.self)).verified(by: keys)
            else { return 0 }
            Fuzzing.accepted()
            require(JSON.object(token.claims) == knownClaims, "only what was signed is accepted")
        case UInt8(ascii: "k"): _ = try? JWKSet(rest)
        case UInt8(ascii: "j"):
            guard let document = try? JSON.parse(rest) else { return 0 }
            require((try? JSON.parse(document.serialized())) == document, "JSON comes out as it went in")
        case UInt8(ascii: "s"):
            guard let claims = try? JSON.parse(rest), case .object(let object) = claims,
                let token = try? signer.sign(claims), token.utf8.count <= UnverifiedJWS.maximumBytes
            else { return 0 }
            let verified = try? UnverifiedJWS(compact: token).verified(by: keys)
            require(verified?.claims == object, "claims come out as they went in")
        default: break
        }
        return 0
    }
}
