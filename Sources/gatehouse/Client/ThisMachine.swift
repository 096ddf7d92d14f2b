import CommandLineClient
import Identity

#if canImport(Glibc)
    import Glibc
#endif

enum ThisMachine {
    /// The host's name, by which its session is known in lists; nil when it has none.
    static var name: String? {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return nil }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.isEmpty ? nil : name.visible().clipped(90)
    }
}

/// Times of the API, for a person.
enum Moment {
    /// `2026-11-22 09:52 UTC`; what is no time stays as it is.
    static func text(_ rfc3339: String) -> String {
        guard let time = UnixTime(rfc3339: rfc3339) else { return rfc3339.visible() }
        let text = time.description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }

    /// The same, and how far away it is.
    static func text(_ rfc3339: String, now: UnixTime) -> String {
        guard let time = UnixTime(rfc3339: rfc3339) else { return rfc3339.visible() }
        let distance = time >= now ? "in \((time - now).inWords)" : "\((now - time).inWords) ago"
        return "\(text(rfc3339)) (\(distance))"
    }
}
