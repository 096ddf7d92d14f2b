// Canonicalises what signatures cover in XML files twice, with the product's code and with the tests' own, and compares.
//
//   canonicalization-peer FILE...
//
// Prints a line of JSON for each file: {"file", "elements", "equal"}, elements being how many pairs were compared; or
// {"file", "refused": code} when the product refuses the file. Exit status 1 when any pair differs, or when only the
// second reading fails.

import Foundation
import SAMLTestSupport
import StrictJSON
import XMLTree

func report(_ path: String) -> (line: JSON, isGood: Bool) {
    guard let contents = FileManager.default.contents(atPath: path) else {
        return (.object(JSONObject([("file", .string(path)), ("error", "the file cannot be read")])), false)
    }
    do {
        let comparison = try CanonicalComparison.whatIsSigned(in: [UInt8](contents))
        var line = JSONObject([
            ("file", .string(path)), ("elements", .integer(Int64(comparison.count))),
            ("equal", .bool(comparison.isEqual)),
        ])
        if let difference = comparison.difference {
            line.set("product", .string(difference.product))
            line.set("reference", .string(difference.reference))
        }
        return (.object(line), comparison.isEqual)
    } catch let refusal as XMLRefusal {
        return (.object(JSONObject([("file", .string(path)), ("refused", .string(refusal.reason.rawValue))])), true)
    } catch {
        return (.object(JSONObject([("file", .string(path)), ("error", .string("\(error)"))])), false)
    }
}

let paths = CommandLine.arguments.dropFirst()
guard !paths.isEmpty else {
    FileHandle.standardError.write(Data("usage: canonicalization-peer FILE...\n".utf8))
    exit(64)
}
var isGood = true
for path in paths {
    let (line, isSame) = report(path)
    print(line.text)
    isGood = isGood && isSame
}
exit(isGood ? 0 : 1)
