import AsyncHTTPClient
import Foundation
import Identity
import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

@testable import Outbound

@Suite("Why there is no connection")
struct ConnectionFailureTests {
    private func error(_ url: String) async throws -> OutboundError? {
        try await OutboundClient.withClient { client in
            await #expect(throws: OutboundError.self) {
                try await client.send(
                    OutboundRequest(.get, url, purpose: "test"), deadline: .now + .seconds(20),
                    configuredHosts: ["127.0.0.1", "localhost", "no-such-host.invalid"])
            }
        }
    }

    @Test("a configured name that nobody knows")
    func unknownName() async throws {
        let error = try #require(try await error("https://no-such-host.invalid/x"))
        #expect(error.reason == .nameUnknown && error.detail.contains("no-such-host.invalid"))
    }

    @Test("a certificate that nobody vouches for")
    func untrusted() async throws {
        try await TLSServer.run { port in
            let error = try #require(try await error("https://127.0.0.1:\(port)/"))
            #expect(error.reason == .tlsFailed)
            #expect(error.detail.contains("not trusted"), "\(error)")
        }
    }

    @Test(
        "a server that does not speak TLS",
        arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"])
    func plain(answer: String) async throws {
        try await LoopbackServer.run(answer) { server in
            let error = try #require(try await error("https://127.0.0.1:\(server.port)/"))
            #expect(error.reason == .tlsFailed, "\(error)")
        }
    }

    @Test(
        "errors of TLS are told apart as far as the library does",
        arguments: [
            (NIOSSLExtraError.failedToValidateHostname, OutboundError.Reason.tlsFailed, "another host name"),
            (NIOSSLError.handshakeFailed(.sslError([])), .tlsFailed, "TLS failed"),
            (BoringSSLError.sslError([]), .tlsFailed, "TLS failed"),
            (NIOSSLError.uncleanShutdown, .unreachable, "cut"), (HTTPClientError.tlsHandshakeTimeout, .timedOut, ""),
            (HTTPClientError.connectTimeout, .timedOut, ""), (HTTPClientError.remoteConnectionClosed, .unreachable, ""),
            (ChannelError.ioOnClosedChannel, .unreachable, ""),
        ] as [(any Error, OutboundError.Reason, String)])
    func classification(error: any Error, reason: OutboundError.Reason, words: String) {
        let failure = ConnectionFailure(error)
        #expect(failure.reason == reason && !failure.words.isEmpty)
        if !words.isEmpty { #expect(failure.words.contains(words)) }
    }
}

/// A server on loopback whose certificate is signed by nobody but itself.
private enum TLSServer {
    static func run(_ body: (Int) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder.file("key.pem"),
            "-out", folder.file("certificate.pem"),
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        #expect(openssl.terminationStatus == 0)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(folder.file("certificate.pem")).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: folder.file("key.pem"), format: .pem)))
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(channel.localAddress?.port ?? 0)
        } catch {
            try? await channel.close()
            throw error
        }
        try await channel.close()
    }
}
