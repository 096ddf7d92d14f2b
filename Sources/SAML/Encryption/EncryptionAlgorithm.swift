import Cryptography
import Identity
import XMLTree

/// RSA-OAEP and its parameters (XML Encryption 1.1 §5.5.2).
struct KeyTransport {
    let digest: OAEPHash
    let mask: OAEPHash
    /// `OAEPparams`; empty when there are none.
    let label: [UInt8]
}

/// The algorithms of encryption, by allow-list (rule 11).
enum EncryptionAlgorithm {
    private static let ciphers: [(name: String, cipher: ContentCipher)] = [
        ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", .aes256CBC),
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", .aes128CBC),
        ("http://www.w3.org/2009/xmlenc11#aes256-gcm", .aes256GCM),
        ("http://www.w3.org/2009/xmlenc11#aes128-gcm", .aes128GCM),
    ]

    /// §5.8. The digest may be SHA-1: nothing here depends on its resistance to collisions, and Okta's is.
    private static let digests: [(name: String, hash: OAEPHash)] = [
        ("http://www.w3.org/2000/09/xmldsig#sha1", .sha1),
        ("http://www.w3.org/2001/04/xmlenc#sha256", .sha256),
        ("http://www.w3.org/2001/04/xmldsig-more#sha384", .sha384),
        ("http://www.w3.org/2001/04/xmlenc#sha384", .sha384),
        ("http://www.w3.org/2001/04/xmlenc#sha512", .sha512),
    ]

    private static let masks: [(name: String, hash: OAEPHash)] = [
        ("http://www.w3.org/2009/xmlenc11#mgf1sha1", .sha1),
        ("http://www.w3.org/2009/xmlenc11#mgf1sha256", .sha256),
        ("http://www.w3.org/2009/xmlenc11#mgf1sha384", .sha384),
        ("http://www.w3.org/2009/xmlenc11#mgf1sha512", .sha512),
    ]

    private static let oaepWithSHA1Mask = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
    private static let oaep = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
    private static let rsa15 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"

    static func cipher(_ method: XMLElement) throws(SAMLRejection) -> ContentCipher {
        let name = method.attribute("Algorithm")
        guard let name, method.hasOnlyAttributes("Algorithm"), method.hasNoContent,
            let entry = ciphers.first(where: { $0.name.isIdentical(to: name) })
        else {
            throw SAMLRejection(
                .encryptionAlgorithmUnsupported,
                "the Assertion is encrypted with a cipher that is not accepted; \(OktaSetting.advanced("Encryption Algorithm: AES256-GCM"))",
                expected: "AES-128 or AES-256 with GCM or CBC", found: name)
        }
        return entry.cipher
    }

    static func keyTransport(_ method: XMLElement) throws(SAMLRejection) -> KeyTransport {
        let name = method.attribute("Algorithm") ?? ""
        if name.isIdentical(to: rsa15) {
            throw SAMLRejection(
                .keyTransportRSA15,
                "the key is wrapped with RSA 1.5, which tells its secrets to whoever asks often enough; \(OktaSetting.advanced("Key Transport Algorithm: RSA-OAEP"))",
                expected: oaepWithSHA1Mask, found: name)
        }
        let isMaskFixed = name.isIdentical(to: oaepWithSHA1Mask)
        guard isMaskFixed || name.isIdentical(to: oaep), method.hasOnlyAttributes("Algorithm"), !method.hasStrayText
        else {
            throw unsupported(name)
        }
        var (digest, mask, label): (OAEPHash?, OAEPHash?, [UInt8]?)
        for parameter in method.children {
            if parameter.matches(SignatureName.digestMethod), digest == nil {
                digest = try hash(parameter, among: digests)
            } else if parameter.matches(EncryptionName.maskGeneration), mask == nil, !isMaskFixed {
                mask = try hash(parameter, among: masks)
            } else if parameter.matches(EncryptionName.oaepParameters), label == nil,
                let octets = parameter.text.flatMap(Base64Text.decode)
            {
                label = octets
            } else {
                throw unsupported(parameter.shownName)
            }
        }
        // §5.5.2: SHA-1 is the default of both, and the mask of rsa-oaep-mgf1p whatever the digest.
        return KeyTransport(digest: digest ?? .sha1, mask: mask ?? .sha1, label: label ?? [])
    }

    private static func hash(
        _ parameter: XMLElement, among known: [(name: String, hash: OAEPHash)]
    ) throws(SAMLRejection) -> OAEPHash {
        let name = parameter.attribute("Algorithm") ?? ""
        guard let entry = known.first(where: { $0.name.isIdentical(to: name) }), parameter.hasNoContent else {
            throw unsupported(name)
        }
        return entry.hash
    }

    private static func unsupported(_ found: String) -> SAMLRejection {
        SAMLRejection(
            .keyTransportUnsupported,
            "the key is wrapped in a way that is not accepted; \(OktaSetting.advanced("Key Transport Algorithm: RSA-OAEP"))",
            expected: oaepWithSHA1Mask, found: found)
    }
}
