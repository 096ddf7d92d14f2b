import Access
import Cryptography
import Identity
import SAML

/// Reads a provider of kind saml.
struct SAMLProviderReading {
    let name: ProviderName
    let section: YAMLMapping
    let files: ConfiguredFiles

    func read() -> ServiceProviderSettings? {
        let description = readDescription()
        let mapping = readAttributes()
        let initiation = readInitiation()
        let signing = readSigning()
        let decryptionKey = section.optional("decryption_key").flatMap(readKey)
        let encryptionCertificate = readEncryptionCertificate(decryptionKey, signing.certificate)
        let binding = section.optional("request_binding")?.choice(ServiceProviderSettings.Binding.self)
        let nameIDFormat = readNameIDFormat()
        let insecureAllowsSHA1 = section.optional("insecure_allow_sha1")?.bool() ?? false
        let logout = section.optional("logout")?.choice(LogoutReach.self) ?? .provider
        section.finish()
        guard let description else { return nil }
        var settings = ServiceProviderSettings(name: name, description: description)
        settings.attributes = mapping
        settings.initiation = initiation
        settings.signer = signing.signer
        settings.signingCertificate = signing.certificate
        settings.decryptionKey = decryptionKey
        settings.encryptionCertificate = encryptionCertificate
        settings.requestBinding = binding ?? .redirect
        settings.nameIDFormat = nameIDFormat
        settings.insecureAllowsSHA1 = insecureAllowsSHA1
        settings.signsOutAtProvider = logout == .provider
        return settings
    }

    // MARK: The identity provider

    private func readDescription() -> IdentityProviderDescription? {
        var description = IdentityProviderDescription()
        let issuer = section.optional("issuer")
        description.issuer = issuer?.text()
        let metadata = section.optional("metadata")
        let sso = section.optional("sso_url")
        description.ssoURL = sso?.webAddress(example: Self.ssoExample)?.text
        description.sloURL = section.optional("slo_url")?.webAddress(example: Self.sloExample)?.text
        let certificates = section.optional("certificates")
        description.certificates = certificates.map { readCertificates($0) } ?? []
        if let metadata {
            guard readMetadata(metadata, into: &description) else { return nil }
        } else if sso == nil || certificates == nil {
            section.problems.add(
                line: section.line,
                "\(section.path) has neither metadata nor sso_url and certificates; write 'metadata: {url: …}' with the Metadata URL of the app's Sign On tab in Okta"
            )
            return nil
        }
        if let ssoURL = description.ssoURL, issuer == nil, metadata == nil, OktaAddress.issuer(ofSSOURL: ssoURL) == nil
        {
            section.problems.add(
                line: section.line,
                "\(section.path).issuer is missing, and sso_url is not one of Okta's that would tell; write the Issuer of the identity provider's set-up instructions"
            )
            return nil
        }
        if metadata == nil, description.ssoURL == nil || description.certificates.isEmpty { return nil }
        if description.metadataURL == nil, description.identityProvider() == nil {
            section.problems.add(
                line: section.line,
                "\(section.path) describes no identity provider that could be used: it needs a sign-on URL and a certificate"
            )
            return nil
        }
        return description
    }

    /// - Returns: false, with a problem, when it cannot be used.
    private func readMetadata(_ value: YAMLValue, into description: inout IdentityProviderDescription) -> Bool {
        let document: String
        if case .scalar = value.node {
            // Pasted, or sent by the command line.
            guard let text = value.text() else { return false }
            guard text.contains("<") else {
                value.problem("must be {file: PATH}, {url: https://…} or the document itself")
                return false
            }
            document = text
        } else {
            guard let mapping = value.mapping() else { return false }
            let (file, url) = (mapping.optional("file"), mapping.optional("url"))
            mapping.finish()
            switch (file, url) {
            case (let file?, nil):
                guard let text = files.fileText(file) else { return false }
                document = text
            case (nil, let url?):
                description.metadataURL = url.webAddress(example: Self.metadataExample)?.text
                return description.metadataURL != nil
            default:
                value.problem("must be {file: PATH} or {url: \(Self.metadataExample)}")
                return false
            }
        }
        do throws(SAMLRejection) {
            let metadata = try IdentityProviderMetadata(Array(document.utf8), issuer: description.issuer)
            description.metadata = metadata
            if metadata.certificates.allSatisfy({ Self.problem(with: $0) != nil }),
                let problem = metadata.certificates.first.flatMap(Self.problem)
            {
                value.problem("\(problem): generate a new one in Okta, and download the metadata again")
            }
            return true
        } catch {
            value.problem("cannot be used: \(error.detail)")
            return false
        }
    }

    private func readCertificates(_ value: YAMLValue) -> [Certificate] {
        let example = "certificates: [{file: certs/okta-saml.pem}]"
        let values: [YAMLValue]
        if case .sequence = value.node { values = value.list(example: example) ?? [] } else { values = [value] }
        if values.isEmpty { value.problem("is empty; write '\(example)'") }
        return values.flatMap { readCertificates(in: $0, of: .identityProvider) }
    }

    /// Whose certificate it is decides what to do about a wrong one.
    private enum Owner {
        case identityProvider, gateway

        var source: String {
            switch self {
            case .identityProvider: "paste the X.509 certificate of Okta's set-up instructions"
            case .gateway: "make key and certificate anew, together, with openssl"
            }
        }
    }

    private func readCertificates(in value: YAMLValue, of owner: Owner) -> [Certificate] {
        guard let text = files.secret(value)?.reveal() else { return [] }
        do throws(CryptographyError) {
            let certificates = try Certificate.all(text: text)
            for certificate in certificates {
                if let problem = Self.problem(with: certificate) { value.problem("\(problem): \(owner.source)") }
            }
            return certificates
        } catch {
            value.problem("holds no certificate: \(error); \(owner.source)")
            return []
        }
    }

    /// Why no signature of a certificate's key would be accepted; nil when one would.
    private static func problem(with certificate: Certificate) -> String? {
        switch certificate.publicKey.kind {
        case .rsa(let bits) where bits < 2048:
            "holds a certificate with an RSA key of \(bits) bits; 2048 is the least"
        case .ed25519: "holds a certificate with an Ed25519 key, and no signature of SAML's is made by one"
        case .rsa, .elliptic: nil
        }
    }

    // MARK: Attributes

    private func readAttributes() -> AttributeMapping {
        let separator = section.optional("split_groups")
        let text = separator?.text()
        if let text, text.utf8.count > 8 {
            separator?.problem("is '\(text.clipped(20))'; write what stands between two groups, as in \",\"")
        }
        return AttributeMapping(
            groups: section.optional("groups_attribute")?.text() ?? "groups",
            splitGroups: text,
            email: section.optional("email_attribute")?.text(), name: section.optional("name_attribute")?.text())
    }

    private func readInitiation() -> ServiceProviderSettings.Initiation {
        guard let text = section.optional("idp_initiated")?.text() else { return .refused }
        switch text {
        case "false": return .refused
        case "true": return .onlyRealm
        default: return .realm(RealmName(text))
        }
    }

    /// A URN or URL (SAML Core §8.3).
    private func readNameIDFormat() -> String? {
        guard let value = section.optional("name_id_format"), let text = value.text() else { return nil }
        guard text.hasPrefix("urn:oasis:names:tc:SAML:") else {
            value.problem(
                "is '\(text.clipped(80))'; write the whole URN, as in urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
            )
            return nil
        }
        return text
    }

    // MARK: Our own keys

    private enum LogoutReach: String, CaseIterable { case provider, local }

    private func readSigning() -> (signer: MessageSigner?, certificate: Certificate?) {
        let certificateValue = section.optional("signing_certificate")
        let certificate = certificateValue.flatMap { readCertificates(in: $0, of: .gateway).first }
        guard let keyValue = section.optional("signing_key") else {
            certificateValue?.problem("has no signing_key beside it; add the key, or remove the certificate")
            return (nil, nil)
        }
        guard let key = readKey(keyValue) else { return (nil, nil) }
        if let certificate, !key.matches(certificate) {
            certificateValue?.problem("is not the certificate of signing_key; make both anew, together")
            return (nil, nil)
        }
        do throws(CryptographyError) {
            return (try MessageSigner(key: key, certificate: certificate), certificate)
        } catch {
            keyValue.problem("cannot sign SAML messages: \(error); use an RSA key of 2048 bits, or one on P-256")
            return (nil, nil)
        }
    }

    private func readKey(_ value: YAMLValue) -> PrivateKey? {
        guard let pem = files.secret(value) else { return nil }
        do throws(CryptographyError) {
            return try PrivateKey(pem: pem.reveal())
        } catch {
            value.problem("holds no key that can be used: \(error)")
            return nil
        }
    }

    private func readEncryptionCertificate(_ key: PrivateKey?, _ signing: Certificate?) -> Certificate? {
        let value = section.optional("decryption_certificate")
        guard let key else {
            // A key that cannot be read is a problem of its own.
            if section.optional("decryption_key") == nil {
                value?.problem("has no decryption_key beside it; add the key, or remove the certificate")
            }
            return nil
        }
        if key.rsaBits == nil {
            section.optional("decryption_key")?.problem(
                "is no RSA key, and assertions are encrypted for RSA keys only; use one of 2048 bits or more")
        }
        guard let value else { return signing.flatMap { key.matches($0) ? $0 : nil } }
        guard let certificate = readCertificates(in: value, of: .gateway).first else { return nil }
        guard key.matches(certificate) else {
            value.problem("is not the certificate of decryption_key; make both anew, together")
            return nil
        }
        return certificate
    }

    private static let ssoExample = "https://acme.okta.com/app/acme_gatehouse_1/exk1example/sso/saml"
    private static let sloExample = "https://acme.okta.com/app/acme_gatehouse_1/exk1example/slo/saml"
    private static let metadataExample = "https://acme.okta.com/app/exk1example/sso/saml/metadata"
}
