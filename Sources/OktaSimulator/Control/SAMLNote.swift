/// What the log shows of a SAML message that came from an application.
struct SAMLNote: Sendable {
    let binding: SAMLApp.Binding
    let root: XMLElement
    let relayState: String?
    let isSigned: Bool
    /// nil when the app has no certificate to verify with.
    let isVerified: Bool?

    init(_ message: SAMLInboundMessage, _ app: SAMLApp) {
        binding = message.binding
        root = message.root
        relayState = message.relayState
        isSigned = message.isSigned
        isVerified = app.signatureCertificate.map { message.isSigned(with: $0) }
    }

    /// A response's status code, and the one inside.
    var status: [String] {
        let outer = root.first(.saml2p, "Status")?.first(.saml2p, "StatusCode")
        return [outer, outer?.first(.saml2p, "StatusCode")].compactMap { $0?.attribute("Value") }
    }

    var json: JSONValue {
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        let context = root.first(.saml2p, "RequestedAuthnContext")
        let name = root.first(.saml2, "NameID")
        return [
            "message": .string(root.name.local), "binding": .string(binding.rawValue),
            "id": text(root.attribute("ID")), "issuer": text(root.first(.saml2, "Issuer")?.text),
            "destination": text(root.attribute("Destination")), "issue_instant": text(root.attribute("IssueInstant")),
            "not_on_or_after": text(root.attribute("NotOnOrAfter")),
            "acs_url": text(root.attribute("AssertionConsumerServiceURL")),
            "protocol_binding": text(root.attribute("ProtocolBinding")),
            "force_authn": .bool(["true", "1"].contains(root.attribute("ForceAuthn"))),
            "is_passive": .bool(["true", "1"].contains(root.attribute("IsPassive"))),
            "name_id_policy": text(root.first(.saml2p, "NameIDPolicy")?.attribute("Format")),
            "context_classes": .strings(context?.all(.saml2, "AuthnContextClassRef").map(\.text) ?? []),
            "context_comparison": text(context?.attribute("Comparison")),
            "name_id": text(name?.text), "name_id_format": text(name?.attribute("Format")),
            "session_indexes": .strings(root.all(.saml2p, "SessionIndex").map(\.text)),
            "in_response_to": text(root.attribute("InResponseTo")), "status": .strings(status),
            "relay_state": text(relayState), "signed": .bool(isSigned),
            "verified": isVerified.map(JSONValue.bool) ?? .null,
        ]
    }
}
