import XMLTree

/// Expanded names of elements. Looked up exactly, never by prefix or by local name alone.
enum ProtocolName {
    static let namespace: StaticString = "urn:oasis:names:tc:SAML:2.0:protocol"
    static let response = XMLName("Response", in: namespace)
    static let status = XMLName("Status", in: namespace)
    static let statusCode = XMLName("StatusCode", in: namespace)
    static let statusMessage = XMLName("StatusMessage", in: namespace)
    static let statusDetail = XMLName("StatusDetail", in: namespace)
}

enum AssertionName {
    static let namespace: StaticString = "urn:oasis:names:tc:SAML:2.0:assertion"
    static let assertion = XMLName("Assertion", in: namespace)
    static let encryptedAssertion = XMLName("EncryptedAssertion", in: namespace)
    static let issuer = XMLName("Issuer", in: namespace)
    static let subject = XMLName("Subject", in: namespace)
    static let nameID = XMLName("NameID", in: namespace)
    static let encryptedID = XMLName("EncryptedID", in: namespace)
    static let subjectConfirmation = XMLName("SubjectConfirmation", in: namespace)
    static let subjectConfirmationData = XMLName("SubjectConfirmationData", in: namespace)
    static let conditions = XMLName("Conditions", in: namespace)
    static let audienceRestriction = XMLName("AudienceRestriction", in: namespace)
    static let audience = XMLName("Audience", in: namespace)
    static let oneTimeUse = XMLName("OneTimeUse", in: namespace)
    static let proxyRestriction = XMLName("ProxyRestriction", in: namespace)
    static let authnStatement = XMLName("AuthnStatement", in: namespace)
    static let authnContext = XMLName("AuthnContext", in: namespace)
    static let authnContextClassRef = XMLName("AuthnContextClassRef", in: namespace)
    static let attributeStatement = XMLName("AttributeStatement", in: namespace)
    static let attribute = XMLName("Attribute", in: namespace)
    static let encryptedAttribute = XMLName("EncryptedAttribute", in: namespace)
    static let attributeValue = XMLName("AttributeValue", in: namespace)
}

/// XML Signature 1.1, and the one parameter of exclusive canonicalisation.
enum SignatureName {
    static let namespace: StaticString = "http://www.w3.org/2000/09/xmldsig#"
    static let signature = XMLName("Signature", in: namespace)
    static let signedInfo = XMLName("SignedInfo", in: namespace)
    static let canonicalizationMethod = XMLName("CanonicalizationMethod", in: namespace)
    static let signatureMethod = XMLName("SignatureMethod", in: namespace)
    static let reference = XMLName("Reference", in: namespace)
    static let transforms = XMLName("Transforms", in: namespace)
    static let transform = XMLName("Transform", in: namespace)
    static let digestMethod = XMLName("DigestMethod", in: namespace)
    static let digestValue = XMLName("DigestValue", in: namespace)
    static let signatureValue = XMLName("SignatureValue", in: namespace)
    static let keyInfo = XMLName("KeyInfo", in: namespace)
    static let object = XMLName("Object", in: namespace)
    static let retrievalMethod = XMLName("RetrievalMethod", in: namespace)
    static let x509Data = XMLName("X509Data", in: namespace)
    static let x509Certificate = XMLName("X509Certificate", in: namespace)
    static let inclusiveNamespaces = XMLName("InclusiveNamespaces", in: "http://www.w3.org/2001/10/xml-exc-c14n#")

    static let envelopedSignature = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
    static let exclusiveCanonicalization = "http://www.w3.org/2001/10/xml-exc-c14n#"
}

/// XML Encryption 1.1.
enum EncryptionName {
    static let namespace: StaticString = "http://www.w3.org/2001/04/xmlenc#"
    static let encryptedData = XMLName("EncryptedData", in: namespace)
    static let encryptedKey = XMLName("EncryptedKey", in: namespace)
    static let encryptionMethod = XMLName("EncryptionMethod", in: namespace)
    static let oaepParameters = XMLName("OAEPparams", in: namespace)
    static let cipherData = XMLName("CipherData", in: namespace)
    static let cipherValue = XMLName("CipherValue", in: namespace)
    static let cipherReference = XMLName("CipherReference", in: namespace)
    static let referenceList = XMLName("ReferenceList", in: namespace)
    static let dataReference = XMLName("DataReference", in: namespace)
    static let carriedKeyName = XMLName("CarriedKeyName", in: namespace)
    static let maskGeneration = XMLName("MGF", in: "http://www.w3.org/2009/xmlenc11#")

    static let elementType = "http://www.w3.org/2001/04/xmlenc#Element"
    static let encryptedKeyType = "http://www.w3.org/2001/04/xmlenc#EncryptedKey"
}
