#if canImport(Glibc)
    import Glibc
#endif

/// How many connections may be open at once.
///
/// Without a limit the last descriptor goes to a connection too many, and accepting, the store and the providers fail
/// together.
enum DescriptorLimit {
    /// Kept for the store, the log and the providers.
    private static let reserved = 320

    /// Raises this process's limit as far as it may, and gives what is left for clients.
    static func connections() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 512 }
        let wanted = min(limit.rlim_max, 65536)
        if limit.rlim_cur < wanted {
            limit.rlim_cur = wanted
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return max(Int(clamping: limit.rlim_cur) - reserved, 64)
    }
}
