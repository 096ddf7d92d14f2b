import FoundationEssentials
import HTTPTypes
import Hummingbird
import Yams

/// SAML apps and their certificates, for tests. The members are the keys of the people file.
struct SAMLAppControl {
    let organization: Organization

    func addRoutes(to group: RouterGroup<SimulatorRequestContext>) {
        group.get("saml-apps") { _, _ in
            try Response.json(["apps": .array(organization.samlApps.all.map { $0.json(organization) })])
        }
        group.post("saml-apps") { request, _ in try await add(try await request.controlBody()) }
        group.get("saml-apps/{id}") { _, context in
            guard let entry = organization.samlApps[context.appParameter] else { return try notFound(context) }
            return try .json(entry.json(organization))
        }
        group.patch("saml-apps/{id}") { request, context in
            try change(try await request.controlBody(), context)
        }
        group.delete("saml-apps/{id}") { _, context in
            guard organization.samlApps.remove(context.appParameter) else { return try notFound(context) }
            return Response(status: .noContent)
        }
        group.post("saml-apps/{id}/certificates") { request, context in
            try await addCertificate(try await request.controlBody(), context)
        }
        group.patch("saml-apps/{id}/certificates") { request, context in
            try activate(try await request.controlBody(), context)
        }
    }

    private func add(_ body: JSONValue) async throws -> Response {
        var settings = body.object ?? [:]
        let certificate = try SAMLSigningKey.Order(settings.removeValue(forKey: "certificate") ?? [:])
        let id = settings["exk"]?.string ?? "exk" + RandomIdentifiers.token(17)
        settings["exk"] = .string(id)
        if settings["name"] == nil { settings["name"] = "acme_gatehouse_1" }
        let app = try JSONValue.object(settings).settings { mapping throws(SettingsError) in try SAMLApp(mapping) }
        guard try await organization.samlApps.add(app, certificate: certificate, now: organization.clock.now),
            let entry = organization.samlApps[id]
        else { return try .control(problem: "there is such an app already", status: .conflict) }
        return try .json(entry.json(organization), status: .created)
    }

    private func change(_ body: JSONValue, _ context: SimulatorRequestContext) throws -> Response {
        guard body["exk"] == nil else { throw ControlError(sentence: "'exk' cannot be changed") }
        let changed = try organization.samlApps.change(context.appParameter) { entry in
            entry.app = try entry.app.changed(by: body)
        }
        guard let changed else { return try notFound(context) }
        return try .json(changed.json(organization))
    }

    /// A new certificate, which is active at once unless the body says otherwise.
    private func addCertificate(_ body: JSONValue, _ context: SimulatorRequestContext) async throws -> Response {
        let key = try await SAMLSigningKey.generate(try .init(body), now: organization.clock.now)
        let isActive = body["active"]?.bool ?? true
        let changed = organization.samlApps.change(context.appParameter) { entry in
            entry.keys.insert(key, at: 0)
            if isActive { entry.active = key }
        }
        guard let changed else { return try notFound(context) }
        return try .json(changed.json(organization), status: .created)
    }

    private func activate(_ body: JSONValue, _ context: SimulatorRequestContext) throws -> Response {
        let changed = try organization.samlApps.change(context.appParameter) { entry throws(ControlError) in
            guard let key = entry.keys.first(where: { $0.id == body["active"]?.string }) else {
                throw ControlError(sentence: "'active' must be the fingerprint of one of the app's certificates")
            }
            entry.active = key
        }
        guard let changed else { return try notFound(context) }
        return try .json(changed.json(organization))
    }

    private func notFound(_ context: SimulatorRequestContext) throws -> Response {
        try .control(problem: "there is no SAML app \(context.appParameter)", status: .notFound)
    }
}

extension SAMLApp {
    /// Null takes an optional setting away.
    func changed(by body: JSONValue) throws -> SAMLApp {
        var app = self
        let members = body.object ?? [:]
        for name in members.filter({ $0.value == .null }).keys {
            switch name {
            case "sp_certificate": app.signatureCertificate = nil
            case "sp_encryption_certificate": app.encryptionCertificate = nil
            case "recipient": app.recipient = nil
            case "destination": app.destination = nil
            case "default_relay_state": app.defaultRelayState = nil
            case "session_lifetime": app.sessionLifetime = nil
            case "logout_url": app.logoutURL = nil
            case "logout_issuer": app.logoutIssuer = nil
            default: throw ControlError(sentence: "'\(name)' cannot be null")
            }
        }
        let kept = JSONValue.object(members.filter { $0.value != .null })
        return try kept.settings { mapping throws(SettingsError) in
            try app.change(mapping)
            return app
        }
    }
}

extension JSONValue {
    /// JSON is YAML, so the rules of the people file hold here too.
    fileprivate func settings(
        _ read: (SettingsMapping) throws(SettingsError) -> SAMLApp
    ) throws -> SAMLApp {
        guard let node = try Yams.compose(yaml: String(decoding: try encoded(), as: UTF8.self)) else {
            throw ControlError(sentence: "the body must be a JSON object")
        }
        let source = SettingsSource(fileName: "body", folder: "./", environment: [:])
        do throws(SettingsError) {
            return try read(SettingsMapping(node, of: "the SAML app", in: source, keys: SAMLApp.keys))
        } catch {
            throw ControlError(sentence: error.description)
        }
    }
}

extension SAMLSigningKey.Order {
    init(_ body: JSONValue) throws(ControlError) {
        self.init()
        if let value = body["bits"] {
            guard let bits = value.integer, (1024...4096).contains(bits) else {
                throw ControlError(sentence: "'bits' must be a number from 1024 to 4096")
            }
            self.bits = Int32(bits)
        }
        if let value = body["days"] {
            guard let days = value.integer, (-3650...36500).contains(days) else {
                throw ControlError(sentence: "'days' must be a number of days")
            }
            self.days = days
        }
    }
}

extension SAMLAppDirectory.Entry {
    fileprivate func json(_ organization: Organization) -> JSONValue {
        let addresses: JSONValue = [
            "issuer": .string(app.issuer), "sso_url": .string(organization.url + app.signOnPath),
            "slo_url": .string(organization.url + app.logoutPath),
            "metadata_url": .string(organization.url + app.metadataPath),
            "tile_url": .string(organization.url + app.embedPath),
            "certificates": .array(
                keys.map { key in
                    [
                        "fingerprint": .string(key.id), "active": .bool(key.id == active.id),
                        "pem": .string(key.certificate.pem), "not_after": .string(key.notAfter.xmlDateTime),
                    ]
                }),
        ]
        return app.json.merging(addresses.object ?? [:])
    }
}

extension SAMLApp {
    /// As the control endpoints show it.
    fileprivate var json: JSONValue {
        func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
        return [
            "exk": .string(id), "name": .string(name), "label": .string(label), "acs_url": .string(acsURL),
            "other_acs_urls": .strings(otherACSURLs), "audience": .string(audience),
            "recipient": optional(recipient), "destination": optional(destination),
            "default_relay_state": optional(defaultRelayState), "name_id_format": .string(nameIDFormat.rawValue),
            "name_id": .string(nameID.rawValue),
            "attributes": .object(attributes.mapValues { .string($0.rawValue) }),
            "groups_as": .string(groupsForm.rawValue), "typed_values": .bool(hasTypedValues),
            "prefix_list": .bool(hasPrefixList), "sign_response": .bool(signsResponse),
            "sign_assertion": .bool(signsAssertion), "signature_algorithm": .string(signatureAlgorithm.rawValue),
            "digest_algorithm": .string(digestAlgorithm.rawValue), "encryption": .string(encryption.rawValue),
            "key_transport": .string(keyTransport.rawValue), "encrypted_key": .string(keyPlacement.rawValue),
            "sp_certificate": optional(signatureCertificate?.fingerprint),
            "sp_encryption_certificate": optional(encryptionCertificate?.fingerprint),
            "signed_requests": .bool(requiresSignedRequests), "honor_force_authn": .bool(honorsForceAuthn),
            "context_class": .string(contextClass), "authn_instant": .string(authnInstant.rawValue),
            "session_lifetime": sessionLifetime.map(JSONValue.integer) ?? .null, "logout_url": optional(logoutURL),
            "logout_binding": .string(logoutBinding.rawValue), "logout_issuer": optional(logoutIssuer),
            "logout_by_others": .bool(isLoggedOutByOthers),
        ]
    }
}

extension SimulatorRequestContext {
    fileprivate var appParameter: String { parameters.get("id") ?? "" }
}
