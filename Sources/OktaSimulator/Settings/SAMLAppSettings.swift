import Yams

/// A SAML app as the people file and the control endpoints describe one.
extension SAMLApp {
    static let keys: Set<String> = [
        "exk", "name", "label", "acs_url", "other_acs_urls", "audience", "recipient", "destination",
        "default_relay_state", "name_id_format", "name_id", "attributes", "groups_as", "typed_values", "prefix_list",
        "sign_response", "sign_assertion", "signature_algorithm", "digest_algorithm", "encryption", "key_transport",
        "encrypted_key", "sp_certificate", "sp_encryption_certificate", "signed_requests", "honor_force_authn",
        "context_class", "authn_instant", "session_lifetime", "logout_url", "logout_binding", "logout_issuer",
        "logout_by_others",
    ]

    init(_ mapping: SettingsMapping) throws(SettingsError) {
        let id = try mapping.required("exk")
        self.init(
            id: id, name: try mapping.required("name"), acsURL: try mapping.required("acs_url"),
            audience: try mapping.required("audience"))
        try change(mapping)
    }

    /// Takes over what the mapping says; what it does not name stays.
    mutating func change(_ mapping: SettingsMapping) throws(SettingsError) {
        name = try mapping.string("name") ?? name
        label = try mapping.string("label") ?? label
        for (key, part) in [("exk", id), ("name", name)] where !Self.isPathPart(part) {
            throw mapping.error(key, "may hold letters, digits, - and _")
        }
        acsURL = try mapping.string("acs_url") ?? acsURL
        otherACSURLs = try mapping.strings("other_acs_urls") ?? otherACSURLs
        audience = try mapping.string("audience") ?? audience
        recipient = try mapping.string("recipient") ?? recipient
        destination = try mapping.string("destination") ?? destination
        defaultRelayState = try mapping.string("default_relay_state") ?? defaultRelayState
        signatureCertificate = try mapping.certificate("sp_certificate") ?? signatureCertificate
        encryptionCertificate = try mapping.certificate("sp_encryption_certificate") ?? encryptionCertificate
        requiresSignedRequests = try mapping.bool("signed_requests") ?? requiresSignedRequests
        honorsForceAuthn = try mapping.bool("honor_force_authn") ?? honorsForceAuthn
        try changeContent(mapping)
        try changeProtection(mapping)
        try changeLogout(mapping)
    }

    private mutating func changeContent(_ mapping: SettingsMapping) throws(SettingsError) {
        nameIDFormat = try mapping.choice("name_id_format", NameIDFormat.self) ?? nameIDFormat
        nameID = try mapping.choice("name_id", AttributeSource.self) ?? nameID
        groupsForm = try mapping.choice("groups_as", GroupsForm.self) ?? groupsForm
        hasTypedValues = try mapping.bool("typed_values") ?? hasTypedValues
        contextClass = try mapping.string("context_class") ?? contextClass
        authnInstant = try mapping.choice("authn_instant", AuthnInstant.self) ?? authnInstant
        sessionLifetime = try mapping.seconds("session_lifetime") ?? sessionLifetime
        guard let node = mapping.value("attributes") else { return }
        guard case .mapping(let pairs) = node else { throw mapping.error("attributes", "must be a mapping") }
        attributes = [:]
        for (key, value) in pairs {
            guard let name = key.string, let source = value.string.flatMap(AttributeSource.init) else {
                let known = AttributeSource.allCases.map(\.rawValue).joined(separator: ", ")
                throw mapping.error("attributes", "must name for each attribute one of \(known)")
            }
            attributes[name] = source
        }
    }

    private mutating func changeProtection(_ mapping: SettingsMapping) throws(SettingsError) {
        hasPrefixList = try mapping.bool("prefix_list") ?? hasPrefixList
        signsResponse = try mapping.bool("sign_response") ?? signsResponse
        signsAssertion = try mapping.bool("sign_assertion") ?? signsAssertion
        signatureAlgorithm =
            try mapping.choice("signature_algorithm", XMLSignatureAlgorithm.self) ?? signatureAlgorithm
        guard signatureAlgorithm != .ecdsaSHA256 else {
            throw mapping.error("signature_algorithm", "must be RSA, as Okta's keys are")
        }
        digestAlgorithm = try mapping.choice("digest_algorithm", XMLDigestAlgorithm.self) ?? digestAlgorithm
        encryption = try mapping.choice("encryption", Encryption.self) ?? encryption
        keyTransport = try mapping.choice("key_transport", KeyTransport.self) ?? keyTransport
        keyPlacement = try mapping.choice("encrypted_key", KeyPlacement.self) ?? keyPlacement
    }

    private mutating func changeLogout(_ mapping: SettingsMapping) throws(SettingsError) {
        logoutURL = try mapping.string("logout_url") ?? logoutURL
        logoutBinding = try mapping.choice("logout_binding", Binding.self) ?? logoutBinding
        logoutIssuer = try mapping.string("logout_issuer") ?? logoutIssuer
        isLoggedOutByOthers = try mapping.bool("logout_by_others") ?? isLoggedOutByOthers
    }

    /// The id and the name stand in addresses.
    private static func isPathPart(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension SettingsMapping {
    /// PEM or base64, or `{file: PATH}`.
    fileprivate func certificate(_ key: String) throws(SettingsError) -> X509Certificate? {
        guard let text = try text(key) else { return nil }
        do {
            return try X509Certificate(text: text)
        } catch {
            throw self.error(key, "is no certificate: \(error)")
        }
    }
}
