import Identity

/// What the attributes of a provider's assertions mean here.
package struct AttributeMapping: Sendable {
    package let groupsAttribute: String
    package let splitGroups: String?
    package let emailAttribute: String
    package let nameAttribute: String

    /// What all group names together may have, in bytes: they stand in a header of every request to an application. Room
    /// for 2,000 groups with names of 64 bytes.
    static let mostGroupBytes = 128 * 1024
    static let mostTextBytes = 512

    /// - Parameters:
    ///   - splitGroups: what stands between two groups where Okta sends them joined in one value. Any group whose name
    ///     holds it is then two groups.
    ///   - email: `email` when it is nil.
    ///   - name: `displayName` when it is nil.
    package init(
        groups: String = "groups", splitGroups: String? = nil, email: String? = nil, name: String? = nil
    ) {
        groupsAttribute = groups
        self.splitGroups = splitGroups
        emailAttribute = email ?? "email"
        nameAttribute = name ?? "displayName"
    }

    /// The groups as they were sent; split where that is configured.
    package func groups(_ assertion: VerifiedAssertion) -> [String] {
        let values = assertion.values(of: groupsAttribute)
        guard let splitGroups, !splitGroups.isEmpty else { return values.filter { !$0.isEmpty } }
        return values.flatMap { Self.parts(of: $0, between: splitGroups) }
    }

    /// - Throws: `groups_too_large`, `attribute_too_large`.
    package func identity(
        of assertion: VerifiedAssertion, provider: ProviderName
    ) throws(SAMLRejection) -> VerifiedIdentity {
        let groups = groups(assertion)
        guard groups.reduce(0, { $0 + $1.utf8.count }) <= Self.mostGroupBytes else {
            throw SAMLRejection(
                .groupsTooLarge,
                "the \(groups.count) group names are too long together; narrow the filter in \(OktaSetting.saml("Group Attribute Statements"))",
                expected: "\(Self.mostGroupBytes) bytes")
        }
        let nameID = assertion.nameID
        let email = try text(emailAttribute, in: assertion)
        let isEmail = nameID.format.isIdentical(to: NameID.emailAddress)
        return VerifiedIdentity(
            provider: provider, issuer: assertion.issuer, subject: nameID.value,
            email: email ?? (isEmail ? nameID.value : nil), name: try name(in: assertion),
            // An Okta username, unless the format says that it is a pseudonym.
            preferredUsername: isEmail || nameID.format.isIdentical(to: NameID.unspecified) ? nameID.value : nil,
            groups: groups.map { GroupName($0) }, authenticatedAt: assertion.authenticatedAt,
            authenticationContext: assertion.contextClass, providerSession: assertion.sessionIndex,
            sessionEndsBy: assertion.sessionEndsBy)
    }

    private func name(in assertion: VerifiedAssertion) throws(SAMLRejection) -> String? {
        if let name = try text(nameAttribute, in: assertion) { return name }
        let first = try text("firstName", in: assertion)
        let last = try text("lastName", in: assertion)
        return first == nil && last == nil ? nil : [first, last].compactMap(\.self).joined(separator: " ")
    }

    /// The first value that is not empty.
    private func text(_ name: String, in assertion: VerifiedAssertion) throws(SAMLRejection) -> String? {
        guard let text = assertion.values(of: name).first(where: { !$0.isEmpty }) else { return nil }
        guard text.utf8.count <= Self.mostTextBytes else {
            throw SAMLRejection(
                .attributeTooLarge, "a value that is kept has more than \(Self.mostTextBytes) bytes",
                expected: "\(Self.mostTextBytes) bytes", found: "the attribute \(name)")
        }
        return text
    }

    /// By bytes, without the white space around each part, and without empty parts.
    private static func parts(of value: String, between separator: String) -> [String] {
        let (bytes, mark) = (Array(value.utf8), Array(separator.utf8))
        var parts: [ArraySlice<UInt8>] = []
        var (start, index) = (0, 0)
        while index + mark.count <= bytes.count {
            if bytes[index..<(index + mark.count)].elementsEqual(mark) {
                parts.append(bytes[start..<index])
                index += mark.count
                start = index
            } else {
                index += 1
            }
        }
        parts.append(bytes[start...])
        return parts.compactMap { part in
            let trimmed = part.drop(while: \.isXMLSpace).reversed().drop(while: \.isXMLSpace).reversed()
            return trimmed.isEmpty ? nil : String(decoding: trimmed, as: UTF8.self)
        }
    }
}
