import AsyncHTTPClient
import NIOPosix
import NIOSSL

/// What an error of the HTTP client, the name system or TLS means.
struct ConnectionFailure {
    let reason: OutboundError.Reason
    let words: String

    init(_ error: any Error) {
        switch error {
        case let error as HTTPClientError:
            reason = Self.timeouts.contains(error) ? .timedOut : .unreachable
            words = error.shortDescription
        case let error as NIOConnectionError:
            // No address to try: the name system is the cause, whatever else it is called.
            let hasNoAddress = error.connectionErrors.isEmpty && (error.dnsAError ?? error.dnsAAAAError) != nil
            reason = hasNoAddress ? .nameUnknown : .unreachable
            let attempts = error.connectionErrors.map { "\($0.target): \($0.error)" }.joined(separator: "; ")
            words = hasNoAddress ? "the host name \(error.host) is unknown" : "no connection (\(attempts))"
        case let error as NIOSSLExtraError:
            reason = .tlsFailed
            words =
                error == .failedToValidateHostname
                ? "the certificate is for another host name (\(error))" : "TLS failed: \(error)"
        case NIOSSLError.uncleanShutdown:
            // The end of a body, not of the handshake.
            reason = .unreachable
            words = "the connection was cut"
        case let error as NIOSSLError:
            reason = .tlsFailed
            words = Self.words(of: error)
        case let error as BoringSSLError:
            reason = .tlsFailed
            words = Self.words(of: .handshakeFailed(error))
        default:
            reason = .unreachable
            words = "\(error)"
        }
    }

    private static let timeouts: [HTTPClientError] = [
        .connectTimeout, .readTimeout, .deadlineExceeded, .writeTimeout, .getConnectionFromPoolTimeout,
        .tlsHandshakeTimeout,
    ]

    // The library tells that a certificate is not trusted, and not why.
    private static func words(of error: NIOSSLError) -> String {
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "the certificate is not trusted: it has expired, or no authority that this machine knows signed it"
        }
        if text.contains("WRONG_VERSION_NUMBER") { return "the server does not speak TLS at this port" }
        return "TLS failed: \(text)"
    }
}
