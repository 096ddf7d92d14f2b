extension OpenAPIDocument {
    static let providersPaths = #"""
        "/api/v1/providers": {
          "get": {
            "operationId": "listProviders", "tags": ["providers"],
            "summary": "All providers, by name",
            "security": [{"bearer": []}, {"cookie": []}],
            "responses": {
              "200": {
                "description": "Those of the configuration file and those added at run time. Secrets are never shown.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {
                  "type": "object", "required": ["providers", "unusable"],
                  "properties": {
                    "providers": {"type": "array", "items": {"$ref": "#/components/schemas/Provider"}},
                    "unusable": {
                      "type": "array", "description": "Providers that are there and cannot be used, and why. They can be removed.",
                      "items": {"type": "object", "required": ["name", "why"], "properties": {"name": {"type": "string"}, "why": {"type": "string"}}}
                    }
                  }
                }}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          },
          "post": {
            "operationId": "addProvider", "tags": ["providers"],
            "summary": "Adds a provider",
            "description": "People can sign in through it at once, here, and within seconds in every other process on the same store. The secret is encrypted in the store and never comes out again.",
            "security": [{"bearer": []}, {"cookie": []}],
            "requestBody": {
              "required": true,
              "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/NewProvider"},
                "examples": {"okta": {"summary": "An Okta organisation", "value": {
                  "name": "okta-emea", "kind": "okta", "url": "https://acme-emea.okta.com", "client_id": "0oa1example",
                  "client_secret": "the secret of Okta's General tab", "realms": ["infraon"]
                }}}
              }}
            },
            "responses": {
              "201": {
                "description": "The provider is in use.",
                "headers": {
                  "Cache-Control": {"$ref": "#/components/headers/NoStore"},
                  "Location": {"description": "Where it can be read.", "schema": {"type": "string"}}
                },
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Provider"}}},
                "links": {
                  "show": {"operationId": "getProvider", "parameters": {"name": "$response.body#/name"}},
                  "remove": {"operationId": "removeProvider", "parameters": {"name": "$response.body#/name"}}
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "409": {"$ref": "#/components/responses/Conflict"},
              "413": {"$ref": "#/components/responses/TooLarge"},
              "415": {"$ref": "#/components/responses/WrongContent"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/api/v1/providers/{name}": {
          "parameters": [{"$ref": "#/components/parameters/providerName"}],
          "get": {
            "operationId": "getProvider", "tags": ["providers"],
            "summary": "One provider",
            "security": [{"bearer": []}, {"cookie": []}],
            "responses": {
              "200": {
                "description": "Its settings. Secrets are never shown.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Provider"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          },
          "delete": {
            "operationId": "removeProvider", "tags": ["providers"],
            "summary": "Removes a provider that was added at run time",
            "description": "Sessions that came through it are over at the next check.",
            "security": [{"bearer": []}, {"cookie": []}],
            "responses": {
              "204": {"description": "It is gone."},
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/AdministratorWanted"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/api/v1/providers/{name}/verify": {
          "parameters": [{"$ref": "#/components/parameters/providerName"}],
          "post": {
            "operationId": "verifyProvider", "tags": ["providers"],
            "summary": "Checks a provider's set-up",
            "description": "Names, TLS, clocks, discovery, keys, client id and secret (by a harmless token request), redirect URIs (by asking the authorization endpoint), scopes and the groups claim. Each failure names the Okta screen and field to change. A failed check is not a failed request.",
            "security": [{"bearer": []}, {"cookie": []}],
            "responses": {
              "200": {
                "description": "What was found.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Verification"}}}
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

    static let providerSchemas = #"""
        "Provider": {
          "type": "object",
          "required": ["name", "kind", "source", "url", "client_id", "scopes", "groups_claim", "response_mode", "pushed_authorization", "dpop", "logout", "realms", "created_at", "created_by"],
          "properties": {
            "name": {"$ref": "#/components/schemas/Name"},
            "kind": {"enum": ["okta", "oidc"]},
            "url": {"type": "string", "description": "The issuer.", "examples": ["https://acme.okta.com"]},
            "client_id": {"type": "string"},
            "client_secret": {"const": "set", "description": "There is one. It is never shown."},
            "client_key": {"const": "set", "description": "There is a private key (private_key_jwt). It is never shown."},
            "realms": {"type": "array", "description": "The realms that offer it.", "items": {"$ref": "#/components/schemas/Name"}},
            "scopes": {"type": "array", "items": {"type": "string"}},
            "groups_claim": {"type": "string"},
            "response_mode": {"enum": ["query", "form_post"], "description": "How the provider's answer comes back."},
            "logout": {"enum": ["provider", "local"], "description": "Whether signing out here signs out there too."},
            "pushed_authorization": {"type": "boolean", "description": "Authorization requests are pushed (RFC 9126) also when the provider does not demand it."},
            "dpop": {"type": "boolean", "description": "Tokens are bound to a key of the gateway (RFC 9449)."},
            "source": {"enum": ["file", "store"], "description": "Those of the configuration file are changed there, and win over one of the same name in the store."},
            "created_at": {"$ref": "#/components/schemas/OptionalTime", "description": "Null for those of the file."},
            "created_by": {"type": ["string", "null"], "description": "The administrator who added it."}
          }
        },
        "NewProvider": {
          "type": "object", "additionalProperties": false,
          "required": ["name", "kind", "url", "client_id", "client_secret"],
          "properties": {
            "name": {"$ref": "#/components/schemas/Name"},
            "kind": {"enum": ["okta", "oidc"]},
            "url": {"type": "string", "pattern": "^(https://|http://localhost(:[0-9]{1,5})?(/|$))", "description": "The issuer: the organisation, or a custom authorization server (…/oauth2/default)."},
            "client_id": {"type": "string", "pattern": "^[!-~]+$"},
            "client_secret": {"type": "string", "minLength": 1, "maxLength": 512, "pattern": "^[^\\u0000-\\u001f\\u007f]+$", "writeOnly": true, "description": "At most 512 bytes."},
            "realms": {"type": ["array", "null"], "description": "Who may use it; none: nobody yet.", "items": {"$ref": "#/components/schemas/Name"}},
            "scopes": {"type": ["array", "null"], "minItems": 1, "description": "Default: openid, profile, email; for Okta also groups and offline_access.", "contains": {"const": "openid"}, "items": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!#-\\[\\]-~]+$"}},
            "groups_claim": {"type": ["string", "null"], "minLength": 1, "default": "groups"},
            "response_mode": {"enum": ["query", "form_post", null], "default": "query"},
            "logout": {"enum": ["provider", "local", null], "default": "provider"},
            "pushed_authorization": {"type": ["boolean", "null"], "default": false},
            "dpop": {"type": ["boolean", "null"], "default": false}
          }
        },
        "Verification": {
          "type": "object", "required": ["provider", "good", "checks"],
          "properties": {
            "provider": {"$ref": "#/components/schemas/Name"},
            "good": {"type": "boolean", "description": "No check failed."},
            "checks": {"type": "array", "items": {
              "type": "object", "required": ["name", "outcome", "detail", "advice"],
              "properties": {
                "name": {"type": "string", "description": "A stable code in snake case."},
                "outcome": {"enum": ["passed", "failed", "warning", "skipped"]},
                "detail": {"type": "string", "description": "What was found."},
                "advice": {"type": ["string", "null"], "description": "What to change, and on which Okta screen."}
              }
            }}
          }
        }
        """#
}
