import HTTPTypes
import StrictJSON
import Testing

@testable import Gateway

@Suite("Requests, answers and problems")
struct IncomingRequestTests {
    @Test(
        "the client's address is the peer's, or what a trusted proxy wrote last",
        arguments: [
            ([], true, "10.0.0.9"), (["192.0.2.1"], false, "10.0.0.9"), (["192.0.2.1"], true, "192.0.2.1"),
            (["203.0.113.5, 192.0.2.1"], true, "192.0.2.1"), (["203.0.113.5", "192.0.2.1"], true, "192.0.2.1"),
            (["::ffff:192.0.2.1"], true, "192.0.2.1"),
            (["192.0.2.1 , 2001:DB8::1"], true, "2001:db8::1"), (["garbage"], true, "unknown"),
            (["192.0.2.1, garbage"], true, "unknown"), ([""], true, "10.0.0.9"), (["garbage"], false, "10.0.0.9"),
            (["192.0.2.1:4711"], true, "192.0.2.1"), (["[2001:db8::1]:4711"], true, "2001:db8::1"),
            (["[2001:db8::1]"], true, "2001:db8::1"), (["192.0.2.1:4711:1"], true, "unknown"),
            (["[192.0.2.1"], true, "unknown"), (["unknown"], true, "unknown"), (["_hidden"], true, "unknown"),
        ])
    func clientAddress(forwarded: [String], trusted: Bool, address: String) throws {
        let request = try IncomingRequest.make(
            headers: forwarded.map { ("X-Forwarded-For", $0) }, peer: "10.0.0.9", trusted: trusted)
        #expect(request.clientAddress == address)
    }

    @Test("a field that comes several times has no value")
    func header() throws {
        let request = try IncomingRequest.make(headers: [("X-A", "1"), ("X-B", "1"), ("X-B", "1")])
        #expect(request.header(try #require(HTTPField.Name("x-a"))) == "1")
        #expect(request.header(try #require(HTTPField.Name("X-B"))) == nil && request.header(.accept) == nil)
    }

    @Test("a parameter is taken once")
    func single() throws {
        let fields = try IncomingRequest.make("GET", "/x?a=1&b=&c=2&c=2&d=%2B+").queryFields()
        #expect(try fields.single("a") == "1")
        #expect(try fields.single("b") == nil)
        #expect(try fields.single("x") == nil)
        #expect(try fields.single("d") == "+ ")
        #expect(try RequestFixture.problem { _ = try fields.single("c") } == "parameter_repeated")
        #expect(
            try RequestFixture.problem { _ = try IncomingRequest.make("GET", "/x?a=%").queryFields() }
                == "query_malformed")
        let long = "/x?a=" + String(repeating: "x", count: 16384)
        #expect(
            try RequestFixture.problem { _ = try IncomingRequest.make("GET", long).queryFields() } == "query_malformed")
    }

    @Test(
        "a form is read as a form only",
        arguments: [
            ("application/x-www-form-urlencoded", "a=1", nil),
            ("application/x-www-form-urlencoded; charset=UTF-8", "a=1", nil),
            ("Application/X-WWW-Form-Urlencoded ;x", "a=1", nil), ("text/plain", "a=1", 415),
            ("multipart/form-data; boundary=x", "a=1", 415),
            ("application/json", "{}", 415), (nil, "a=1", 415), (nil, "", nil), ("text/plain", "", nil),
            ("application/x-www-form-urlencoded", "a=%", 400),
            ("application/x-www-form-urlencoded", "a=%FF", 400),
        ] as [(String?, String, Int?)])
    func forms(type: String?, body: String, status: Int?) async throws {
        let request = try IncomingRequest.make(
            "POST", "/x", headers: type.map { [("Content-Type", $0)] } ?? [], body: body)
        do {
            let fields = try await request.formFields()
            #expect(status == nil)
            #expect(try fields.single("a") == (body.isEmpty ? nil : "1"))
        } catch let problem as RequestProblem {
            #expect(problem.status == status)
        }
    }

    @Test("a form has at most 64 KB")
    func formSize() async throws {
        let type = [("Content-Type", "application/x-www-form-urlencoded")]
        let fits = try IncomingRequest.make(
            "POST", "/x", headers: type, body: "a=" + String(repeating: "x", count: 65534))
        #expect(try await fits.formFields().all.count == 1)
        let large = try IncomingRequest.make(
            "POST", "/x", headers: type, body: "a=" + String(repeating: "x", count: 65535))
        let problem = await #expect(throws: RequestProblem.self) { try await large.formFields() }
        #expect(problem?.status == 413 && problem?.code == "body_too_large")
    }

    @Test(
        "spaces and tabs around a text go, within it they stay",
        arguments: [("", ""), (" ", ""), (" \ta b\t ", "a b"), ("a", "a"), ("\u{A0}a", "\u{A0}a")])
    func trimming(text: String, trimmed: String) {
        #expect(text.trimmingSpaces == trimmed)
    }

    @Test(
        "a bearer token",
        arguments: [
            ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER  abc ", "abc"), ("Bearer", nil), ("Bearer ", nil),
            ("Basic abc", nil), ("abc", nil), ("", nil), ("Bearer\tabc", nil),
        ] as [(String, String?)])
    func bearer(value: String, token: String?) throws {
        let read = BearerToken.read(try IncomingRequest.make(headers: [("Authorization", value)]))
        #expect((read?.isEmpty == true ? nil : read) == token)
        #expect(
            BearerToken.read(
                try IncomingRequest.make(headers: [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]))
                == nil)
    }

    @Test("a problem is RFC 9457's JSON, with a stable type")
    func problem() throws {
        let answer = Answer.problem(
            RequestProblem(
                405, "method_not_allowed", "This address takes GET.", reference: "ABCD1234", headers: [.allow: "GET"]))
        #expect(
            answer.status.code == 405 && answer.headers[.contentType] == "application/problem+json"
                && answer.headers[.allow] == "GET")
        #expect(answer.headers[.cacheControl] == "no-store" && answer.headers[.xContentTypeOptions] == "nosniff")
        #expect(
            try JSON.parse(answer.body) == [
                "type": "urn:gatehouse:problem:method_not_allowed", "title": "This method is not for this address",
                "status": 405,
                "detail": "This address takes GET.", "reference": "ABCD1234",
            ])
    }
}
