import CCrypto
import Cryptography

/// An EncryptedAssertion as text, encrypted with OpenSSL alone. Each part can be another.
package struct EncryptionText {
    package enum Placement { case nested, sibling }

    package var recipient: CertificateMaker
    /// The last part of the cipher's identifier: `aes256-gcm`.
    package var cipher = "aes256-gcm"
    package var transport = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
    /// What stands in the key's EncryptionMethod.
    package var parameters = "<ds:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/>"
    package var (digest, mask, label): (String, String, [UInt8]) = ("SHA1", "SHA1", [])
    package var usesPKCS1 = false
    package var placement = Placement.sibling
    package var editPlaintext: (String) -> String = { $0 }
    package var editCiphertext: ([UInt8]) -> [UInt8] = { $0 }
    package var edit: (String) -> String = { $0 }

    package init(recipient: CertificateMaker) { self.recipient = recipient }

    package func changed(_ change: (inout EncryptionText) -> Void) -> EncryptionText {
        var copy = self
        change(&copy)
        return copy
    }

    private static let digestNamespace = "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\""
    private static let encryption = "http://www.w3.org/2001/04/xmlenc#"

    package func text(holding assertion: String) -> String {
        let key = RandomSource.system.bytes(cipher.hasPrefix("aes128") ? 16 : 32)
        let ciphertext = editCiphertext(encrypted(Array(editPlaintext(assertion).utf8), key: key))
        let wrapped =
            usesPKCS1
            ? recipient.encryptPKCS1(key)
            : recipient.encryptOAEP(key, digest: digest, mask: mask, label: label)
        let encryptedKey =
            "<xenc:EncryptedKey xmlns:xenc=\"\(Self.encryption)\" Id=\"_key\">"
            + "<xenc:EncryptionMethod Algorithm=\"\(transport)\">\(parameters)</xenc:EncryptionMethod>"
            + "<xenc:CipherData><xenc:CipherValue>\(Base64.encode(wrapped))</xenc:CipherValue></xenc:CipherData>"
            + "</xenc:EncryptedKey>"
        let reference = "<ds:RetrievalMethod Type=\"\(Self.encryption)EncryptedKey\" URI=\"#_key\"/>"
        let namespace = cipher.hasSuffix("gcm") ? "http://www.w3.org/2009/xmlenc11#" : Self.encryption
        let data =
            "<xenc:EncryptedData xmlns:xenc=\"\(Self.encryption)\" Id=\"_data\" Type=\"\(Self.encryption)Element\">"
            + "<xenc:EncryptionMethod Algorithm=\"\(namespace)\(cipher)\"/>"
            + "<ds:KeyInfo>\(placement == .nested ? encryptedKey : reference)</ds:KeyInfo>"
            + "<xenc:CipherData><xenc:CipherValue>\(Base64.encode(ciphertext))</xenc:CipherValue></xenc:CipherData>"
            + "</xenc:EncryptedData>"
        return edit(
            "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" \(Self.digestNamespace)>"
                + data + (placement == .sibling ? encryptedKey : "") + "</saml2:EncryptedAssertion>")
    }

    /// XML Encryption 1.1 §5.2: IV first; CBC padded by random bytes and their number, GCM followed by its tag.
    private func encrypted(_ plaintext: [UInt8], key: [UInt8]) -> [UInt8] {
        let isGCM = cipher.hasSuffix("gcm")
        let iv = RandomSource.system.bytes(isGCM ? 12 : 16)
        var input = plaintext
        if !isGCM {
            let padding = 16 - plaintext.count % 16
            input += RandomSource.system.bytes(padding - 1) + [UInt8(padding)]
        }
        let function =
            switch cipher {
            case "aes128-cbc": EVP_aes_128_cbc()
            case "aes256-cbc": EVP_aes_256_cbc()
            case "aes128-gcm": EVP_aes_128_gcm()
            default: EVP_aes_256_gcm()
            }
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: input.count + 16)
        var tag = [UInt8](repeating: 0, count: 16)
        var length: Int32 = 0
        precondition(EVP_EncryptInit_ex(context, function, nil, key, iv) == 1)
        precondition(EVP_CIPHER_CTX_set_padding(context, 0) == 1)
        precondition(EVP_EncryptUpdate(context, &output, &length, input, Int32(input.count)) == 1)
        output.removeLast(output.count - Int(length))
        var rest: Int32 = 0
        precondition(EVP_EncryptFinal_ex(context, &tag, &rest) == 1 && rest == 0)
        guard isGCM else { return iv + output }
        precondition(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1)
        return iv + output + tag
    }
}
