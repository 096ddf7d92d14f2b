/// The thumbprint of a JSON Web Key (RFC 7638 §3): what tokens are bound by.
enum KeyThumbprint {
    /// nil when the key is neither RSA nor EC, or one of its members is no text.
    static func sha256(of jwk: JSONValue) -> String? {
        let names: [String]
        switch jwk["kty"]?.string {
        case "RSA": names = ["e", "kty", "n"]
        case "EC": names = ["crv", "kty", "x", "y"]
        default: return nil
        }
        var required: [String: JSONValue] = [:]
        for name in names {
            guard let value = jwk[name], value.string != nil else { return nil }
            required[name] = value
        }
        // The encoder writes members in alphabetical order and no white space, as §3.1 wants it.
        guard let text = try? JSONValue.object(required).encoded() else { return nil }
        return Base64URL.encode(Digest.sha256.hash(text))
    }

    /// Whether a `dpop_jkt` parameter has the shape of a thumbprint (RFC 9449 §10).
    static func isWellFormed(_ text: String) -> Bool {
        Base64URL.decode(text)?.count == 32
    }
}
