import Identity
import Outbound

/// Why there is no answer of a gateway, in sentences that say what to look at.
struct GatewayFault {
    private let server: ServerAddress

    init(_ server: ServerAddress) { self.server = server }

    /// A call that brought no answer.
    func error(_ error: OutboundError) -> ClientError {
        let origin = server.origin
        switch error.reason {
        case .timedOut:
            return ClientError(.unreachable, "the gateway at \(origin) did not answer in time; try again")
        case .answerTooLarge:
            return ClientError(.notAGateway, "\(origin) answers more than 1 MiB, so it is no gateway; check the URL")
        case .addressRefused, .malformedURL: return ClientError(.unreachable, error.detail)
        case .nameUnknown:
            return ClientError(
                .unreachable, "no host of the name in \(origin) is known here; check the URL, and the network")
        case .tlsFailed: return tlsFailure(error.detail)
        case .unreachable:
            return ClientError(
                .unreachable,
                "the gateway at \(origin) cannot be reached (\(cause(error.detail))); is the URL right, and does it run?"
            )
        }
    }

    /// An answer that no gateway gives.
    func notAGateway(_ response: OutboundResponse) -> ClientError {
        let origin = server.origin
        if (300..<400).contains(response.status) {
            let location = response.header("location")?.clipped(200) ?? "another address"
            return ClientError(.notAGateway, "\(origin) sends on to \(location); is that the gateway's URL?")
        }
        if response.status == 502 || response.status == 503 || response.status == 504 {
            return ClientError(
                .unreachable,
                "something in front of \(origin) answers with status \(response.status): the gateway behind it seems not to run"
            )
        }
        let type = response.header("content-type").map { " (\($0.clipped(60)))" } ?? ""
        return ClientError(
            .notAGateway,
            "there is no gateway at \(origin): it answers with status \(response.status) and something else than JSON\(type); check the URL"
        )
    }

    // The HTTP client's errors come as text, with more of its insides than a person needs.
    private func cause(_ detail: String) -> String {
        let known = ["Connection refused", "No route to host", "Network is unreachable", "Connection reset by peer"]
        if let cause = known.first(where: { detail.contains($0) }) { return cause.lowercased() }
        let prefix = "gateway at \(server.origin)"
        guard detail.hasPrefix(prefix), let colon = detail.dropFirst(prefix.count).firstRange(of: ": ") else {
            return detail.clipped(200)
        }
        return String(detail[colon.upperBound...]).clipped(200)
    }

    private func tlsFailure(_ detail: String) -> ClientError {
        let origin = server.origin
        if ["WRONG_VERSION_NUMBER", "HTTP_REQUEST"].contains(where: { detail.contains($0) }) {
            return ClientError(.tlsFailed, "\(origin) does not speak TLS; is the port right?")
        }
        return ClientError(
            .tlsFailed,
            "no secure connection to \(origin): its certificate is expired, for another name, or of an authority that this machine does not know"
        )
    }
}
