extension OpenAPIDocument {
    static let sessionPaths = #"""
        "/api/v1/session": {
          "get": {
            "operationId": "getOwnSession", "tags": ["session"],
            "summary": "The caller's own session",
            "description": "By cookie or bearer token. A bearer token counts before a cookie.",
            "security": [{"bearer": []}, {"cookie": []}],
            "parameters": [{"$ref": "#/components/parameters/ownRealm"}],
            "responses": {
              "200": {
                "description": "The session, which is live.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Session"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/NoSession"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          },
          "delete": {
            "operationId": "endOwnSession", "tags": ["session"],
            "summary": "Signs the caller out",
            "description": "Ends the session and takes its refresh token back at the provider. Browsers sign out at `/logout`, which signs out at the provider too.",
            "security": [{"bearer": []}, {"cookie": []}],
            "parameters": [{"$ref": "#/components/parameters/ownRealm"}],
            "responses": {
              "204": {"description": "The session is over.", "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}}},
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/NoSession"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/api/v1/session/revalidate": {
          "post": {
            "operationId": "revalidateOwnSession", "tags": ["session"],
            "summary": "Asks the provider now whether the session still stands",
            "description": "Groups and roles follow at once. A session that is overdue (its provider could not be asked for longer than `revalidate_grace`) may call this and nothing else. Asked more than six times a minute, it answers what it knows; so it does in a realm without `revalidate`.",
            "security": [{"bearer": []}, {"cookie": []}],
            "parameters": [{"$ref": "#/components/parameters/ownRealm"}],
            "responses": {
              "200": {
                "description": "The session as the provider sees it now.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Session"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/NoSession"},
              "502": {"$ref": "#/components/responses/ProviderFault"},
              "503": {"$ref": "#/components/responses/Unavailable"},
              "504": {"$ref": "#/components/responses/ProviderTimeout"}
            }
          }
        }
        """#

    static let sessionsPaths = #"""
        "/api/v1/sessions": {
          "get": {
            "operationId": "listSessions", "tags": ["sessions"],
            "summary": "Live sessions, the newest first",
            "security": [{"bearer": []}, {"cookie": []}],
            "parameters": [
              {"name": "user", "in": "query", "description": "Only of this person, by e-mail address; capitals do not matter.", "schema": {"$ref": "#/components/schemas/Filter"}},
              {"name": "realm", "in": "query", "description": "Only of this realm.", "schema": {"$ref": "#/components/schemas/Filter"}},
              {"name": "provider", "in": "query", "description": "Only through this provider.", "schema": {"$ref": "#/components/schemas/Filter"}},
              {"$ref": "#/components/parameters/limit"},
              {"$ref": "#/components/parameters/cursor"}
            ],
            "responses": {
              "200": {
                "description": "One page.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {
                  "type": "object", "required": ["sessions", "next"],
                  "properties": {
                    "sessions": {"type": "array", "maxItems": 1000, "items": {"$ref": "#/components/schemas/SessionSummary"}},
                    "next": {"$ref": "#/components/schemas/NextCursor"}
                  }
                }}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          },
          "delete": {
            "operationId": "endSessionsOfUser", "tags": ["sessions"],
            "summary": "Ends all sessions of one person",
            "description": "In every realm, command lines too. They are over at the very next check.",
            "security": [{"bearer": []}, {"cookie": []}],
            "parameters": [
              {"name": "user", "in": "query", "required": true, "description": "The person's e-mail address; capitals do not matter.", "schema": {"type": "string", "minLength": 1}, "example": "ada@example.com"}
            ],
            "responses": {
              "200": {"$ref": "#/components/responses/Ended"},
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/api/v1/sessions/{id}": {
          "parameters": [
            {"name": "id", "in": "path", "required": true, "description": "The session's public id, as lists show it. It is not the token.", "schema": {"$ref": "#/components/schemas/SessionID"}}
          ],
          "get": {
            "operationId": "getSession", "tags": ["sessions"],
            "summary": "One live session",
            "security": [{"bearer": []}, {"cookie": []}],
            "responses": {
              "200": {
                "description": "The session.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SessionSummary"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          },
          "delete": {
            "operationId": "endSession", "tags": ["sessions"],
            "summary": "Ends one session",
            "description": "It is over at the very next check.",
            "security": [{"bearer": []}, {"cookie": []}],
            "responses": {
              "200": {"$ref": "#/components/responses/Ended"},
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        }
        """#
}
