import Foundation
import Identity

/// Secrets and other files that the configuration names.
struct ConfiguredFiles {
    /// What relative paths start from: the configuration file's folder.
    let directory: String
    let environment: [String: String]
    let problems: ProblemList

    func resolve(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        return directory.isEmpty ? path : "\(directory)/\(path)"
    }

    /// A literal, `{env: NAME}` or `{file: PATH}`. White space around the value of a file is not part of it.
    func secret(_ value: YAMLValue) -> Secret? {
        guard case .mapping = value.node else { return value.text().map { Secret($0) } }
        guard let mapping = value.mapping() else { return nil }
        let (variable, file) = (mapping.optional("env"), mapping.optional("file"))
        // An unknown key is not named: an unquoted secret in braces reads as one.
        guard mapping.entries.count == 1 else {
            value.problem("must be a literal, {env: NAME} or {file: PATH}; put quotes around a literal with braces")
            return nil
        }
        switch (variable, file) {
        case (let variable?, nil):
            guard let name = variable.text() else { return nil }
            guard let content = environment[name], !content.isEmpty else {
                value.problem("names the environment variable \(name), which is not set; export it or use {file: PATH}")
                return nil
            }
            return Secret(content)
        case (nil, let file?):
            guard let text = fileText(file) else { return nil }
            let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard !trimmed.isEmpty else {
                file.problem("names an empty file")
                return nil
            }
            return Secret(trimmed)
        default:
            value.problem("must be a literal, {env: NAME} or {file: PATH}; put quotes around a literal with braces")
            return nil
        }
    }

    /// The content of a file named by a plain path.
    func fileText(_ value: YAMLValue) -> String? {
        guard let path = value.text() else { return nil }
        let resolved = resolve(path)
        guard let data = FileManager.default.contents(atPath: resolved) else {
            value.problem("names the file \(resolved), which cannot be read; check path and permissions")
            return nil
        }
        guard data.count <= 1 << 20, let text = String(validating: data, as: UTF8.self) else {
            value.problem("names the file \(resolved), which is not text of at most 1 MiB")
            return nil
        }
        return text
    }
}
