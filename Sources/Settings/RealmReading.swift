import Access
import Identity

/// Reads the section `realms`.
enum RealmReading {
    static func read(
        _ root: YAMLMapping, origin: WebAddress?, providers: [ProviderName]
    ) -> [RealmName: RealmRules] {
        guard let value = root.required("realms", example: "{infraon: {providers: [okta], …}}"),
            let mapping = value.mapping()
        else { return [:] }
        if mapping.entries.isEmpty { value.problem("is empty; add at least one realm") }
        var realms: [RealmName: RealmRules] = [:]
        for (name, section) in mapping.namedSections(example: "infraon") {
            realms[RealmName(name)] = realm(RealmName(name), section, origin: origin, providers: providers)
        }
        return realms
    }

    private static func realm(
        _ name: RealmName, _ section: YAMLMapping, origin: WebAddress?, providers: [ProviderName]
    ) -> RealmRules {
        let (session, revalidation) = readSession(section)
        let rules = RealmRules(
            name: name,
            title: section.optional("title")?.text() ?? name.text,
            providers: readProviders(section, known: providers),
            home: readHome(section, origin: origin),
            returnHosts: readReturnHosts(section),
            cookieDomain: readCookieDomain(section, origin: origin),
            session: session,
            commandLineSession: readCommandLineSession(section, like: session),
            revalidation: revalidation,
            roles: readRoles(section),
            contact: section.optional("contact")?.text())
        section.finish()
        return rules
    }

    private static func readProviders(_ section: YAMLMapping, known: [ProviderName]) -> [ProviderName] {
        guard let value = section.required("providers", example: "[okta]"),
            let values = value.list(example: "providers: [okta]")
        else { return [] }
        if values.isEmpty { value.problem("is empty; name at least one provider") }
        var names: [ProviderName] = []
        for value in values {
            guard let text = value.text() else { continue }
            let name = ProviderName(text)
            if !known.contains(name) {
                value.problem(
                    "is '\(text.clipped(60))', which is not under providers; there are: \(known.map(\.text).joined(separator: ", "))"
                )
            } else if names.contains(name) {
                value.problem("names '\(text)' a second time; remove it")
            } else {
                names.append(name)
            }
        }
        return names
    }

    private static func readHome(_ section: YAMLMapping, origin: WebAddress?) -> String? {
        guard let value = section.optional("home"), let text = value.text() else { return nil }
        guard let address = WebAddress(text) else {
            value.problem("is '\(text.clipped(120))'; write a URL like https://app.example.com/")
            return nil
        }
        guard address.scheme == .https || origin?.scheme == .http else {
            value.problem("is plain http; write https:// (http is only for gateways on http://localhost)")
            return nil
        }
        return address.text
    }

    private static func readReturnHosts(_ section: YAMLMapping) -> [ReturnHost] {
        guard let values = section.optional("return_hosts")?.list(example: "return_hosts: [app.example.com]") else {
            return []
        }
        return values.compactMap { value in
            guard let text = value.text() else { return nil }
            guard let host = ReturnHost(text) else {
                value.problem("is '\(text.clipped(120))'; write a host, *.host or host:port, without https:// and path")
                return nil
            }
            return host
        }
    }

    private static func readCookieDomain(_ section: YAMLMapping, origin: WebAddress?) -> String? {
        guard let value = section.optional("cookie_domain"), let text = value.text() else { return nil }
        let domain = text.lowercased()
        guard text.utf8.allSatisfy({ $0 < 0x80 }), let address = WebAddress("https://" + domain),
            address.host == domain, domain.contains("."),
            IPAddress(domain) == nil
        else {
            value.problem("is '\(text.clipped(120))'; write a domain like example.com, without a dot in front")
            return nil
        }
        if let origin, origin.host != domain, !origin.host.hasSuffix("." + domain) {
            value.problem(
                "is '\(domain)', and url is on \(origin.host), which is not beneath it; no browser would keep the cookie"
            )
            return nil
        }
        return domain
    }

    private static func readSession(_ section: YAMLMapping) -> (SessionLifetime, RevalidationRules?) {
        let defaults = SessionLifetime(idle: .seconds(1800), absolute: .seconds(12 * 3600))
        guard let value = section.optional("session"), let mapping = value.mapping() else { return (defaults, nil) }
        let lifetime = readLifetime(mapping, value, defaults: defaults)
        let interval = mapping.optional("revalidate")?.duration()
        let graceValue = mapping.optional("revalidate_grace")
        let grace = graceValue?.duration()
        mapping.finish()
        guard let interval else {
            graceValue?.problem("belongs to revalidate, which is not there; write 'revalidate: 15m', or remove it")
            return (lifetime, nil)
        }
        if let grace, grace <= interval {
            // Every session would be over before its provider is asked.
            graceValue?.problem("is not longer than revalidate; write at least twice as much")
        }
        return (lifetime, RevalidationRules(interval: interval, grace: grace ?? interval * 2))
    }

    private static func readCommandLineSession(_ section: YAMLMapping, like session: SessionLifetime) -> SessionLifetime
    {
        guard let value = section.optional("cli_session"), let mapping = value.mapping() else { return session }
        let lifetime = readLifetime(mapping, value, defaults: session)
        mapping.finish()
        return lifetime
    }

    private static func readLifetime(
        _ mapping: YAMLMapping, _ value: YAMLValue, defaults: SessionLifetime
    ) -> SessionLifetime {
        let idle = mapping.optional("idle")?.duration()
        let absolute = mapping.optional("absolute")?.duration()
        let lifetime = SessionLifetime(
            idle: idle ?? min(defaults.idle, absolute ?? defaults.idle),
            absolute: absolute ?? max(defaults.absolute, idle ?? .zero))
        if lifetime.idle > lifetime.absolute {
            value.problem("has an idle time longer than the absolute one; make idle the shorter")
        }
        return lifetime
    }

    private static func readRoles(_ section: YAMLMapping) -> RoleMapping {
        let defaultRole = section.optional("default_role")?.text().map { RoleName($0) }
        var rules: [RoleRule] = []
        let value = section.optional("roles")
        for value in value?.list(example: "roles: [{groups: [infraon-admins], role: admin}]") ?? [] {
            guard let mapping = value.mapping() else { continue }
            let groupsValue = mapping.required("groups", example: "[infraon-admins]")
            let groups = groupsValue?.texts(example: "groups: [infraon-admins]")
            if groups?.isEmpty ?? false { groupsValue?.problem("is empty; name at least one group") }
            let role = mapping.required("role", example: "admin")?.text()
            mapping.finish()
            guard let groups, let role else { continue }
            rules.append(RoleRule(groups: groups.map { GroupPattern($0) }, role: RoleName(role)))
        }
        if value?.node.sequence?.isEmpty ?? (value == nil), defaultRole == nil {
            section.problems.add(
                line: section.line,
                "\(section.path) has neither roles nor default_role, so nobody could get in; write 'roles: [{groups: [infraon-admins], role: admin}]'"
            )
        }
        return RoleMapping(rules: rules, defaultRole: defaultRole)
    }
}
