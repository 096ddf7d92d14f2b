"""Rules 12 and 13: well signed by the right provider, and yet not for us, not now, not in answer to our question."""

from .catalogue import HERE, UNSOLICITED, Catalogue
from .good_meaning import OTHER, authenticated, conditioned, confirmed
from .good_signatures import unsolicited
from .messages import ACS, ENTITY_ID, ISSUER, REQUEST, assertion, attributes, audiences, authentication, conditions
from .messages import confirmation, confirmation_data, context, issuer, moment, name_id, response, status, subject, tag
from .signing import Signer, okta
from .vocabulary import BEARER, HOLDER_OF_KEY, SENDER_VOUCHES, SUCCESS

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


def near(text: str) -> dict[str, str]:
    """What looks like `text` and is not."""
    return {
        "of-another": "https://other.example.com/saml",
        "empty": "",
        "in-capitals": text.upper(),
        "with-a-slash-more": text + "/",
        "cut-short": text[:-1],
        "with-a-blank-before": " " + text,
        "with-a-line-end": text + "\n",
        "with-a-query": text + "?x",
        "with-a-fragment": text + "#x",
        "with-another-scheme": text.replace("https:", "ftp:").replace("http:", "https:", 1),
        "percent-encoded": text.replace("e", "%65", 1),
        "with-a-default-port": text.replace(".com", ".com:443", 1),
        "of-a-longer-host": text.replace(".com", ".com.attacker.example", 1),
    }


refused(
    12,
    "issuer_mismatch issuer_missing",
    {f"assertion-issuer-{name}": lambda text=text: okta(assertion(issuer_=issuer(text))) for name, text in near(ISSUER).items()}
    | {f"response-issuer-{name}": lambda text=text: okta(issuer_=issuer(text)) for name, text in near(ISSUER).items()}
    | {
        "response-issuer-of-another-unsigned": lambda: okta(issuer_=issuer("http://www.okta.com/exk1other"), signs="assertion"),
        "assertion-issuer-of-another-in-a-good-response": lambda: okta(
            assertion(issuer_=issuer("http://www.okta.com/exk1other")), signs="response"
        ),
        "issuer-missing-in-the-assertion": lambda: okta(assertion(issuer_=""), signs="response"),
    },
)
refused(12, "issuer_mismatch", {"issuer-expected-is-another": okta}, place=HERE.but(issuer="http://www.okta.com/exk1other"))
refused(
    12,
    "issuer_mismatch",
    {
        "issuer-of-format-persistent": lambda: okta(
            assertion(issuer_=issuer(Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"))
        ),
    },
)
for place, make in {
    "response": lambda changes, signs: okta(start=changes, signs=signs),
    "assertion": lambda changes, signs: okta(assertion(start=changes), signs=signs),
}.items():
    refused(
        12,
        "version_unsupported",
        {
            f"{place}-version-{name}": lambda make=make, value=value: make({"Version": value}, "both")
            for name, value in {"1-1": "1.1", "2": "2", "2-0-0": "2.0.0", "empty": "", "missing": None, "with-a-blank": " 2.0", "3-0": "3.0"}.items()
        },
    )
refused(
    12,
    "audience_mismatch audience_missing",
    {f"audience-{name}": lambda text=text: conditioned(audiences(text)) for name, text in near(ENTITY_ID).items()}
    | {
        "audience-restriction-missing": lambda: conditioned(tag("saml2:OneTimeUse")),
        "audience-restriction-empty": lambda: conditioned(audiences()),
        "audience-in-one-of-two-restrictions": lambda: conditioned(audiences(ENTITY_ID), audiences(OTHER)),
        "audience-in-the-second-of-two-restrictions": lambda: conditioned(audiences(OTHER), audiences(ENTITY_ID)),
        "audience-of-the-acs": lambda: conditioned(audiences(ACS)),
        "audience-in-proxy-restriction-only": lambda: conditioned(
            tag("saml2:ProxyRestriction", {}, tag("saml2:Audience", {}, ENTITY_ID))
        ),
        "audiences-joined-by-blanks": lambda: conditioned(audiences(f"{OTHER} {ENTITY_ID}")),
    },
)
refused(12, "audience_mismatch", {"audience-expected-is-another": okta}, place=HERE.but(entity_id=OTHER))
XSI_TYPE = {"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsi:type": "x:MyCondition", "xmlns:x": "urn:x"}
refused(
    12,
    "audience_missing condition_unknown conditions_missing",
    {
        "conditions-missing": lambda: okta(assertion(conditions_="")),
        "conditions-empty": lambda: conditioned(""),
        "condition-of-an-unknown-type": lambda: conditioned(audiences(ENTITY_ID), tag("saml2:Condition", XSI_TYPE)),
        "condition-of-another-namespace": lambda: conditioned(audiences(ENTITY_ID), tag("x:Only", {"xmlns:x": "urn:x"})),
        "condition-not-known-to-saml": lambda: conditioned(audiences(ENTITY_ID), tag("saml2:DoNotCacheCondition")),
    },
)
TIMES = {
    "empty": "",
    "a-word": "tomorrow",
    "a-number": "1773135000",
    "a-date": "2026-03-10",
    "without-zone": "2026-03-10T09:35:00",
    "with-an-offset": "2026-03-10T11:35:00+02:00",
    "with-a-blank-for-t": "2026-03-10 09:35:00Z",
    "in-lower-case": "2026-03-10t09:35:00z",
    "of-the-31st-of-february": "2026-02-31T09:35:00Z",
    "of-hour-25": "2026-03-10T25:35:00Z",
    "of-five-digit-years": "20260-03-10T09:35:00Z",
    "of-a-negative-year": "-2026-03-10T09:35:00Z",
    "of-year-zero": "0000-03-10T09:35:00Z",
    "with-garbage": "2026-03-10T09:35:00Zx",
    "with-other-digits": "٢٠٢٦-03-10T09:35:00Z",
    "with-a-fraction-of-nothing": "2026-03-10T09:35:00.Z",
}
refused(
    12,
    "confirmation_expired time_malformed",
    {f"time-{name}": lambda text=text: confirmed(NotOnOrAfter=text) for name, text in TIMES.items()}
    | {f"time-{name}-in-conditions": lambda text=text: conditioned(NotOnOrAfter=text) for name, text in TIMES.items() if name in ("empty", "a-word", "without-zone")}
    | {
        "time-of-issue-missing": lambda: okta(assertion(start={"IssueInstant": None})),
        "time-of-issue-missing-in-the-response": lambda: okta(start={"IssueInstant": None}),
        "time-of-issue-a-word": lambda: okta(assertion(start={"IssueInstant": "now"})),
        "time-of-authentication-missing": lambda: authenticated(AuthnInstant=None),
        "time-of-authentication-a-word": lambda: authenticated(AuthnInstant="now"),
        "time-of-session-end-a-word": lambda: authenticated(SessionNotOnOrAfter="later"),
    },
)
refused(
    12,
    "confirmation_expired expired not_yet_valid session_expired",
    {
        "not-before-in-61-seconds": lambda: conditioned(NotBefore=moment(61)),
        "not-before-in-60-seconds-and-a-bit": lambda: conditioned(NotBefore=moment(60.5)),
        "not-on-or-after-60-seconds-ago": lambda: conditioned(NotOnOrAfter=moment(-60)),
        "not-on-or-after-long-ago": lambda: conditioned(NotOnOrAfter="2001-01-01T00:00:00Z"),
        "not-before-far-away": lambda: conditioned(NotBefore="2101-01-01T00:00:00Z"),
        "confirmation-ended-60-seconds-ago": lambda: confirmed(NotOnOrAfter=moment(-60)),
        "session-ended-60-seconds-ago": lambda: authenticated(SessionNotOnOrAfter=moment(-60)),
        "session-ended-in-the-second-statement": lambda: okta(
            assertion(authentication_=authentication() + authentication(SessionNotOnOrAfter=moment(-3600)))
        ),
        "times-the-wrong-way-round": lambda: conditioned(NotBefore=moment(300), NotOnOrAfter=moment(-300)),
    },
)
refused(
    12,
    "confirmation_expired expired not_yet_valid",
    {
        "skew-0-not-before-in-a-second": lambda: conditioned(NotBefore=moment(1)),
        "skew-0-ends-now": lambda: conditioned(NotOnOrAfter=moment()),
        "skew-0-confirmation-ends-now": lambda: confirmed(NotOnOrAfter=moment()),
    },
    place=HERE.but(skew=0),
    twin="skew-0-ends-in-a-second",
)
refused(12, "expired not_yet_valid", {"judged-a-year-later": okta}, place=HERE.but(at=HERE.at.replace(year=2027)))
refused(12, "expired not_yet_valid", {"judged-a-year-before": okta}, place=HERE.but(at=HERE.at.replace(year=2025)))

refused(
    12,
    "recipient_mismatch recipient_missing",
    {f"recipient-{name}": lambda text=text: confirmed(Recipient=text) for name, text in near(ACS).items()}
    | {"recipient-missing": lambda: confirmed(Recipient=None), "recipient-of-the-entity-id": lambda: confirmed(Recipient=ENTITY_ID)},
)
refused(12, "destination_mismatch", {"acs-expected-is-another": okta}, place=HERE.but(acs="https://gatehouse.example.com/login/saml/other"))
refused(
    12,
    "destination_mismatch",
    {f"destination-{name}": lambda text=text: okta(start={"Destination": text}) for name, text in near(ACS).items()}
    | {"destination-of-another-unsigned": lambda: okta(start={"Destination": "https://other.example.com/"}, signs="assertion")},
)
refused(
    12,
    "assertion_malformed confirmation_expiry_missing confirmation_missing encrypted_element_unsupported "
    "name_id_malformed name_id_missing recipient_mismatch",
    {
        "subject-missing": lambda: okta(assertion(subject_="")),
        "name-id-missing": lambda: okta(assertion(subject_=subject(""))),
        "name-id-empty": lambda: okta(assertion(subject_=subject(name_id("")))),
        "name-id-encrypted": lambda: okta(assertion(subject_=subject(tag("saml2:EncryptedID")))),
        "name-id-base": lambda: okta(assertion(subject_=subject(tag("saml2:BaseID", {}, "x")))),
        "confirmation-missing": lambda: okta(assertion(subject_=tag("saml2:Subject", {}, name_id()))),
        "confirmation-holder-of-key": lambda: okta(assertion(subject_=subject(None, confirmation(None, HOLDER_OF_KEY)))),
        "confirmation-sender-vouches": lambda: okta(assertion(subject_=subject(None, confirmation(None, SENDER_VOUCHES)))),
        "confirmation-method-unknown": lambda: okta(assertion(subject_=subject(None, confirmation(None, BEARER + "x")))),
        "confirmation-method-missing": lambda: okta(assertion(subject_=subject(None, confirmation(None, None)))),
        "confirmation-method-of-saml1": lambda: okta(
            assertion(subject_=subject(None, confirmation(None, "urn:oasis:names:tc:SAML:1.0:cm:bearer")))
        ),
        "confirmation-data-missing": lambda: okta(assertion(subject_=subject(None, confirmation("")))),
        "confirmation-data-twice": lambda: okta(assertion(subject_=subject(None, confirmation(confirmation_data(Recipient=OTHER) + confirmation_data())))),
        "confirmation-without-end": lambda: confirmed(NotOnOrAfter=None),
        "bearer-bad-beside-holder-of-key-good": lambda: okta(
            assertion(subject_=subject(None, confirmation(confirmation_data(Recipient=OTHER)), confirmation(None, HOLDER_OF_KEY)))
        ),
    },
)
refused(
    12,
    "assertion_malformed authn_statement_missing",
    {
        "authentication-statement-missing": lambda: okta(assertion(authentication_="")),
        "authorization-decision-instead": lambda: okta(
            assertion(authentication_=tag("saml2:AuthzDecisionStatement", {"Decision": "Permit", "Resource": "x"}))
        ),
    },
)

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
NESTED = f'<saml2p:StatusCode Value="{STATUS}NoPassive"></saml2p:StatusCode>'
refused(
    12,
    "no_passive response_malformed status_malformed status_not_success",
    {
        f"status-{name}": lambda value=value: okta(status_=status(value))
        for name, value in {
            "responder": STATUS + "Responder",
            "requester": STATUS + "Requester",
            "version-mismatch": STATUS + "VersionMismatch",
            "empty": "",
            "value-missing": None,
            "in-capitals": SUCCESS.upper(),
            "with-a-blank": SUCCESS + " ",
            "short": "Success",
            "unknown": "urn:example:fine",
        }.items()
    }
    | {
        "status-missing": lambda: okta(status_=""),
        "status-without-code": lambda: okta(status_=tag("saml2p:Status")),
        "status-responder-unsigned": lambda: okta(status_=status(STATUS + "Responder"), signs="assertion"),
        "status-responder-without-assertion": lambda: okta("", status_=status(STATUS + "Responder"), signs="response"),
        "status-no-passive": lambda: okta(
            "", status_=status(STATUS + "Responder").replace("></saml2p:StatusCode>", f">{NESTED}</saml2p:StatusCode>"), signs="response"
        ),
        "status-success-within-responder": lambda: okta(
            status_=status(STATUS + "Responder").replace("></saml2p:StatusCode>", f'>{tag("saml2p:StatusCode", {"Value": SUCCESS})}</saml2p:StatusCode>')
        ),
        "status-codes-two": lambda: okta(status_=status(SUCCESS, tag("saml2p:StatusCode", {"Value": STATUS + "Responder"}))),
        "status-success-around-a-failure": lambda: okta(status_=status().replace("></saml2p:StatusCode>", f">{NESTED}</saml2p:StatusCode>")),
    },
)

# Rule 13


def answering(response_to: str | None, confirmation_to: str | None, signs: str = "both") -> str:
    bound = subject(None, confirmation(confirmation_data(InResponseTo=confirmation_to)))
    return okta(assertion(subject_=bound), start={"InResponseTo": response_to}, signs=signs)


ANSWERS = {
    "to-another-request": ("_another", "_another"),
    "to-another-request-in-the-response": ("_another", REQUEST),
    "to-another-request-in-the-assertion": (REQUEST, "_another"),
    "to-nothing": (None, None),
    "to-nothing-in-the-assertion": (REQUEST, None),
    "empty": ("", ""),
    "empty-in-the-assertion": (REQUEST, ""),
    "in-capitals": (REQUEST.upper(), REQUEST.upper()),
    "with-a-blank": (REQUEST, REQUEST + " "),
    "cut-short": (REQUEST, REQUEST[:-1]),
    "longer": (REQUEST, REQUEST + "0"),
}
refused(
    13,
    "in_response_to_mismatch in_response_to_missing",
    {f"answers-{name}": lambda pair=pair: answering(*pair) for name, pair in ANSWERS.items()}
    | {"answers-another-request-in-an-unsigned-response": lambda: answering("_another", REQUEST, "assertion")},
)
refused(
    13,
    "in_response_to_unexpected",
    {
        "unsolicited-with-in-response-to": lambda: answering(REQUEST, REQUEST),
        "unsolicited-with-in-response-to-in-the-response": lambda: answering(REQUEST, None),
        "unsolicited-with-in-response-to-in-an-unsigned-response": lambda: answering(REQUEST, None, "assertion"),
        "unsolicited-with-in-response-to-in-the-assertion": lambda: answering(None, REQUEST),
        "unsolicited-with-empty-in-response-to": lambda: answering("", ""),
        "unsolicited-with-empty-in-response-to-in-the-assertion": lambda: answering(None, ""),
    },
    place=UNSOLICITED,
    twin="unsolicited",
)
