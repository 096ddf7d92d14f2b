import FoundationEssentials
import Yams

/// The file that says who works in the simulated organisation and which applications it has.
package struct PeopleFile: Sendable {
    package var people: [Person]
    package var clients: [Client]
    package var samlApps: [SAMLApp]

    /// Reads the file at `path`; paths inside it are relative to its folder.
    package init(path: String, environment: [String: String]) throws(SettingsError) {
        let text = try SettingsText.read(path: path)
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        try self.init(text: text, fileName: path, folder: folder, environment: environment)
    }

    package init(
        text: String, fileName: String, folder: String = "./", environment: [String: String] = [:]
    ) throws(SettingsError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw SettingsError("\(fileName): this is not YAML: \(error)")
        }
        guard let root else { throw SettingsError("\(fileName) is empty; it needs 'people' and 'clients'") }
        let source = SettingsSource(fileName: fileName, folder: folder, environment: environment)
        let file = try SettingsMapping(
            root, of: "the people file", in: source, keys: ["people", "clients", "saml_apps"])
        people = []
        for mapping in try file.mappings("people", keys: Person.keys) {
            people.append(try Person(mapping))
        }
        clients = []
        for mapping in try file.mappings("clients", keys: Client.keys) {
            clients.append(try Client(mapping))
        }
        samlApps = []
        for mapping in try file.mappings("saml_apps", keys: SAMLApp.keys) {
            samlApps.append(try SAMLApp(mapping))
        }
        try checkUniqueness(fileName)
    }

    private func checkUniqueness(_ fileName: String) throws(SettingsError) {
        var seen: Set<String> = []
        let applications = clients.map(\.id) + samlApps.map(\.id)
        for name in people.map({ $0.email.lowercased() }) + people.map(\.id) + applications
        where !seen.insert(name).inserted {
            throw SettingsError("\(fileName): '\(name)' occurs twice; write it once")
        }
    }
}

/// What is wrong with the settings, as a sentence with file and line.
package struct SettingsError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Text files that the settings name.
enum SettingsText {
    static func read(path: String) throws(SettingsError) -> String {
        do {
            return try String(contentsOf: URL(filePath: path), encoding: .utf8)
        } catch {
            throw SettingsError("\(path) cannot be read; check that it exists and that you may read it")
        }
    }
}
