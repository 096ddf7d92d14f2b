import Foundation
import Testing
import XMLTree

@testable import SAML

@Suite("The table of docs/saml-profile.md")
struct ProfileTableTests {
    /// Rule and code of each row.
    private static func rows() throws -> [(rule: Int, code: String)] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/saml-profile.md"), encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            guard let row = line.firstMatch(of: /^\| ([0-9]+)[^|]* \| `([a-z0-9_]+)` \|/), let rule = Int(row.1) else {
                return nil
            }
            return (rule, String(row.2))
        }
    }

    @Test("every code has one row, under its rule")
    func everyCode() throws {
        let rows = try Self.rows()
        let codes =
            SAMLRejection.Reason.allCases.map { ($0.rawValue, $0.rule) }
            + MessageReason.allCases.map { ($0.rawValue, $0.rule) }
            + XMLRefusal.Reason.allCases.map { ($0.rawValue, SAMLRejection(XMLRefusal($0, "")).rule) }
        for (code, rule) in codes {
            #expect(rows.filter { $0.code == code }.map(\.rule) == [rule], "\(code)")
        }
        #expect(Set(rows.map(\.code)).count == rows.count)
    }

    @Test("codes are in snake case and unlike each other")
    func codes() {
        let codes = SAMLRejection.Reason.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.wholeMatch(of: /[a-z][a-z0-9]*(_[a-z0-9]+)*/) != nil })
    }
}
