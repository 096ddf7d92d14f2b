import CCrypto
import FoundationEssentials

/// Encryption of assertions for an application (SAML Core §6, XML Encryption 1.1).
extension SAMLApp {
    /// The Assertion itself, or the EncryptedAssertion in its place.
    func encrypted(_ assertion: XMLElement) throws -> XMLElement {
        guard let cipher = encryption.cipher else { return assertion }
        guard let certificate = encryptionCertificate ?? signatureCertificate else {
            throw CryptographyError(description: "the app \(id) encrypts and has no certificate of the application")
        }
        let secret = try RandomBytes.make(cipher.keyLength)
        // Okta's plaintext is canonical, and keeps the declaration that its values and its signature need.
        let plaintext = XMLWriter.canonical(assertion, inclusivePrefixes: [XMLVocabulary.xs.rawValue])
        let content = try cipher.encrypt(plaintext, key: secret)
        let wrapped = try keyTransport.wrap(secret, for: try certificate.publicKey())
        let (dataID, keyID) = ("_" + RandomIdentifiers.token(32), "_" + RandomIdentifiers.token(32))
        let isSibling = keyPlacement == .sibling
        let encryptedKey = XMLElement(
            .xenc, "EncryptedKey", ["Id": isSibling ? keyID : nil],
            children: [
                keyTransport.method, EnvelopedSignature.keyInfo(certificate), Self.cipherData(wrapped),
                isSibling
                    ? XMLElement(
                        .xenc, "ReferenceList", children: [XMLElement(.xenc, "DataReference", ["URI": "#" + dataID])])
                    : nil,
            ])
        let retrieval = XMLElement(
            .ds, "RetrievalMethod",
            ["Type": XMLVocabulary.xenc.namespace + "EncryptedKey", "URI": "#" + keyID])
        let encryptedData = XMLElement(
            .xenc, "EncryptedData",
            ["Id": isSibling ? dataID : nil, "Type": XMLVocabulary.xenc.namespace + "Element"],
            children: [
                XMLElement(.xenc, "EncryptionMethod", ["Algorithm": cipher.identifier]),
                XMLElement(.ds, "KeyInfo", children: [isSibling ? retrieval : encryptedKey]),
                Self.cipherData(content),
            ])
        return XMLElement(
            .saml2, "EncryptedAssertion", children: [encryptedData, isSibling ? encryptedKey : nil])
    }

    private static func cipherData(_ bytes: [UInt8]) -> XMLElement {
        XMLElement(
            .xenc, "CipherData",
            children: [XMLElement(.xenc, "CipherValue", text: Data(bytes).base64EncodedString())])
    }
}

extension SAMLApp.Encryption {
    fileprivate var cipher: ContentCipher? {
        switch self {
        case .none: nil
        case .aes128CBC: .aes128CBC
        case .aes256CBC: .aes256CBC
        case .aes128GCM: .aes128GCM
        case .aes256GCM: .aes256GCM
        }
    }
}

extension SAMLApp.KeyTransport {
    fileprivate var method: XMLElement {
        switch self {
        case .oaep:
            XMLElement(
                .xenc, "EncryptionMethod", ["Algorithm": XMLVocabulary.xenc.namespace + rawValue],
                children: [XMLElement(.ds, "DigestMethod", ["Algorithm": XMLDigestAlgorithm.sha1.identifier])])
        case .oaepSHA256:
            XMLElement(
                .xenc, "EncryptionMethod", ["Algorithm": XMLVocabulary.xenc11.namespace + "rsa-oaep"],
                children: [
                    XMLElement(.ds, "DigestMethod", ["Algorithm": XMLDigestAlgorithm.sha256.identifier]),
                    XMLElement(.xenc11, "MGF", ["Algorithm": XMLVocabulary.xenc11.namespace + "mgf1sha256"]),
                ])
        case .pkcs1:
            XMLElement(.xenc, "EncryptionMethod", ["Algorithm": XMLVocabulary.xenc.namespace + rawValue])
        }
    }

    /// RFC 8017 §7.1 and, for the last, §7.2.
    fileprivate func wrap(_ secret: [UInt8], for key: KeyPair) throws(CryptographyError) -> [UInt8] {
        try key.withHandle { (handle) throws(CryptographyError) in
            guard let context = EVP_PKEY_CTX_new(handle, nil) else { throw .last("EVP_PKEY_CTX_new") }
            defer { EVP_PKEY_CTX_free(context) }
            try CryptographyError.check(EVP_PKEY_encrypt_init(context), "EVP_PKEY_encrypt_init")
            let padding = self == .pkcs1 ? RSA_PKCS1_PADDING : RSA_PKCS1_OAEP_PADDING
            try CryptographyError.check(EVP_PKEY_CTX_set_rsa_padding(context, padding), "rsa_padding")
            if self != .pkcs1 {
                let digest = self == .oaep ? EVP_sha1() : EVP_sha256()
                try CryptographyError.check(EVP_PKEY_CTX_set_rsa_oaep_md(context, digest), "rsa_oaep_md")
                try CryptographyError.check(EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest), "rsa_mgf1_md")
            }
            var length = 0
            try CryptographyError.check(
                EVP_PKEY_encrypt(context, nil, &length, secret, secret.count), "EVP_PKEY_encrypt")
            var wrapped = [UInt8](repeating: 0, count: length)
            try CryptographyError.check(
                EVP_PKEY_encrypt(context, &wrapped, &length, secret, secret.count), "EVP_PKEY_encrypt")
            return Array(wrapped.prefix(length))
        }
    }
}
