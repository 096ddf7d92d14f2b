import Testing

@testable import Identity

@Suite("Names and secrets")
struct NamesTests {
    @Test(
        "names are equal when their bytes are",
        arguments: [
            ("K", "\u{212A}"), ("\u{e9}", "e\u{301}"), ("\u{c5}", "\u{212B}"), ("a", "A"), ("a", "a "), ("", "\u{0}"),
        ])
    func exactness(left: String, right: String) {
        #expect(GroupName(left) == GroupName(left))
        #expect(GroupName(left) != GroupName(right))
        #expect(RoleName(left) != RoleName(right))
        #expect(RealmName(left) != RealmName(right))
        #expect(ProviderName(left) != ProviderName(right))
        #expect(Set([GroupName(left), GroupName(right)]).count == 2)
        #expect([GroupName(left): 1][GroupName(right)] == nil)
        #expect(!left.isIdentical(to: right))
        #expect(right.isIdentical(to: right))
    }

    @Test("names sort by their bytes")
    func order() {
        let names: [RealmName] = ["b", "a", "B", "\u{e9}", "aa"]
        #expect(names.sorted() == ["B", "a", "aa", "b", "\u{e9}"])
    }

    @Test("a secret does not show, however it is printed")
    func secret() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        struct Holder { let secret: Secret }
        for text in [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])",
            "\(Optional(secret) as Any)",
            "\(Holder(secret: secret))", dumped, "\(["key": secret])",
        ] {
            #expect(!text.contains("hunter2"))
        }
        #expect(secret.reveal() == "hunter2")
    }

    @Test("a type that holds secrets shows its name only, however it is printed")
    func redactedType() {
        struct Holder: RedactedWhenPrinted { let token = "hunter2" }
        struct Outer { let holder = Holder() }
        var dumped = ""
        dump(Outer(), to: &dumped)
        for text in ["\(Holder())", String(reflecting: Holder()), "\(Outer())", "\([Holder()])", dumped] {
            #expect(!text.contains("hunter2") && text.contains("Holder"))
        }
    }
}
