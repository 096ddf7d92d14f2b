import Foundation

/// The processors that this process may run on.
enum Processors {
    /// One thread each is best: threads that share a processor only take turns. Where the system does not tell, all count.
    static var count: Int {
        let status = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("Cpus_allowed:") }
        // Hexadecimal words with commas between them (proc(5)).
        let digits = line?.dropFirst("Cpus_allowed:".count).compactMap(\.hexDigitValue) ?? []
        let allowed = digits.reduce(0) { $0 + $1.nonzeroBitCount }
        return allowed > 0 ? allowed : ProcessInfo.processInfo.activeProcessorCount
    }
}
