import NIOCore
import NIOPosix
import Testing

@testable import CommandLineClient

@Suite("The loopback listener, against raw sockets", .timeLimit(.minutes(1)))
struct LoopbackListenerTests {
    private let done = ResultPage.interrupted

    private func status(_ answer: String) -> String { String(answer.dropFirst("HTTP/1.1 ".count).prefix(3)) }

    @Test(
        "A redirect with the right state is taken; its page comes only when it is shown",
        arguments: ["127.0.0.1", "::1"])
    func redirect(address: String) async throws {
        try await LoopbackListener.run(port: 0) { listener in
            listener.expect(state: "st4te")
            let connection = try await RawConnection.open(listener.port, address: address)
            try await connection.send(
                "GET /?code=c0de&state=st4te&iss=https%3A%2F%2Facme.okta.com HTTP/1.1\r\nHost: localhost:\(listener.port)\r\n\r\n"
            )
            let redirect = try #require(await listener.redirect())
            #expect(redirect.outcome == .code("c0de"))
            #expect(redirect.state == "st4te" && redirect.issuer == "https://acme.okta.com")
            #expect("\(redirect)".contains("c0de") == false)
            let page = try ResultPage.signedIn(as: "<ada>", at: ServerAddress("https://sso.example.com"))
            await listener.show(page)
            let answer = try await connection.response
            #expect(status(answer) == "200")
            #expect(answer.contains("You are signed in") && answer.contains("&lt;ada&gt;") && !answer.contains("<ada>"))
            #expect(!answer.contains("c0de") && !answer.contains("st4te"))
        }
    }

    @Test("Every answer is for this moment and this window only")
    func headers() async throws {
        try await LoopbackListener.run(port: 0) { listener in
            let answer = try await RawConnection.get(listener.port, "/favicon.ico").lowercased()
            for header in [
                "cache-control: no-store", "content-security-policy: default-src 'none'",
                "x-content-type-options: nosniff",
                "x-frame-options: deny", "referrer-policy: no-referrer", "connection: close",
            ] { #expect(answer.contains(header)) }
            #expect(!answer.contains("<script"))
        }
    }

    @Test("What is not the redirect is answered, and the waiting goes on")
    func distractions() async throws {
        try await LoopbackListener.run(port: 0) { listener in
            let port = listener.port
            #expect(try await status(RawConnection.get(port, "/?code=c&state=st4te")) == "400", "before it has begun")
            listener.expect(state: "st4te")
            let refused: [(String, String)] = [
                ("/favicon.ico", "404"), ("/login/callback?code=c&state=st4te", "404"),
                ("//?code=c&state=st4te", "404"),
                ("http://localhost:\(port)/?code=c&state=st4te", "404"), ("/", "400"), ("/?", "400"),
                ("/?code=c", "400"), ("/?state=st4te", "400"), ("/?code=c&state=", "400"),
                ("/?code=&state=st4te", "400"),
                ("/?code=c&state=wrong", "400"), ("/?code=c&state=st4te2", "400"), ("/?code=c&state=ST4TE", "400"),
                ("/?code=c&code=d&state=st4te", "400"), ("/?code=c&state=st4te&state=st4te", "400"),
                ("/?code=c&error=e&state=st4te", "400"), ("/?code=%zz&state=st4te", "400"),
                ("/?code=%00&state=st4te", "400"), ("/?error=access_denied", "400"),
            ]
            for (target, expected) in refused {
                #expect(try await status(RawConnection.get(port, target)) == expected, "\(target)")
            }
            for method in ["POST", "HEAD", "PUT", "OPTIONS", "DELETE"] {
                let answer = try await RawConnection.get(port, "/?code=c&state=st4te", method: method)
                #expect(status(answer) == "405", "\(method)")
                #expect(answer.contains("Allow: GET"))
            }
            async let answer = RawConnection.get(port, "/?code=the-right-one&state=st4te")
            #expect(await listener.redirect()?.outcome == .code("the-right-one"))
            await listener.show(done)
            #expect(try await status(answer) == "400")
        }
    }

    @Test("Only this machine's own names for itself are answered (DNS rebinding)")
    func hosts() async throws {
        try await LoopbackListener.run(port: 0) { listener in
            let port = listener.port
            listener.expect(state: "st4te")
            for host in [
                "evil.example:\(port)", "localhost", "localhost:\(port + 1)", "127.0.0.2:\(port)", "localhost.:\(port)",
                "localhost:\(port), x", "",
            ] {
                let answer = try await RawConnection.get(port, "/?code=c&state=st4te", host: host)
                #expect(status(answer) == "400", "\(host)")
            }
            for request in [
                "GET /?code=c&state=st4te HTTP/1.1\r\n\r\n", "GET /?code=c&state=st4te HTTP/1.0\r\n\r\n",
                "GET /?code=c&state=st4te HTTP/1.1\r\nHost: localhost:\(port)\r\nHost: evil.example\r\n\r\n",
            ] {
                let connection = try await RawConnection.open(port)
                try await connection.send(request)
                #expect(try await status(connection.response) == "400", "\(request)")
            }
            for host in ["LocalHost:\(port)", "127.0.0.1:\(port)", "[::1]:\(port)"] {
                #expect(try await status(RawConnection.get(port, "/favicon.ico", host: host)) == "404", "\(host)")
            }
        }
    }

    @Test("An error comes through as one")
    func error() async throws {
        try await LoopbackListener.run(port: 0) { listener in
            listener.expect(state: "st4te")
            async let answer = RawConnection.get(
                listener.port, "/?error=access_denied&error_description=Not+today&state=st4te")
            #expect(await listener.redirect()?.outcome == .error("access_denied", description: "Not today"))
            let failure = ClientError(
                .refused, "s",
                problem: APIProblem(
                    status: 403, body: ["detail": "Okta said <no>.", "reference": "ABCD1234"], retryAfter: nil))
            await listener.show(.failed(failure, at: try ServerAddress("https://sso.example.com")))
            let page = try await answer
            #expect(page.contains("You are not signed in") && page.contains("Okta said &lt;no&gt;."))
            #expect(page.contains("<code>ABCD1234</code>"))
        }
    }

    @Test("A request in single bytes is a request; slow and silent clients hold up nobody")
    func slowClients() async throws {
        try await LoopbackListener.run(port: 0, requestTimeLimit: .seconds(60)) { listener in
            listener.expect(state: "st4te")
            var silent: [RawConnection] = []
            for _ in 0..<20 { silent.append(try await RawConnection.open(listener.port)) }
            try await silent[0].send("GET /?code=c")
            let connection = try await RawConnection.open(listener.port)
            let request = "GET /?code=c0de&state=st4te HTTP/1.1\r\nHost: localhost:\(listener.port)\r\n\r\n"
            for character in request { try await connection.send(String(character)) }
            #expect(await listener.redirect()?.outcome == .code("c0de"))
            await listener.show(done)
            #expect(try await connection.response.contains("has ended"))
        }
    }

    @Test("Who does not send a request is let go")
    func requestTimeLimit() async throws {
        try await LoopbackListener.run(port: 0, requestTimeLimit: .milliseconds(200)) { listener in
            let connection = try await RawConnection.open(listener.port)
            // On a busy machine the listener may let go before this is sent.
            try? await connection.send("GET / HT")
            #expect(try await connection.response.isEmpty)
        }
    }

    @Test("More bytes than any redirect has are refused, in the target, in headers and in a body")
    func sizes() async throws {
        try await LoopbackListener.run(port: 0) { listener in
            listener.expect(state: "st4te")
            let long = String(repeating: "x", count: 40_000)
            for request in [
                "GET /?code=\(long)&state=st4te HTTP/1.1\r\nHost: localhost:\(listener.port)\r\n\r\n",
                "GET /?code=c&state=st4te HTTP/1.1\r\nX: \(long)\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: localhost:\(listener.port)\r\nContent-Length: 40000\r\n\r\n\(long)",
                long,
            ] {
                let connection = try await RawConnection.open(listener.port)
                try await connection.send(request)
                #expect(try await ["431", "400"].contains(status(connection.response)))
            }
            let code = String(repeating: "x", count: 8_000)
            async let answer = RawConnection.get(listener.port, "/?code=\(code)&state=st4te")
            #expect(await listener.redirect()?.outcome == .code(code))
            await listener.show(done)
            _ = try await answer
        }
    }

    @Test("What is no HTTP is refused")
    func nonsense() async throws {
        try await LoopbackListener.run(port: 0, requestTimeLimit: .seconds(2)) { listener in
            for bytes in [
                "\u{16}\u{3}\u{1}\u{2}\u{0}", "GET\r\n\r\n", "\r\n\r\n\r\n\r\nx y z\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
            ] {
                let connection = try await RawConnection.open(listener.port)
                // On a busy machine the time limit may be over before the bytes are there; then there is no answer at all.
                try? await connection.send(bytes)
                let answer = (try? await connection.response) ?? ""
                #expect(!answer.contains("200 OK"))
            }
        }
    }

    @Test("A reload gets the same page, and the code is used once")
    func reload() async throws {
        try await LoopbackListener.run(port: 0) { listener in
            listener.expect(state: "st4te")
            let first = try await RawConnection.open(listener.port)
            try await first.send("GET /?code=one&state=st4te HTTP/1.1\r\nHost: localhost:\(listener.port)\r\n\r\n")
            #expect(await listener.redirect()?.outcome == .code("one"))
            try await first.close()
            let second = try await RawConnection.open(listener.port)
            try await second.send("GET /?code=two&state=st4te HTTP/1.1\r\nHost: localhost:\(listener.port)\r\n\r\n")
            let stranger = try await RawConnection.get(listener.port, "/?code=three&state=wrong")
            #expect(status(stranger) == "400")
            let page = try ResultPage.signedIn(as: nil, at: ServerAddress("https://sso.example.com"))
            // The second request may still be on its way; whoever comes later gets the same page at once.
            await listener.show(page)
            #expect(try await status(second.response) == "200")
            #expect(try await status(RawConnection.get(listener.port, "/?code=four&state=st4te")) == "200")
            #expect(await listener.redirect() == nil)
        }
    }

    @Test("Without a state to compare, the first redirect fixes it")
    func pushedRequest() async throws {
        try await LoopbackListener.run(port: 0) { listener in
            listener.expect(state: nil)
            async let answer = RawConnection.get(listener.port, "/?code=one&state=any")
            #expect(await listener.redirect()?.state == "any")
            #expect(try await status(RawConnection.get(listener.port, "/?code=two&state=other")) == "400")
            await listener.show(done)
            _ = try await answer
        }
    }

    @Test("A taken port is an error on either family, and nothing stays open", arguments: ["127.0.0.1", "::1"])
    func busy(address: String) async throws {
        let taken = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(to: SocketAddress(ipAddress: address, port: 0)).get()
        let port = try #require(taken.localAddress?.port)
        let error = await #expect(throws: ClientError.self) { try await LoopbackListener.run(port: port) { _ in } }
        #expect(error?.reason == .portBusy)
        #expect(error?.sentence.contains("port \(port) is in use") == true)
        #expect(error?.sentence.contains("gatehouse login --device") == true)
        try await taken.close()
        // Both families are free again.
        try await LoopbackListener.run(port: port) { #expect($0.port == port) }
    }

    @Test("When the login ends without an answer the browser hears of it, and the port is closed")
    func ended() async throws {
        struct GivenUp: Error {}
        let connections = Mailbox()
        await #expect(throws: GivenUp.self) {
            try await LoopbackListener.run(port: 0) { listener in
                listener.expect(state: "st4te")
                let waiting = try await RawConnection.open(listener.port)
                try await waiting.send("GET /?code=c&state=st4te HTTP/1.1\r\nHost: localhost:\(listener.port)\r\n\r\n")
                _ = await listener.redirect()
                let silent = try await RawConnection.open(listener.port)
                await connections.put(waiting, silent, port: listener.port)
                throw GivenUp()
            }
        }
        let (waiting, silent, port) = try #require(await connections.content)
        #expect(try await waiting.response.contains("The command that waited for this sign-in has ended"))
        #expect(try await silent.response.isEmpty)
        for address in ["127.0.0.1", "::1"] {
            await #expect(throws: (any Error).self) { try await RawConnection.open(port, address: address) }
        }
    }

    @Test("Waiting ends when the task is cancelled")
    func cancellation() async throws {
        try await LoopbackListener.run(port: 0) { listener in
            listener.expect(state: "st4te")
            let waiting = Task { await listener.redirect() }
            waiting.cancel()
            #expect(await waiting.value == nil)
        }
    }

    private actor Mailbox {
        var content: (RawConnection, RawConnection, Int)?

        func put(_ first: RawConnection, _ second: RawConnection, port: Int) { content = (first, second, port) }
    }
}
