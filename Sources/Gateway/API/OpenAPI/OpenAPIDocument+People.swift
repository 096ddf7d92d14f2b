extension OpenAPIDocument {
    static let realmsPaths = #"""
        "/api/v1/realms": {
          "get": {
            "operationId": "listRealms", "tags": ["realms"],
            "summary": "All realms, by name",
            "security": [{"bearer": []}, {"cookie": []}],
            "responses": {
              "200": {
                "description": "As the configuration file has them.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {
                  "type": "object", "required": ["realms"],
                  "properties": {"realms": {"type": "array", "items": {"$ref": "#/components/schemas/Realm"}}}
                }}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/api/v1/realms/{name}": {
          "parameters": [{"$ref": "#/components/parameters/realmName"}],
          "get": {
            "operationId": "getRealm", "tags": ["realms"],
            "summary": "One realm",
            "security": [{"bearer": []}, {"cookie": []}],
            "responses": {
              "200": {
                "description": "As the configuration file has it.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Realm"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/api/v1/realms/{name}/roles": {
          "parameters": [{"$ref": "#/components/parameters/realmName"}],
          "get": {
            "operationId": "explainRoles", "tags": ["realms"],
            "summary": "Which rule gives which role, and why the others do not",
            "description": "For a list of groups, or for a person with the groups that the provider said last. One of the two.",
            "security": [{"bearer": []}, {"cookie": []}],
            "parameters": [
              {"name": "group", "in": "query", "style": "form", "explode": true, "description": "A group's exact name; may come several times.", "schema": {"type": "array", "items": {"type": "string"}}},
              {"name": "user", "in": "query", "description": "A person's e-mail address.", "schema": {"$ref": "#/components/schemas/Filter"}}
            ],
            "responses": {
              "200": {
                "description": "Every rule of the realm.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RoleExplanation"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        }
        """#

    static let usersPaths = #"""
        "/api/v1/users": {
          "get": {
            "operationId": "listUsers", "tags": ["users"],
            "summary": "Everybody who ever signed in",
            "security": [{"bearer": []}, {"cookie": []}],
            "parameters": [
              {"name": "email", "in": "query", "description": "Only who has this e-mail address; capitals do not matter.", "schema": {"$ref": "#/components/schemas/Filter"}},
              {"$ref": "#/components/parameters/limit"},
              {"$ref": "#/components/parameters/cursor"}
            ],
            "responses": {
              "200": {
                "description": "One page.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {
                  "type": "object", "required": ["users", "next"],
                  "properties": {
                    "users": {"type": "array", "maxItems": 1000, "items": {"$ref": "#/components/schemas/User"}},
                    "next": {"$ref": "#/components/schemas/NextCursor"}
                  }
                }}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/api/v1/users/{id}": {
          "parameters": [
            {"name": "id", "in": "path", "required": true, "description": "The local user id, as X-Auth-User carries it.", "schema": {"$ref": "#/components/schemas/UserID"}}
          ],
          "get": {
            "operationId": "getUser", "tags": ["users"],
            "summary": "One person",
            "security": [{"bearer": []}, {"cookie": []}],
            "responses": {
              "200": {
                "description": "The person.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        }
        """#

    static let auditPaths = #"""
        "/api/v1/audit": {
          "get": {
            "operationId": "listAuditEvents", "tags": ["audit"],
            "summary": "What happened, the newest first",
            "description": "Filters add up: an event must meet all of them.",
            "security": [{"bearer": []}, {"cookie": []}],
            "parameters": [
              {"name": "reference", "in": "query", "description": "The 8 characters that a failure page shows.", "schema": {"$ref": "#/components/schemas/Filter"}, "example": "7H2KQ9XW"},
              {"name": "event", "in": "query", "schema": {"anyOf": [{"$ref": "#/components/schemas/EventKind"}, {"const": ""}]}, "example": "session.ended"},
              {"name": "user", "in": "query", "description": "The local id of the person it happened to.", "schema": {"$ref": "#/components/schemas/Filter"}},
              {"name": "session", "in": "query", "description": "The public id of a session.", "schema": {"$ref": "#/components/schemas/Filter"}},
              {"name": "realm", "in": "query", "schema": {"$ref": "#/components/schemas/Filter"}},
              {"name": "provider", "in": "query", "schema": {"$ref": "#/components/schemas/Filter"}},
              {"name": "reason", "in": "query", "description": "A reason code.", "schema": {"$ref": "#/components/schemas/Filter"}, "example": "nonce_mismatch"},
              {"name": "since", "in": "query", "description": "At or after this time.", "schema": {"$ref": "#/components/schemas/TimeFilter"}},
              {"name": "until", "in": "query", "description": "Before this time.", "schema": {"$ref": "#/components/schemas/TimeFilter"}},
              {"$ref": "#/components/parameters/limit"},
              {"$ref": "#/components/parameters/cursor"}
            ],
            "responses": {
              "200": {
                "description": "One page.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {
                  "type": "object", "required": ["events", "next"],
                  "properties": {
                    "events": {"type": "array", "maxItems": 1000, "items": {"$ref": "#/components/schemas/AuditEvent"}},
                    "next": {"$ref": "#/components/schemas/NextCursor"}
                  }
                }}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        }
        """#

    static let peopleSchemas = #"""
        "Name": {"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$", "description": "Letters, digits, - and _; at most 63."},
        "Filter": {"type": "string", "description": "Empty is as if it were not there."},
        "Time": {"type": "string", "format": "date-time", "description": "RFC 3339.", "examples": ["2026-11-22T13:07:53.000Z"]},
        "OptionalTime": {"type": ["string", "null"], "format": "date-time"},
        "TimeFilter": {"anyOf": [{"$ref": "#/components/schemas/Time"}, {"const": ""}], "examples": ["2026-11-22T13:07:53Z"]},
        "NextCursor": {"type": ["string", "null"], "description": "Send it as `cursor` to get the next page; null on the last."},
        "SessionID": {"type": "string", "pattern": "^ses_[A-Za-z0-9_-]{16}$", "examples": ["ses_enzFvvTq3A-QEGCB"]},
        "UserID": {"type": "string", "pattern": "^usr_[A-Za-z0-9_-]{16}$", "examples": ["usr_Zk3v9wq8bYtCqGdR"]},
        "Person": {
          "type": "object", "required": ["id", "email", "name"],
          "properties": {
            "id": {"$ref": "#/components/schemas/UserID"},
            "email": {"type": ["string", "null"], "description": "For display. It is no key: it can change, and two people may have had it."},
            "name": {"type": ["string", "null"]}
          }
        },
        "Session": {
          "type": "object",
          "required": ["id", "user", "realm", "provider", "roles", "groups", "kind", "host", "created_at", "last_seen_at", "expires_at", "authenticated_at", "validated_at", "acr"],
          "properties": {
            "id": {"$ref": "#/components/schemas/SessionID"},
            "user": {"$ref": "#/components/schemas/Person"},
            "realm": {"$ref": "#/components/schemas/Name"},
            "provider": {"$ref": "#/components/schemas/Name"},
            "roles": {"type": "array", "items": {"type": "string"}},
            "groups": {"type": "array", "items": {"type": "string"}},
            "kind": {"enum": ["browser", "cli"]},
            "host": {"type": ["string", "null"], "description": "The name of the machine that a command line runs on, as it said itself."},
            "created_at": {"$ref": "#/components/schemas/Time"},
            "last_seen_at": {"$ref": "#/components/schemas/Time"},
            "expires_at": {"$ref": "#/components/schemas/Time"},
            "authenticated_at": {"$ref": "#/components/schemas/OptionalTime"},
            "validated_at": {"$ref": "#/components/schemas/Time"},
            "acr": {"type": ["string", "null"], "description": "How the person was authenticated, in the provider's words.", "examples": ["urn:okta:loa:2fa:any"]}
          }
        },
        "SessionSummary": {
          "type": "object",
          "required": ["id", "user", "realm", "provider", "kind", "host", "created_at", "last_seen_at", "expires_at", "validated_at", "address", "user_agent"],
          "properties": {
            "id": {"$ref": "#/components/schemas/SessionID"},
            "user": {"$ref": "#/components/schemas/Person"},
            "realm": {"$ref": "#/components/schemas/Name"},
            "provider": {"$ref": "#/components/schemas/Name"},
            "kind": {"enum": ["browser", "cli"]},
            "host": {"type": ["string", "null"]},
            "created_at": {"$ref": "#/components/schemas/Time"},
            "last_seen_at": {"$ref": "#/components/schemas/Time"},
            "expires_at": {"$ref": "#/components/schemas/Time"},
            "validated_at": {"$ref": "#/components/schemas/Time"},
            "address": {"type": ["string", "null"], "description": "Where it was made from."},
            "user_agent": {"type": ["string", "null"]}
          }
        },
        "User": {
          "type": "object",
          "required": ["id", "email", "name", "issuer", "subject", "groups", "created_at", "last_sign_in_at"],
          "properties": {
            "id": {"$ref": "#/components/schemas/UserID"},
            "email": {"type": ["string", "null"]},
            "name": {"type": ["string", "null"]},
            "issuer": {"type": "string", "description": "With `subject`, who this is: people are keyed on the two."},
            "subject": {"type": "string"},
            "groups": {"type": "array", "description": "What the provider said last.", "items": {"type": "string"}},
            "created_at": {"$ref": "#/components/schemas/Time"},
            "last_sign_in_at": {"$ref": "#/components/schemas/Time"}
          }
        },
        "EventKind": {
          "description": "What kind of thing happened.",
          "enum": [
            "login.succeeded", "login.failed", "login.refused", "session.created", "session.ended", "session.revalidated",
            "logout.refused", "device.requested", "device.approved", "device.refused", "provider.added",
            "provider.removed", "administration.request", "administration.token_issued"
          ]
        },
        "AuditEvent": {
          "type": "object",
          "required": ["at", "event", "reference", "reason", "detail", "realm", "provider", "user", "session", "address", "actor", "trace"],
          "properties": {
            "at": {"$ref": "#/components/schemas/Time"},
            "event": {"$ref": "#/components/schemas/EventKind"},
            "reference": {"type": ["string", "null"]},
            "reason": {"type": ["string", "null"], "pattern": "^[a-z0-9_]+$"},
            "detail": {"type": ["string", "null"]},
            "realm": {"type": ["string", "null"]},
            "provider": {"type": ["string", "null"]},
            "user": {"type": ["string", "null"], "description": "The local id of the person it happened to."},
            "session": {"type": ["string", "null"]},
            "address": {"type": ["string", "null"]},
            "actor": {"type": ["string", "null"], "description": "Who acted, when it was not the person themselves."},
            "trace": {"type": ["object", "null"], "description": "Of a SAML response that was refused: the rule and code, what was expected and what came, certificates and times. Unverified, and without values of attributes."}
          }
        }
        """#

    static let realmSchemas = #"""
        "Lifetime": {
          "type": "object", "required": ["idle", "absolute"],
          "properties": {
            "idle": {"type": "integer", "minimum": 1, "description": "Seconds without use."},
            "absolute": {"type": "integer", "minimum": 1, "description": "Seconds altogether."}
          }
        },
        "Realm": {
          "type": "object", "required": ["name", "title", "providers", "home", "cookie_domain", "session", "cli_session", "revalidate", "revalidate_grace", "roles", "default_role"],
          "properties": {
            "name": {"$ref": "#/components/schemas/Name"},
            "title": {"type": "string"},
            "providers": {"type": "array", "items": {"$ref": "#/components/schemas/Name"}},
            "home": {"type": ["string", "null"], "description": "Where a sign-in without a return address ends."},
            "cookie_domain": {"type": ["string", "null"]},
            "session": {"$ref": "#/components/schemas/Lifetime"},
            "cli_session": {"$ref": "#/components/schemas/Lifetime"},
            "revalidate": {"type": ["integer", "null"], "description": "Seconds after which the provider is asked whether a session still stands; null: never."},
            "revalidate_grace": {"type": ["integer", "null"], "description": "Seconds for which a session is believed while the provider cannot be asked."},
            "roles": {"type": "array", "items": {
              "type": "object", "required": ["role", "groups"],
              "properties": {"role": {"type": "string"}, "groups": {"type": "array", "items": {"type": "string"}}}
            }},
            "default_role": {"type": ["string", "null"]}
          }
        },
        "RoleExplanation": {
          "type": "object", "required": ["realm", "groups", "roles", "rules"],
          "properties": {
            "realm": {"$ref": "#/components/schemas/Name"},
            "groups": {"type": "array", "description": "What was judged.", "items": {"type": "string"}},
            "roles": {"type": "array", "description": "What is granted; without any, nobody gets in.", "items": {"type": "string"}},
            "rules": {"type": "array", "items": {
              "type": "object", "required": ["role", "default", "groups", "granted", "matched", "why"],
              "properties": {
                "role": {"type": "string"},
                "groups": {"type": "array", "description": "The rule's patterns.", "items": {"type": "string"}},
                "granted": {"type": "boolean"},
                "default": {"type": "boolean", "description": "It is the realm's default role."},
                "matched": {"type": "array", "items": {
                  "type": "object", "required": ["pattern", "group"],
                  "properties": {"pattern": {"type": "string"}, "group": {"type": "string"}}
                }},
                "why": {"type": "string", "description": "A sentence."}
              }
            }}
          }
        }
        """#
}
