// FuzzingSupport: what the fuzzing programs share: a main, promises, and changes to XML.
//
// A target takes bytes and must come back. What counts as a find: a trap of Swift, whatever AddressSanitizer sees, a leak,
// an input that takes long, and a broken promise (`require`), which each target states where it checks it.

import CLibFuzzer
import Glibc

package typealias FuzzingTarget = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

package enum Fuzzing {
    /// How many inputs were accepted, where that is what a target is about. Good seeds must be, or libFuzzer starts from
    /// nothing.
    package static var acceptances: Int { count }

    package static func accepted() { count += 1 }

    // Sendable: libFuzzer runs a target on the main thread, and nothing else uses it.
    nonisolated(unsafe) private static var count = 0

    package static func bytes(_ data: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
        Array(UnsafeBufferPointer(start: data, count: count))
    }

    package static func complain(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }

    /// Gives the target that the first argument names to libFuzzer, with the other arguments.
    package static func run(_ targets: [String: FuzzingTarget]) -> Never {
        guard let target = targets[CommandLine.arguments.dropFirst().first ?? ""] else {
            complain("usage: \(CommandLine.arguments[0]) \(targets.keys.sorted().joined(separator: "|")) [option]...")
            exit(64)
        }
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        exit(LLVMFuzzerRunDriver(&count, &arguments, target))
    }
}

/// A promise of the product; where it is broken, libFuzzer keeps the input.
package func require(_ isKept: Bool, _ promise: @autoclosure () -> String) {
    guard !isKept else { return }
    Fuzzing.complain("broken promise: \(promise())")
    abort()
}
