/// A SAML 2.0 application of the organisation, by the names of Okta's settings pages.
package struct SAMLApp: Sendable {
    /// What kind of name the NameID is (SAML Core §8.3).
    package enum NameIDFormat: String, Sendable, CaseIterable {
        case unspecified
        case emailAddress
        case persistent
        case transient
        case x509SubjectName

        var identifier: String {
            switch self {
            case .unspecified, .emailAddress, .x509SubjectName: "urn:oasis:names:tc:SAML:1.1:nameid-format:\(rawValue)"
            case .persistent, .transient: "urn:oasis:names:tc:SAML:2.0:nameid-format:\(rawValue)"
            }
        }
    }

    /// What an attribute is filled with.
    package enum AttributeSource: String, Sendable, CaseIterable {
        case email
        case login
        case firstName
        case lastName
        case displayName
        case title
        case id
        case groups
    }

    package enum GroupsForm: String, Sendable, CaseIterable {
        /// One AttributeValue for each group.
        case values
        /// One value, as an expression in Okta's attribute statements gives.
        case joined
    }

    package enum Encryption: String, Sendable, CaseIterable {
        case none
        case aes128CBC = "aes128-cbc"
        case aes256CBC = "aes256-cbc"
        case aes128GCM = "aes128-gcm"
        case aes256GCM = "aes256-gcm"
    }

    package enum KeyTransport: String, Sendable, CaseIterable {
        /// RSA-OAEP with MGF1 and SHA-1, which is what Okta does.
        case oaep = "rsa-oaep-mgf1p"
        /// RSA-OAEP of XML Encryption 1.1 with SHA-256 in both places.
        case oaepSHA256 = "rsa-oaep-sha256"
        /// RSAES-PKCS1-v1_5, which old organisations have and nobody should take.
        case pkcs1 = "rsa-1_5"
    }

    /// Where the EncryptedKey stands.
    package enum KeyPlacement: String, Sendable, CaseIterable {
        /// Beside the EncryptedData, which points to it (XML Encryption 1.1 §3.5.1).
        case sibling
        case nested
    }

    package enum Binding: String, Sendable, CaseIterable {
        case redirect
        case post

        var identifier: String {
            switch self {
            case .redirect: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
            case .post: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
            }
        }
    }

    package enum AuthnInstant: String, Sendable, CaseIterable {
        /// When the person authenticated in this session.
        case session
        /// The message's own moment.
        case issue
    }

    /// `exk…`, which names the app in its addresses and its issuer.
    package var id: String
    /// The other part of the addresses.
    package var name: String
    package var label: String
    /// "Single sign-on URL".
    package var acsURL: String
    /// "Other Requestable SSO URLs".
    package var otherACSURLs: [String] = []
    /// "Audience URI (SP Entity ID)".
    package var audience: String
    /// "Recipient URL" and "Destination URL", when they are not the single sign-on URL.
    package var recipient: String?
    package var destination: String?
    package var defaultRelayState: String?
    package var nameIDFormat = NameIDFormat.unspecified
    package var nameID = AttributeSource.login
    /// Name of the attribute and what it holds.
    package var attributes: [String: AttributeSource] = [
        "email": .email, "firstName": .firstName, "lastName": .lastName, "displayName": .displayName,
        "groups": .groups,
    ]
    package var groupsForm = GroupsForm.values
    /// Attribute values carry `xsi:type="xs:string"`.
    package var hasTypedValues = true
    /// Signatures name the prefix xs as inclusive.
    package var hasPrefixList = true
    package var signsResponse = true
    package var signsAssertion = true
    package var signatureAlgorithm = XMLSignatureAlgorithm.rsaSHA256
    package var digestAlgorithm = XMLDigestAlgorithm.sha256
    package var encryption = Encryption.none
    package var keyTransport = KeyTransport.oaep
    package var keyPlacement = KeyPlacement.sibling
    /// "Signature Certificate" of the application.
    package var signatureCertificate: X509Certificate?
    /// "Encryption Certificate"; the other one stands in.
    package var encryptionCertificate: X509Certificate?
    /// "Signed Requests".
    package var requiresSignedRequests = false
    package var honorsForceAuthn = true
    /// What AuthnContextClassRef says when no class was asked for.
    package var contextClass = SAMLContextClass.passwordProtectedTransport
    package var authnInstant = AuthnInstant.session
    /// SessionNotOnOrAfter, seconds after the assertion; Okta sends none by itself.
    package var sessionLifetime: Int?
    /// "Response URL" of single logout; nil when that is not enabled.
    package var logoutURL: String?
    package var logoutBinding = Binding.post
    /// "SP Issuer"; nil stands for the audience.
    package var logoutIssuer: String?
    /// "User logs out of other logout-initiating apps or Okta": the app gets LogoutRequests.
    package var isLoggedOutByOthers = true

    package init(id: String, name: String, acsURL: String, audience: String) {
        (self.id, self.name, self.label, self.acsURL, self.audience) = (id, name, name, acsURL, audience)
    }

    /// The entityID: http, not https, whatever the organisation's own address.
    var issuer: String { "http://www.okta.com/\(id)" }

    var signOnPath: String { "/app/\(name)/\(id)/sso/saml" }
    var logoutPath: String { "/app/\(name)/\(id)/slo/saml" }
    var metadataPath: String { "/app/\(id)/sso/saml/metadata" }
    /// Where the tile leads.
    var embedPath: String { "/home/\(name)/\(id)" }
}
