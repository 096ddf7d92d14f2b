"""Good responses: times at their edges, several audiences and confirmations, and what SAML allows beside what Okta sends."""

from .catalogue import HERE, Catalogue
from .messages import (
    ENTITY_ID,
    assertion,
    audiences,
    authentication,
    conditions,
    confirmation,
    confirmation_data,
    context,
    issuer,
    moment,
    status,
    subject,
    tag,
)
from .signing import okta
from .vocabulary import HOLDER_OF_KEY, SENDER_VOUCHES, SUCCESS

CATALOGUE = Catalogue()
accepted = CATALOGUE.accepted


def confirmed(**changes) -> str:
    return okta(assertion(subject_=subject(None, confirmation(confirmation_data(**changes)))))


def conditioned(*content: str, **changes) -> str:
    return okta(assertion(conditions_=conditions(*content, **changes)))


def authenticated(*content: str, **changes) -> str:
    return okta(assertion(authentication_=authentication(*content, **changes)))


# A moment counts until it is over and from when it begins; the skew of 60 s moves both, but for one second at the end.
accepted(
    {
        "not-before-in-60-seconds": lambda: conditioned(NotBefore=moment(60)),
        "not-on-or-after-59-seconds-ago": lambda: conditioned(NotOnOrAfter=moment(-59)),
        "confirmation-ended-59-seconds-ago": lambda: confirmed(NotOnOrAfter=moment(-59)),
        "session-ended-59-seconds-ago": lambda: authenticated(SessionNotOnOrAfter=moment(-59)),
        "session-ends-in-8-hours": lambda: authenticated(SessionNotOnOrAfter=moment(8 * 3600)),
        "issued-in-59-seconds": lambda: okta(
            assertion(start={"IssueInstant": moment(59)}), start={"IssueInstant": moment(59)}
        ),
        "times-without-fraction": lambda: conditioned(
            NotBefore="2026-03-10T09:25:00Z", NotOnOrAfter="2026-03-10T09:35:00Z"
        ),
        "times-with-nanoseconds": lambda: conditioned(NotOnOrAfter="2026-03-10T09:35:00.123456789Z"),
        "conditions-without-not-before": lambda: conditioned(NotBefore=None),
        "authenticated-long-ago": lambda: authenticated(AuthnInstant=moment(-8 * 3600)),
    }
)
accepted(
    {
        "skew-0-not-before-now": lambda: conditioned(NotBefore=moment()),
        "skew-0-ends-in-a-second": lambda: conditioned(NotOnOrAfter=moment(1)),
    },
    place=HERE.but(skew=0),
)
accepted({"skew-300-ended-299-seconds-ago": lambda: conditioned(NotOnOrAfter=moment(-299))}, place=HERE.but(skew=300))

OTHER = "https://other.example.com/metadata"
accepted(
    {
        "audience-among-several": lambda: conditioned(audiences(OTHER, ENTITY_ID)),
        "audience-in-every-restriction": lambda: conditioned(audiences(ENTITY_ID), audiences(OTHER, ENTITY_ID)),
        "condition-one-time-use": lambda: conditioned(audiences(ENTITY_ID), tag("saml2:OneTimeUse")),
        "condition-proxy-restriction": lambda: conditioned(
            audiences(ENTITY_ID), tag("saml2:ProxyRestriction", {"Count": "0"}, tag("saml2:Audience", {}, OTHER))
        ),
        "response-issuer-without-format": lambda: okta(issuer_=issuer(Format=None)),
        "assertion-issuer-without-format": lambda: okta(assertion(issuer_=issuer(Format=None))),
        "status-with-message": lambda: okta(status_=status(SUCCESS, tag("saml2p:StatusMessage", {}, "Welcome"))),
        "two-authentication-statements": lambda: okta(assertion(authentication_=authentication() + authentication())),
        "no-session-index": lambda: authenticated(SessionIndex=None),
        "subject-locality": lambda: authenticated(tag("saml2:SubjectLocality", {"Address": "192.0.2.7"}), context()),
        "context-of-many-factors": lambda: authenticated(context("http://schemas.okta.com/acr/mfa")),
        "confirmation-with-address": lambda: confirmed(Address="192.0.2.7"),
        "ids-of-other-shapes": lambda: okta(assertion(start={"ID": "_-.Ünïcode"}), start={"ID": "A"}),
        "id-of-1000-characters": lambda: okta(assertion(start={"ID": "_" + "a" * 1000})),
    }
)
NOBODY_KNOWS = confirmation(confirmation_data(Recipient=None, InResponseTo=None, NotOnOrAfter=None), HOLDER_OF_KEY)
accepted(
    {
        "bearer-second-of-two-fits": lambda: okta(
            assertion(subject_=subject(None, confirmation(confirmation_data(Recipient=OTHER)), confirmation()))
        ),
        "conditions-without-times": lambda: conditioned(NotBefore=None, NotOnOrAfter=None),
        "not-on-or-after-in-the-year-9999": lambda: confirmed(NotOnOrAfter="9999-12-31T23:59:59Z"),
        "session-ends-in-the-year-9999": lambda: authenticated(SessionNotOnOrAfter="9999-12-31T23:59:59.999Z"),
        "authenticated-in-the-year-1": lambda: authenticated(AuthnInstant="0001-01-01T00:00:00Z"),
        "bearer-after-holder-of-key": lambda: okta(assertion(subject_=subject(None, NOBODY_KNOWS, confirmation()))),
        "bearer-before-sender-vouches": lambda: okta(
            assertion(subject_=subject(None, confirmation(), confirmation("", SENDER_VOUCHES)))
        ),
    }
)
