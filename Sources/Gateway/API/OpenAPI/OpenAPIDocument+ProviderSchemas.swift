extension OpenAPIDocument {
    static let providerSchemas = #"""
        "Provider": {
          "oneOf": [{"$ref": "#/components/schemas/OpenIDProvider"}, {"$ref": "#/components/schemas/SAMLProvider"}],
          "discriminator": {"propertyName": "kind", "mapping": {
            "okta": "#/components/schemas/OpenIDProvider", "oidc": "#/components/schemas/OpenIDProvider",
            "saml": "#/components/schemas/SAMLProvider"
          }}
        },
        "NewProvider": {
          "oneOf": [{"$ref": "#/components/schemas/NewOpenIDProvider"}, {"$ref": "#/components/schemas/NewSAMLProvider"}],
          "discriminator": {"propertyName": "kind", "mapping": {
            "okta": "#/components/schemas/NewOpenIDProvider", "oidc": "#/components/schemas/NewOpenIDProvider",
            "saml": "#/components/schemas/NewSAMLProvider"
          }}
        },
        "OpenIDProvider": {
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
        "SAMLProvider": {
          "type": "object",
          "required": ["name", "kind", "source", "issuer", "metadata_url", "sso_url", "slo_url", "certificates", "entity_id", "acs_url", "groups_attribute", "split_groups", "email_attribute", "name_attribute", "name_id_format", "idp_initiated", "signing_key", "decryption_key", "request_binding", "insecure_allow_sha1", "logout", "realms", "created_at", "created_by"],
          "properties": {
            "name": {"$ref": "#/components/schemas/Name"},
            "kind": {"const": "saml"},
            "issuer": {"type": ["string", "null"], "description": "The identity provider's entity ID; null until its metadata was fetched.", "examples": ["http://www.okta.com/exk1example"]},
            "metadata_url": {"type": ["string", "null"]},
            "sso_url": {"type": ["string", "null"]},
            "slo_url": {"type": ["string", "null"]},
            "certificates": {"type": "array", "description": "Whose keys may sign.", "items": {
              "type": "object", "required": ["fingerprint", "subject", "not_after"],
              "properties": {
                "fingerprint": {"type": "string", "description": "SHA-256."}, "subject": {"type": "string"},
                "not_after": {"$ref": "#/components/schemas/Time"}
              }
            }},
            "entity_id": {"type": "string", "description": "Of the gateway: Okta's Audience URI (SP Entity ID)."},
            "acs_url": {"type": "string", "description": "Of the gateway: Okta's Single sign-on URL."},
            "groups_attribute": {"type": "string"},
            "split_groups": {"type": ["string", "null"]},
            "email_attribute": {"type": "string"},
            "name_attribute": {"type": "string"},
            "name_id_format": {"type": ["string", "null"]},
            "idp_initiated": {"type": ["boolean", "string"], "description": "Whether the provider may start sign-ins; a text names the realm that they lead to."},
            "signing_key": {"enum": ["set", null]},
            "decryption_key": {"enum": ["set", null]},
            "request_binding": {"enum": ["redirect", "post"]},
            "insecure_allow_sha1": {"type": "boolean"},
            "logout": {"enum": ["provider", "local"], "description": "Whether signing out here signs out there too."},
            "realms": {"type": "array", "description": "The realms that offer it.", "items": {"$ref": "#/components/schemas/Name"}},
            "source": {"enum": ["file", "store"]},
            "created_at": {"$ref": "#/components/schemas/OptionalTime", "description": "Null for those of the file."},
            "created_by": {"type": ["string", "null"], "description": "The administrator who added it."}
          }
        },
        "NewSAMLProvider": {
          "type": "object", "additionalProperties": false,
          "description": "What describes the identity provider is either metadata_url, metadata, or sso_url and certificates.",
          "required": ["name", "kind"],
          "oneOf": [
            {"required": ["metadata_url"], "not": {"required": ["metadata"]}},
            {"required": ["metadata"], "not": {"required": ["metadata_url"]}},
            {"required": ["sso_url", "certificates"], "not": {"anyOf": [{"required": ["metadata"]}, {"required": ["metadata_url"]}]}}
          ],
          "properties": {
            "name": {"$ref": "#/components/schemas/Name"},
            "kind": {"const": "saml"},
            "metadata_url": {"type": "string", "maxLength": 4096, "pattern": "^https://[A-Za-z0-9.-]+/[!-~]*$", "description": "Where the metadata is; on http://localhost for development."},
            "metadata": {"type": "string", "maxLength": 524288, "description": "The metadata document itself.", "examples": ["<md:EntityDescriptor entityID=\"http://www.okta.com/exk1example\">…</md:EntityDescriptor>"]},
            "issuer": {"type": ["string", "null"], "description": "The entity ID that the provider must name; needed only without metadata, and where sso_url is not one of Okta's."},
            "sso_url": {"type": ["string", "null"], "maxLength": 2048, "description": "The Identity Provider Single Sign-On URL."},
            "slo_url": {"type": ["string", "null"], "maxLength": 2048, "description": "The Identity Provider Single Logout URL."},
            "certificates": {"type": "array", "minItems": 1, "description": "X.509 certificates: PEM, or base64 alone.", "items": {"type": "string", "maxLength": 16384}},
            "groups_attribute": {"type": ["string", "null"], "default": "groups"},
            "split_groups": {"type": ["string", "null"], "maxLength": 8, "description": "What stands between groups that come as one text."},
            "email_attribute": {"type": ["string", "null"], "default": "email"},
            "name_attribute": {"type": ["string", "null"], "default": "displayName"},
            "idp_initiated": {"type": ["boolean", "string", "null"], "default": false},
            "request_binding": {"enum": ["redirect", "post", null], "default": "redirect"},
            "name_id_format": {"type": ["string", "null"], "pattern": "^urn:oasis:names:tc:SAML:"},
            "insecure_allow_sha1": {"type": ["boolean", "null"], "default": false},
            "logout": {"enum": ["provider", "local", null], "default": "provider"},
            "realms": {"type": ["array", "null"], "description": "Who may use it; none: nobody yet.", "items": {"$ref": "#/components/schemas/Name"}}
          }
        },
        "NewOpenIDProvider": {
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
