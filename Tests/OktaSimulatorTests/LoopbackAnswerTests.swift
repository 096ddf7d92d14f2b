import Testing

@testable import OktaSimulator

@Suite("Answers from this machine (RFC 9112)")
struct LoopbackAnswerTests {
    private func answer(_ text: String) throws -> LoopbackAnswer {
        try LoopbackAnswer(Array(text.utf8))
    }

    @Test("An answer is complete when its length says so")
    func complete() throws {
        let head = "HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\nX: a: b\r\n\r\n"
        #expect(try answer(head + "hell").complete == nil)
        let whole = try #require(try answer(head + "hello").complete)
        #expect(whole.status == 400)
        #expect(whole.body == "hello")
        #expect(whole.headers["x"] == "a: b")
        #expect(try answer("HTTP/1.1 204 No Content\r\n\r\n").complete?.status == 204)
    }

    @Test("Chunks are put together")
    func chunks() throws {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(try answer(head + "3\r\nabc\r\n").complete == nil)
        #expect(try answer(head + "3\r\nabc\r\n").ended == nil)
        #expect(try answer(head + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").complete?.body == "abcde")
    }

    @Test("Without a length the end of the connection is the end")
    func ended() throws {
        let text = "HTTP/1.0 200 OK\r\n\r\nall of it"
        #expect(try answer(text).complete == nil)
        #expect(try answer(text).ended?.body == "all of it")
        #expect(try answer("HTTP/1.1 200 O").ended == nil)
        #expect(throws: LoopbackPost.Failure.self) { try answer("SSH-2.0\r\n\r\n") }
    }
}
