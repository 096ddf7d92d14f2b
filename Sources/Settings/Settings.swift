// Settings: the YAML file, read strictly.
//
// Owns: the file's syntax, its keys and defaults, secrets from environment and files, and errors that name file, line and
// the fix. All problems of a file are reported at once.
// Does not own: what the settings do. It gives values of other targets' types and contacts nobody.
// Flow: file → Yams' node tree → `GatewaySettings.read` → `GatewaySettings`, or `ConfigurationError` with every problem.

import Access
import Foundation
import Identity
import OIDC
import SAML

/// Everything that the file says.
package struct GatewaySettings: Sendable, RedactedWhenPrinted {
    package struct TLSFiles: Sendable, Equatable {
        package let certificate: String
        package let key: String
    }

    package struct Endpoint: Sendable, Equatable {
        package let host: String
        package let port: Int
    }

    package let listen: Endpoint
    /// Where `/metrics` is served; on `listen` when it is nil.
    package let metricsListen: Endpoint?
    package let tls: TLSFiles?
    /// The path of the SQLite file.
    package let storePath: String
    /// 32 bytes each, the current one first.
    package let masterKeys: [[UInt8]]
    package let trustedProxies: [AddressBlock]
    package let providers: [ProviderName: ProviderSettings]
    package let rateLimits: RateLimits
    package let rules: AccessRules
}

/// One provider, as the file or an administrator describes it.
package struct ProviderSettings: Sendable {
    /// What is configured, by the protocol that the provider speaks.
    package enum Party: Sendable {
        case openID(RelyingPartySettings)
        case saml(ServiceProviderSettings)
    }

    package let kind: ProviderKind
    package var party: Party
    /// Tokens are bound to a key of the gateway's (DPoP, RFC 9449), which the store keeps.
    package let bindsTokens: Bool

    init(_ party: RelyingPartySettings, isOkta: Bool, bindsTokens: Bool) {
        kind = isOkta ? .okta : .oidc
        self.party = .openID(party)
        self.bindsTokens = bindsTokens
    }

    init(_ party: ServiceProviderSettings) {
        kind = .saml
        self.party = .saml(party)
        bindsTokens = false
    }

    /// Who the provider is, as far as the configuration tells.
    package var issuer: String? {
        switch party {
        case .openID(let settings): settings.issuer
        case .saml(let settings): settings.description.knownIssuer
        }
    }

    /// Whether this and another provider would speak for the same people, and one of them by SAML, where the keys alone make
    /// its word good.
    package func speaksForPeople(of other: ProviderSettings) -> Bool {
        guard kind == .saml || other.kind == .saml, let issuer, let theirs = other.issuer else { return false }
        return issuer.isIdentical(to: theirs)
    }

    package var name: ProviderName {
        switch party {
        case .openID(let settings): settings.name
        case .saml(let settings): settings.name
        }
    }
}

/// How often somebody may knock, each a number a minute; a minute's worth may come at once. Loopback addresses are exempt.
package struct RateLimits: Sendable, Equatable {
    /// Beginnings and ends of sign-ins from one address (of IPv6 one /64).
    package var loginsPerAddress = 120
    /// Beginnings of sign-ins with one login_hint, and ends of sign-ins of one person at a provider.
    package var loginsPerAccount = 20
    /// Device codes asked for or entered from one address.
    package var devicesPerAddress = 30

    package init() {}
}

package enum ProviderKind: String, Sendable, CaseIterable { case okta, oidc, saml }

/// One thing that is wrong in the file.
package struct ConfigurationProblem: Error, Sendable, CustomStringConvertible {
    package let file: String
    /// From 1.
    package let line: Int
    /// What is wrong and what to write instead. Never holds a secret's value.
    package let message: String

    package var description: String { "\(file):\(line): \(message)" }
}

/// Everything that is wrong in the file, by line.
package struct ConfigurationError: Error, CustomStringConvertible {
    package let problems: [ConfigurationProblem]

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// The file itself cannot be read.
package struct ConfigurationFileError: Error, CustomStringConvertible {
    package let description: String
}

extension GatewaySettings {
    /// Reads the file and every secret that it names.
    ///
    /// - Parameter environment: where `{env: NAME}` looks.
    /// - Throws: `ConfigurationFileError`, `ConfigurationError`.
    package init(file path: String, environment: [String: String]) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationFileError(
                description: "cannot read \(path); check that the file exists and that this user may read it")
        }
        guard data.count <= 1 << 20, let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationError(problems: [
                ConfigurationProblem(file: path, line: 1, message: "the file is not UTF-8 text of at most 1 MiB")
            ])
        }
        // YAML 1.2 §5.2 allows a byte-order mark, which some editors write.
        let body = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        try self.init(yaml: body, file: path, environment: environment)
    }

    /// - Parameter file: the path for messages, and what relative paths start from.
    package init(yaml text: String, file: String, environment: [String: String]) throws {
        let problems = ProblemList(file: file)
        let files = ConfiguredFiles(
            directory: (file as NSString).deletingLastPathComponent, environment: environment, problems: problems)
        guard let root = YAMLMapping.root(of: text, problems: problems) else { throw problems.error }
        let settings = GatewaySettings.read(root, files: files, problems: problems)
        guard problems.isEmpty, let settings else { throw problems.error }
        self = settings
    }
}
