import Glibc
import Testing
import XMLTree

/// Eight times the input must not cost much more than eight times the time; what is quadratic would cost sixty-four.
/// Measured is the time of this thread on a processor, the best of several runs, so that a busy machine does not matter.
@Suite(.serialized) struct LinearTimeTests {
    private func seconds(_ work: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<5 {
            let start = now()
            try work()
            best = min(best, now() - start)
        }
        return best
    }

    private func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    struct Shape: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let start: String
        let part: @Sendable (Int) -> String
        let end: String
        let parts: Int

        init(_ name: String, _ start: String, _ end: String, parts: Int, part: @escaping @Sendable (Int) -> String) {
            testDescription = name
            self.start = start
            self.part = part
            self.end = end
            self.parts = parts
        }

        func document(_ scale: Int) -> [UInt8] {
            Array((start + (0..<parts * scale).map(part).joined() + end).utf8)
        }
    }

    private static let manyNamespaces = (0..<90).map { " xmlns:n\($0)='urn:\($0)'" }.joined()

    static let shapes = [
        Shape("text", "<r>", "</r>", parts: 10_000) { _ in "0123456789" },
        Shape("references in text", "<r>", "</r>", parts: 10_000) { _ in "&lt;&#65;" },
        Shape("references in an attribute", "<r a='", "'/>", parts: 10_000) { _ in "&lt;&#65;" },
        Shape("an attribute", "<r a='", "'/>", parts: 10_000) { _ in "0123456789" },
        Shape("line ends", "<r>", "</r>", parts: 10_000) { _ in "\r\n\r\r" },
        Shape("characters beyond ASCII", "<r>", "</r>", parts: 10_000) { _ in "é€" },
        Shape("siblings", "<r>", "</r>", parts: 2_000) { _ in "<a/>" },
        Shape("different names", "<r>", "</r>", parts: 2_000) { "<a\($0)/>" },
        Shape("attributes", "<r>", "</r>", parts: 60) { _ in "<a\((0..<100).map { " b\($0)=''" }.joined())/>" },
        Shape("namespaces in use", "<r\(manyNamespaces)>", "</r>", parts: 2_000) { "<n\($0 % 90):a/>" },
        Shape("declarations", "<r>", "</r>", parts: 60) { _ in "<a\(manyNamespaces)/>" },
        Shape(
            "values with types", "<r xmlns:xs='urn:xs' xmlns:xsi='urn:xsi'>", "</r>", parts: 250
        ) { "<v xmlns:xs='urn:xs' xsi:type='xs:string'>group \($0)</v>" },
    ]

    @Test(arguments: shapes)
    func eightTimesTheInput(_ shape: Shape) throws {
        let small = shape.document(1)
        let large = shape.document(8)
        func work(_ bytes: [UInt8]) throws { _ = try XMLDocument(bytes).root.canonical(inclusivePrefixes: ["xs"]) }
        let ratio = try seconds { try work(large) } / seconds { try work(small) }
        #expect(ratio < 24, "\(ratio) times the time")
    }

    /// What is refused is refused before anything costly sees it.
    @Test func refusalsAreAsQuick() throws {
        for (start, part) in [
            ("<r", " a=''"), ("<r", " xmlns:a='urn:a'"), ("", "<a>"), ("<r>", "<a b=''/>"), ("<r a='", "<"),
            ("<!DOCTYPE r [", "&x;"),
        ] {
            func time(_ count: Int) -> Double {
                let bytes = Array((start + String(repeating: part, count: count)).utf8)
                return seconds { #expect(refusal(bytes) != nil) }
            }
            #expect(time(80_000) < 24 * max(time(10_000), 20e-6), "\(part)")
        }
    }
}
