import Hummingbird
import NIOCore

/// The metadata of a SAML app's identity provider (SAML Metadata §2.4.3): unsigned, without an end, with the active
/// certificate alone.
struct SAMLMetadataEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        router.get("app/{first}/sso/saml/metadata") { _, context -> Response in
            guard let entry = context.parameters.get("first").flatMap({ organization.samlApps[$0] }) else {
                return .html(MessagePages.noSuchApp, status: .notFound)
            }
            context.notes.note { $0.clientID = entry.app.id }
            let text = XMLWriter.document(document(entry))
            return Response(
                status: .ok,
                headers: [.contentType: "application/xml;charset=utf-8", .cacheControl: "no-cache, no-store"],
                body: .init(byteBuffer: ByteBuffer(string: text)))
        }
    }

    private func document(_ entry: SAMLAppDirectory.Entry) -> XMLElement {
        let app = entry.app
        let signOn = [SAMLApp.Binding.post, .redirect].map { binding in
            XMLElement(
                .md, "SingleSignOnService",
                ["Binding": binding.identifier, "Location": organization.url + app.signOnPath])
        }
        let logout = [SAMLApp.Binding.post, .redirect].map { binding in
            XMLElement(
                .md, "SingleLogoutService",
                ["Binding": binding.identifier, "Location": organization.url + app.logoutPath])
        }
        let formats = [SAMLApp.NameIDFormat.unspecified, .emailAddress].map {
            XMLElement(.md, "NameIDFormat", text: $0.identifier)
        }
        let key = XMLElement(
            .md, "KeyDescriptor", ["use": "signing"],
            children: [EnvelopedSignature.keyInfo(entry.active.certificate)])
        return XMLElement(
            .md, "EntityDescriptor", ["entityID": app.issuer],
            children: [
                XMLElement(
                    .md, "IDPSSODescriptor",
                    [
                        "WantAuthnRequestsSigned": app.requiresSignedRequests ? "true" : "false",
                        "protocolSupportEnumeration": XMLVocabulary.saml2p.namespace,
                    ],
                    children: [key] + (app.logoutURL == nil ? [] : logout) + formats + signOn)
            ])
    }
}
