/// The description of `/api/v1`, as `GET /api/v1/openapi.json` gives it out (OpenAPI 3.1).
///
/// Written by hand, in parts that lie beside this file. The end-to-end tests hold it against the program: every answer that
/// schemathesis gets must be described here.
enum OpenAPIDocument {
    static let json: String = [
        #"{"openapi": "3.1.0","#, information, #","paths": {"#, paths, #"},"components": {"securitySchemes": "#,
        securitySchemes, #","parameters": "#, parameters, #","headers": "#, headers, #","responses": "#, responses,
        #","schemas": {"#, schemas, "}}}",
    ].joined()

    private static let paths: String = [
        sessionPaths, sessionsPaths, providersPaths, realmsPaths, usersPaths, auditPaths, commandLinePaths, devicePaths,
        descriptionPaths,
    ].joined(separator: ",")

    private static let schemas: String = [
        peopleSchemas, providerSchemas, realmSchemas, signInSchemas,
    ].joined(separator: ",")

    private static let information = #"""
        "info": {
          "title": "Gatehouse",
          "version": "1",
          "summary": "Sessions, providers, realms, people, the audit trail, and signing in without a browser of ours.",
          "description": "JSON in, JSON out. Times are UTC in RFC 3339. Problems are `application/problem+json` (RFC 9457) with a stable `type`, `urn:gatehouse:problem:CODE`; `docs/reason-codes.md` says what each code means and what to do.\n\n**Who may call.** Everything about sessions, providers, realms, users and the audit trail is for administrators: the holder of a token made by `gatehouse admin-token`, or a person with the role that `administrators` in the configuration names, by the token of `gatehouse login` or by the browser's session cookie. A cookie counts for requests that change something only when they come from the gateway's own origin. Each of these calls is written to the audit trail before it acts.\n\n**Lists** come in pages: `next` is the cursor of the next page, null on the last. A cursor stays good while new rows arrive: each row that was there when the walk began is seen exactly once.\n\n**Everywhere**: a method that an address does not take is 405 with `Allow`; a body that is too large is 413; 503 `temporarily_unavailable` when the store does not answer, and then nothing was changed."
        },
        "servers": [{"url": "/", "description": "The gateway's own origin."}],
        "tags": [
          {"name": "session", "description": "The caller's own session."},
          {"name": "sessions", "description": "Everybody's sessions. For administrators."},
          {"name": "providers", "description": "Identity providers, those of the configuration file and those added at run time. For administrators."},
          {"name": "realms", "description": "The populations and who gets which role. For administrators."},
          {"name": "users", "description": "Everybody who ever signed in. For administrators."},
          {"name": "audit", "description": "What happened, to whom, by whom. For administrators."},
          {"name": "command line", "description": "What `gatehouse login` does: the browser comes back to the command line, which proves by PKCE that it asked."},
          {"name": "device", "description": "The device grant of RFC 8628, for machines without a browser. Field and error names are the RFC's."},
          {"name": "description", "description": "This document."}
        ]
        """#
}
