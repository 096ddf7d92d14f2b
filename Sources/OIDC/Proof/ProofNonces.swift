import Outbound
import StrictJSON
import Synchronization

/// The nonces that a provider last asked to see in proofs (RFC 9449 §8, §9), kept for everybody who asks it something.
final class ProofNonces: Sendable {
    /// Who gives a nonce: the token and the pushed-authorization endpoint are one server, userinfo is another's.
    enum Server: Hashable, Sendable { case authorization, resource }

    private let nonces = Mutex<[Server: String]>([:])

    /// A nonce is a short text of a server's; whoever sends a long one does not get it back.
    private static let mostBytes = 1024

    func current(_ server: Server) -> String? { nonces.withLock { $0[server] } }

    /// Keeps the nonce of an answer, which any answer may renew (§8.2).
    func remember(_ response: OutboundResponse, from server: Server) {
        guard let nonce = Self.nonce(of: response) else { return }
        nonces.withLock { $0[server] = nonce }
    }

    /// The nonce with which the request is to be repeated; nil when the answer does not ask for that.
    static func challenge(in response: OutboundResponse, from server: Server) -> String? {
        guard let nonce = nonce(of: response) else { return nil }
        let isChallenge =
            switch server {
            // §8: an error in the form of RFC 6749 §5.2.
            case .authorization:
                (response.status == 400 || response.status == 401)
                    && (try? JSON.parse(response.body))?["error"]?.string == "use_dpop_nonce"
            // §9: an error in the form of RFC 6750 §3.
            case .resource:
                response.status == 401
                    && response.headers.contains {
                        $0.name == "www-authenticate" && $0.value.contains("use_dpop_nonce")
                    }
            }
        return isChallenge ? nonce : nil
    }

    /// §8.1: 1*NQCHAR.
    private static func nonce(of response: OutboundResponse) -> String? {
        guard let nonce = response.header("dpop-nonce"), (1...mostBytes).contains(nonce.utf8.count),
            nonce.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            )
        else { return nil }
        return nonce
    }
}
