import Yams

/// An application as the people file describes one.
extension Client {
    static let keys: Set<String> = [
        "client_id", "client_name", "client_secret", "public_key", "token_endpoint_auth_methods", "redirect_uris",
        "post_logout_redirect_uris", "initiate_login_uri", "pkce_required", "require_pushed_authorization",
        "require_dpop", "refresh_tokens",
        "refresh_rotation",
        "refresh_grace", "refresh_id_token", "backchannel_logout_uri", "backchannel_logout_session_required",
        "frontchannel_logout_uri", "frontchannel_logout_session_required",
        "access_token_lifetime", "id_token_lifetime", "refresh_token_idle_lifetime", "thin_id_token",
        "groups_overflow",
    ]

    init(_ mapping: SettingsMapping) throws(SettingsError) {
        let id = try mapping.required("client_id")
        guard let redirectURIs = try mapping.strings("redirect_uris"), !redirectURIs.isEmpty else {
            throw mapping.error("redirect_uris", "must be a list with at least one address")
        }
        self.init(id: id, name: id, redirectURIs: redirectURIs)
        try change(mapping)
    }

    /// Takes over what the mapping says; what it does not name stays.
    mutating func change(_ mapping: SettingsMapping) throws(SettingsError) {
        name = try mapping.string("client_name") ?? name
        secret = try mapping.secret("client_secret") ?? secret
        publicKey = try mapping.publicKey("public_key") ?? publicKey
        redirectURIs = try mapping.strings("redirect_uris") ?? redirectURIs
        try changeAuthenticationMethods(mapping)
        initiateLoginURI = try mapping.string("initiate_login_uri") ?? initiateLoginURI
        isPKCERequired = try mapping.bool("pkce_required") ?? isPKCERequired
        requiresPushedAuthorization =
            try mapping.bool("require_pushed_authorization") ?? requiresPushedAuthorization
        requiresDPoP = try mapping.bool("require_dpop") ?? requiresDPoP
        try changeLogout(mapping)
        try changeTokens(mapping)
    }

    private mutating func changeLogout(_ mapping: SettingsMapping) throws(SettingsError) {
        postLogoutRedirectURIs = try mapping.strings("post_logout_redirect_uris") ?? postLogoutRedirectURIs
        backchannelLogoutURI = try mapping.string("backchannel_logout_uri") ?? backchannelLogoutURI
        isBackchannelSessionRequired =
            try mapping.bool("backchannel_logout_session_required") ?? isBackchannelSessionRequired
        frontchannelLogoutURI = try mapping.string("frontchannel_logout_uri") ?? frontchannelLogoutURI
        isFrontchannelSessionRequired =
            try mapping.bool("frontchannel_logout_session_required") ?? isFrontchannelSessionRequired
    }

    private mutating func changeTokens(_ mapping: SettingsMapping) throws(SettingsError) {
        hasRefreshTokens = try mapping.bool("refresh_tokens") ?? hasRefreshTokens
        rotatesRefreshTokens = try mapping.bool("refresh_rotation") ?? rotatesRefreshTokens
        refreshGrace = try mapping.seconds("refresh_grace") ?? refreshGrace
        guard (0...60).contains(refreshGrace) else { throw mapping.error("refresh_grace", "must be 0 to 60 s") }
        refreshesIDTokens = try mapping.bool("refresh_id_token") ?? refreshesIDTokens
        accessTokenLifetime = try mapping.seconds("access_token_lifetime") ?? accessTokenLifetime
        idTokenLifetime = try mapping.seconds("id_token_lifetime") ?? idTokenLifetime
        refreshTokenIdleLifetime = try mapping.seconds("refresh_token_idle_lifetime") ?? refreshTokenIdleLifetime
        hasThinIDTokens = try mapping.bool("thin_id_token") ?? hasThinIDTokens
        groupsOverflow = try mapping.choice("groups_overflow", GroupsOverflow.self) ?? groupsOverflow
    }

    /// What the client may authenticate with: as written, else whatever its secret and key make possible.
    private mutating func changeAuthenticationMethods(_ mapping: SettingsMapping) throws(SettingsError) {
        let key = "token_endpoint_auth_methods"
        guard let names = try mapping.strings(key) else {
            let concerned = mapping.value("client_secret") != nil || mapping.value("public_key") != nil
            guard concerned || authenticationMethods.isEmpty else { return }
            authenticationMethods = secret == nil ? [] : [.basic, .post]
            if publicKey != nil { authenticationMethods.insert(.privateKeyJWT) }
            if authenticationMethods.isEmpty { authenticationMethods = [.none] }
            return
        }
        var methods: Set<AuthenticationMethod> = []
        for name in names {
            guard let method = AuthenticationMethod(rawValue: name) else {
                let known = AuthenticationMethod.allCases.map(\.rawValue).joined(separator: ", ")
                throw mapping.error(key, "may hold \(known)")
            }
            methods.insert(method)
        }
        authenticationMethods = methods
    }
}

extension SettingsMapping {
    /// A literal, `{env: NAME}` or `{file: PATH}`.
    func text(_ key: String) throws(SettingsError) -> String? {
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
