import Identity
import JOSE
import StrictJSON

/// The rules that a provider's ID tokens, logout tokens and revocation tokens have in common, over signed claims.
struct ClaimRules {
    let claims: JSONObject
    let clockSkew: Duration
    let now: UnixTime

    /// What other texts than the subject may have, in bytes: those that are kept are looked up by.
    static let mostTextBytes = 512

    /// Verifies the signature of a token of one of these types (RFC 8725 §3.11): one kind of token is not another, whoever
    /// signed it.
    ///
    /// - Parameter types: in lower case; a token without a type is of the kind that is looked for.
    static func verifiedJWS(
        _ token: String, types: [String], kind: String, keys: JWKSet
    ) throws(TokenRejection) -> VerifiedJWS {
        do throws(JOSEError) {
            let unverified = try UnverifiedJWS(compact: token)
            if let type = unverified.type, !types.contains(where: { $0.isIdentical(to: type.lowercased()) }) {
                throw JOSEError(
                    .typeUnexpected,
                    "the token's typ is '\(type.clipped(60))', that of \(kind) is \(types.joined(separator: " or ")) or absent"
                )
            }
            return try unverified.verified(by: keys)
        } catch {
            throw TokenRejection(error)
        }
    }

    func issuer(_ expected: String) throws(TokenRejection) -> String {
        guard let value = claims["iss"] else { throw TokenRejection(.issuerMissing, "the token names no issuer") }
        guard let issuer = value.string else { throw TokenRejection(.claimMalformed, "iss is not a string") }
        guard issuer.isIdentical(to: expected) else {
            throw TokenRejection(
                .issuerMismatch, "the token is issued by '\(issuer.clipped(200))', expected is '\(expected)'")
        }
        return issuer
    }

    /// - Parameter name: what the sentence calls the audience.
    /// - Returns: all audiences, this one among them.
    @discardableResult
    func audience(_ expected: String, called name: String) throws(TokenRejection) -> [String] {
        guard let value = claims["aud"] else { throw TokenRejection(.audienceMissing, "the token names no audience") }
        let audiences: [String]
        if let single = value.string {
            audiences = [single]
        } else if let several = value.strings {
            audiences = several
        } else {
            throw TokenRejection(.claimMalformed, "aud is neither a string nor an array of strings")
        }
        guard audiences.contains(where: { $0.isIdentical(to: expected) }) else {
            throw TokenRejection(
                .audienceMismatch,
                "the token is for '\(audiences.joined(separator: "', '").clipped(200))', not for \(name) '\(expected)'")
        }
        return audiences
    }

    /// The token is for this client, and was issued to no other (OpenID Connect Core §3.1.3.7, steps 3 to 5).
    func client(_ clientID: String) throws(TokenRejection) {
        let audiences = try audience(clientID, called: "client_id")
        guard let value = claims["azp"] else {
            guard audiences.count == 1 else {
                throw TokenRejection(
                    .authorizedPartyMissing, "the token has \(audiences.count) audiences and no azp to choose one")
            }
            return
        }
        guard let party = value.string else { throw TokenRejection(.claimMalformed, "azp is not a string") }
        guard party.isIdentical(to: clientID) else {
            throw TokenRejection(
                .authorizedPartyMismatch,
                "the token was issued to '\(party.clipped(200))', not to client_id '\(clientID)'")
        }
    }

    func subject() throws(TokenRejection) -> String {
        guard let value = claims["sub"] else { throw TokenRejection(.subjectMissing, "the token names no subject") }
        guard let subject = value.string else { throw TokenRejection(.claimMalformed, "sub is not a string") }
        guard !subject.isEmpty else { throw TokenRejection(.subjectMissing, "the token's subject is empty") }
        // Core §2: at most 255 ASCII characters.
        guard subject.utf8.count <= 255, subject.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw TokenRejection(
                .subjectMalformed, "the token's subject is longer than 255 bytes or holds control characters")
        }
        return subject
    }

    func expiry() throws(TokenRejection) -> UnixTime {
        guard let expiresAt = try time("exp") else { throw TokenRejection(.expiryMissing, "the token has no exp") }
        guard now < expiresAt + clockSkew else {
            throw TokenRejection(.expired, "the token expired at \(expiresAt); it is \(now) now")
        }
        return expiresAt
    }

    /// - Parameter maximumAge: how long ago a token may be issued; an older one is a replay or a broken clock.
    @discardableResult
    func issuedAt(maximumAge: Duration) throws(TokenRejection) -> UnixTime {
        guard let issuedAt = try time("iat") else { throw TokenRejection(.issuedAtMissing, "the token has no iat") }
        guard issuedAt <= now + clockSkew else {
            throw TokenRejection(
                .issuedInFuture, "the token is issued at \(issuedAt), and it is \(now) now; compare the two clocks")
        }
        guard issuedAt >= now - maximumAge - clockSkew else {
            throw TokenRejection(
                .issuedTooLongAgo,
                "the token is issued at \(issuedAt), more than \(maximumAge.components.seconds) seconds ago")
        }
        return issuedAt
    }

    func notBefore() throws(TokenRejection) {
        if let notBefore = try time("nbf"), notBefore > now + clockSkew {
            throw TokenRejection(.notYetValid, "the token is valid from \(notBefore); it is \(now) now")
        }
    }

    /// A NumericDate (RFC 7519 §2); nil when the claim is absent.
    func time(_ name: String) throws(TokenRejection) -> UnixTime? {
        guard let value = claims[name] else { return nil }
        // Year 9999: beyond it the arithmetic, not the provider, would decide.
        guard let number = value.number, number >= 0, number <= 253_402_300_799 else {
            throw TokenRejection(.claimMalformed, "\(name) is not a number of seconds since 1970")
        }
        return UnixTime(milliseconds: Int64(number * 1000))
    }

    /// A short text; nil when the claim is absent.
    func text(_ name: String) throws(TokenRejection) -> String? {
        guard let value = claims[name] else { return nil }
        guard let text = value.string, !text.isEmpty, text.utf8.count <= Self.mostTextBytes else {
            throw TokenRejection(
                .claimMalformed, "\(name) is not a string of 1 to \(Self.mostTextBytes) bytes")
        }
        return text
    }
}
