import CCrypto

/// The asymmetric signature algorithms of RFC 7518 §3 and RFC 8037. There is no case for `none` and none for HS*.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case eddsa = "EdDSA"

    package enum Padding: Sendable { case pkcs1, pss }

    package enum Family: Sendable, Equatable {
        case rsa(Padding)
        case ecdsa(Curve)
        case ed25519
    }

    package var family: Family {
        switch self {
        case .rs256, .rs384, .rs512: .rsa(.pkcs1)
        case .ps256, .ps384, .ps512: .rsa(.pss)
        case .es256: .ecdsa(.p256)
        case .es384: .ecdsa(.p384)
        case .es512: .ecdsa(.p521)
        case .eddsa: .ed25519
        }
    }

    /// The hash function; for Ed25519 the one inside of it, which at_hash uses too.
    package var hashFunction: HashFunction {
        switch self {
        case .rs256, .ps256, .es256: .sha256
        case .rs384, .ps384, .es384: .sha384
        case .rs512, .ps512, .es512, .eddsa: .sha512
        }
    }
}

/// The NIST curves of RFC 7518 §6.2.1.1.
package enum Curve: String, Sendable, CaseIterable {
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"

    /// Bytes of one coordinate, and of each half of a signature.
    package var coordinateLength: Int {
        switch self {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        }
    }

    /// The curve of an elliptic key; nil for every other curve, and for parameters without a name.
    init?(of key: OpaquePointer) {
        var name = [CChar](repeating: 0, count: 64)
        guard EVP_PKEY_get_group_name(key, &name, name.count, nil) == 1 else { return nil }
        switch String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) {
        case "prime256v1", "P-256": self = .p256
        case "secp384r1", "P-384": self = .p384
        case "secp521r1", "P-521": self = .p521
        default: return nil
        }
    }
}
