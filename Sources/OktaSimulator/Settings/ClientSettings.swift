import Yams

/// An application as the people file describes one.
extension Client {
    static let keys: Set<String> = [
        "client_id", "client_name", "client_secret", "public_key", "token_endpoint_auth_methods", "redirect_uris",
        "post_logout_redirect_uris", "initiate_login_uri", "pkce_required", "refresh_rotation", "refresh_grace",
        "access_token_lifetime", "id_token_lifetime", "refresh_token_idle_lifetime", "thin_id_token",
        "groups_overflow",
    ]

    init(_ mapping: SettingsMapping) throws(SettingsError) {
        let id = try mapping.required("client_id")
        guard let redirectURIs = try mapping.strings("redirect_uris"), !redirectURIs.isEmpty else {
            throw mapping.error("redirect_uris", "must be a list with at least one address")
        }
        self.init(id: id, name: try mapping.string("client_name") ?? id, redirectURIs: redirectURIs)
        secret = try mapping.secret("client_secret")
        publicKey = try mapping.publicKey("public_key")
        authenticationMethods = try Client.methods(mapping, hasSecret: secret != nil, hasKey: publicKey != nil)
        postLogoutRedirectURIs = try mapping.strings("post_logout_redirect_uris") ?? []
        initiateLoginURI = try mapping.string("initiate_login_uri")
        isPKCERequired = try mapping.bool("pkce_required") ?? isPKCERequired
        rotatesRefreshTokens = try mapping.bool("refresh_rotation") ?? rotatesRefreshTokens
        refreshGrace = try mapping.seconds("refresh_grace") ?? refreshGrace
        accessTokenLifetime = try mapping.seconds("access_token_lifetime") ?? accessTokenLifetime
        idTokenLifetime = try mapping.seconds("id_token_lifetime") ?? idTokenLifetime
        refreshTokenIdleLifetime = try mapping.seconds("refresh_token_idle_lifetime") ?? refreshTokenIdleLifetime
        hasThinIDTokens = try mapping.bool("thin_id_token") ?? hasThinIDTokens
        groupsOverflow = try mapping.choice("groups_overflow", GroupsOverflow.self) ?? groupsOverflow
    }

    /// What the client may authenticate with: as written, else whatever its secret and key make possible.
    private static func methods(
        _ mapping: SettingsMapping, hasSecret: Bool, hasKey: Bool
    ) throws(SettingsError) -> Set<AuthenticationMethod> {
        let key = "token_endpoint_auth_methods"
        guard let names = try mapping.strings(key) else {
            var methods: Set<AuthenticationMethod> = hasSecret ? [.basic, .post] : []
            if hasKey { methods.insert(.privateKeyJWT) }
            return methods.isEmpty ? [.none] : methods
        }
        var methods: Set<AuthenticationMethod> = []
        for name in names {
            guard let method = AuthenticationMethod(rawValue: name) else {
                let known = AuthenticationMethod.allCases.map(\.rawValue).joined(separator: ", ")
                throw mapping.error(key, "may hold \(known)")
            }
            methods.insert(method)
        }
        return methods
    }
}

extension SettingsMapping {
    /// A literal, `{env: NAME}` or `{file: PATH}`.
    fileprivate func text(_ key: String) throws(SettingsError) -> String? {
        guard let node = value(key) else { return nil }
        guard case .mapping = node else { return try string(key) }
        guard let reference = try mapping(key, keys: ["file", "env"]) else { return nil }
        if let path = try reference.string("file") {
            return try SettingsText.read(path: source.path(path))
        }
        let name = try reference.required("env")
        guard let text = source.environment[name] else {
            throw error(key, "wants the environment variable \(name), which is not set")
        }
        return text
    }

    fileprivate func secret(_ key: String) throws(SettingsError) -> Secret? {
        guard let text = try text(key) else { return nil }
        let trimmed = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        guard !trimmed.isEmpty else { throw error(key, "is empty") }
        return Secret(trimmed)
    }

    /// PEM or JWK, decided by its first character.
    fileprivate func publicKey(_ key: String) throws(SettingsError) -> ClientKey? {
        guard let text = try text(key) else { return nil }
        do {
            return text.first == "{"
                ? try ClientKey(jwk: JSONValue(parsing: text.utf8)) : try ClientKey(pem: text)
        } catch {
            throw self.error(key, "is neither a PEM public key nor a JWK: \(error)")
        }
    }
}
