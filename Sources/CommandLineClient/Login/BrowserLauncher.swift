import Foundation

/// Finds a browser for this person and opens an address in it.
package struct BrowserLauncher: Sendable {
    /// One way to open an address: a program and what stands before and after the address.
    struct Command: Equatable {
        let program: String
        let arguments: [String]
    }

    private let environment: [String: String]

    package init(environment: [String: String]) { self.environment = environment }

    /// Whether a window can appear here. A text browser in this very terminal cannot show what a sign-in page is made of.
    package var hasDisplay: Bool {
        #if os(macOS)
            true
        #else
            ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].contains { !(environment[$0] ?? "").isEmpty }
        #endif
    }

    /// Starts a browser; false when there is none to start.
    ///
    /// - Parameter url: a web address that was checked to be one.
    package func open(_ url: String) -> Bool { commands(for: url).contains { Self.start($0, environment) } }

    /// In the order in which they are tried. `$BROWSER` holds commands separated by colons, `%s` is the address, else it
    /// comes last; no shell reads any of it.
    func commands(for url: String) -> [Command] {
        let chosen = (environment["BROWSER"] ?? "").split(separator: ":").compactMap { entry -> Command? in
            var words = entry.split(separator: " ").map(String.init)
            guard !words.isEmpty else { return nil }
            if words.contains(where: { $0.contains("%s") }) {
                words = words.map { $0.replacingOccurrences(of: "%s", with: url) }
            } else {
                words.append(url)
            }
            return Command(program: words[0], arguments: Array(words.dropFirst()))
        }
        let usual = hasDisplay ? ["wslview", "xdg-open", "open"] : []
        return chosen + usual.map { Command(program: $0, arguments: [url]) }
    }

    private static func start(_ command: Command, _ environment: [String: String]) -> Bool {
        guard let path = path(of: command.program, environment) else { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = command.arguments
        // A browser's chatter does not belong between our lines, and this program's token not into a browser.
        process.environment = environment.filter { $0.key != "GATEHOUSE_TOKEN" }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
            return true
        } catch {
            return false
        }
    }

    private static func path(of program: String, _ environment: [String: String]) -> String? {
        let candidates =
            program.contains("/")
            ? [program] : (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
        return candidates.first { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
                && FileManager.default.isExecutableFile(atPath: path)
        }
    }
}
