import Access
import Identity
import StrictJSON

// How things look to programs. Times are RFC 3339 in UTC; what has no value is null.

extension HotSession {
    var json: JSON {
        [
            "id": .string(id), "kind": .string(kind.rawValue), "host": JSON(host),
            "user": ["id": .string(userID), "email": JSON(email), "name": JSON(name)],
            "realm": .string(realm.text), "provider": .string(provider.text),
            "roles": JSON(roles.map(\.text)), "groups": JSON(groups.map(\.text)),
            "created_at": .string(createdAt.description), "last_seen_at": .string(lastSeenAt.description),
            "expires_at": .string(endsAt.description), "validated_at": .string(validatedAt.description),
            "authenticated_at": JSON(authenticatedAt?.description), "acr": JSON(authenticationContext),
        ]
    }
}

extension SessionSummary {
    var json: JSON {
        [
            "id": .string(id), "kind": .string(kind.rawValue), "host": JSON(host),
            "user": ["id": .string(userID), "email": JSON(email), "name": JSON(name)],
            "realm": .string(realm.text), "provider": .string(provider.text),
            "created_at": .string(createdAt.description), "last_seen_at": .string(lastSeenAt.description),
            "expires_at": .string(endsAt.description), "validated_at": .string(validatedAt.description),
            "address": JSON(address), "user_agent": JSON(userAgent),
        ]
    }
}

extension User {
    var json: JSON {
        [
            "id": .string(id), "email": JSON(email), "name": JSON(name), "issuer": .string(issuer),
            "subject": .string(subject), "groups": JSON(groups.map(\.text)),
            "created_at": .string(createdAt.description), "last_sign_in_at": .string(lastSignInAt.description),
        ]
    }
}

extension AuditEvent {
    var json: JSON {
        [
            "at": .string(at.description), "event": .string(kind.rawValue), "reference": JSON(reference),
            "reason": JSON(reason), "detail": JSON(detail), "realm": JSON(realm?.text),
            "provider": JSON(provider?.text), "user": JSON(user), "session": JSON(session),
            "address": JSON(address), "actor": JSON(actor),
            "trace": trace.flatMap { try? JSON.parse(Array($0.utf8)) } ?? .null,
        ]
    }
}

extension RealmRules {
    var json: JSON {
        [
            "name": .string(name.text), "title": .string(title), "providers": JSON(providers.map(\.text)),
            "home": JSON(home), "cookie_domain": JSON(cookieDomain),
            "session": session.json, "cli_session": commandLineSession.json,
            "revalidate": revalidation.map { .integer($0.interval.components.seconds) } ?? .null,
            "revalidate_grace": revalidation.map { .integer($0.grace.components.seconds) } ?? .null,
            "default_role": JSON(roles.defaultRole?.text),
            "roles": .array(
                roles.rules.map { rule in
                    ["groups": JSON(rule.groups.map(\.description)), "role": .string(rule.role.text)]
                }),
        ]
    }
}

extension SessionLifetime {
    /// In seconds.
    var json: JSON {
        ["idle": .integer(idle.components.seconds), "absolute": .integer(absolute.components.seconds)]
    }
}

extension RuleExplanation {
    var json: JSON {
        [
            "role": .string(role.text), "default": .bool(isDefault), "groups": JSON(patterns.map(\.description)),
            "granted": .bool(isGranted),
            "matched": .array(
                matches.map { match in
                    ["pattern": .string(match.pattern.description), "group": .string(match.group.text)]
                }),
            "why": .string(why),
        ]
    }

    private var why: String {
        if isDefault { return "everybody whom a provider vouches for has it" }
        if let match = matches.first { return "the group '\(match.group)' matches '\(match.pattern)'" }
        let list = patterns.map { "'\($0)'" }.joined(separator: ", ")
        return "no group matches \(list); names compare exactly, case included"
    }
}
