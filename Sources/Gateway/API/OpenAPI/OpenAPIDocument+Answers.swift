extension OpenAPIDocument {
    static let securitySchemes = #"""
        {
          "bearer": {"type": "http", "scheme": "bearer", "description": "A token of `gatehouse admin-token` or `gatehouse token`."},
          "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-gatehouse-REALM", "description": "The session cookie of the administrators' realm, whose name takes the place of REALM. `__Secure-` with a cookie domain; no prefix on http://localhost."}
        }
        """#

    static let parameters = #"""
        {
          "limit": {"name": "limit", "in": "query", "description": "At most so many on a page.", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 200}},
          "cursor": {"name": "cursor", "in": "query", "description": "`next` of the page before.", "schema": {"type": "string", "maxLength": 100, "pattern": "^[!-~]*$"}},
          "ownRealm": {"name": "realm", "in": "query", "description": "Only a session of this realm counts.", "schema": {"$ref": "#/components/schemas/Filter"}},
          "providerName": {"name": "name", "in": "path", "required": true, "description": "The provider's name.", "schema": {"$ref": "#/components/schemas/Name"}},
          "realmName": {"name": "name", "in": "path", "required": true, "description": "The realm's name.", "schema": {"$ref": "#/components/schemas/Name"}}
        }
        """#

    static let headers = #"""
        {
          "NoStore": {"description": "Nobody may keep the answer.", "required": true, "schema": {"const": "no-store"}},
          "Challenge": {"description": "RFC 9110 §11.6.1.", "required": true, "schema": {"type": "string", "pattern": "^Bearer"}},
          "RetryAfter": {"description": "Seconds after which the same request is taken.", "required": true, "schema": {"type": "string", "pattern": "^[1-9][0-9]*$"}}
        }
        """#

    static let responses = #"""
        {
          "BadRequest": {"description": "The request cannot be read, or asks for what is not there; the type says which.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {"limit": {"value": {"type": "urn:gatehouse:problem:limit_malformed", "title": "This request cannot be read", "status": 400, "detail": "limit must be a number from 1 to 1000."}}}}}},
          "NoSession": {"description": "There is no live session with this request.", "headers": {"WWW-Authenticate": {"$ref": "#/components/headers/Challenge"}}, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "AdministratorWanted": {"description": "Nobody is signed in.", "headers": {"WWW-Authenticate": {"$ref": "#/components/headers/Challenge"}}, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "Forbidden": {"description": "`not_an_administrator`, or `cross_site_request` when another site made the browser ask.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "SignInRefused": {"description": "The provider or the realm's rules let nobody in; the type says why (`no_role`, `provider_refused`, …).", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {"no role": {"value": {"type": "urn:gatehouse:problem:no_role", "title": "Not allowed", "status": 403, "detail": "None of your groups gives you a role in Infraon.", "reference": "7H2KQ9XW"}}}}}},
          "NotFound": {"description": "There is nothing of that name or id.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "Conflict": {"description": "`provider_exists`, or `provider_in_file`: the configuration file has it, and is where it is changed.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "TooLarge": {"description": "The body is larger than this address takes.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "WrongContent": {"description": "The body is of a type that this address does not take.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "TooManyRequests": {"description": "Too many from this address or for this account. Addresses of this machine are exempt.", "headers": {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "ProviderFault": {"description": "The identity provider gave an answer that cannot be used.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "ProviderTimeout": {"description": "The identity provider does not answer.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "Unavailable": {"description": "The store does not answer, and nothing was changed. Try again in a minute.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
          "DeviceError": {"description": "An error of RFC 8628 §3.5 or RFC 6749 §5.2.", "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}}, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeviceError"}, "examples": {"pending": {"value": {"error": "authorization_pending", "error_description": "Nobody has approved the code yet."}}}}}},
          "Ended": {
            "description": "The public ids of the sessions that are over now.",
            "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
            "content": {"application/json": {"schema": {
              "type": "object", "required": ["ended"],
              "properties": {"ended": {"type": "array", "items": {"$ref": "#/components/schemas/SessionID"}}}
            }}}
          }
        }
        """#
}
