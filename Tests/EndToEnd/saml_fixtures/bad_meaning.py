"""Rule 12: well signed by the right provider, and yet not for us, or about nobody."""

from .catalogue import HERE, Catalogue
from .good_meaning import OTHER, authenticated, conditioned, confirmed
from .messages import (
    ACS,
    ENTITY_ID,
    ISSUER,
    assertion,
    attribute,
    attributes,
    audiences,
    confirmation,
    confirmation_data,
    context,
    issuer,
    moment,
    name_id,
    status,
    subject,
    tag,
    value,
)
from .signing import okta
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
    {
        f"assertion-issuer-{name}": lambda text=text: okta(assertion(issuer_=issuer(text)))
        for name, text in near(ISSUER).items()
    }
    | {f"response-issuer-{name}": lambda text=text: okta(issuer_=issuer(text)) for name, text in near(ISSUER).items()}
    | {
        "response-issuer-of-another-unsigned": lambda: okta(
            issuer_=issuer("http://www.okta.com/exk1other"), signs="assertion"
        ),
        "assertion-issuer-of-another-in-a-good-response": lambda: okta(
            assertion(issuer_=issuer("http://www.okta.com/exk1other")), signs="response"
        ),
        "issuer-missing-in-the-assertion": lambda: okta(assertion(issuer_=""), signs="response"),
    },
)
refused(
    12, "issuer_mismatch", {"issuer-expected-is-another": okta}, place=HERE.but(issuer="http://www.okta.com/exk1other")
)
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
            for name, value in {
                "1-1": "1.1",
                "2": "2",
                "2-0-0": "2.0.0",
                "empty": "",
                "missing": None,
                "with-a-blank": " 2.0",
                "3-0": "3.0",
            }.items()
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
        "condition-of-another-namespace": lambda: conditioned(
            audiences(ENTITY_ID), tag("x:Only", {"xmlns:x": "urn:x"})
        ),
        "condition-not-known-to-saml": lambda: conditioned(audiences(ENTITY_ID), tag("saml2:DoNotCacheCondition")),
    },
)

refused(
    12,
    "recipient_mismatch recipient_missing",
    {f"recipient-{name}": lambda text=text: confirmed(Recipient=text) for name, text in near(ACS).items()}
    | {
        "recipient-missing": lambda: confirmed(Recipient=None),
        "recipient-of-the-entity-id": lambda: confirmed(Recipient=ENTITY_ID),
    },
)
refused(
    12,
    "destination_mismatch",
    {"acs-expected-is-another": okta},
    place=HERE.but(acs="https://gatehouse.example.com/login/saml/other"),
)
refused(
    12,
    "destination_mismatch",
    {f"destination-{name}": lambda text=text: okta(start={"Destination": text}) for name, text in near(ACS).items()}
    | {
        "destination-of-another-unsigned": lambda: okta(
            start={"Destination": "https://other.example.com/"}, signs="assertion"
        )
    },
)
refused(
    12,
    "assertion_malformed confirmation_expiry_missing confirmation_missing confirmation_not_before encrypted_element_unsupported "
    "name_id_malformed name_id_missing recipient_mismatch",
    {
        "subject-missing": lambda: okta(assertion(subject_="")),
        "name-id-missing": lambda: okta(assertion(subject_=subject(""))),
        "name-id-empty": lambda: okta(assertion(subject_=subject(name_id("")))),
        "name-id-encrypted": lambda: okta(assertion(subject_=subject(tag("saml2:EncryptedID")))),
        "name-id-base": lambda: okta(assertion(subject_=subject(tag("saml2:BaseID", {}, "x")))),
        "confirmation-missing": lambda: okta(assertion(subject_=tag("saml2:Subject", {}, name_id()))),
        "confirmation-holder-of-key": lambda: okta(
            assertion(subject_=subject(None, confirmation(None, HOLDER_OF_KEY)))
        ),
        "confirmation-sender-vouches": lambda: okta(
            assertion(subject_=subject(None, confirmation(None, SENDER_VOUCHES)))
        ),
        "confirmation-method-unknown": lambda: okta(
            assertion(subject_=subject(None, confirmation(None, BEARER + "x")))
        ),
        "confirmation-method-missing": lambda: okta(assertion(subject_=subject(None, confirmation(None, None)))),
        "confirmation-method-of-saml1": lambda: okta(
            assertion(subject_=subject(None, confirmation(None, "urn:oasis:names:tc:SAML:1.0:cm:bearer")))
        ),
        "confirmation-data-missing": lambda: okta(assertion(subject_=subject(None, confirmation("")))),
        "confirmation-data-twice": lambda: okta(
            assertion(subject_=subject(None, confirmation(confirmation_data(Recipient=OTHER) + confirmation_data())))
        ),
        "confirmation-not-before": lambda: confirmed(NotBefore=moment(-300)),
        "name-id-of-blanks": lambda: okta(assertion(subject_=subject(name_id("   ")))),
        "name-id-with-a-line-end": lambda: okta(assertion(subject_=subject(name_id("ada@example.com\n")))),
        "name-id-with-a-tab": lambda: okta(assertion(subject_=subject(name_id("ada&#9;@example.com")))),
        "name-id-with-a-carriage-return": lambda: okta(assertion(subject_=subject(name_id("ada@example.com&#13;")))),
        "name-id-of-513-characters": lambda: okta(assertion(subject_=subject(name_id("x" * 513)))),
        "name-id-format-empty": lambda: okta(assertion(subject_=subject(name_id(format="")))),
        "confirmation-without-end": lambda: confirmed(NotOnOrAfter=None),
        "bearer-bad-beside-holder-of-key-good": lambda: okta(
            assertion(
                subject_=subject(
                    None, confirmation(confirmation_data(Recipient=OTHER)), confirmation(None, HOLDER_OF_KEY)
                )
            )
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
    10,
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
            "",
            status_=status(STATUS + "Responder").replace("></saml2p:StatusCode>", f">{NESTED}</saml2p:StatusCode>"),
            signs="response",
        ),
        "status-success-within-responder": lambda: okta(
            status_=status(STATUS + "Responder").replace(
                "></saml2p:StatusCode>", f">{tag('saml2p:StatusCode', {'Value': SUCCESS})}</saml2p:StatusCode>"
            )
        ),
        "status-codes-two": lambda: okta(
            status_=status(SUCCESS, tag("saml2p:StatusCode", {"Value": STATUS + "Responder"}))
        ),
        "status-success-around-a-failure": lambda: okta(
            status_=status().replace("></saml2p:StatusCode>", f">{NESTED}</saml2p:StatusCode>")
        ),
    },
)


refused(
    12,
    "attribute_malformed attribute_too_large groups_too_large encrypted_element_unsupported assertion_malformed",
    {
        "attribute-without-name": lambda: okta(assertion(attributes_=attributes(attribute("x", "y", Name=None)))),
        "attribute-with-empty-name": lambda: okta(assertion(attributes_=attributes(attribute("", "y")))),
        "attribute-encrypted": lambda: okta(assertion(attributes_=attributes(tag("saml2:EncryptedAttribute")))),
        "attribute-with-text": lambda: okta(
            assertion(
                attributes_=attributes(attribute("x", "y").replace("</saml2:Attribute>", "text</saml2:Attribute>"))
            )
        ),
        "attribute-value-with-elements": lambda: okta(
            assertion(attributes_=attributes(attribute("x", value("<b>bold</b> text", None))))
        ),
        "attribute-value-with-a-name-id": lambda: okta(
            assertion(attributes_=attributes(attribute("x", value(name_id(), None))))
        ),
        "email-of-513-characters": lambda: okta(
            assertion(attributes_=tag("saml2:AttributeStatement", {}, attribute("email", "x" * 513)))
        ),
        "groups-of-129-kilobytes": lambda: okta(assertion(attributes_=attributes(groups=["g" * 1000] * 133))),
        "authentication-without-context": lambda: authenticated(" "),
        "authentication-with-two-contexts": lambda: authenticated(context(), context()),
        "authentication-with-two-classes": lambda: authenticated(
            context().replace(
                "</saml2:AuthnContext>",
                "<saml2:AuthnContextClassRef>x</saml2:AuthnContextClassRef></saml2:AuthnContext>",
            )
        ),
        "one-time-use-twice": lambda: conditioned(audiences(ENTITY_ID), tag("saml2:OneTimeUse") * 2),
    },
)
