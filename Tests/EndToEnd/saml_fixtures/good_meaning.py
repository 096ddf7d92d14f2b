"""Good responses: times at their edges, several audiences and confirmations, and what SAML allows beside what Okta sends."""

from .catalogue import HERE, Catalogue
from .messages import ENTITY_ID, assertion, attribute, audiences, authentication, conditions, confirmation, confirmation_data
from .messages import context, issuer, moment, name_id, response, status, subject, tag
from .signing import okta
from .vocabulary import HOLDER_OF_KEY, PASSWORD, SENDER_VOUCHES, SUCCESS

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
        "issued-in-59-seconds": lambda: okta(assertion(start={"IssueInstant": moment(59)}), start={"IssueInstant": moment(59)}),
        "times-without-fraction": lambda: conditioned(NotBefore="2026-03-10T09:25:00Z", NotOnOrAfter="2026-03-10T09:35:00Z"),
        "times-with-nanoseconds": lambda: conditioned(NotOnOrAfter="2026-03-10T09:35:00.123456789Z"),
        "times-with-a-fraction-of-100000-digits": lambda: confirmed(NotOnOrAfter=f"2026-03-10T09:35:00.{'1' * 100_000}Z"),
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
        "id-of-500-characters": lambda: okta(assertion(start={"ID": "_" + "a" * 500})),
    }
)
NOBODY_KNOWS = confirmation(confirmation_data(Recipient=None, InResponseTo=None, NotOnOrAfter=None), HOLDER_OF_KEY)
accepted(
    {
        "bearer-after-holder-of-key": lambda: okta(assertion(subject_=subject(None, NOBODY_KNOWS, confirmation()))),
        "bearer-before-sender-vouches": lambda: okta(
            assertion(subject_=subject(None, confirmation(), confirmation("", SENDER_VOUCHES)))
        ),
    }
)
