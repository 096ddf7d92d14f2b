import Cryptography
import Identity
import XMLTree

/// An EncryptedAssertion in one of the two shapes that are understood (XML Encryption 1.1 §3.5.1): its EncryptedKey in the
/// KeyInfo of the EncryptedData, or beside the EncryptedData and referred to from there. Okta sends the second.
struct EncryptedAssertionForm {
    let cipher: ContentCipher
    let ciphertext: [UInt8]
    let transport: KeyTransport
    let wrappedKey: [UInt8]

    init(_ encrypted: XMLElement) throws(SAMLRejection) {
        var children = ChildReader(encrypted)
        guard let data = children.take(EncryptionName.encryptedData) else { throw Self.malformed(encrypted) }
        let sibling = children.take(EncryptionName.encryptedKey)
        guard children.isAtEnd, !encrypted.hasStrayText else { throw Self.malformed(encrypted) }
        let type = data.attribute("Type")
        guard type == nil || type?.isIdentical(to: EncryptionName.elementType) == true else {
            throw SAMLRejection(
                .encryptionMalformed, "something else than a whole element is encrypted",
                expected: EncryptionName.elementType, found: type)
        }

        var parts = ChildReader(data)
        guard let method = parts.take(EncryptionName.encryptionMethod), let keyInfo = parts.take(SignatureName.keyInfo),
            let cipherData = parts.take(EncryptionName.cipherData), parts.isAtEnd, !data.hasStrayText
        else { throw Self.malformed(data) }
        cipher = try EncryptionAlgorithm.cipher(method)
        let key = try Self.encryptedKey(keyInfo, sibling: sibling, of: data)
        (transport, wrappedKey) = try Self.parts(ofKey: key, for: data)
        ciphertext = try Self.octets(of: cipherData)
    }

    /// The one EncryptedKey. A reference leads to the sibling and nowhere else: whoever follows one wherever it leads
    /// fetches what a stranger wrote (CVE-2023-36661).
    private static func encryptedKey(
        _ keyInfo: XMLElement, sibling: XMLElement?, of data: XMLElement
    ) throws(SAMLRejection) -> XMLElement {
        var children = ChildReader(keyInfo)
        if let sibling {
            guard let method = children.take(SignatureName.retrievalMethod), children.isAtEnd,
                method.hasOnlyAttributes("URI", "Type"), method.hasNoContent, let uri = method.attribute("URI")
            else { throw malformed(keyInfo) }
            let type = method.attribute("Type")
            guard let id = sibling.attribute("Id"), uri.isIdentical(to: "#\(id)"),
                type == nil || type?.isIdentical(to: EncryptionName.encryptedKeyType) == true
            else {
                throw SAMLRejection(
                    .encryptionReferenceForeign,
                    "the RetrievalMethod leads elsewhere than to the EncryptedKey beside it",
                    expected: sibling.attribute("Id").map { "#\($0)" }, found: uri)
            }
            return sibling
        }
        if let method = children.take(SignatureName.retrievalMethod) {
            throw SAMLRejection(
                .encryptionReferenceForeign, "the RetrievalMethod leads to a key that is not in the EncryptedAssertion",
                found: method.attribute("URI"))
        }
        guard let key = children.take(EncryptionName.encryptedKey), children.isAtEnd, !keyInfo.hasStrayText else {
            throw malformed(keyInfo)
        }
        return key
    }

    /// §3.5.1. What KeyInfo says about our own key is not needed: all our keys are tried.
    private static func parts(
        ofKey key: XMLElement, for data: XMLElement
    ) throws(SAMLRejection) -> (transport: KeyTransport, wrappedKey: [UInt8]) {
        var children = ChildReader(key)
        guard let method = children.take(EncryptionName.encryptionMethod) else { throw malformed(key) }
        _ = children.take(SignatureName.keyInfo)
        guard let cipherData = children.take(EncryptionName.cipherData) else { throw malformed(key) }
        if let list = children.take(EncryptionName.referenceList) { try checkReferences(list, to: data) }
        _ = children.take(EncryptionName.carriedKeyName)
        guard children.isAtEnd, !key.hasStrayText else { throw malformed(key) }
        return (try EncryptionAlgorithm.keyTransport(method), try octets(of: cipherData))
    }

    private static func checkReferences(_ list: XMLElement, to data: XMLElement) throws(SAMLRejection) {
        var children = ChildReader(list)
        let reference = children.take(EncryptionName.dataReference)
        guard let uri = reference?.attribute("URI"), children.isAtEnd, let id = data.attribute("Id"),
            uri.isIdentical(to: "#\(id)")
        else {
            throw SAMLRejection(
                .encryptionReferenceForeign, "the EncryptedKey is for something else than the EncryptedData beside it",
                expected: data.attribute("Id").map { "#\($0)" }, found: reference?.attribute("URI"))
        }
    }

    private static func octets(of cipherData: XMLElement) throws(SAMLRejection) -> [UInt8] {
        var children = ChildReader(cipherData)
        if let reference = children.take(EncryptionName.cipherReference) {
            throw SAMLRejection(
                .encryptionReferenceForeign, "the ciphertext is to be fetched from elsewhere",
                found: reference.attribute("URI"))
        }
        guard let value = children.take(EncryptionName.cipherValue), children.isAtEnd, !cipherData.hasStrayText else {
            throw malformed(cipherData)
        }
        guard let octets = value.text.flatMap(Base64Text.decode), !octets.isEmpty else {
            throw SAMLRejection(.encryptionMalformed, "the CipherValue is not plain base64")
        }
        return octets
    }

    private static func malformed(_ element: XMLElement) -> SAMLRejection {
        SAMLRejection(
            .encryptionMalformed,
            "the \(element.localName) does not hold exactly what belongs into one, in that order",
            found: element.shownChildren)
    }
}
