"""What a service provider reads from an assertion once its signature is settled: rules 12 and 13, written a second time.

Shared by all judges, so that two verdicts differ only where signatures, encryption or XML are seen differently. Written with
a good library's means and nothing else: no caps, no hunt for comments or foreign attributes.
"""

import datetime
import re

from lxml import etree

from .catalogue import Place
from .messages import NOW
from .vocabulary import BEARER, SAML, SAMLP, SUCCESS


class Refused(Exception):
    pass


def demand(condition, why: str):
    if not condition:
        raise Refused(why)


def only(parent, name: str, namespace: str = SAML):
    found = parent.findall(f"{{{namespace}}}{name}")
    demand(len(found) == 1, f"{len(found)} {name}")
    return found[0]


def moment(text: str | None) -> datetime.datetime:
    written = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z", text or "", re.ASCII)
    demand(written, "a time that is none")
    try:
        then = datetime.datetime.strptime(written[1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
        return then + datetime.timedelta(seconds=float(written[2] or 0))
    except ValueError as error:
        raise Refused(str(error)) from error


def wrapper(response, place: Place):
    """What an unsigned Response says counts for nothing, but it must not contradict."""
    demand(response.tag == f"{{{SAMLP}}}Response", "no Response")
    demand(response.get("Version") == "2.0", "the version")
    moment(response.get("IssueInstant"))
    demand(response.get("Destination", place.acs) == place.acs, "the destination")
    demand(response.get("InResponseTo") == place.request, "the request")
    demand(only(response, "Issuer").text == place.issuer, "the issuer")
    status = only(response, "Status", SAMLP)
    demand(only(status, "StatusCode", SAMLP).get("Value") == SUCCESS, "the status")


def assertion(element, place: Place) -> dict:
    """The identity in a signed assertion."""
    now, skew = place.at or NOW, datetime.timedelta(seconds=60 if place.skew is None else place.skew)
    demand(element.tag == f"{{{SAML}}}Assertion", "no Assertion")
    demand(element.get("Version") == "2.0", "the version")
    moment(element.get("IssueInstant"))
    demand(only(element, "Issuer").text == place.issuer, "the issuer")
    subject = only(element, "Subject")
    name = only(subject, "NameID")
    demand(name.text, "the name")
    confirmations = subject.findall(f"{{{SAML}}}SubjectConfirmation")
    demand(any(confirms(one, place, now, skew) for one in confirmations), "the confirmation")
    conditions = only(element, "Conditions")
    demand(conditions.get("NotBefore") is None or moment(conditions.get("NotBefore")) <= now + skew, "too early")
    demand(conditions.get("NotOnOrAfter") is None or now - skew < moment(conditions.get("NotOnOrAfter")), "too late")
    known = {f"{{{SAML}}}{condition}" for condition in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")}
    demand(all(condition.tag in known for condition in conditions), "a condition")
    restrictions = conditions.findall(f"{{{SAML}}}AudienceRestriction")
    demand(restrictions, "no audience")
    for restriction in restrictions:
        demand(place.entity_id in [one.text for one in restriction.findall(f"{{{SAML}}}Audience")], "the audience")
    statements = element.findall(f"{{{SAML}}}AuthnStatement")
    demand(statements, "no authentication")
    for statement in statements:
        moment(statement.get("AuthnInstant"))
        end = statement.get("SessionNotOnOrAfter")
        demand(end is None or now - skew < moment(end), "the session's end")
    return {"subject": name.text}


def confirms(confirmation, place: Place, now, skew) -> bool:
    data = confirmation.find(f"{{{SAML}}}SubjectConfirmationData")
    if confirmation.get("Method") != BEARER or data is None:
        return False
    if data.get("Recipient") != place.acs or data.get("InResponseTo") != place.request:
        return False
    return now - skew < moment(data.get("NotOnOrAfter"))


def read(octets: bytes):
    """A parse as libraries of our day recommend it."""
    try:
        return etree.fromstring(
            octets, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        )
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused(str(error)) from error
