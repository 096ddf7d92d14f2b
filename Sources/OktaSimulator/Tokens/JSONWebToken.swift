/// Compact JWS (RFC 7515 §7.1) over claims (RFC 7519).
enum JSONWebToken {
    static func sign(
        _ claims: JSONValue, with key: SigningKey, header additions: [String: JSONValue] = [:]
    ) throws -> String {
        let input = try signingInput(claims, key: key, header: additions)
        let signature = try key.pair.signature(of: Array(input.utf8), with: key.algorithm)
        return "\(input).\(Base64URL.encode(signature))"
    }

    /// Header and payload. An addition of null takes a member out of the header.
    static func signingInput(
        _ claims: JSONValue, key: SigningKey, header additions: [String: JSONValue]
    ) throws -> String {
        let header: [String: JSONValue] = ["kid": .string(key.id), "alg": .string(key.algorithm.rawValue)]
        let merged = JSONValue.object(header).merging(additions)
        return "\(Base64URL.encode(try merged.encoded())).\(Base64URL.encode(try claims.encoded()))"
    }

    /// A token taken apart; nothing about it is verified.
    struct Unverified {
        let header: JSONValue
        let claims: JSONValue
        let signingInput: [UInt8]
        let signature: [UInt8]

        init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
                let signature = Base64URL.decode(parts[2]), let header = try? JSONValue(parsing: header),
                let claims = try? JSONValue(parsing: claims)
            else { return nil }
            self.header = header
            self.claims = claims
            self.signature = signature
            signingInput = Array("\(parts[0]).\(parts[1])".utf8)
        }
    }
}

extension JSONValue {
    /// With the members of `changes` put in; null takes a member out (RFC 7396, one level deep).
    func merging(_ changes: [String: JSONValue]) -> JSONValue {
        guard case .object(var members) = self else { return self }
        for (name, value) in changes { members[name] = value == .null ? nil : value }
        return .object(members)
    }
}
