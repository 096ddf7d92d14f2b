import Cryptography
import Identity
import JOSE
import StrictJSON

/// What an ID token must say to be accepted.
package struct IDTokenExpectation: Sendable {
    package let issuer: String
    package let clientID: String
    /// The nonce of the authorization request; nil only where none was sent (a refreshed or captured token).
    package let nonce: String?
    /// The access token of the same answer, for at_hash.
    package let accessToken: Secret?
    /// The `max_age` of the authorization request; when set, auth_time must be there and recent.
    package let maximumAge: Duration?
    package let clockSkew: Duration

    package init(
        issuer: String, clientID: String, nonce: String?, accessToken: Secret? = nil, maximumAge: Duration? = nil,
        clockSkew: Duration = .seconds(60)
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.nonce = nonce
        self.accessToken = accessToken
        self.maximumAge = maximumAge
        self.clockSkew = clockSkew
    }
}

/// An ID token that fulfils every rule of OpenID Connect Core 1.0 §3.1.3.7. Only `IDTokenVerifier` makes one.
package struct VerifiedIDToken: Sendable {
    package let issuer: String
    package let subject: String
    package let authenticatedAt: UnixTime?
    package let expiresAt: UnixTime
    package let claims: JSONObject

    fileprivate init(
        issuer: String, subject: String, authenticatedAt: UnixTime?, expiresAt: UnixTime, claims: JSONObject
    ) {
        self.issuer = issuer
        self.subject = subject
        self.authenticatedAt = authenticatedAt
        self.expiresAt = expiresAt
        self.claims = claims
    }
}

/// Why an ID token is not accepted.
package struct IDTokenRejection: Error, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable, CaseIterable {
        case issuerMissing = "issuer_missing"
        case issuerMismatch = "issuer_mismatch"
        case audienceMissing = "audience_missing"
        case audienceMismatch = "audience_mismatch"
        case authorizedPartyMissing = "authorized_party_missing"
        case authorizedPartyMismatch = "authorized_party_mismatch"
        case subjectMissing = "subject_missing"
        case subjectMalformed = "subject_malformed"
        case expiryMissing = "expiry_missing"
        case expired = "expired"
        case issuedAtMissing = "issued_at_missing"
        case issuedInFuture = "issued_in_future"
        case issuedTooLongAgo = "issued_too_long_ago"
        case notYetValid = "not_yet_valid"
        case nonceMissing = "nonce_missing"
        case nonceMismatch = "nonce_mismatch"
        case accessTokenHashMismatch = "at_hash_mismatch"
        case authenticationTimeMissing = "auth_time_missing"
        case authenticationTooOld = "auth_time_too_old"
        case claimMalformed = "claim_malformed"
    }

    /// The raw value of a `Reason`, or of a `JOSEError.Reason` when the signature already failed.
    package let code: String
    package let detail: String

    package init(_ reason: Reason, _ detail: String) {
        code = reason.rawValue
        self.detail = detail
    }

    package init(_ error: JOSEError) {
        code = error.reason.rawValue
        detail = error.detail
    }

    package var description: String { "\(code): \(detail)" }

    /// Whether a newer key set of the provider may change the answer.
    package var mayBeCuredByNewKeys: Bool {
        [JOSEError.Reason.keyUnknown, .keyMismatch, .signatureInvalid].contains { $0.rawValue == code }
    }
}

/// Judges ID tokens. Pure: token, keys and time in, a verified token or a reason out.
package struct IDTokenVerifier: Sendable {
    /// A code is redeemed within minutes, so an ID token of yesterday is a replay or a broken clock.
    package static let maximumAge = Duration.seconds(24 * 3600)

    private let expectation: IDTokenExpectation

    package init(_ expectation: IDTokenExpectation) { self.expectation = expectation }

    package func verify(
        _ token: String, keys: JWKSet, now: UnixTime
    ) throws(IDTokenRejection) -> VerifiedIDToken {
        let jws: VerifiedJWS
        do {
            let unverified = try UnverifiedJWS(compact: token)
            try checkType(unverified.type)
            jws = try unverified.verified(by: keys)
        } catch {
            throw IDTokenRejection(error)
        }
        let claims = jws.claims
        let issuer = try checkIssuer(claims)
        try checkAudience(claims)
        let subject = try checkSubject(claims)
        let expiresAt = try checkTimes(claims, now: now)
        try checkNonce(claims)
        try checkAccessTokenHash(claims, algorithm: jws.algorithm)
        let authenticatedAt = try checkAuthenticationTime(claims, now: now)
        return VerifiedIDToken(
            issuer: issuer, subject: subject, authenticatedAt: authenticatedAt, expiresAt: expiresAt, claims: claims)
    }

    // A logout token or an access token of the same issuer is no ID token (RFC 8725 §3.11).
    private func checkType(_ type: String?) throws(JOSEError) {
        guard let type else { return }
        guard type.lowercased() == "jwt" else {
            throw JOSEError(
                .typeUnexpected, "the token's typ is '\(type.clipped(60))', that of an ID token is JWT or absent")
        }
    }

    private func checkIssuer(_ claims: JSONObject) throws(IDTokenRejection) -> String {
        guard let value = claims["iss"] else { throw IDTokenRejection(.issuerMissing, "the token names no issuer") }
        guard let issuer = value.string else { throw IDTokenRejection(.claimMalformed, "iss is not a string") }
        guard issuer.isIdentical(to: expectation.issuer) else {
            throw IDTokenRejection(
                .issuerMismatch,
                "the token is issued by '\(issuer.clipped(200))', expected is '\(expectation.issuer)'")
        }
        return issuer
    }

    private func checkAudience(_ claims: JSONObject) throws(IDTokenRejection) {
        guard let value = claims["aud"] else { throw IDTokenRejection(.audienceMissing, "the token names no audience") }
        let audiences: [String]
        if let single = value.string {
            audiences = [single]
        } else if let several = value.strings {
            audiences = several
        } else {
            throw IDTokenRejection(.claimMalformed, "aud is neither a string nor an array of strings")
        }
        guard audiences.contains(where: { $0.isIdentical(to: expectation.clientID) }) else {
            throw IDTokenRejection(
                .audienceMismatch,
                "the token is for '\(audiences.joined(separator: "', '").clipped(200))', not for client_id '\(expectation.clientID)'"
            )
        }
        guard let value = claims["azp"] else {
            guard audiences.count == 1 else {
                throw IDTokenRejection(
                    .authorizedPartyMissing, "the token has \(audiences.count) audiences and no azp to choose one")
            }
            return
        }
        guard let party = value.string else { throw IDTokenRejection(.claimMalformed, "azp is not a string") }
        guard party.isIdentical(to: expectation.clientID) else {
            throw IDTokenRejection(
                .authorizedPartyMismatch,
                "the token was issued to '\(party.clipped(200))', not to client_id '\(expectation.clientID)'")
        }
    }

    private func checkSubject(_ claims: JSONObject) throws(IDTokenRejection) -> String {
        guard let value = claims["sub"] else { throw IDTokenRejection(.subjectMissing, "the token names no subject") }
        guard let subject = value.string else { throw IDTokenRejection(.claimMalformed, "sub is not a string") }
        guard !subject.isEmpty else { throw IDTokenRejection(.subjectMissing, "the token's subject is empty") }
        // Core §2: at most 255 ASCII characters.
        guard subject.utf8.count <= 255, subject.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw IDTokenRejection(
                .subjectMalformed, "the token's subject is longer than 255 bytes or holds control characters")
        }
        return subject
    }

    private func checkTimes(_ claims: JSONObject, now: UnixTime) throws(IDTokenRejection) -> UnixTime {
        let skew = expectation.clockSkew
        guard let expiresAt = try time("exp", claims) else {
            throw IDTokenRejection(.expiryMissing, "the token has no exp")
        }
        guard now < expiresAt + skew else {
            throw IDTokenRejection(.expired, "the token expired at \(expiresAt); it is \(now) now")
        }
        guard let issuedAt = try time("iat", claims) else {
            throw IDTokenRejection(.issuedAtMissing, "the token has no iat")
        }
        guard issuedAt <= now + skew else {
            throw IDTokenRejection(
                .issuedInFuture, "the token is issued at \(issuedAt), and it is \(now) now; compare the two clocks")
        }
        guard issuedAt >= now - Self.maximumAge - skew else {
            throw IDTokenRejection(.issuedTooLongAgo, "the token is issued at \(issuedAt), more than a day ago")
        }
        if let notBefore = try time("nbf", claims), notBefore > now + skew {
            throw IDTokenRejection(.notYetValid, "the token is valid from \(notBefore); it is \(now) now")
        }
        return expiresAt
    }

    private func checkNonce(_ claims: JSONObject) throws(IDTokenRejection) {
        guard let expected = expectation.nonce else { return }
        guard let value = claims["nonce"] else {
            throw IDTokenRejection(.nonceMissing, "the token has no nonce; it does not belong to this sign-in")
        }
        guard let nonce = value.string else { throw IDTokenRejection(.claimMalformed, "nonce is not a string") }
        guard equalInConstantTime(nonce, expected) else {
            throw IDTokenRejection(.nonceMismatch, "the token's nonce is another sign-in's")
        }
    }

    // Core §3.1.3.8: the left half of the hash, by the hash function of the token's own algorithm.
    private func checkAccessTokenHash(
        _ claims: JSONObject, algorithm: SignatureAlgorithm
    ) throws(IDTokenRejection) {
        guard let value = claims["at_hash"] else { return }
        guard let claimed = value.string else { throw IDTokenRejection(.claimMalformed, "at_hash is not a string") }
        guard let accessToken = expectation.accessToken else { return }
        let digest = algorithm.hashFunction.hash(accessToken.reveal().utf8)
        guard equalInConstantTime(claimed, Base64URL.encode(digest.prefix(digest.count / 2))) else {
            throw IDTokenRejection(.accessTokenHashMismatch, "at_hash is not the hash of the access token")
        }
    }

    private func checkAuthenticationTime(
        _ claims: JSONObject, now: UnixTime
    ) throws(IDTokenRejection) -> UnixTime? {
        let authenticatedAt = try time("auth_time", claims)
        if let authenticatedAt, authenticatedAt > now + expectation.clockSkew {
            throw IDTokenRejection(.claimMalformed, "auth_time \(authenticatedAt) lies in the future")
        }
        guard let maximumAge = expectation.maximumAge else { return authenticatedAt }
        guard let authenticatedAt else {
            throw IDTokenRejection(.authenticationTimeMissing, "max_age was asked for, and the token has no auth_time")
        }
        guard now - authenticatedAt <= maximumAge + expectation.clockSkew else {
            throw IDTokenRejection(
                .authenticationTooOld, "the person authenticated at \(authenticatedAt), longer ago than was asked for")
        }
        return authenticatedAt
    }

    /// A NumericDate (RFC 7519 §2); nil when the claim is absent.
    private func time(_ name: String, _ claims: JSONObject) throws(IDTokenRejection) -> UnixTime? {
        guard let value = claims[name] else { return nil }
        // Year 9999: beyond it the arithmetic, not the provider, would decide.
        guard let number = value.number, number >= 0, number <= 253_402_300_799 else {
            throw IDTokenRejection(.claimMalformed, "\(name) is not a number of seconds since 1970")
        }
        return UnixTime(milliseconds: Int64(number * 1000))
    }
}
