import CSQLite
import Identity

#if canImport(Glibc)
    import Glibc
#endif

/// A counter that every process on one store shares: whoever changes something that others keep in memory raises it after
/// the commit, and whoever keeps something compares it before believing what is kept.
///
/// Reading costs one load from shared memory, so a session check can afford it. For SQLite the counter lives in a small
/// file beside the store, mapped into each process, as SQLite's own index of the write-ahead log is; both need a local
/// file system.
///
/// Sendable: the address never changes, the memory stays mapped until `deinit`, and it is only touched by atomic operations.
package final class StoreChanges: @unchecked Sendable {
    private static let length = 4096

    private let counter: UnsafeMutablePointer<UInt64>

    /// Maps the counter of a file, and makes the file (mode 0600) when there is none.
    ///
    /// - Throws: `SQLError` with `.unavailable`.
    init(path: String) throws {
        func unavailable() -> SQLError {
            SQLError(.unavailable, "cannot map \(path): \(String(cString: strerror(errno)))")
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw unavailable() }
        defer { close(descriptor) }
        // Growing only: cutting a mapped file off would end the processes that map it.
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            // Allocated, not only long: a page that the disk has no room for would end the process.
            posix_fallocate(descriptor, 0, off_t(Self.length)) == 0
        else { throw unavailable() }
        guard let address = mmap(nil, Self.length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            address != MAP_FAILED
        else { throw unavailable() }
        counter = address.bindMemory(to: UInt64.self, capacity: 1)
    }

    deinit { munmap(counter, Self.length) }

    /// How often something was announced.
    package var count: UInt64 { gatehouse_shared_load(counter) }

    /// Tells every process, after the commit.
    ///
    /// - Returns: the new count.
    package func announce() -> UInt64 { gatehouse_shared_increment(counter) }
}
