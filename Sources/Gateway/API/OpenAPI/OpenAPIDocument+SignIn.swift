extension OpenAPIDocument {
    static let commandLinePaths = #"""
        "/api/v1/cli/logins": {
          "post": {
            "operationId": "beginCommandLineLogin", "tags": ["command line"],
            "summary": "Starts a sign-in whose answer comes to http://localhost:8301",
            "security": [],
            "requestBody": {
              "required": true,
              "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/NewCommandLineLogin"},
                "examples": {"login": {"value": {"realm": "infraon", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "host": "build-7"}}}
              }}
            },
            "responses": {
              "201": {
                "description": "Open `authorize_url` in a browser.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {
                  "type": "object", "required": ["login_id", "authorize_url", "expires_in", "state"],
                  "properties": {
                    "login_id": {"type": "string"},
                    "authorize_url": {"type": "string", "format": "uri"},
                    "expires_in": {"const": 300, "description": "Seconds."},
                    "state": {"type": "string", "description": "What the answer must bring back; of use where `authorize_url` does not tell (RFC 9126)."}
                  }
                }}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "413": {"$ref": "#/components/responses/TooLarge"},
              "415": {"$ref": "#/components/responses/WrongContent"},
              "429": {"$ref": "#/components/responses/TooManyRequests"},
              "502": {"$ref": "#/components/responses/ProviderFault"},
              "503": {"$ref": "#/components/responses/Unavailable"},
              "504": {"$ref": "#/components/responses/ProviderTimeout"}
            }
          }
        },
        "/api/v1/cli/logins/{id}/complete": {
          "parameters": [
            {"name": "id", "in": "path", "required": true, "description": "The `login_id` of the start.", "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9_-]+$"}}
          ],
          "post": {
            "operationId": "completeCommandLineLogin", "tags": ["command line"],
            "summary": "Finishes it with what the browser brought",
            "description": "Once, within five minutes, and only with the verifier whose S256 hash the start named. Unknown, used, too late, another verifier or another state: 400 `attempt_unknown`, all the same.",
            "security": [],
            "requestBody": {
              "required": true,
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CommandLineCompletion"}}}
            },
            "responses": {
              "200": {
                "description": "Signed in. The token is shown this once.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {
                  "type": "object",
                  "required": ["token", "expires_at", "user", "realm", "provider", "roles", "session_id"],
                  "properties": {
                    "token": {"type": "string", "description": "A bearer token of this session."},
                    "expires_at": {"$ref": "#/components/schemas/Time"},
                    "user": {"$ref": "#/components/schemas/Person"},
                    "realm": {"$ref": "#/components/schemas/Name"},
                    "provider": {"$ref": "#/components/schemas/Name"},
                    "roles": {"type": "array", "items": {"type": "string"}},
                    "session_id": {"$ref": "#/components/schemas/SessionID"}
                  }
                }}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/SignInRefused"},
              "403": {"$ref": "#/components/responses/SignInRefused"},
              "413": {"$ref": "#/components/responses/TooLarge"},
              "415": {"$ref": "#/components/responses/WrongContent"},
              "429": {"$ref": "#/components/responses/TooManyRequests"},
              "502": {"$ref": "#/components/responses/ProviderFault"},
              "503": {"$ref": "#/components/responses/Unavailable"},
              "504": {"$ref": "#/components/responses/ProviderTimeout"}
            }
          }
        }
        """#

    static let devicePaths = #"""
        "/api/v1/device/authorize": {
          "post": {
            "operationId": "beginDeviceLogin", "tags": ["device"],
            "summary": "Asks for a device code (RFC 8628 §3.1)",
            "security": [],
            "requestBody": {
              "required": false,
              "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/DeviceAuthorizationRequest"}},
                "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/DeviceAuthorizationRequest"}}
              }
            },
            "responses": {
              "200": {
                "description": "Show the person `user_code` and `verification_uri`, and poll (RFC 8628 §3.2).",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {
                  "type": "object",
                  "required": ["device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval"],
                  "properties": {
                    "device_code": {"type": "string", "minLength": 43},
                    "user_code": {"type": "string", "pattern": "^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$", "examples": ["BCDF-GHJK"]},
                    "verification_uri": {"type": "string", "format": "uri"},
                    "verification_uri_complete": {"type": "string", "format": "uri"},
                    "expires_in": {"const": 600, "description": "Seconds."},
                    "interval": {"const": 5, "description": "Seconds between two polls."}
                  }
                }}}
              },
              "400": {"$ref": "#/components/responses/DeviceError"},
              "413": {"$ref": "#/components/responses/TooLarge"},
              "415": {"$ref": "#/components/responses/WrongContent"},
              "429": {"$ref": "#/components/responses/TooManyRequests"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/api/v1/device/token": {
          "post": {
            "operationId": "collectDeviceToken", "tags": ["device"],
            "summary": "Polls for the token (RFC 8628 §3.4)",
            "description": "Not more often than `interval` says; `slow_down` adds five seconds to it each time. The token is delivered once.",
            "security": [],
            "requestBody": {
              "required": true,
              "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/DeviceTokenRequest"}},
                "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/DeviceTokenRequest"}}
              }
            },
            "responses": {
              "200": {
                "description": "The person has approved.",
                "headers": {"Cache-Control": {"$ref": "#/components/headers/NoStore"}},
                "content": {"application/json": {"schema": {
                  "type": "object", "required": ["access_token", "token_type", "expires_in", "expires_at", "realm", "provider", "roles", "user", "session_id"],
                  "properties": {
                    "access_token": {"type": "string"},
                    "token_type": {"const": "Bearer"},
                    "expires_in": {"type": "integer", "minimum": 0, "description": "Seconds."},
                    "expires_at": {"$ref": "#/components/schemas/Time"},
                    "realm": {"$ref": "#/components/schemas/Name"},
                    "provider": {"$ref": "#/components/schemas/Name"},
                    "roles": {"type": "array", "items": {"type": "string"}},
                    "user": {"$ref": "#/components/schemas/Person"},
                    "session_id": {"$ref": "#/components/schemas/SessionID"}
                  }
                }}}
              },
              "400": {"$ref": "#/components/responses/DeviceError"},
              "413": {"$ref": "#/components/responses/TooLarge"},
              "415": {"$ref": "#/components/responses/WrongContent"},
              "429": {"$ref": "#/components/responses/TooManyRequests"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        }
        """#

    static let descriptionPaths = #"""
        "/api/v1/openapi.json": {
          "get": {
            "operationId": "getDescription", "tags": ["description"],
            "summary": "This document",
            "security": [],
            "responses": {
              "200": {
                "description": "OpenAPI 3.1.",
                "content": {"application/json": {"schema": {
                  "type": "object", "required": ["openapi", "info", "paths"], "additionalProperties": true,
                  "properties": {"openapi": {"type": "string"}, "info": {"type": "object"}, "paths": {"type": "object"}}
                }}}
              }
            }
          }
        }
        """#

    static let signInSchemas = #"""
        "NewCommandLineLogin": {
          "type": "object", "additionalProperties": false, "required": ["code_challenge"],
          "properties": {
            "realm": {"type": ["string", "null"], "description": "Needed when there are several."},
            "provider": {"type": ["string", "null"], "description": "Needed when the realm has several."},
            "code_challenge": {"type": "string", "pattern": "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$", "description": "S256 of the verifier (RFC 7636 §4.2)."},
            "host": {"$ref": "#/components/schemas/HostName"}
          }
        },
        "CommandLineCompletion": {
          "type": "object", "additionalProperties": false, "required": ["state", "code_verifier"],
          "description": "`code` or `error`, as the browser brought it.",
          "oneOf": [{"required": ["code"]}, {"required": ["error"]}],
          "properties": {
            "code": {"type": "string", "minLength": 1, "maxLength": 8192},
            "error": {"type": "string", "minLength": 1, "maxLength": 200},
            "error_description": {"type": "string", "maxLength": 4096},
            "state": {"type": "string", "minLength": 1, "maxLength": 1000},
            "iss": {"type": "string", "minLength": 1, "maxLength": 2000},
            "code_verifier": {"type": "string", "pattern": "^[A-Za-z0-9._~-]{43,128}$"}
          }
        },
        "DeviceAuthorizationRequest": {
          "type": "object", "additionalProperties": false,
          "properties": {
            "realm": {"type": ["string", "null"], "description": "Needed when there are several."},
            "host": {"$ref": "#/components/schemas/HostName"},
            "client_id": {"type": "string", "description": "Of general clients; it means nothing here."},
            "scope": {"type": "string", "description": "Of general clients; it means nothing here."}
          }
        },
        "DeviceTokenRequest": {
          "type": "object", "additionalProperties": false, "required": ["device_code"],
          "properties": {
            "device_code": {"type": "string", "maxLength": 128, "pattern": "^[!-~]+$"},
            "grant_type": {"const": "urn:ietf:params:oauth:grant-type:device_code"},
            "client_id": {"type": "string", "description": "Of general clients; it means nothing here."}
          }
        },
        "HostName": {"type": ["string", "null"], "maxLength": 100, "pattern": "^[^\\u0000-\\u001f\\u007f]*$", "description": "The name of the asking machine, shown to the person; at most 100 bytes.", "examples": ["build-7"]},
        "DeviceError": {
          "type": "object", "required": ["error", "error_description"],
          "properties": {
            "error": {"enum": ["authorization_pending", "slow_down", "access_denied", "expired_token", "invalid_grant", "invalid_request", "unsupported_grant_type"]},
            "error_description": {"type": "string"}
          }
        },
        "Problem": {
          "type": "object", "required": ["type", "title", "status", "detail"],
          "description": "RFC 9457.",
          "properties": {
            "type": {"type": "string", "pattern": "^urn:gatehouse:problem:[a-z0-9_]+$", "description": "Stable: programs tell problems apart by it."},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What happened and what to do, for a person."},
            "reference": {"type": "string", "pattern": "^[0-9A-Z]{8}$", "description": "Under it the log and the audit trail have the precise reason."}
          }
        }
        """#
}
