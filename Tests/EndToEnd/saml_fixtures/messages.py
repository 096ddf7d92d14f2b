"""Okta's responses as text, unsigned, each part replaceable: what a fixture changes is changed here, before signing.

Text and not a tree, because half of the attacks live in what a tree no longer shows. A place for a signature is a mark that
signing.py replaces. Attribute values and content are given as XML text, escaped already.
"""

import datetime

from .vocabulary import BEARER, PASSWORD, SAML, SAMLP, SUCCESS, UNSPECIFIED, XS, XSI

NOW = datetime.datetime(2026, 3, 10, 9, 30, tzinfo=datetime.timezone.utc)
ISSUER = "http://www.okta.com/exk1fixtures"
ENTITY_ID = "https://gatehouse.example.com/login/saml/okta-saml/metadata"
ACS = "https://gatehouse.example.com/login/saml/okta-saml"
REQUEST = "_5d41402abc4b2a76b9719d911017c592"
SUBJECT = "ada@example.com"
GROUPS = ["Everyone", "infraon-admins"]

RESPONSE_MARK, ASSERTION_MARK = "[signature of the response]", "[signature of the assertion]"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def moment(seconds: float = 0) -> str:
    """That many seconds after the fixtures' present, with milliseconds as Okta writes it."""
    then = NOW + datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%S.") + f"{then.microsecond // 1000:03}Z"


def tag(name: str, attributes: dict | None = None, *content: str) -> str:
    """An element; attributes that are None are left out."""
    written = "".join(f' {key}="{value}"' for key, value in (attributes or {}).items() if value is not None)
    return f"<{name}{written}>{''.join(content)}</{name}>"


def issuer(value: str = ISSUER, namespace: str = SAML, **attributes) -> str:
    given = {"xmlns:saml2": namespace, "Format": "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"} | attributes
    return tag("saml2:Issuer", given, value)


def name_id(value: str = SUBJECT, format: str | None = UNSPECIFIED, **attributes) -> str:
    return tag("saml2:NameID", {"Format": format} | attributes, value)


def confirmation_data(content: str = "", **changes) -> str:
    data = {"InResponseTo": REQUEST, "NotOnOrAfter": moment(300), "Recipient": ACS}
    return tag("saml2:SubjectConfirmationData", data | changes, content)


def confirmation(data: str | None = None, method: str | None = BEARER) -> str:
    return tag("saml2:SubjectConfirmation", {"Method": method}, confirmation_data() if data is None else data)


def subject(named: str | None = None, *confirmations: str) -> str:
    return tag("saml2:Subject", {}, name_id() if named is None else named, *(confirmations or [confirmation()]))


def audiences(*values: str) -> str:
    return tag("saml2:AudienceRestriction", {}, *(tag("saml2:Audience", {}, value) for value in values))


def conditions(*content: str, **changes) -> str:
    attributes = {"NotBefore": moment(-300), "NotOnOrAfter": moment(300)} | changes
    return tag("saml2:Conditions", attributes, *(content or [audiences(ENTITY_ID)]))


def context(value: str = PASSWORD) -> str:
    return tag("saml2:AuthnContext", {}, tag("saml2:AuthnContextClassRef", {}, value))


def authentication(*content: str, **changes) -> str:
    attributes = {"AuthnInstant": moment(-20), "SessionIndex": REQUEST} | changes
    return tag("saml2:AuthnStatement", attributes, *(content or [context()]))


def value(text: str, type: str | None = "xs:string", **attributes) -> str:
    """An attribute's value, with the declarations that Okta repeats on each."""
    given = {"xmlns:xs": XS, "xmlns:xsi": XSI, "xsi:type": type} if type else {}
    return tag("saml2:AttributeValue", given | attributes, text)


def attribute(name: str, *values: str, **attributes) -> str:
    given = {"Name": name, "NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"} | attributes
    return tag("saml2:Attribute", given, *(item if item.startswith("<") else value(item) for item in values))


def attributes(*items: str, groups: list[str] | None = None) -> str:
    """The usual attributes, then `items`."""
    usual = [attribute("email", SUBJECT), attribute("displayName", "Ada Lovelace")]
    usual.append(attribute("groups", *(GROUPS if groups is None else groups)))
    return tag("saml2:AttributeStatement", {}, *usual, *items)


def assertion(
    *,
    start: dict | None = None,
    issuer_: str | None = None,
    mark: str = ASSERTION_MARK,
    subject_: str | None = None,
    conditions_: str | None = None,
    advice: str = "",
    authentication_: str | None = None,
    attributes_: str | None = None,
    more: str = "",
    name: str = "saml2:Assertion",
) -> str:
    """One assertion; each part is XML text, an empty text leaves it out. `start` changes the start tag's attributes."""
    given = {"xmlns:saml2": SAML, "ID": "id_assertion", "IssueInstant": moment(), "Version": "2.0", "xmlns:xs": XS}
    return tag(
        name,
        given | (start or {}),
        issuer() if issuer_ is None else issuer_,
        mark,
        subject() if subject_ is None else subject_,
        conditions() if conditions_ is None else conditions_,
        advice,
        authentication() if authentication_ is None else authentication_,
        attributes() if attributes_ is None else attributes_,
        more,
    )


def status(value: str | None = SUCCESS, *content: str) -> str:
    """A Status; `content` follows the StatusCode."""
    return tag("saml2p:Status", {"xmlns:saml2p": SAMLP}, tag("saml2p:StatusCode", {"Value": value}), *content)


def response(
    *content: str,
    start: dict | None = None,
    issuer_: str | None = None,
    mark: str = RESPONSE_MARK,
    extensions: str = "",
    status_: str | None = None,
    name: str = "saml2p:Response",
    declaration: str = DECLARATION,
) -> str:
    given = {"xmlns:saml2p": SAMLP, "Destination": ACS, "ID": "id_response", "InResponseTo": REQUEST}
    given |= {"IssueInstant": moment(), "Version": "2.0", "xmlns:xs": XS}
    head = issuer() if issuer_ is None else issuer_
    answer = status() if status_ is None else status_
    return declaration + tag(name, given | (start or {}), head, mark, extensions, answer, *content)
