"""Signs in with one response through lasso, over and over, and prints how many responses it does a second of
processor time.

    /usr/bin/python3 saml_lasso.py RESPONSE-FILE IDP-CERTIFICATE-FILE KEY-FILE OWN-CERTIFICATE-FILE \\
        ENTITY-ID ACS ISSUER SECONDS

A service provider's own steps: `process_authn_response_msg` and `accept_sso` of a new Login, with both sides' metadata
read once. lasso verifies both signatures. For Debian's Python, whose package python3-lasso is.
"""

import base64
import sys
import time
from pathlib import Path

import lasso

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings"
NAMESPACES = 'xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'


def key_descriptor(use: str, certificate: str) -> str:
    text = "".join(line for line in Path(certificate).read_text().splitlines() if not line.startswith("-----"))
    data = f"<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data>"
    return f'<KeyDescriptor use="{use}"><ds:KeyInfo>{data}</ds:KeyInfo></KeyDescriptor>'


def descriptor(entity: str, role: str, *content: str) -> str:
    inside = f'<{role} protocolSupportEnumeration="{PROTOCOL}">{"".join(content)}</{role}>'
    return f'<EntityDescriptor {NAMESPACES} entityID="{entity}">{inside}</EntityDescriptor>'


def service_provider(certificate: str, key: str, own_certificate: str, entity: str, acs: str, issuer: str):
    consumer = f'<AssertionConsumerService index="0" Binding="{BINDINGS}:HTTP-POST" Location="{acs}"/>'
    sign_on = f'<SingleSignOnService Binding="{BINDINGS}:HTTP-Redirect" Location="{issuer}/sso"/>'
    own = descriptor(entity, "SPSSODescriptor", key_descriptor("encryption", own_certificate), consumer)
    theirs = descriptor(issuer, "IDPSSODescriptor", key_descriptor("signing", certificate), sign_on)
    server = lasso.Server.newFromBuffers(own, Path(key).read_text(), None, None)
    server.addProviderFromBuffer(lasso.PROVIDER_ROLE_IDP, theirs, None, None)
    return server


def main():
    response, *parties, seconds = sys.argv[1:]
    server = service_provider(*parties)
    message = base64.b64encode(Path(response).read_bytes()).decode()
    start, count = time.process_time(), 0
    end = start + float(seconds)
    while time.process_time() < end:
        for _ in range(10):
            login = lasso.Login(server)
            login.processAuthnResponseMsg(message)  # both raise when they refuse
            login.acceptSso()
        count += 10
    print(f"{count / (time.process_time() - start):.0f}/s")


if __name__ == "__main__":
    main()
