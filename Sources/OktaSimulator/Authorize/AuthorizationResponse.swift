import HTTPTypes
import Hummingbird

/// The answer to an authorization request, sent through the browser (RFC 6749 §4.1.2, RFC 9207 §2).
struct AuthorizationResponse {
    let target: AuthorizationRequest.ResponseTarget
    let issuer: String

    enum Content {
        case code(String)
        case error(OAuthError)
    }

    func response(_ content: Content, after method: HTTPRequest.Method, tampering: Tampering) -> Response {
        let parameters = parameters(content, tampering: tampering)
        switch target.mode {
        case .query:
            let separator = target.redirectURI.contains("?") ? "&" : "?"
            return .seeOther(target.redirectURI + separator + formEncoded(parameters), after: method)
        case .formPost:
            return .postForm(to: target.redirectURI, parameters)
        }
    }

    private func parameters(_ content: Content, tampering: Tampering) -> [(String, String)] {
        var parameters: [(String, String)]
        switch content {
        case .code(let code):
            parameters = [("code", code)]
        case .error(let error):
            parameters = [("error", error.code), ("error_description", error.description)]
        }
        if let state = target.state { parameters.append(("state", state)) }
        parameters.append(("iss", issuer))
        guard let change = tampering.next(.authorizationResponse) else { return parameters }
        parameters.removeAll { change.members[$0.0] != nil }
        return parameters + change.members.compactMap { name, value in value.string.map { (name, $0) } }
    }
}
