import Access
import HTTPTypes
import Identity

/// Where a browser's request comes from, as far as the browser tells (Fetch Metadata; RFC 6454 §7).
struct RequestOrigin {
    private let request: IncomingRequest
    private let rules: AccessRules

    init(_ request: IncomingRequest, rules: AccessRules) {
        self.request = request
        self.rules = rules
    }

    /// A form may act when it is ours. Sec-Fetch-Site tells best: browsers send `Origin: null` even with our own forms when
    /// a page hides its address. Programs, which send neither field, hold their own cookies: nobody can make them send a
    /// request.
    var mayActByForm: Bool {
        let fields = request.head.headerFields
        if let site = fields[.secFetchSite] { return site == "same-origin" }
        guard let origin = fields[.origin] else { return true }
        return origin.isIdentical(to: rules.origin)
    }

    /// A link may act when it was typed or is ours, and the browser shows the answer. A browser too old to tell gets the
    /// confirmation page.
    var mayActByLink: Bool {
        let fields = request.head.headerFields
        // A browser that looks ahead at what somebody is typing has not been told to go there.
        if fields[.secPurpose] != nil || fields[.purpose] != nil { return false }
        if let site = fields[.secFetchSite] {
            let isOwn = site == "same-origin" || site == "none"
            return isOwn && (fields[.secFetchMode] ?? "navigate") == "navigate"
        }
        return !(fields[.userAgent] ?? "").hasPrefix("Mozilla/")
    }
}
