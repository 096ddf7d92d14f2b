import Cryptography
import StrictJSON

/// A token to be changed in one place and signed.
package struct TestToken: Sendable {
    package var header: JSONObject
    package var claims: JSONObject

    package init(header: [(String, JSON)] = [("typ", "JWT")], claims: [(String, JSON)]) {
        self.header = JSONObject(header)
        self.claims = JSONObject(claims)
    }

    /// With members of the claims replaced; a change to nil takes a member out.
    package func claiming(_ changes: [(String, JSON?)]) -> TestToken {
        var token = self
        token.claims = Self.change(claims, changes)
        return token
    }

    /// With members of the header replaced; a change to nil takes a member out.
    package func heading(_ changes: [(String, JSON?)]) -> TestToken {
        var token = self
        token.header = Self.change(header, changes)
        return token
    }

    /// The compact token; `alg` is set unless the header has one already.
    package func signed(by key: TestKey, _ algorithm: SignatureAlgorithm, kid: String? = nil) -> String {
        var header = header
        if header["alg"] == nil { header.set("alg", .string(algorithm.rawValue)) }
        if let kid { header.set("kid", .string(kid)) }
        return Self.signed(
            header: JSON.object(header).text, payload: JSON.object(claims).text, by: key, algorithm)
    }

    /// A compact token of texts that need not be JSON.
    package static func signed(
        header: String, payload: String, by key: TestKey, _ algorithm: SignatureAlgorithm
    ) -> String {
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        return input + "." + Base64URL.encode(key.sign(Array(input.utf8), algorithm))
    }

    /// A compact token with these bytes as its signature.
    package func with(signature: (_ input: [UInt8]) -> [UInt8]) -> String {
        let input =
            Base64URL.encode(JSON.object(header).serialized()) + "."
            + Base64URL.encode(JSON.object(claims).serialized())
        return input + "." + Base64URL.encode(signature(Array(input.utf8)))
    }

    private static func change(_ object: JSONObject, _ changes: [(String, JSON?)]) -> JSONObject {
        var members = object.members.map { ($0.name, $0.value) }
        for (name, value) in changes {
            let index = members.firstIndex { $0.0 == name }
            switch (index, value) {
            case (let index?, let value?): members[index].1 = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
        return JSONObject(members)
    }
}

/// The three parts of a compact token, decoded, for tests that look into one of ours.
package struct OpenedToken {
    package let header: JSON
    package let claims: JSON
    package let input: [UInt8]
    package let signature: [UInt8]

    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), let headerJSON = try? JSON.parse(header),
            let claimsJSON = try? JSON.parse(claims)
        else { return nil }
        self.header = headerJSON
        self.claims = claimsJSON
        self.signature = signature
        input = Array("\(parts[0]).\(parts[1])".utf8)
    }
}

/// A key set document.
package func keySet(_ keys: JSON...) -> [UInt8] { JSON.object(JSONObject([("keys", .array(keys))])).serialized() }
