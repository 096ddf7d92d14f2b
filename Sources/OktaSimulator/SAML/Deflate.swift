import CZlib

/// Raw DEFLATE (RFC 1951), which the redirect binding packs messages with (SAML Bindings §3.4.4.1).
enum Deflate {
    private static let limit = 1 << 20

    /// nil when `bytes` are no DEFLATE stream, or become more than 1 MiB.
    static func inflated(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard gatehouse_raw_inflate_init(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        return run(&stream, bytes, capacity: limit) { inflate($0, Z_FINISH) }
    }

    static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard gatehouse_raw_deflate_init(&stream) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        return run(&stream, bytes, capacity: bytes.count + 1024) { deflate($0, Z_FINISH) }
    }

    private static func run(
        _ stream: inout z_stream, _ bytes: [UInt8], capacity: Int, _ step: (z_streamp) -> Int32
    ) -> [UInt8]? {
        var input = bytes
        var output = [UInt8](repeating: 0, count: capacity)
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output -> Int? in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                guard step(&stream) == Z_STREAM_END else { return nil }
                return output.count - Int(stream.avail_out)
            }
        }
        return written.map { Array(output.prefix($0)) }
    }
}
