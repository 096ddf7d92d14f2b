import Access
import Foundation
import SQL
import Settings

/// Opens the configured store and brings its tables up to date.
enum Store {
    /// - Throws: `CommandFailure` with a sentence for the administrator.
    static func open(_ settings: GatewaySettings) async throws -> any Database {
        let directory = (settings.storePath as NSString).deletingLastPathComponent
        if !directory.isEmpty {
            do {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw CommandFailure(
                    CommandFailure.refused,
                    "the folder \(directory) of the store cannot be made; make it, and let this user write in it")
            }
        }
        do {
            let database = try await SQLiteDatabase(path: settings.storePath)
            try await database.migrate(Schema.migrations)
            return database
        } catch {
            throw CommandFailure(
                CommandFailure.refused, "the store \(settings.storePath) cannot be used: \(error)")
        }
    }
}
