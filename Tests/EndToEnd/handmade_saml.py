"""SAML messages of an identity provider, written and signed by hand: no SAML or XML library has a part in them, so that
any of their parts can be wrong. They are written in canonical form from the start (Exclusive XML Canonicalization 1.0).
"""

import base64
import hashlib
import secrets
import time
import zlib
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from saml_keys import METHODS, SAMLKey
from tokens import REMOVED

ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
NAMESPACES = {"saml2": ASSERTION, "saml2p": PROTOCOL, "ds": DSIG}
# Digest algorithms by name.
DIGESTS = {"sha256": "http://www.w3.org/2001/04/xmlenc#sha256", "sha1": f"{DSIG}sha1"}
SIGNATURE_PLACE = "<!signature!>"


def instant(seconds: float = 0) -> str:
    """A time that is so many seconds from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + seconds)) + ".000Z"


def new_id() -> str:
    return "id" + str(secrets.randbelow(10**20)).zfill(20)


def element(name: str, attributes: dict | None = None, *content: str, declare: bool = True) -> str:
    """One element; `content` is markup. None and REMOVED leave an attribute out."""
    prefix = name.split(":")[0]
    text = f"<{name}" + (f' xmlns:{prefix}="{NAMESPACES[prefix]}"' if declare else "")
    for key, value in sorted((attributes or {}).items()):
        if value is not None and value is not REMOVED:
            text += f' {key}="{attribute_text(str(value))}"'
    return f"{text}>{''.join(content)}</{name}>"


def attribute_text(text: str) -> str:
    """As canonical XML writes it: without changing `>`."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def inner(name: str, attributes: dict | None = None, *content: str) -> str:
    """An element within one of the same prefix."""
    return element(name, attributes, *content, declare=False)


def texted(name: str, attributes: dict | None, text: str | None, declare: bool = True) -> str:
    return "" if text is None or text is REMOVED else element(name, attributes, escape(text), declare=declare)


# Signatures


def signed(
    xml: str,
    message_id: str,
    key: SAMLKey,
    method: str | None = None,
    digest: str = "sha256",
    damage: str | None = None,
) -> str:
    """Puts an enveloped signature to where `xml` has room for it; `damage` spoils the 'digest' or the 'signature'."""
    octets = xml.replace(SIGNATURE_PLACE, "").encode()
    value = bytearray(hashlib.new(digest, octets).digest())
    if damage == "digest":
        value[0] ^= 1
    transforms = [DSIG + "enveloped-signature", "http://www.w3.org/2001/10/xml-exc-c14n#"]
    info = [
        inner("ds:CanonicalizationMethod", {"Algorithm": transforms[1]}),
        inner("ds:SignatureMethod", {"Algorithm": METHODS[method or key.method]}),
        inner(
            "ds:Reference",
            {"URI": f"#{message_id}"},
            inner("ds:Transforms", None, *[inner("ds:Transform", {"Algorithm": name}) for name in transforms]),
            inner("ds:DigestMethod", {"Algorithm": DIGESTS[digest]}),
            inner("ds:DigestValue", None, base64.b64encode(value).decode()),
        ),
    ]
    signature = bytearray(key.sign(element("ds:SignedInfo", None, *info).encode(), method))
    if damage == "signature":
        signature[-1] ^= 1
    key_info = inner("ds:X509Data", None, inner("ds:X509Certificate", None, key.base64))
    whole = element(
        "ds:Signature",
        None,
        inner("ds:SignedInfo", None, *info),
        inner("ds:SignatureValue", None, base64.b64encode(signature).decode()),
        inner("ds:KeyInfo", None, key_info),
    )
    return xml.replace(SIGNATURE_PLACE, whole)


def unsigned(xml: str) -> str:
    return xml.replace(SIGNATURE_PLACE, "")


# Bindings


def form_value(xml: str) -> str:
    return base64.b64encode(xml.encode()).decode()


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def query(
    field: str,
    xml: str | bytes,
    key: SAMLKey | None,
    relay_state: str | None = None,
    method: str | None = None,
    name: str | None = None,
    damage: bool = False,
) -> str:
    """A message in a query, signed there (SAML Bindings §3.4.4.1). `name` is what SigAlg says when it lies.

    `xml` may be bytes that are packed already.
    """
    packed = xml if isinstance(xml, bytes) else deflated(unsigned(xml).encode())
    fields = [(field, base64.b64encode(packed).decode())]
    if relay_state is not None:
        fields.append(("RelayState", relay_state))
    if key is None:
        return urlencode(fields)
    text = urlencode([*fields, ("SigAlg", METHODS[name or method or key.method])])
    signature = bytearray(key.sign(text.encode(), method))
    if damage:
        signature[-1] ^= 1
    return f"{text}&Signature={quote(base64.b64encode(signature).decode(), safe='')}"


# Messages. A part that is None or REMOVED is left out.


def logout_request(
    issuer: str,
    destination: str,
    name_id: str | None,
    *session_indexes: str,
    id: str | None = None,
    version: str = "2.0",
    issued: float | str = 0,
    ends: float | str | None = 300,
    format: str | None = None,
    reason: str | None = None,
    more: str = "",
    before: str = "",
) -> str:
    """`issued` and `ends` are seconds from now, or the text itself; `more` follows what belongs there, `before` the
    Issuer."""
    attributes = {
        "Destination": destination,
        "ID": id or new_id(),
        "IssueInstant": issued if isinstance(issued, str) else instant(issued),
        "NotOnOrAfter": ends if ends is None or isinstance(ends, str) else instant(ends),
        "Reason": reason,
        "Version": version,
    }
    return element(
        "saml2p:LogoutRequest",
        attributes,
        texted("saml2:Issuer", None, issuer),
        SIGNATURE_PLACE,
        before,
        texted("saml2:NameID", {"Format": format}, name_id),
        *[texted("saml2p:SessionIndex", None, index, declare=False) for index in session_indexes],
        more,
    )


def logout_response(
    issuer: str,
    destination: str,
    in_response_to: str | None,
    *status: str,
    id: str | None = None,
    version: str = "2.0",
    issued: float = 0,
    message: str | None = None,
    more: str = "",
    before: str = "",
) -> str:
    """`status` are the codes from the outermost inwards; none is success. `message` explains them."""
    codes = ""
    for code in reversed(status or ("Success",)):
        codes = inner("saml2p:StatusCode", {"Value": STATUS + code}, codes)
    attributes = {"Destination": destination, "ID": id or new_id(), "InResponseTo": in_response_to}
    attributes |= {"IssueInstant": instant(issued), "Version": version}
    return element(
        "saml2p:LogoutResponse",
        attributes,
        texted("saml2:Issuer", None, issuer),
        SIGNATURE_PLACE,
        before,
        inner("saml2p:Status", None, codes, texted("saml2p:StatusMessage", None, message, declare=False)),
        more,
    )


def response(
    issuer: str,
    acs_url: str,
    audience: str,
    in_response_to: str | None,
    name_id: str,
    session_index: str | None,
    attributes: dict,
    format: str = UNSPECIFIED,
) -> str:
    """A Response to be signed as a whole, with one Assertion of Okta's shape."""
    given = [
        inner(
            "saml2:Attribute",
            {"Name": name},
            *[texted("saml2:AttributeValue", None, value, declare=False) for value in values],
        )
        for name, values in attributes.items()
    ]
    data = {"InResponseTo": in_response_to, "NotOnOrAfter": instant(300), "Recipient": acs_url}
    restriction = inner("saml2:AudienceRestriction", None, inner("saml2:Audience", None, escape(audience)))
    assertion = element(
        "saml2:Assertion",
        {"ID": new_id(), "IssueInstant": instant(), "Version": "2.0"},
        inner("saml2:Issuer", None, escape(issuer)),
        inner(
            "saml2:Subject",
            None,
            inner("saml2:NameID", {"Format": format}, escape(name_id)),
            inner("saml2:SubjectConfirmation", {"Method": BEARER}, inner("saml2:SubjectConfirmationData", data)),
        ),
        inner("saml2:Conditions", {"NotBefore": instant(-300), "NotOnOrAfter": instant(300)}, restriction),
        inner(
            "saml2:AuthnStatement",
            {"AuthnInstant": instant(), "SessionIndex": session_index},
            inner("saml2:AuthnContext", None, inner("saml2:AuthnContextClassRef", None, PASSWORD)),
        ),
        inner("saml2:AttributeStatement", None, *given),
    )
    head = {"Destination": acs_url, "ID": new_id(), "InResponseTo": in_response_to}
    head |= {"IssueInstant": instant(), "Version": "2.0"}
    success = inner("saml2p:StatusCode", {"Value": STATUS + "Success"})
    issued_by = texted("saml2:Issuer", None, issuer)
    return element(
        "saml2p:Response", head, issued_by, SIGNATURE_PLACE, inner("saml2p:Status", None, success), assertion
    )
