#if canImport(Glibc)
    import Glibc
#endif

/// What stands between this program and a file of secrets.
enum PrivateFileError: Error, Equatable {
    /// Others than the owner have rights to it.
    case exposed(String, mode: UInt32)
    case foreign(String, owner: UInt32)
    case notPlain(String)
    case tooLarge(String)
    case system(String, action: String, code: Int32)
}

/// Files that only their owner may read (mode 0600, in a folder of mode 0700).
enum PrivateFile {
    /// - Returns: nil when there is no such file.
    static func read(_ path: String, most: Int) throws(PrivateFileError) -> [UInt8]? {
        // NONBLOCK: a named pipe in the file's place must not keep us waiting.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: return nil
            case ELOOP: throw .notPlain(path)
            default: throw .system(path, action: "read", code: errno)
            }
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path, action: "read", code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notPlain(path) }
        guard status.st_uid == geteuid() else { throw .foreign(path, owner: status.st_uid) }
        guard status.st_mode & 0o077 == 0 else { throw .exposed(path, mode: status.st_mode & 0o777) }
        guard status.st_size <= most else { throw .tooLarge(path) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while bytes.count <= most {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(path, action: "read", code: errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        throw .tooLarge(path)
    }

    /// Replaces the file in one step: after a crash there is the old content or the new, never a part.
    ///
    /// The caller holds the lock, so that the temporary file is nobody else's; one that a crash left behind goes.
    static func replace(_ path: String, with bytes: [UInt8]) throws(PrivateFileError) {
        let temporary = path + ".new"
        if unlink(temporary) != 0, errno != ENOENT { throw .system(temporary, action: "remove", code: errno) }
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(path, action: "write", code: errno) }
        do throws(PrivateFileError) {
            try write(bytes, to: descriptor, path)
            guard rename(temporary, path) == 0 else {
                throw PrivateFileError.system(path, action: "write", code: errno)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        syncFolder(of: path)
    }

    /// Makes the folder and those above it; an own one that others may use is closed to them.
    static func makeFolder(_ path: String) throws(PrivateFileError) {
        var status = stat()
        if stat(path, &status) != 0 {
            guard errno == ENOENT else { throw .system(path, action: "use", code: errno) }
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeParent(String(path[..<slash])) }
            guard mkdir(path, 0o700) == 0 || errno == EEXIST, stat(path, &status) == 0 else {
                throw .system(path, action: "make", code: errno)
            }
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .system(path, action: "use", code: ENOTDIR) }
        guard status.st_uid == geteuid() else { throw .foreign(path, owner: status.st_uid) }
        if status.st_mode & 0o777 != 0o700, chmod(path, 0o700) != 0 {
            throw .system(path, action: "protect", code: errno)
        }
    }

    // Folders above are not ours to close; those that are missing are made private, as the XDG specification asks.
    private static func makeParent(_ path: String) throws(PrivateFileError) {
        var status = stat()
        if stat(path, &status) == 0 { return }
        guard errno == ENOENT else { throw .system(path, action: "use", code: errno) }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeParent(String(path[..<slash])) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system(path, action: "make", code: errno) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(PrivateFileError) {
        defer { close(descriptor) }
        // A umask can have taken away even the owner's rights.
        guard fchmod(descriptor, 0o600) == 0 else { throw .system(path, action: "write", code: errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system(path, action: "write", code: errno) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw .system(path, action: "write", code: errno) }
    }

    // Best effort: without it a power failure may bring the old file back, whole.
    private static func syncFolder(of path: String) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let descriptor = open(String(path[..<slash]) + "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }
}
