import Access
import Cryptography
import Identity
import OIDC

extension GatewaySettings {
    /// Nil, with problems, when a part is missing or wrong.
    static func read(_ root: YAMLMapping, files: ConfiguredFiles, problems: ProblemList) -> GatewaySettings? {
        let origin = readOrigin(root)
        let listen = root.required("listen", example: "127.0.0.1:8300")?.endpoint()
        let metricsListen = root.optional("metrics_listen")?.endpoint()
        let tls = readTLS(root, files: files)
        let storePath = root.required("store", example: "sqlite:data/gatehouse.db").flatMap { readStore($0, files) }
        let masterKeys = readMasterKeys(root, files: files)
        let trustedProxies = readTrustedProxies(root)
        let administrators = readAdministrators(root)
        let rateLimits = readRateLimits(root)
        let providers = ProviderReading.read(root, files: files)
        let realms = RealmReading.read(root, origin: origin, providers: providers.map(\.name))
        root.finish()

        if let metricsListen, metricsListen == listen, listen?.port != 0 {
            root.optional("metrics_listen")?.problem("is the same as listen; write another port, or leave it out")
        }
        if tls != nil, origin?.scheme == .http {
            root.optional("tls")?.problem("is set, and url is http; write https:// in url, or remove tls")
        }
        if let administrators, let realm = realms[administrators.realm] {
            let grantable = realm.roles.rules.map(\.role) + [realm.roles.defaultRole].compactMap(\.self)
            if !grantable.contains(administrators.role) {
                problems.add(
                    line: administrators.line,
                    "administrators.role is '\(administrators.role)', which no rule of the realm \(administrators.realm) grants; add a rule under realms.\(administrators.realm).roles"
                )
            }
        } else if let administrators, !realms.isEmpty {
            problems.add(
                line: administrators.line,
                "administrators.realm is '\(administrators.realm)'; write one of \(realms.keys.sorted().map(\.text).joined(separator: ", "))"
            )
        }
        checkInitiations(providers, realms, problems)
        checkIssuers(providers, problems)
        guard let origin, let listen, let storePath, let masterKeys else { return nil }
        return GatewaySettings(
            listen: listen, metricsListen: metricsListen, tls: tls, storePath: storePath, masterKeys: masterKeys,
            trustedProxies: trustedProxies,
            providers: Dictionary(
                providers.compactMap { entry in entry.settings.map { (entry.name, $0) } },
                uniquingKeysWith: { first, _ in first }),
            rateLimits: rateLimits,
            rules: AccessRules(
                origin: origin.origin, realms: realms,
                administrators: administrators.map { (realm: $0.realm, role: $0.role) }))
    }

    /// People are known by issuer and name.
    private static func checkIssuers(_ providers: [ProviderReading.Entry], _ problems: ProblemList) {
        for (index, entry) in providers.enumerated() {
            let earlier = providers[..<index].first { other in
                guard let settings = entry.settings, let others = other.settings else { return false }
                return settings.speaksForPeople(of: others)
            }
            guard let earlier else { continue }
            problems.add(
                line: entry.line,
                "providers.\(entry.name) has the issuer of providers.\(earlier.name), so each could sign in as the other's people; each needs an app of its own in Okta"
            )
        }
    }

    /// Where a sign-in leads that a SAML provider starts must be clear.
    private static func checkInitiations(
        _ providers: [ProviderReading.Entry], _ realms: [RealmName: RealmRules], _ problems: ProblemList
    ) {
        for entry in providers {
            guard case .saml(let settings) = entry.settings?.party else { continue }
            let candidates = realms.values.filter { $0.providers.contains(entry.name) }.map(\.name).sorted()
            let shown = candidates.map(\.text).joined(separator: ", ")
            switch settings.initiation {
            case .refused: break
            case .onlyRealm where candidates.count == 1: break
            case .onlyRealm:
                problems.add(
                    line: entry.line,
                    "providers.\(entry.name).idp_initiated is true, and \(candidates.isEmpty ? "no realm has this provider" : "several realms have this provider; write the name of one: \(shown)")"
                )
            case .realm(let name) where candidates.contains(name): break
            case .realm(let name):
                problems.add(
                    line: entry.line,
                    "providers.\(entry.name).idp_initiated is '\(name.text.clipped(60))'; write true, false, or a realm that has this provider: \(shown)"
                )
            }
        }
    }

    private static func readOrigin(_ root: YAMLMapping) -> WebAddress? {
        guard let value = root.required("url", example: "https://sso.example.com"),
            let address = value.webAddress(example: "https://sso.example.com")
        else { return nil }
        guard address.rest.isEmpty || address.rest == "/" else {
            value.problem("has a path; write the origin only: \(address.origin)")
            return nil
        }
        return address
    }

    private static func readTLS(_ root: YAMLMapping, files: ConfiguredFiles) -> TLSFiles? {
        guard let mapping = root.optional("tls")?.mapping() else { return nil }
        let certificate = mapping.required("certificate", example: "certs/server.pem")
        let key = mapping.required("key", example: "certs/server.key")
        mapping.finish()
        guard let certificate, let key, let certificateText = files.fileText(certificate),
            let keyText = files.fileText(key)
        else { return nil }
        if !certificateText.contains("-----BEGIN CERTIFICATE-----") {
            certificate.problem("names a file without a certificate in PEM form")
        }
        do throws(CryptographyError) {
            _ = try PrivateKey(pem: keyText)
        } catch {
            key.problem("names a file that does not work as a key: \(error)")
        }
        guard let certificatePath = certificate.text(), let keyPath = key.text() else { return nil }
        return TLSFiles(certificate: files.resolve(certificatePath), key: files.resolve(keyPath))
    }

    private static func readStore(_ value: YAMLValue, _ files: ConfiguredFiles) -> String? {
        guard let text = value.text() else { return nil }
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            // The value may hold a password, so it is not repeated.
            value.problem("names PostgreSQL, which this version cannot use yet; write sqlite:data/gatehouse.db")
            return nil
        }
        guard text.hasPrefix("sqlite:"), text.utf8.count > 7 else {
            value.problem("must name a store; write sqlite:data/gatehouse.db")
            return nil
        }
        return files.resolve(String(text.dropFirst(7)))
    }

    private static func readMasterKeys(_ root: YAMLMapping, files: ConfiguredFiles) -> [[UInt8]]? {
        guard let value = root.required("master_key", example: "{file: certs/master.key}") else { return nil }
        let values: [YAMLValue]
        if case .sequence = value.node {
            values = value.list(example: "[{file: certs/new.key}, {file: certs/old.key}]") ?? []
            if values.isEmpty { value.problem("is an empty list; write {file: certs/master.key}") }
        } else {
            values = [value]
        }
        let keys = values.map { value -> [UInt8]? in
            guard let secret = files.secret(value) else { return nil }
            guard let bytes = Base64URL.decodeOrdinary(secret.reveal()) ?? Base64URL.decode(secret.reveal()),
                bytes.count == 32
            else {
                value.problem("is not 32 bytes in base64; make one with: openssl rand -base64 32")
                return nil
            }
            return bytes
        }
        if Set(keys).count < keys.count, !keys.contains(nil) { value.problem("holds the same key twice") }
        return keys.isEmpty || keys.contains(nil) ? nil : keys.compactMap(\.self)
    }

    private static func readTrustedProxies(_ root: YAMLMapping) -> [AddressBlock] {
        guard let values = root.optional("trusted_proxies")?.list(example: "[127.0.0.1, \"::1\"]") else { return [] }
        return values.compactMap { value in
            guard let text = value.text() else { return nil }
            guard let block = AddressBlock(text) else {
                value.problem("is '\(text.clipped(60))'; write an IP address or a block like 10.0.0.0/8")
                return nil
            }
            return block
        }
    }

    private static func readRateLimits(_ root: YAMLMapping) -> RateLimits {
        var limits = RateLimits()
        guard let mapping = root.optional("rate_limits")?.mapping() else { return limits }
        let keys: [(String, WritableKeyPath<RateLimits, Int>)] = [
            ("logins_per_address", \.loginsPerAddress), ("logins_per_account", \.loginsPerAccount),
            ("device_per_address", \.devicesPerAddress),
        ]
        for (key, path) in keys {
            if let count = mapping.optional(key)?.count() { limits[keyPath: path] = count }
        }
        mapping.finish()
        return limits
    }

    private static func readAdministrators(
        _ root: YAMLMapping
    ) -> (realm: RealmName, role: RoleName, line: Int)? {
        guard let value = root.optional("administrators"), let mapping = value.mapping() else { return nil }
        let realm = mapping.required("realm", example: "infraon")?.text()
        let role = mapping.required("role", example: "admin")?.text()
        mapping.finish()
        guard let realm, let role else { return nil }
        return (RealmName(realm), RoleName(role), value.line)
    }
}

extension YAMLMapping {
    /// The members of a mapping of names (providers, realms), with bad names reported.
    func namedSections(example: String) -> [(name: String, section: YAMLMapping)] {
        entries.compactMap { key, line, value in
            let isName =
                (1...63).contains(key.utf8.count) && key.first != "-"
                && key.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                }
            guard isName else {
                // Names stand in URLs, cookie names and headers.
                problems.add(
                    line: line,
                    "'\(key.clipped(60))' is no name in \(path); use letters, digits, '-' and '_', as in \(example)")
                return nil
            }
            return YAMLMapping(value, path: pathOf(key), line: line, problems: problems).map { (key, $0) }
        }
    }
}
