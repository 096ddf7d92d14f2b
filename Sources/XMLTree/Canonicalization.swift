import CXML2

extension XMLElement {
    /// Prefixes in one `InclusiveNamespaces`. Each is looked up at every element; Okta names one.
    private static var mostInclusivePrefixes: Int { 32 }

    /// Exclusive XML Canonicalization 1.0, without comments, of this element and what is below it.
    ///
    /// - Parameters:
    ///   - omitted: an element below this one that is left out with all it holds: the enveloped signature
    ///     (XML Signature §6.6.4).
    ///   - inclusivePrefixes: the tokens of `InclusiveNamespaces/@PrefixList` (Exclusive XML Canonicalization 1.0 §4).
    /// - Throws: `XMLRefusal` with `.canonicalizationFailed` also when the result is empty: libxml2 can fail and leave
    ///   nothing or a few bytes, and the digest of nothing is a number everybody knows (CVE-2025-66568).
    package func canonical(
        omitting omitted: XMLElement? = nil, inclusivePrefixes: [String] = []
    ) throws(XMLRefusal) -> [UInt8] {
        guard inclusivePrefixes.count <= Self.mostInclusivePrefixes else {
            throw XMLRefusal(.canonicalizationFailed, "more than \(Self.mostInclusivePrefixes) inclusive prefixes")
        }
        gatehouse_silence_this_thread()
        guard let output = xmlAllocOutputBuffer(nil) else {
            throw XMLRefusal(.canonicalizationFailed, "out of memory")
        }
        defer { xmlOutputBufferClose(output) }
        let status = withExtendedLifetime((document, omitted?.document)) {
            withPrefixes(inclusivePrefixes) { prefixes in
                gatehouse_canonicalize(node, omitted?.node, prefixes, document.limits.canonicalBytes, output)
            }
        }
        guard status == 0 else {
            throw XMLRefusal(
                .canonicalizationFailed,
                "the canonical form of the \(localName) cannot be made, or is longer than \(document.limits.canonicalBytes) bytes; no identity provider's own message is like that"
            )
        }
        let count = xmlOutputBufferGetSize(output)
        guard count > 0, let bytes = xmlOutputBufferGetContent(output) else {
            throw XMLRefusal(.canonicalizationFailed, "canonicalisation gave nothing")
        }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }

    /// The prefixes as libxml2 wants them: C strings, NULL at the end, and NULL for none.
    private func withPrefixes<Result>(
        _ prefixes: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<xmlChar>?>?) -> Result
    ) -> Result {
        guard !prefixes.isEmpty else { return body(nil) }
        var texts: [UInt8] = []
        var starts: [Int] = []
        for prefix in prefixes {
            starts.append(texts.count)
            texts.append(contentsOf: prefix.utf8)
            texts.append(0)
        }
        return texts.withUnsafeMutableBufferPointer { texts in
            var pointers = starts.map { start in texts.baseAddress.map { $0 + start } } + [nil]
            return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress) }
        }
    }
}
