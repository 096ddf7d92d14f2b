import Access
import Identity
import OIDC
import StrictJSON

extension ProviderSettings {
    /// Reads a provider that was added at run time, by the same rules as one of the file.
    ///
    /// - Parameters:
    ///   - members: the keys of the file's section, without the secret. They may not name files or the environment: whoever
    ///     administers the gateway from afar need not have the machine.
    /// - Throws: `ConfigurationError` with every problem.
    package init(name: ProviderName, members: JSONObject, clientSecret: Secret?) throws(ConfigurationError) {
        let problems = ProblemList(file: "provider")
        var section = members
        if let clientSecret { section.set("client_secret", .string(clientSecret.reveal())) }
        // JSON is YAML (YAML 1.2 §1.3), so the one reader will do.
        let document: JSON = ["providers": .object(JSONObject([(name.text, .object(section))]))]
        let files = ConfiguredFiles(directory: "", environment: [:], problems: problems)
        if members["client_key"] != nil || members["client_secret"] != nil {
            problems.add(line: 1, "a provider that is added at run time has a client_secret of plain text")
        }
        for key in ["signing_key", "decryption_key"] where members[key] != nil {
            problems.add(line: 1, "\(key) is not taken at run time; put the provider into the configuration file")
        }
        let root = YAMLMapping.root(of: document.text, problems: problems)
        let entries = root.map { ProviderReading.read($0, files: files) } ?? []
        root?.finish()
        guard problems.isEmpty, let settings = entries.first?.settings else { throw problems.error }
        self = settings
    }
}
