import Cryptography
import StrictJSON
import TestSupport
import Testing

@testable import JOSE

/// The good token of this target's tests, and what became of it.
enum TokenFixture {
    static let token = TestToken(claims: [("sub", "00u1"), ("aud", ["a", "b"])])
    static let good = token.signed(by: .rsa, .rs256, kid: "k1")
    static let document = keySet(TestKey.rsa.jwk(kid: "k1"), TestKey.otherP256.jwk(kid: "k2"))

    /// The reason that a token is refused for; nil when it is accepted.
    static func reason(_ token: String, keys document: [UInt8] = document) throws -> JOSEError.Reason? {
        let keys = try JWKSet(document)
        do {
            _ = try UnverifiedJWS(compact: token).verified(by: keys)
            return nil
        } catch {
            return error.reason
        }
    }

    /// The good token with its three parts changed.
    static func changed(_ change: (inout [String]) -> Void) -> String {
        var parts = good.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        change(&parts)
        return parts.joined(separator: ".")
    }
}
