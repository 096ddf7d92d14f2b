import CCrypto

/// A call to OpenSSL that should not have failed, with OpenSSL's own reason.
struct CryptographyError: Error, CustomStringConvertible {
    let description: String

    /// The error now on OpenSSL's queue, which is emptied.
    static func last(_ call: String) -> CryptographyError {
        var buffer = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &buffer, buffer.count)
        ERR_clear_error()
        let reason = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return CryptographyError(description: "\(call) failed: \(reason)")
    }

    /// OpenSSL answers exactly 1 for success.
    static func check(_ result: Int32, _ call: String) throws(CryptographyError) {
        if result != 1 { throw last(call) }
    }
}
