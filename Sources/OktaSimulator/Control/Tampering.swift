import Synchronization

/// Changes that tests order for the next messages: what a relying party must notice (wrong issuer, missing claims,
/// broken signatures), as in the OpenID Foundation's conformance suite for relying parties.
package final class Tampering: Sendable {
    package enum Target: String, Sendable, CaseIterable {
        case idToken = "id_token"
        case accessToken = "access_token"
        case tokenResponse = "token_response"
        case userInfo = "userinfo"
        case discovery
        case authorizationResponse = "authorization_response"
        /// Tokens of the back-channel logout.
        case logoutToken = "logout_token"
        case samlResponse = "saml_response"
        case samlLogoutRequest = "saml_logout_request"
        case samlLogoutResponse = "saml_logout_response"
    }

    package struct Change: Sendable {
        package var members: [String: JSONValue] = [:]
        package var header: [String: JSONValue] = [:]
        package var signature: Forgery?
        /// The key of an HS256 signature.
        package var secret: String?
        package var saml = SAMLChange()

        /// - Parameter header: What the header says before the change.
        func sign(_ claims: JSONValue, with key: SigningKey, header: [String: JSONValue] = [:]) throws -> String {
            try JSONWebToken.sign(
                claims.merging(members), with: key, header: header.merging(self.header) { $1 }, forgery: signature,
                secret: secret)
        }
    }

    /// What a message answers. In an order, nil stands for any. A SAML app's exk is its clientID.
    package struct Occasion: Sendable, Equatable {
        package var grantType: String?
        package var clientID: String?

        fileprivate func includes(_ other: Occasion) -> Bool {
            (grantType == nil || grantType == other.grantType) && (clientID == nil || clientID == other.clientID)
        }
    }

    private struct Order {
        let target: Target
        let occasion: Occasion
        let change: Change
        var remaining: Int
    }

    private let state = Mutex<[Order]>([])

    package init() {}

    /// Takes the place of an earlier order for the same messages.
    package func order(_ change: Change, for target: Target, on occasion: Occasion = Occasion(), count: Int) {
        state.withLock { orders in
            orders.removeAll { $0.target == target && $0.occasion == occasion }
            guard count > 0 else { return }
            orders.append(Order(target: target, occasion: occasion, change: change, remaining: count))
        }
    }

    package func clear() {
        state.withLock { $0 = [] }
    }

    /// The change for the next message of this kind, which is thereby used up.
    func next(_ target: Target, on occasion: Occasion = Occasion()) -> Change? {
        state.withLock { orders in
            guard
                let index = orders.firstIndex(where: { $0.target == target && $0.occasion.includes(occasion) })
            else { return nil }
            orders[index].remaining -= 1
            return orders[index].remaining > 0 ? orders[index].change : orders.remove(at: index).change
        }
    }

    func apply(to target: Target, _ message: JSONValue, on occasion: Occasion = Occasion()) -> JSONValue {
        next(target, on: occasion).map { message.merging($0.members) } ?? message
    }

    /// - Parameter header: What the header says besides kid and alg.
    func sign(
        _ claims: JSONValue, as target: Target, with key: SigningKey, header: [String: JSONValue] = [:],
        on occasion: Occasion = Occasion()
    ) throws -> String {
        try (next(target, on: occasion) ?? Change()).sign(claims, with: key, header: header)
    }
}

extension Tampering.Change {
    /// From the body of a control request.
    init(_ body: JSONValue) throws(ControlError) {
        self.init(
            members: body["members"]?.object ?? [:], header: body["header"]?.object ?? [:],
            signature: try body.choice("signature", Forgery.self), secret: body["secret"]?.string)
    }
}
