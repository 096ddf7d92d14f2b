import Identity

#if canImport(Glibc)
    import Glibc
#endif

/// `${XDG_CONFIG_HOME:-~/.config}/gatehouse/credentials.json`: for its owner's eyes only, replaced as a whole.
package struct CredentialsFile: Sendable {
    package let folder: String
    package var path: String { folder + "/credentials.json" }

    private static let mostBytes = 1 << 20
    /// How long another command's lock is waited for.
    private let lockTimeLimit: Duration

    package init(folder: String, lockTimeLimit: Duration = .seconds(5)) {
        self.folder = folder
        self.lockTimeLimit = lockTimeLimit
    }

    /// - Throws: `ClientError.credentialsUnusable` when the environment names no home.
    package init(environment: [String: String]) throws(ClientError) {
        // The XDG specification: a relative path is invalid and to be ignored.
        if let configuration = environment["XDG_CONFIG_HOME"], configuration.hasPrefix("/") {
            self.init(folder: configuration + "/gatehouse")
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            self.init(folder: home + "/.config/gatehouse")
        } else {
            throw ClientError(
                .credentialsUnusable,
                "there is no place for credentials.json: set HOME, or set GATEHOUSE_SERVER and GATEHOUSE_TOKEN")
        }
    }

    /// What is in the file; no credentials when there is none.
    ///
    /// - Throws: `ClientError`: `credentialsExposed` when others may read it, `credentialsUnusable` when it is malformed or
    ///   no plain file of the caller's own, `inputUnreadable` when it cannot be read.
    package func read() throws(ClientError) -> Credentials {
        let bytes: [UInt8]
        do {
            guard let content = try PrivateFile.read(path, most: Self.mostBytes) else { return Credentials() }
            bytes = content
        } catch {
            throw sentence(error)
        }
        do {
            return try Credentials(bytes)
        } catch {
            throw ClientError(
                .credentialsUnusable,
                "\(path) is damaged (\(error.problem)), and is left as it is; repair or delete it, then run: gatehouse login"
            )
        }
    }

    /// Reads, changes and replaces the file while no other process does.
    ///
    /// - Throws: `ClientError`: what `read` throws, and `credentialsLocked` when another process holds the lock for long.
    package func update(_ change: @Sendable (inout Credentials) -> Void) async throws(ClientError) {
        try prepareFolder()
        let lock = try await lock()
        var credentials = try read()
        let before = credentials
        change(&credentials)
        if credentials != before {
            do {
                try PrivateFile.replace(path, with: credentials.serialized())
            } catch {
                throw sentence(error)
            }
        }
        lock.release()
    }

    /// Finds out whether an `update` can succeed, before anything depends on it.
    package func check() throws(ClientError) {
        _ = try read()
        try prepareFolder()
    }

    private func prepareFolder() throws(ClientError) {
        do {
            try PrivateFile.makeFolder(folder)
        } catch {
            throw sentence(error)
        }
    }

    private func lock() async throws(ClientError) -> FileLock {
        let end = ContinuousClock.now + lockTimeLimit
        while true {
            do {
                if let lock = try FileLock(folder + "/credentials.lock") { return lock }
            } catch {
                throw sentence(error)
            }
            guard ContinuousClock.now < end, !Task.isCancelled else {
                throw ClientError(
                    .credentialsLocked, "another gatehouse command is busy with \(path); wait for it, then try again")
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func sentence(_ error: PrivateFileError) -> ClientError {
        switch error {
        case .exposed(let path, let mode):
            ClientError(
                .credentialsExposed,
                "\(path) may be read by others (mode \(String(mode, radix: 8))), so its tokens are not used; run: chmod 600 '\(path)', and sign in again if somebody may have read it"
            )
        case .foreign(let path, let owner):
            ClientError(
                .credentialsUnusable,
                "\(path) belongs to another user (uid \(owner), you are \(geteuid())), so it is not used; run the command as that user, or set HOME"
            )
        case .notPlain(let path):
            ClientError(
                .credentialsUnusable,
                "\(path) is no ordinary file (a symbolic link, perhaps), so it is not used; remove it, then run: gatehouse login"
            )
        case .tooLarge(let path):
            ClientError(.credentialsUnusable, "\(path) is too large to be a credentials file; remove it")
        case .system(let path, let action, let code):
            ClientError(.inputUnreadable, "cannot \(action) \(path): \(String(cString: strerror(code)))")
        }
    }
}
