// Outbound: the only HTTP client of the product.
//
// Owns: time-outs, size caps, the refusal of redirects, of plain HTTP and of private addresses that nobody configured.
// Does not own: what is asked or answered.
// Flow: `OutboundRequest` → `OutboundClient.send` → `OutboundResponse`, or an `OutboundError` with a stable reason.

import Identity

/// One request to another party's server.
package struct OutboundRequest: Sendable, RedactedWhenPrinted {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    package let method: Method
    package let url: String
    package var headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// What the call is for, a short constant: the label of its metric and the word in its errors, e.g. `token`.
    package let purpose: String

    package init(
        _ method: Method, _ url: String, purpose: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.url = url
        self.purpose = purpose
        self.headers = headers
        self.body = body
    }
}

package struct OutboundResponse: Sendable {
    package let status: Int
    /// Header fields in their order; names in lower case.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

}

/// Why there is no answer that may be read.
package struct OutboundError: Error, CustomStringConvertible {
    package enum Reason: String, Sendable, CaseIterable {
        case timedOut = "provider_timed_out"
        /// The name system knows no address of the host.
        case nameUnknown = "provider_name_unknown"
        /// There is a connection, and no TLS on it that may be trusted.
        case tlsFailed = "provider_tls_failed"
        case unreachable = "provider_unreachable"
        case answerTooLarge = "provider_answer_too_large"
        case addressRefused = "provider_address_refused"
        case malformedURL = "provider_url_malformed"
    }

    package let reason: Reason
    package let detail: String

    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    package var description: String { "\(reason.rawValue): \(detail)" }
}

/// Sends requests to other parties. A protocol so that protocol targets can be tested without a network.
package protocol OutboundTransport: Sendable {
    /// - Parameters:
    ///   - deadline: when to give up, whatever is under way.
    ///   - configuredHosts: hosts that an administrator named; only these may have a private address.
    /// - Throws: `OutboundError`.
    func send(
        _ request: OutboundRequest, deadline: ContinuousClock.Instant, configuredHosts: Set<String>
    ) async throws(OutboundError) -> OutboundResponse
}
