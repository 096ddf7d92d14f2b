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
        case .tlsFailed:
            return ClientError(
                .tlsFailed,
                "no secure connection to \(origin): its certificate is not trusted here, is expired, or is for another name (\(cause(error.detail)))"
            )
        case .unreachable, .nameUnknown:
            let cause = cause(error.detail)
            return ClientError(
                .unreachable,
                "the gateway at \(origin) cannot be reached (\(cause)); is the URL right, and does it run?")
        }
    }

    /// An answer that no gateway gives.
    func notAGateway(_ response: OutboundResponse) -> ClientError {
        let origin = server.origin
        if (300..<400).contains(response.status), let location = response.field("location") {
            return ClientError(
                .notAGateway, "\(origin) sends on to \(location.clipped(200)); is that the gateway's URL?")
        }
        if response.status == 502 || response.status == 503 || response.status == 504 {
            return ClientError(
                .unreachable,
                "something in front of \(origin) answers with status \(response.status): the gateway behind it seems not to run"
            )
        }
        let type = response.field("content-type").map { " (\($0.clipped(60)))" } ?? ""
        return ClientError(
            .notAGateway,
            "there is no gateway at \(origin): it answers with status \(response.status) and something else than JSON\(type); check the URL"
        )
    }

    /// Without the prefix that `Outbound` gives each of its sentences.
    private func cause(_ detail: String) -> String {
        let prefix = "gateway at \(server.origin)"
        guard detail.hasPrefix(prefix), let colon = detail.dropFirst(prefix.count).firstRange(of: ": ") else {
            return detail.clipped(200)
        }
        return String(detail[colon.upperBound...]).clipped(200)
    }
}
