import Cryptography
import Identity

/// What a browser carries for one sign-in or sign-out that is under way: `state` through the provider, `binding` in a
/// cookie of its own.
package struct AttemptTicket: Sendable, RedactedWhenPrinted {
    /// The public name of the attempt, 16 hexadecimal characters. The first half is the time, so that names sort by age.
    package let id: String
    package let state: String
    package let binding: String

    init(random: RandomSource, now: UnixTime) {
        let seconds = withUnsafeBytes(of: UInt32(truncatingIfNeeded: now.seconds).bigEndian) { Array($0) }
        id = (seconds + random.bytes(4)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        state = "\(id).\(random.token())"
        binding = random.token()
    }

    /// The id that a state belongs to; nil when it is no state of this gateway.
    package static func id(ofState state: String) -> String? {
        let parts = state.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 43, isID(parts[0]) else { return nil }
        return String(parts[0])
    }

    package static func isID(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 16
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
