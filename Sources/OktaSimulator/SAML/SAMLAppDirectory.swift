import FoundationEssentials
import Synchronization

/// The organisation's SAML apps with their certificates. Both change while the simulator runs.
final class SAMLAppDirectory: Sendable {
    /// As in Okta an app can have several certificates and signs with the active one, which alone its metadata show.
    struct Entry: Sendable {
        var app: SAMLApp
        var active: SAMLSigningKey
        /// Newest first, the active one among them.
        var keys: [SAMLSigningKey]
    }

    private let state = Mutex<[String: Entry]>([:])

    subscript(id: String) -> Entry? { state.withLock { $0[id] } }

    /// By exk.
    var all: [Entry] { state.withLock { $0.values.sorted { $0.app.id < $1.app.id } } }

    /// Makes the app's first certificate. False when there is such an app already.
    func add(_ app: SAMLApp, certificate order: SAMLSigningKey.Order = .init(), now: Date) async throws -> Bool {
        guard self[app.id] == nil else { return false }
        let key = try await SAMLSigningKey.generate(order, now: now)
        return state.withLock { entries in
            guard entries[app.id] == nil else { return false }
            entries[app.id] = Entry(app: app, active: key, keys: [key])
            return true
        }
    }

    /// Changes one app; nil when there is none of that id.
    func change<Failure: Error>(
        _ id: String, _ change: (inout Entry) throws(Failure) -> Void
    ) throws(Failure) -> Entry? {
        try state.withLock { (entries) throws(Failure) -> Entry? in
            guard var entry = entries[id] else { return nil }
            try change(&entry)
            entries[id] = entry
            return entry
        }
    }

    /// False when there was none of that id.
    func remove(_ id: String) -> Bool {
        state.withLock { $0.removeValue(forKey: id) != nil }
    }
}
