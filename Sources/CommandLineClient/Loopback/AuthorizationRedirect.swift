import Identity

/// What the provider sent the browser back with (RFC 6749 §4.1.2, RFC 9207). Nothing in it is verified here: the gateway
/// judges it.
package struct AuthorizationRedirect: Sendable, Equatable, RedactedWhenPrinted {
    package enum Outcome: Sendable, Equatable {
        case code(String)
        case error(String, description: String?)
    }

    package let outcome: Outcome
    package let state: String
    package let issuer: String?

    /// Nil for a query that is none, that names a parameter twice, or that has no state, or neither or both of code and error.
    init?(query: Substring) {
        guard let fields = FormEncoding.decode(query) else { return nil }
        var values: [String: String] = [:]
        for (name, value) in fields where !value.isEmpty {
            // RFC 6749 §3.1: parameters must not be included more than once.
            guard values.updateValue(value, forKey: name) == nil else { return nil }
        }
        guard let state = values["state"] else { return nil }
        switch (values["code"], values["error"]) {
        case (let code?, nil): outcome = .code(code)
        case (nil, let error?): outcome = .error(error, description: values["error_description"])
        default: return nil
        }
        self.state = state
        issuer = values["iss"]
    }
}
