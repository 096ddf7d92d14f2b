import CZlib

/// DEFLATE (RFC 1951) as the redirect binding uses it: raw, without the header of zlib (SAML Bindings §3.4.4.1).
enum Deflate {
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        let stream = DeflateStream()
        var output = [UInt8](repeating: 0, count: stream.mostBytes(of: bytes.count))
        let count = stream.finish(bytes, into: &output)
        return Array(output.prefix(count))
    }

    /// - Parameter limit: the most bytes that may come out.
    static func inflate(_ bytes: [UInt8], limit: Int) throws(SAMLRejection) -> [UInt8] {
        // A message shrinks to a fifth or a tenth. What shrinks to a hundredth is no message but a bomb, and is told
        // apart before it is unpacked to the limit; below the allowance it is harmless and may as well be parsed.
        let mostByRatio = max(bytes.count * mostRatio, ratioAllowance)
        let stream = InflateStream()
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        var rest = bytes[...]
        while true {
            let step = stream.step(&rest, into: &chunk)
            output.append(contentsOf: chunk[..<step.produced])
            guard output.count <= limit else {
                throw SAMLRejection(.inflatedTooLarge, "the message inflates to more than \(limit) bytes")
            }
            guard output.count <= mostByRatio else {
                throw SAMLRejection(.inflatedTooMuch, "the message inflates to more than \(mostRatio) times its size")
            }
            switch step.outcome {
            case .ended:
                guard rest.isEmpty else {
                    throw SAMLRejection(
                        .deflateTrailingBytes, "\(rest.count) bytes follow the end of the compressed message")
                }
                return output
            case .goesOn: continue
            case .starved: throw SAMLRejection(.deflateMalformed, "the compressed message ends too early")
            case .malformed: throw SAMLRejection(.deflateMalformed, "the message is not compressed with DEFLATE")
            }
        }
    }

    private static let mostRatio = 100
    private static let ratioAllowance = 1 << 16
}

// Both streams are allocated apart: zlib keeps the address of its z_stream, and a property of a class may move when it is
// passed as inout.

private final class InflateStream {
    enum Outcome { case ended, goesOn, starved, malformed }

    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        precondition(gatehouse_raw_inflate_init(stream) == Z_OK, "zlib is out of memory")
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Unpacks until the chunk is full or the input used up.
    func step(_ input: inout ArraySlice<UInt8>, into chunk: inout [UInt8]) -> (outcome: Outcome, produced: Int) {
        let (result, unread, free) = input.withUnsafeBufferPointer { input in
            chunk.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                let result = inflate(stream, Z_NO_FLUSH)
                return (result, Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
            }
        }
        input = input.suffix(unread)
        let outcome: Outcome =
            switch result {
            case Z_STREAM_END: .ended
            // Room was left, so it is the input that is missing.
            case Z_OK: unread == 0 && free > 0 ? .starved : .goesOn
            case Z_BUF_ERROR: .starved
            default: .malformed
            }
        return (outcome, chunk.count - free)
    }
}

private final class DeflateStream {
    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        precondition(gatehouse_raw_deflate_init(stream) == Z_OK, "zlib is out of memory")
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    func mostBytes(of count: Int) -> Int { Int(deflateBound(stream, UInt(count))) }

    /// The output must hold `mostBytes`; gives how many were written.
    func finish(_ input: [UInt8], into output: inout [UInt8]) -> Int {
        input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                precondition(deflate(stream, Z_FINISH) == Z_STREAM_END, "zlib cannot compress")
                return output.count - Int(stream.pointee.avail_out)
            }
        }
    }
}
