import Identity
import StrictJSON

/// Reads profile and groups from the claims of a verified ID token and of userinfo.
package struct ClaimsReading {
    /// Okta puts at most 100 groups into a token, and cuts the list or fails beyond.
    static let groupsThatMayBeCut = 100

    let groupsClaim: String
    let token: JSONObject
    var userInfo: JSONObject?

    package init(groupsClaim: String, token: JSONObject) {
        self.groupsClaim = groupsClaim
        self.token = token
    }

    /// Whether userinfo must be asked: for groups that are missing or may be cut, or for a profile that is missing (a
    /// 'thin' token).
    func needsUserInfo() throws(SignInError) -> Bool {
        guard let groups = try groups(in: token) else { return true }
        if groups.count >= Self.groupsThatMayBeCut { return true }
        let (email, name) = (try text("email"), try text("name"))
        return email == nil || name == nil
    }

    /// Whether the provider said which groups there are, none at all included: in a claim, or by leaving the claim out of
    /// everything that it was asked for.
    func knowsGroups() throws(SignInError) -> Bool {
        if userInfo != nil { return true }
        return try namesGroups()
    }

    /// Whether the claims that were given first have a claim of groups.
    func namesGroups() throws(SignInError) -> Bool { try groups(in: token) != nil }

    /// What all group names together may have, in bytes: they stand in a header of every request to an application.
    static let mostGroupBytes = 64 * 1024
    static let mostTextBytes = 512

    /// - Throws: `SignInError`: `groups_malformed`, `groups_too_large`.
    package func groups() throws(SignInError) -> [GroupName] {
        var groups = try groups(in: token) ?? []
        if let userInfo, let whole = try self.groups(in: userInfo) { groups = whole }
        guard groups.reduce(0, { $0 + $1.text.utf8.count }) <= Self.mostGroupBytes else {
            throw SignInError(
                "groups_too_large",
                "the \(groups.count) group names have more than 64 KB together; narrow the groups claim filter of the app (Sign On tab) in Okta"
            )
        }
        return groups
    }

    /// - Throws: `SignInError` with `claim_too_large`.
    package func text(_ name: String) throws(SignInError) -> String? {
        for claims in [token, userInfo].compactMap(\.self) {
            guard let value = claims[name]?.string, !value.isEmpty else { continue }
            guard value.utf8.count <= Self.mostTextBytes else {
                throw SignInError("claim_too_large", "the claim \(name) has more than \(Self.mostTextBytes) bytes")
            }
            return value
        }
        return nil
    }

    private func groups(in claims: JSONObject) throws(SignInError) -> [GroupName]? {
        guard let value = claims[groupsClaim], value != .null else { return nil }
        if let single = value.string { return [GroupName(single)] }
        guard let names = value.strings else {
            throw SignInError("groups_malformed", "the claim \(groupsClaim) is not an array of strings")
        }
        return names.map { GroupName($0) }
    }
}
