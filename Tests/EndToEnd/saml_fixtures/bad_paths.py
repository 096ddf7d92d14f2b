"""Rules 12 and 13 on every way to an assertion: signed itself, within a signed Response, or encrypted under either."""

from .catalogue import Catalogue
from .encryption import CBC, GCM
from .good_meaning import OTHER
from .messages import (
    assertion,
    audiences,
    authentication,
    conditions,
    confirmation,
    confirmation_data,
    issuer,
    moment,
    subject,
)
from .signing import okta

CATALOGUE = Catalogue()
refused = CATALOGUE.refused

WAYS = {
    "assertion-signed": {"signs": "assertion"},
    "response-signed": {"signs": "response"},
    "encrypted-gcm-assertion-signed": {"signs": "assertion", "encrypt": GCM},
    "encrypted-gcm-response-signed": {"signs": "response", "encrypt": GCM},
    "encrypted-cbc-response-signed": {"signs": "response", "encrypt": CBC},
}


def confirmed(**changes) -> str:
    return assertion(subject_=subject(None, confirmation(confirmation_data(**changes))))


CHANGES = {
    "issuer_mismatch": lambda: assertion(issuer_=issuer("http://www.okta.com/exk1other")),
    "audience_mismatch": lambda: assertion(conditions_=conditions(audiences(OTHER))),
    "expired": lambda: assertion(conditions_=conditions(NotOnOrAfter=moment(-600))),
    "not_yet_valid": lambda: assertion(conditions_=conditions(NotBefore=moment(600))),
    "recipient_mismatch": lambda: confirmed(Recipient="https://other.example.com/acs"),
    "confirmation_expired": lambda: confirmed(NotOnOrAfter=moment(-600)),
    "session_expired": lambda: assertion(authentication_=authentication(SessionNotOnOrAfter=moment(-600))),
    "authn_statement_missing": lambda: assertion(authentication_=""),
    "version_unsupported": lambda: assertion(start={"Version": "1.1"}),
}
for way, options in WAYS.items():
    for reason, make in CHANGES.items():
        name = f"{reason.replace('_', '-')}-when-{way}"
        refused(12, reason, {name: lambda make=make, options=options: okta(make(), **options)}, twin=way)
    refused(
        13,
        "in_response_to_mismatch",
        {
            f"answers-another-request-when-{way}": lambda options=options: okta(
                confirmed(InResponseTo="_other"), **options
            )
        },
        twin=way,
    )
