import FoundationEssentials
import HTTPTypes
import Hummingbird

/// What a SAML message from an application is refused for, in Okta's manner: a page for the person.
struct SAMLRefusal: Error {
    let sentence: String

    init(_ sentence: String) {
        self.sentence = sentence
    }

    var page: Response {
        .html(
            MessagePages.badRequest(OAuthError(code: "invalid_saml_message", description: sentence)),
            status: .badRequest)
    }
}

/// A message that came by one of the two bindings (SAML Bindings §3.4, §3.5), and how it is signed.
struct SAMLInboundMessage: Sendable {
    private enum Signature: Sendable {
        case none
        /// Of the redirect binding: over the query as it was sent (§3.4.4.1).
        case query(signed: [UInt8], algorithm: XMLSignatureAlgorithm?, value: [UInt8])
        case enveloped
    }

    let root: XMLElement
    let relayState: String?
    let binding: SAMLApp.Binding
    private let signature: Signature

    /// nil when the request holds no such message.
    ///
    /// - Parameters:
    ///   - parameters: The request's, read already.
    ///   - parameter: SAMLRequest or SAMLResponse.
    init?(_ request: Request, _ parameters: FormParameters, _ parameter: String) throws {
        if request.method == .post {
            guard let text = parameters[parameter] else { return nil }
            let bytes = try Self.base64(text)
            (root, relayState, binding) = (try Self.read(bytes), parameters["RelayState"], .post)
            signature = root.first(.ds, "Signature") == nil ? .none : .enveloped
        } else {
            let query = Query(request.uri.query ?? "")
            guard let text = query.value(parameter) else { return nil }
            guard query.value("SAMLEncoding").map({ $0.hasSuffix(":DEFLATE") }) ?? true,
                let bytes = Deflate.inflated(try Self.base64(text))
            else { throw SAMLRefusal("The \(parameter) is not packed with DEFLATE.") }
            (root, relayState, binding) = (try Self.read(bytes), query.value("RelayState"), .redirect)
            signature =
                try query.value("Signature").map { value in
                    .query(
                        signed: Array(query.raw([parameter, "RelayState", "SigAlg"]).utf8),
                        algorithm: query.value("SigAlg").flatMap(XMLSignatureAlgorithm.init(identifier:)),
                        value: try Self.base64(value))
                } ?? .none
        }
    }

    var isSigned: Bool {
        if case .none = signature { false } else { true }
    }

    func isSigned(with certificate: X509Certificate) -> Bool {
        guard let key = try? certificate.publicKey() else { return false }
        switch signature {
        case .none: return false
        case .query(let signed, let algorithm, let value):
            guard let algorithm else { return false }
            return key.isValid(value, of: signed, xml: algorithm)
        case .enveloped: return EnvelopedSignature.isValid(root, key: key)
        }
    }

    private static func base64(_ text: String) throws -> [UInt8] {
        guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
            throw SAMLRefusal("The message is not base64.")
        }
        return Array(data)
    }

    private static func read(_ bytes: [UInt8]) throws -> XMLElement {
        do throws(XMLReader.Failure) {
            return try XMLReader.read(bytes)
        } catch {
            throw SAMLRefusal("The message cannot be read: \(error).")
        }
    }

    /// A query whose parts stay as they were sent.
    private struct Query {
        private let parts: [(name: Substring, text: Substring)]

        init(_ text: String) {
            parts = text.split(separator: "&").map { ($0.prefix { $0 != "=" }, $0) }
        }

        func value(_ name: String) -> String? {
            guard let part = parts.first(where: { $0.name == name }), part.text.count > name.count + 1 else {
                return nil
            }
            return FormParameters.decode(part.text.dropFirst(name.count + 1).utf8)
        }

        /// The named parts in this order.
        func raw(_ names: [String]) -> String {
            names.compactMap { name in parts.first { $0.name == name }.map { String($0.text) } }.joined(separator: "&")
        }
    }
}
