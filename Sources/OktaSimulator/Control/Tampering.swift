import Synchronization

/// Changes that tests order for the next messages: what a relying party must notice (wrong issuer, missing claims,
/// broken signatures), as in the OpenID Foundation's conformance suite for relying parties.
package final class Tampering: Sendable {
    package enum Target: String, Sendable, CaseIterable {
        case idToken = "id_token"
        case accessToken = "access_token"
        case tokenResponse = "token_response"
        case userInfo = "userinfo"
        case discovery
        case authorizationResponse = "authorization_response"
    }

    package enum SignatureChange: String, Sendable, CaseIterable {
        /// One bit of the signature is wrong.
        case flipped
        /// The signature is empty; for `alg: none`.
        case stripped
        /// Signed with a key that is published nowhere.
        case unpublishedKey = "unpublished-key"
    }

    package struct Change: Sendable {
        package var members: [String: JSONValue] = [:]
        package var header: [String: JSONValue] = [:]
        package var signature: SignatureChange?
    }

    private let state = Mutex<[Target: (change: Change, remaining: Int)]>([:])

    package init() {}

    package func order(_ change: Change, for target: Target, count: Int) {
        state.withLock { $0[target] = count > 0 ? (change, count) : nil }
    }

    package func clear() {
        state.withLock { $0 = [:] }
    }

    /// The change for the next message of this kind, which is thereby used up.
    func next(_ target: Target) -> Change? {
        state.withLock { state in
            guard let (change, remaining) = state[target] else { return nil }
            state[target] = remaining > 1 ? (change, remaining - 1) : nil
            return change
        }
    }

    func apply(to target: Target, _ message: JSONValue) -> JSONValue {
        next(target).map { message.merging($0.members) } ?? message
    }

    func sign(_ claims: JSONValue, as target: Target, with key: SigningKey) throws -> String {
        guard let change = next(target) else { return try JSONWebToken.sign(claims, with: key) }
        let claims = claims.merging(change.members)
        switch change.signature {
        case nil:
            return try JSONWebToken.sign(claims, with: key, header: change.header)
        case .stripped:
            return try JSONWebToken.signingInput(claims, key: key, header: change.header) + "."
        case .flipped:
            let input = try JSONWebToken.signingInput(claims, key: key, header: change.header)
            var signature = try key.pair.signature(of: Array(input.utf8), with: key.algorithm)
            signature[signature.count / 2] ^= 1
            return "\(input).\(Base64URL.encode(signature))"
        case .unpublishedKey:
            let stranger = SigningKey(
                id: key.id, algorithm: key.algorithm, pair: try .generate(for: key.algorithm))
            return try JSONWebToken.sign(claims, with: stranger, header: change.header)
        }
    }
}
