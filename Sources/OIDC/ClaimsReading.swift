import Identity
import JSON

/// Reads profile and groups from the claims of a verified ID token and of userinfo.
struct ClaimsReading {
    /// Okta puts at most 100 groups into a token, and cuts the list or fails beyond.
    static let groupsThatMayBeCut = 100

    let groupsClaim: String
    let token: JSONObject
    var userInfo: JSONObject?

    /// Whether userinfo must be asked: for groups that are missing or may be cut, or for a profile that is missing (a
    /// 'thin' token).
    func needsUserInfo() throws(SignInError) -> Bool {
        guard let groups = try groups(in: token) else { return true }
        return groups.count >= Self.groupsThatMayBeCut || text("email") == nil || text("name") == nil
    }

    func groups() throws(SignInError) -> [GroupName] {
        if let userInfo, let groups = try groups(in: userInfo) { return groups }
        return try groups(in: token) ?? []
    }

    func text(_ name: String) -> String? {
        for claims in [token, userInfo].compactMap(\.self) {
            if let value = claims[name]?.string, !value.isEmpty { return value }
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
