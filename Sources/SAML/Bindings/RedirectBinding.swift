import Cryptography
import Identity
import XMLTree

/// The redirect binding with its DEFLATE encoding (SAML Bindings §3.4).
package enum RedirectBinding {
    /// Where to send the browser.
    ///
    /// - Parameter signer: signs the query, not the message (§3.4.4.1).
    package static func url(
        _ endpoint: String, _ message: OutgoingMessage, relayState: String?, signer: MessageSigner?
    ) throws(CryptographyError) -> String {
        var fields = [(message.field, Base64.encode(Deflate.compress(Array(message.xml.utf8))))]
        if let relayState { fields.append(("RelayState", relayState)) }
        if let signer { fields.append(("SigAlg", signer.algorithm.rawValue)) }
        var query = FormEncoding.encode(fields)
        if let signer {
            let signature = try signer.sign(Array(query.utf8))
            query += "&" + FormEncoding.encode([("Signature", Base64.encode(signature))])
        }
        return endpoint + (endpoint.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + query
    }

    /// Takes a message out of a query. Nothing of it is believed before `RedirectMessage.verifiedXML`.
    ///
    /// - Parameter rawQuery: what came after the `?`, exactly.
    package static func read(rawQuery: String) throws(SAMLRejection) -> RedirectMessage {
        let query = try RawQuery(rawQuery)
        if let encoding = try query.value("SAMLEncoding"), !encoding.isIdentical(to: deflateEncoding) {
            throw SAMLRejection(
                .queryEncodingUnsupported, "the message is encoded in another way than DEFLATE",
                expected: deflateEncoding, found: encoding)
        }
        let kind: RedirectMessage.Kind = query.raw(RedirectMessage.Kind.request.rawValue) != nil ? .request : .response
        guard kind == .response || query.raw(RedirectMessage.Kind.response.rawValue) == nil else {
            throw SAMLRejection(.queryMessageAmbiguous, "the query holds a SAMLRequest and a SAMLResponse")
        }
        guard let message = try query.value(kind.rawValue) else {
            throw SAMLRejection(.queryMessageMissing, "the query holds neither a SAMLRequest nor a SAMLResponse")
        }
        let relayState = try query.value("RelayState")
        guard relayState?.utf8.count ?? 0 <= mostRelayStateBytes else {
            throw SAMLRejection(.relayStateTooLong, "the RelayState is longer than \(mostRelayStateBytes) bytes")
        }
        guard let compressed = strictBase64(message) else {
            throw SAMLRejection(.base64Malformed, "the \(kind.rawValue) in the query is not base64")
        }
        return RedirectMessage(
            kind: kind, relayState: relayState,
            unverifiedXML: try Deflate.inflate(compressed, limit: XMLLimits.standard.bytes),
            signature: try signature(of: query, kind))
    }

    /// §3.4.4.1: the octets are rebuilt in the order of the specification from the values as they came, because another
    /// encoder's escapes need not be ours.
    private static func signature(of query: RawQuery, _ kind: RedirectMessage.Kind) throws(SAMLRejection)
        -> RedirectSignature?
    {
        let (algorithm, value) = (try query.value("SigAlg"), try query.value("Signature"))
        if algorithm == nil, value == nil { return nil }
        guard let algorithm, let value, let bytes = strictBase64(value), !bytes.isEmpty else {
            throw SAMLRejection(
                .querySignatureMalformed, "of SigAlg and Signature one is missing, or the Signature is not base64")
        }
        let octets = [kind.rawValue, "RelayState", "SigAlg"].compactMap { name in
            query.raw(name).map { "\(name)=\($0)" }
        }
        return RedirectSignature(
            algorithm: algorithm, value: bytes, octets: Array(octets.joined(separator: "&").utf8))
    }

    /// With its padding and without white space (§3.4.4.1).
    private static func strictBase64(_ text: String) -> [UInt8]? {
        text.utf8.count % 4 == 0 ? Base64URL.decodeOrdinary(text) : nil
    }

    private static let deflateEncoding = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
    /// The specification has 80 bytes, which many exceed.
    private static let mostRelayStateBytes = 4096
}
