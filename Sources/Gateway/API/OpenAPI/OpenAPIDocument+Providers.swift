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
                "examples": {
                  "okta": {"summary": "An Okta organisation by OpenID Connect", "value": {
                    "name": "okta-emea", "kind": "okta", "url": "https://acme-emea.okta.com", "client_id": "0oa1example",
                    "client_secret": "the secret of Okta's General tab", "realms": ["infraon"]
                  }},
                  "saml": {"summary": "A SAML app of Okta's", "value": {
                    "name": "okta-saml-emea", "kind": "saml",
                    "metadata_url": "https://acme-emea.okta.com/app/exk1example/sso/saml/metadata", "realms": ["ssp"]
                  }}
                }
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
            "description": "Of an OpenID provider: names, TLS, clocks, discovery, keys, client id and secret (by a harmless token request), redirect URIs (by asking the authorization endpoint), scopes and the groups claim. Of a SAML provider: metadata, certificates, the sign-on address, clocks, signing and logout. Each failure names the Okta screen and field to change. A failed check is not a failed request.",
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
}
