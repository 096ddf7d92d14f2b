import Cryptography
import Identity
import Outbound

/// What the authorization endpoint does with a request that shows nothing to anybody (`prompt=none`).
enum RedirectProbe {
    /// It sends the browser back to the redirect URI, with this error or a code: it knows the URI.
    case registered(error: String?, words: String)
    /// It sends the browser nowhere: the URI or the client is unknown to it.
    case unregistered(String)
    /// The scopes were refused before the URI was looked at.
    case scopeRefused(String)
    /// What failed before makes it impossible to ask.
    case prevented(String)
    /// It cannot be told.
    case unclear(String)

    /// Reads the answer of the authorization endpoint (RFC 6749 §4.1.2.1: an unknown redirect URI is never redirected to).
    init(_ response: OutboundResponse, redirectURI: String) {
        switch response.status {
        case 300..<400:
            guard let location = response.header("location"),
                let query = Self.answer(in: location, at: redirectURI)
            else {
                let target = response.header("location").map { " to \($0.origin.clipped(200))" } ?? ""
                self = .unclear("the provider redirects\(target) and not to this URI")
                return
            }
            let fields = FormEncoding.decode(query) ?? []
            func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
            let error = field("error")
            let words = "\((error ?? "no error").clipped(100)): \((field("error_description") ?? "").clipped(300))"
            self = .registered(error: error, words: words)
        case 400..<500 where response.status != 429:
            self = .unregistered("the provider shows an error page (status \(response.status)) and redirects nowhere")
        default:
            self = .unclear("the authorization endpoint answers with status \(response.status)")
        }
    }

    /// Reads the refusal of a pushed request (RFC 9126 §2.3).
    init(_ refusal: OAuthRefusal) {
        let words = "the pushed-authorization endpoint \(refusal.words)"
        switch refusal.code {
        case "invalid_request", "invalid_redirect_uri": self = .unregistered(words)
        case "invalid_scope": self = .scopeRefused(words)
        case "invalid_client", "use_dpop_nonce", "invalid_dpop_proof": self = .prevented(words)
        default: self = .unclear(words)
        }
    }

    /// The parameters that were added to exactly this URI; nil when the address is another.
    private static func answer(in location: String, at uri: String) -> Substring? {
        // RFC 3986 §6.2.3: no path and `/` are the same address, and some servers write the second for the first.
        if uri.isIdentical(to: uri.origin), let query = answer(in: location, at: uri + "/") { return query }
        guard location.utf8.starts(with: uri.utf8) else { return nil }
        let rest = location[location.utf8.index(location.startIndex, offsetBy: uri.utf8.count)...]
        let marks: [Character] = uri.contains("?") ? ["&"] : ["?"]
        if let first = rest.first, marks.contains(first) { return rest.dropFirst() }
        return rest.isEmpty ? rest : nil
    }
}

extension SetupVerification {
    /// The redirect URIs and the scopes: both are told by the same answers.
    func authorization(_ metadata: ProviderMetadata, isClientKnown: Bool) async -> [SetupCheck] {
        var checks: [SetupCheck] = []
        var probes: [RedirectProbe] = []
        for uri in redirectURIs {
            guard !isTimeUp else {
                checks.append(.skipped(.redirectURI, "\(uri): \(Self.timeIsUp)", advice: SetupAdvice.again))
                continue
            }
            let probe = await probe(uri, metadata)
            probes.append(probe)
            checks.append(check(probe, of: uri, isClientKnown: isClientKnown))
        }
        return checks + [scopes(probes, metadata)]
    }

    private func probe(_ uri: String, _ metadata: ProviderMetadata) async -> RedirectProbe {
        let authorization = AuthorizationRequest(
            state: channel.random.token(), secrets: AuthorizationSecrets(random: channel.random), redirectURI: uri,
            prompt: "none")
        let pushed = PushedAuthorization(channel: channel, metadata: metadata)
        do throws(SignInError) {
            // In the query, because the answer of a form comes with status 200 whatever it says.
            let fields = try authorization.fields(settings: settings, responseMode: .query)
            let address: String
            if pushed.isPushed {
                let response = try await pushed.push(fields, deadline: deadline)
                guard response.status == 201 else { return RedirectProbe(pushed.refusal(response, fields)) }
                address = try pushed.address(forAnswer: response)
            } else {
                address = pushed.address(fields)
            }
            let response = try await channel.send(request(address, purpose: "authorize"), deadline: deadline)
            return RedirectProbe(response, redirectURI: uri)
        } catch {
            let isPrevented = ["pushed_authorization_unsupported", "client_authentication_unsupported"]
                .contains(error.reason)
            return isPrevented ? .prevented(error.detail) : .unclear(error.detail)
        }
    }

    private func check(_ probe: RedirectProbe, of uri: String, isClientKnown: Bool) -> SetupCheck {
        switch probe {
        case .registered: .passed(.redirectURI, "\(uri) is registered.")
        case .unregistered(let words) where isClientKnown:
            .failed(.redirectURI, "\(uri) is not registered: \(words).", advice: advice.redirect(uri))
        case .unregistered(let words):
            .skipped(.redirectURI, "\(uri): \(words), which the client may be the cause of as well.")
        case .scopeRefused(let words), .prevented(let words): .skipped(.redirectURI, "\(uri): \(words).")
        case .unclear(let words):
            .warning(.redirectURI, "\(uri): it cannot be told, \(words).", advice: advice.redirect(uri))
        }
    }

    /// Errors that say: this request is good, and nobody is signed in (OpenID Connect Core §3.1.2.6).
    private static let errorsOfNobody: Set<String> = [
        "login_required", "interaction_required", "consent_required", "account_selection_required",
    ]

    private func scopes(_ probes: [RedirectProbe], _ metadata: ProviderMetadata) -> SetupCheck {
        guard settings.scopes.contains("openid") else {
            return .failed(.scopes, "The scope openid is not asked for.", advice: advice.openid)
        }
        var isJudged = false
        for probe in probes {
            switch probe {
            case .scopeRefused(let words), .registered(error: "invalid_scope", let words):
                return .failed(
                    .scopes, "The provider refuses the scopes: \(words)", advice: advice.scopes(unlisted(metadata)))
            case .registered(let error?, let words) where !Self.errorsOfNobody.contains(error):
                return .warning(.scopes, "The provider answers \(words)", advice: advice.policy)
            case .registered: isJudged = true
            case .unregistered, .unclear, .prevented: break
            }
        }
        guard isJudged else { return .skipped(.scopes, "No redirect URI led to an answer about the scopes.") }
        return .passed(.scopes, "The provider takes the scopes \(settings.scopes.joined(separator: ", ")).")
    }

    /// The scopes that the provider does not list; all, when it lists every one or says nothing.
    private func unlisted(_ metadata: ProviderMetadata) -> [String] {
        let unlisted = settings.scopes.filter { metadata.scopes?.contains($0) == false }
        return unlisted.isEmpty ? settings.scopes : unlisted
    }
}
