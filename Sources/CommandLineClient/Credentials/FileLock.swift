#if canImport(Glibc)
    import Glibc
#endif

/// Holds an advisory lock (flock) until it is released; the system releases it when the process ends.
///
/// The lock is on a file of its own: the file that it protects is replaced, and a lock on it would go with the old one.
struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Nil when somebody else holds it.
    init?(_ path: String) throws(PrivateFileError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw .system(path, action: "open", code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK || code == EINTR { return nil }
            throw .system(path, action: "lock", code: code)
        }
        self.descriptor = descriptor
    }

    /// Ends the lock here, and not wherever the compiler sees its last use.
    consuming func release() {}

    deinit { close(descriptor) }
}
