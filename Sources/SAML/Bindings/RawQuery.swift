import Identity

/// A query string, taken apart once and kept as it came.
///
/// Whoever looks a parameter up twice, in two readings of one query, may judge the signature of one value and believe
/// another (CVE-2025-27773). So there is this one reading, and in it a name occurs once and has one spelling.
struct RawQuery {
    private let parameters: [(name: Substring, value: Substring)]

    init(_ query: String) throws(SAMLRejection) {
        guard query.utf8.count <= Self.mostBytes else {
            throw SAMLRejection(.queryTooLong, "the query is longer than \(Self.mostBytes) bytes")
        }
        // RFC 3986 §3.4 allows less. What is outside of this no browser sends, and some server before us may read otherwise.
        guard query.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            throw SAMLRejection(.queryMalformed, "the query holds characters that no URL may hold")
        }
        var parameters: [(name: Substring, value: Substring)] = []
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")), equals > pair.startIndex else {
                throw SAMLRejection(.queryMalformed, "the query holds something that is no parameter with a value")
            }
            let name = pair[..<equals]
            guard !name.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
                throw SAMLRejection(
                    .queryParameterEncoded,
                    "a parameter's name is percent-encoded, so that two readers may see two names",
                    found: String(name))
            }
            guard !parameters.contains(where: { $0.name == name }) else {
                throw SAMLRejection(
                    .queryParameterRepeated, "a parameter occurs twice, so that two readers may see two values",
                    found: String(name))
            }
            guard parameters.count < Self.mostParameters else {
                throw SAMLRejection(.queryTooLong, "the query has more than \(Self.mostParameters) parameters")
            }
            parameters.append((name, pair[pair.utf8.index(after: equals)...]))
        }
        self.parameters = parameters
    }

    /// The value as it came, escapes and all; the signature is over these octets.
    func raw(_ name: String) -> Substring? { parameters.first { $0.name == name }?.value }

    /// The value that is meant.
    func value(_ name: String) throws(SAMLRejection) -> String? {
        guard let raw = raw(name) else { return nil }
        guard let fields = FormEncoding.decode("v=\(raw)"), let field = fields.first, fields.count == 1 else {
            throw SAMLRejection(.queryMalformed, "the value of \(name) has a broken percent escape or is not UTF-8")
        }
        return field.value
    }

    private static let mostBytes = 1 << 18
    private static let mostParameters = 32
}
