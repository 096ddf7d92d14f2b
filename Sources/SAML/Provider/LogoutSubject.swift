import StrictJSON

/// By what an identity provider knows a session: kept, sealed, with the session for its logout (SAML Core §3.7.1).
package struct LogoutSubject: Sendable {
    package let nameID: NameID
    package let sessionIndex: String?

    package init(nameID: NameID, sessionIndex: String?) {
        self.nameID = nameID
        self.sessionIndex = sessionIndex
    }

    /// Reads what `text` gave; nil for anything else.
    package init?(_ text: String) {
        guard let members = (try? JSON.parse(Array(text.utf8)))?.object, let value = members["name_id"]?.string,
            let format = members["format"]?.string
        else { return nil }
        nameID = NameID(
            value: value, format: format, nameQualifier: members["name_qualifier"]?.string,
            spNameQualifier: members["sp_name_qualifier"]?.string)
        sessionIndex = members["session_index"]?.string
    }

    package var text: String {
        let members: [(String, JSON)] = [
            ("name_id", .string(nameID.value)), ("format", .string(nameID.format)),
            ("name_qualifier", JSON(nameID.nameQualifier)), ("sp_name_qualifier", JSON(nameID.spNameQualifier)),
            ("session_index", JSON(sessionIndex)),
        ]
        return JSON.object(JSONObject(members.filter { $0.1 != .null })).text
    }
}
