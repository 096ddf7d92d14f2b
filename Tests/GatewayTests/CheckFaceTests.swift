import Testing

@testable import Gateway

@Suite("Faces of the check")
struct CheckFaceTests {
    @Test(
        "one spelling each",
        arguments: [
            ("/session/check", .plain), ("/session/check/forward", .forward),
            ("/session/check/envoy", .envoy(originalPath: "/")),
            ("/session/check/envoy/", .envoy(originalPath: "/")),
            ("/session/check/envoy/a/b%2Fc", .envoy(originalPath: "/a/b%2Fc")),
            ("/session/check/envoy//evil.example", .envoy(originalPath: "//evil.example")),
            ("/session/check/envoy/../../logout", .envoy(originalPath: "/../../logout")),
            ("/session/check/envoy/session/check", .envoy(originalPath: "/session/check")),
        ] as [(String, CheckFace)])
    func faces(path: String, face: CheckFace) {
        #expect(CheckFace(path: path) == face)
    }

    @Test(
        "and no other",
        arguments: [
            "", "/", "/session", "/session/", "/session/check/", "/session/checks", "/session/check/x",
            "/session/check/forward/",
            "/session/check/forwards", "/session/check/envoyx", "/session/check/Envoy", "/Session/check",
            "//session/check", "/session//check",
            "/session/%63heck", "/session/check%20", "session/check", "/x/session/check", "/session/check;x",
            "/session/check\u{301}",
        ])
    func others(path: String) {
        #expect(CheckFace(path: path) == nil)
    }
}
