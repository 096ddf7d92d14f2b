"""Rules 12 and 13 once more: texts that are the same to Unicode, or to the eye, and that are not the same bytes.

Swift's == takes two canonically equivalent texts for one; nothing that grants something may be compared like that. KELVIN SIGN
is the letter K to Unicode, and é has two spellings.
"""

from .catalogue import HERE, Catalogue
from .messages import (
    SUBJECT,
    assertion,
    attribute,
    attributes,
    audiences,
    conditions,
    confirmation,
    confirmation_data,
    issuer,
    name_id,
    status,
    subject,
)
from .signing import okta
from .vocabulary import BEARER, SUCCESS

CATALOGUE = Catalogue()
accepted, refused = CATALOGUE.accepted, CATALOGUE.refused

COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"
KELVIN = "\u212a"


def arriving(kind: str, text: str) -> str:
    """A good response whose issuer, audience, address or request is `text`."""
    bound = confirmation_data(**{"acs": {"Recipient": text}, "request": {"InResponseTo": text}}.get(kind, {}))
    body = assertion(
        issuer_=issuer(text) if kind == "issuer" else None,
        subject_=subject(None, confirmation(bound)),
        conditions_=conditions(audiences(text)) if kind == "entity_id" else None,
    )
    start = {"acs": {"Destination": text}, "request": {"InResponseTo": text}}.get(kind)
    return okta(body, start=start, issuer_=issuer(text) if kind == "issuer" else None)


PREFIXES = {"issuer": "http://idp/", "entity_id": "https://sp/", "acs": "https://sp/", "request": "_K"}
REASONS = {
    "issuer": "issuer_mismatch",
    "entity_id": "audience_mismatch",
    "acs": "destination_mismatch",
    "request": "in_response_to_mismatch",
}
for kind, prefix in PREFIXES.items():
    name, expected = kind.replace("_", "-"), prefix + COMPOSED
    place = HERE.but(**{kind: expected})
    accepted({f"{name}-in-other-letters": lambda kind=kind, text=expected: arriving(kind, text)}, place=place)
    refused(
        13 if kind == "request" else 12,
        REASONS[kind],
        {f"{name}-decomposed": lambda kind=kind, text=prefix + DECOMPOSED: arriving(kind, text)},
        place=place,
        twin=f"{name}-in-other-letters",
    )
refused(
    13,
    "in_response_to_mismatch",
    {"request-with-a-kelvin-sign": lambda: arriving("request", f"_{KELVIN}{COMPOSED}")},
    place=HERE.but(request="_K" + COMPOSED),
    twin="request-in-other-letters",
)
refused(
    12,
    "audience_mismatch confirmation_missing",
    {
        "audience-with-a-soft-hyphen": lambda: arriving(
            "entity_id", HERE.entity_id.replace("sso", "s\u00adso") + "\u00ad"
        ),
        "audience-with-a-zero-width-blank": lambda: arriving("entity_id", HERE.entity_id + "\u200b"),
        "audience-in-wide-letters": lambda: arriving("entity_id", HERE.entity_id.replace("gate", "\uff47ate")),
        "audience-with-a-cyrillic-letter": lambda: arriving("entity_id", HERE.entity_id.replace("gate", "g\u0430te")),
        "bearer-with-a-zero-width-blank": lambda: okta(
            assertion(subject_=subject(None, confirmation(None, BEARER + "\u200b")))
        ),
    },
)
refused(10, "status_not_success", {"status-with-a-combining-mark": lambda: okta(status_=status(SUCCESS + "\u0301"))})

# Names keep their bytes, and two of them stay two.
accepted({"name-id-decomposed": lambda: okta(assertion(subject_=subject(name_id(DECOMPOSED))))}, subject=DECOMPOSED)
accepted({"name-id-composed": lambda: okta(assertion(subject_=subject(name_id(COMPOSED))))}, subject=COMPOSED)
USUAL = {"email": [SUBJECT], "displayName": ["Ada Lovelace"], "groups": ["Everyone", "infraon-admins"]}
accepted(
    {
        "attribute-names-composed-and-decomposed": lambda: okta(
            assertion(attributes_=attributes(attribute(COMPOSED, "one"), attribute(DECOMPOSED, "two")))
        )
    },
    attributes=USUAL | {COMPOSED: ["one"], DECOMPOSED: ["two"]},
)
accepted(
    {"groups-composed-and-decomposed": lambda: okta(assertion(attributes_=attributes(groups=[COMPOSED, DECOMPOSED])))},
    groups=[COMPOSED, DECOMPOSED],
)
accepted(
    {"groups-attribute-decomposed": lambda: okta(assertion(attributes_=attributes(attribute(DECOMPOSED, "x"))))},
    groups=[],
    place=HERE.but(groups_attribute=COMPOSED),
)
accepted(
    {
        "text-of-delicate-characters": lambda: okta(
            assertion(
                attributes_=attributes(attribute("delicate", "\u2028\u202e\ufeff\u0085\u009b\U0001f6aa\U0010ffff"))
            )
        )
    },
    attributes=USUAL | {"delicate": ["\u2028\u202e\ufeff\u0085\u009b\U0001f6aa\U0010ffff"]},
)


def marked(*identifiers: str) -> str:
    """A captured response with these IDs in place of a value."""
    return okta().replace(">Ada Lovelace<", ">" + "".join(f'<x ID="{one}"/>' for one in identifiers) + "<")


# Comparing costs more than it should where marks stand in long rows, because Unicode sorts them: a few hundred kilobytes in
# one ID kept a processor busy for a minute, before any signature was looked at.
MARKS = "\u0301\u0316"
refused(
    1,
    "xml_combining_marks",
    {
        "marks-200000-pairs-in-an-id": lambda: marked("a" + MARKS * 200_000),
        "marks-70000-pairs-as-references-in-an-id": lambda: marked("a" + "&#769;&#790;" * 70_000),
        "marks-31-in-a-value": lambda: okta(assertion(attributes_=attributes(attribute("x", "a" + "\u0301" * 31)))),
        "marks-in-an-element-name": lambda: okta().replace(">Ada Lovelace<", f"><x{MARKS * 5_000}/><"),
    },
)
accepted(
    {"marks-30-in-a-value": lambda: okta(assertion(attributes_=attributes(attribute("x", "a" + "\u0301" * 30))))},
    attributes=USUAL | {"x": ["a" + "\u0301" * 30]},
)
refused(
    5, "digest_mismatch", {"ids-with-few-marks-each": lambda: marked(*("e" + MARKS * 15 + str(n) for n in range(9000)))}
)
# Two IDs by their bytes, one to Unicode; either way it is not what was signed.
refused(5, "digest_mismatch id_duplicate", {"ids-composed-and-decomposed": lambda: marked(COMPOSED, DECOMPOSED)})
