import Identity
import XMLTree

/// A message as it came: the base64 of a form field (SAML Bindings §3.5.4), or what somebody captured in a file.
package enum EncodedMessage {
    /// Base64 of what is too large for XMLTree, with room for line breaks.
    private static let mostCharacters = 2 << 20

    /// Strict base64 with padding; ASCII white space is allowed. Nothing is inflated: the POST binding does not deflate.
    package static func decode(form field: String) throws(SAMLRejection) -> [UInt8] {
        guard field.utf8.count <= mostCharacters else {
            throw SAMLRejection(XMLRefusal(.tooLarge, "the message has more than a mebibyte"))
        }
        guard let bytes = Base64Text.decode(field) else {
            throw SAMLRejection(.base64Malformed, "the message is not base64 as a form field carries it")
        }
        return bytes
    }

    /// The same, or XML as it is when the first character that is no white space is `<`.
    package static func decode(file: [UInt8]) throws(SAMLRejection) -> [UInt8] {
        guard let start = file.firstIndex(where: { !$0.isXMLSpace }) else {
            throw SAMLRejection(XMLRefusal(.empty, "there is no message"))
        }
        guard file[start] == UInt8(ascii: "<") else { return try decode(form: String(decoding: file, as: UTF8.self)) }
        return file
    }
}
