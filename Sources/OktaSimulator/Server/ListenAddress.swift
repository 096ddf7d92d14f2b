/// Where the simulator listens: loopback and nothing else, since anyone who reaches it can be anyone.
package struct ListenAddress: Sendable, Equatable {
    /// `localhost` stands for both of its addresses.
    package let hosts: [String]
    /// 0 lets the system choose.
    package let port: Int

    /// Reads `127.0.0.1:8302`, `[::1]:8302` or `localhost:8302`.
    package init(_ text: String) throws(SettingsError) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw SettingsError("'\(text)' is not an address such as 127.0.0.1:8302")
        }
        switch text[..<colon] {
        case "127.0.0.1": hosts = ["127.0.0.1"]
        case "[::1]", "::1": hosts = ["::1"]
        case "localhost": hosts = ["127.0.0.1", "::1"]
        default:
            throw SettingsError("the simulator listens on 127.0.0.1, [::1] or localhost only, not on '\(text)'")
        }
        self.port = Int(port)
    }
}
