/// The bytes of an HTTP/1.1 answer so far (RFC 9112), as far as an answer of a few lines needs it.
struct LoopbackAnswer {
    private let status: Int?
    private let headers: [String: String]
    private let body: ArraySlice<UInt8>

    private static let limit = 1 << 20

    init(_ bytes: [UInt8]) throws {
        guard bytes.count <= Self.limit else { throw LoopbackPost.Failure(description: "the answer is too long") }
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            (status, headers, body) = (nil, [:], [])
            return
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let start = lines.first?.split(separator: " ") ?? []
        guard start.count >= 2, start[0].hasPrefix("HTTP/1."), let status = Int(start[1]) else {
            throw LoopbackPost.Failure(description: "the answer is not HTTP")
        }
        self.status = status
        headers = Dictionary(
            lines.dropFirst().compactMap { line in
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { return nil }
                return (parts[0].lowercased(), parts[1].trimmingPrefix { $0 == " " }.description)
            }, uniquingKeysWith: { first, _ in first })
        body = bytes[end.upperBound...]
    }

    /// The answer, once its own length says that all of it is here.
    var complete: LoopbackPost.Answer? {
        guard let status else { return nil }
        if status == 204 || status == 304 { return answer(status, []) }
        if let length = headers["content-length"].flatMap({ Int($0) }) {
            return body.count >= length ? answer(status, body.prefix(length)) : nil
        }
        return isChunked ? chunks.flatMap { answer(status, $0[...]) } : nil
    }

    /// The answer, when no more bytes come.
    var ended: LoopbackPost.Answer? {
        complete ?? (isChunked ? nil : status.flatMap { answer($0, body) })
    }

    private var isChunked: Bool { headers["transfer-encoding"]?.lowercased() == "chunked" }

    /// RFC 9112 §7.1; nil while the last chunk is missing.
    private var chunks: [UInt8]? {
        var rest = body
        var content: [UInt8] = []
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let digits = rest[..<line.lowerBound].prefix { $0 != UInt8(ascii: ";") }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else { return nil }
            if size == 0 { return content }
            let data = rest[line.upperBound...]
            guard data.count >= size + 2 else { return nil }
            content += data.prefix(size)
            rest = data.dropFirst(size + 2)
        }
        return nil
    }

    private func answer(_ status: Int, _ bytes: ArraySlice<UInt8>) -> LoopbackPost.Answer {
        LoopbackPost.Answer(status: status, headers: headers, body: String(decoding: bytes, as: UTF8.self))
    }
}
