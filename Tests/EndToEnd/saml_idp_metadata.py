"""Metadata of an identity provider as Okta gives them out, and with one change."""

import datetime
from xml.sax.saxutils import escape

BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"


def descriptor(certificate: str | None, use: str | None = "signing") -> str:
    """A KeyDescriptor; the base64 of a certificate wraps at 76 characters, as Okta's."""
    if certificate is None:
        return ""
    lines = "\n".join(certificate[start : start + 76] for start in range(0, len(certificate), 76))
    purpose = f' use="{use}"' if use else ""
    return (
        f'<md:KeyDescriptor{purpose}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>{lines}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def service(name: str, url: str | None, response: str | None = None, bindings=("POST", "Redirect")) -> str:
    if url is None:
        return ""
    more = f' ResponseLocation="{escape(response)}"' if response else ""
    return "".join(f'<md:{name} Binding="{BINDINGS}{binding}" Location="{escape(url)}"{more}/>' for binding in bindings)


def entity(
    issuer: str,
    *certificates: str,
    sso_url: str | None = "https://acme.okta.com/app/acme_gatehouse_1/exk1example/sso/saml",
    slo_url: str | None = None,
    slo_response_url: str | None = None,
    use: str | None = "signing",
    attributes: str = "",
    bindings=("POST", "Redirect"),
    protocol: str = PROTOCOL,
    more: str = "",
) -> str:
    """An EntityDescriptor; `certificates` are base64, `attributes` further ones of its IDPSSODescriptor."""
    return (
        f'<md:EntityDescriptor entityID="{escape(issuer)}" xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">'
        f'<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="{protocol}"{attributes}>'
        + "".join(descriptor(certificate, use) for certificate in certificates)
        + service("SingleLogoutService", slo_url, slo_response_url, bindings)
        + "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>"
        + service("SingleSignOnService", sso_url, None, bindings)
        + f"{more}</md:IDPSSODescriptor></md:EntityDescriptor>"
    )


def entities(*descriptors: str) -> str:
    return f'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{"".join(descriptors)}</md:EntitiesDescriptor>'


def ending(text: str, seconds: int) -> str:
    """The same metadata, to be used for so long from now (SAML Metadata §2.3.2)."""
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return text.replace(" entityID=", f' validUntil="{end:%Y-%m-%dT%H:%M:%SZ}" entityID=', 1)


def document(text: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
