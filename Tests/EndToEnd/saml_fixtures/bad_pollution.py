"""Rules 4 and 5: twins of elements and attributes in other namespaces, and one ID for two elements."""

import re

from .bad_structure import extensions, resigned
from .catalogue import Catalogue
from .messages import (
    ASSERTION_MARK,
    ENTITY_ID,
    assertion,
    attribute,
    attributes,
    audiences,
    authentication,
    conditions,
    confirmation,
    confirmation_data,
    issuer,
    name_id,
    response,
    status,
    subject,
    tag,
    value,
)
from .signing import Signer, edited, okta
from .vocabulary import DS, XSI

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


OTHER = "urn:example:other"


def twin_of(text: str, name: str) -> str:
    """The same element in a foreign namespace, which holds something else."""
    opened = re.sub(f"<saml2:{name}(?=[ >])", f'<o:{name} xmlns:o="{OTHER}"', text)
    return opened.replace(f"</saml2:{name}>", f"</o:{name}>")


refused(
    4,
    "assertion_malformed attribute_malformed attribute_prefixed condition_unknown conditions_missing "
    "name_id_missing signature_misplaced status_malformed",
    {
        "foreign-name-id-before-ours": lambda: okta(
            assertion(subject_=subject(twin_of(name_id("root"), "NameID") + name_id()))
        ),
        "foreign-name-id-alone": lambda: okta(assertion(subject_=subject(twin_of(name_id(), "NameID")))),
        "foreign-subject-alone": lambda: okta(assertion(subject_=twin_of(subject(), "Subject"))),
        "foreign-confirmation-alone": lambda: okta(
            assertion(subject_=subject(None, twin_of(confirmation(), "SubjectConfirmation")))
        ),
        "foreign-confirmation-data-alone": lambda: okta(
            assertion(subject_=subject(None, confirmation(twin_of(confirmation_data(), "SubjectConfirmationData"))))
        ),
        "foreign-conditions-alone": lambda: okta(assertion(conditions_=twin_of(conditions(), "Conditions"))),
        "foreign-audience-restriction-alone": lambda: okta(
            assertion(conditions_=conditions(twin_of(audiences(ENTITY_ID), "AudienceRestriction")))
        ),
        "foreign-audience-alone": lambda: okta(
            assertion(conditions_=conditions(twin_of(audiences(ENTITY_ID), "Audience")))
        ),
        "foreign-audience-beside-another": lambda: okta(assertion(conditions_=conditions(foreign_beside_another()))),
        "foreign-authentication-statement-alone": lambda: okta(
            assertion(authentication_=twin_of(authentication(), "AuthnStatement"))
        ),
        "foreign-issuer-alone": lambda: resigned(response(assertion(issuer_=twin_of(issuer(), "Issuer")))),
        "foreign-issuer-before-ours": lambda: resigned(
            response(assertion(issuer_=twin_of(issuer(), "Issuer") + issuer()))
        ),
        "foreign-status-code": lambda: okta(
            status_=status()
            .replace("<saml2p:StatusCode", f'<o:StatusCode xmlns:o="{OTHER}"')
            .replace("</saml2p:StatusCode>", "</o:StatusCode>")
        ),
        "foreign-attribute-value": lambda: okta(
            assertion(attributes_=attributes(attribute("groups", twin_of(value("root"), "AttributeValue"))))
        ),
        "prefixed-schema-location": lambda: okta(
            start={"xmlns:xsi": XSI, "xsi:schemaLocation": "urn:x http://127.0.0.1:9/x.xsd"}
        ),
        "prefixed-type-of-another-namespace": lambda: okta(
            assertion(attributes_=attributes(attribute("x", value("y", **{"xmlns:xsi": "urn:x"}))))
        ),
        "prefixed-id-on-the-assertion": lambda: okta(assertion(start={"xmlns:o": OTHER, "o:ID": "id_other"})),
        "prefixed-id-of-saml": lambda: okta(assertion(start={"saml2:ID": "id_other"})),
        "prefixed-id-instead": lambda: resigned(
            response(
                Signer(reference="#id_assertion").sign(
                    assertion(start={"ID": None, "saml2:ID": "id_assertion"}), ASSERTION_MARK
                )
            )
        ),
        "prefixed-version": lambda: okta(assertion(start={"saml2:Version": "1.1"})),
        "prefixed-recipient": lambda: okta(
            assertion(
                subject_=subject(
                    None, confirmation(confirmation_data(**{"saml2:Recipient": "https://other.example.com"}))
                )
            )
        ),
        "prefixed-recipient-instead": lambda: okta(
            assertion(
                subject_=subject(
                    None,
                    confirmation(
                        confirmation_data(
                            **{
                                "Recipient": None,
                                "saml2:Recipient": "https://gatehouse.example.com/login/saml/okta-saml",
                            }
                        )
                    ),
                )
            )
        ),
        "prefixed-not-on-or-after": lambda: okta(
            assertion(conditions_=conditions(**{"saml2:NotOnOrAfter": "2099-01-01T00:00:00Z"}))
        ),
        "prefixed-name-of-an-attribute": lambda: okta(
            assertion(attributes_=attributes(attribute("x", "y", **{"saml2:Name": "groups"})))
        ),
        "prefixed-original-issuer": lambda: okta(
            assertion(
                attributes_=attributes(
                    attribute(
                        "x",
                        "y",
                        **{"xmlns:a": "http://schemas.xmlsoap.org/ws/2009/09/identity/claims", "a:OriginalIssuer": "x"},
                    )
                )
            )
        ),
        "prefixed-destination": lambda: okta(start={"saml2p:Destination": "https://other.example.com"}),
        "prefixed-status-value": lambda: okta(
            status_=edited(
                status("urn:x"),
                (
                    "<saml2p:StatusCode ",
                    '<saml2p:StatusCode saml2p:Value="urn:oasis:names:tc:SAML:2.0:status:Success" ',
                ),
            )
        ),
        "prefixed-uri-of-the-reference": lambda: okta(
            signer=Signer(reference="", signed_info=lambda text: text.replace('URI=""', 'ds:URI="#id_response"')),
            signs="response",
        ),
        "prefixed-algorithm": lambda: okta(
            signs="response",
            signer=Signer(
                signed_info=lambda text: text.replace(
                    "<ds:SignatureMethod ", f'<ds:SignatureMethod ds:Algorithm="{DS}hmac-sha1" '
                )
            ),
        ),
    },
)


def foreign_beside_another() -> str:
    ours = tag("o:Audience", {"xmlns:o": OTHER}, ENTITY_ID)
    return tag("saml2:AudienceRestriction", {}, ours, tag("saml2:Audience", {}, "https://other.example.com"))


# Rule 5. The element that was verified and the element that is read must not be told apart by which of two comes first.


def holding(content: str) -> str:
    return okta(assertion(attributes_=attributes(attribute("x", value(content, None)))))


refused(
    5,
    "id_duplicate id_missing",
    {
        "id-of-the-assertion-is-the-response's": lambda: okta(assertion(start={"ID": "id_response"})),
        "id-twice-in-a-value": lambda: holding('<x:y xmlns:x="urn:x" ID="id_assertion"></x:y>'),
        "id-twice-as-Id": lambda: holding('<x:y xmlns:x="urn:x" Id="id_assertion"></x:y>'),
        "id-twice-as-id": lambda: holding('<x:y xmlns:x="urn:x" id="id_assertion"></x:y>'),
        "id-twice-as-xml-id": lambda: holding('<x:y xmlns:x="urn:x" xml:id="id_assertion"></x:y>'),
        "id-twice-on-one-element": lambda: okta(assertion(start={"Id": "id_assertion"})),
        "id-twice-in-key-info": lambda: okta(
            signer=Signer(key_info='<ds:KeyInfo Id="id_assertion"></ds:KeyInfo>'), signs="assertion"
        ),
        "id-twice-on-signatures": lambda: okta(
            signer=Signer(finish=lambda text: edited(text, ("<ds:Signature ", '<ds:Signature Id="s" ')))
        ),
        "id-twice-in-extensions-unsigned": lambda: okta(
            signs="assertion", extensions=extensions('<x:y xmlns:x="urn:x" ID="id_assertion"></x:y>')
        ),
        "id-twice-written-with-references": lambda: holding('<x:y xmlns:x="urn:x" ID="id&#95;assertion"></x:y>'),
        "id-of-5000-characters": lambda: okta(assertion(start={"ID": "_" + "a" * 5000})),
        "id-empty-on-the-assertion": lambda: resigned(response(assertion(start={"ID": ""}))),
        "id-empty-on-the-response": lambda: okta(start={"ID": ""}),
        "id-missing-on-the-assertion": lambda: okta(assertion(start={"ID": None}), signs="response"),
        "id-missing-on-the-response": lambda: okta(start={"ID": None}, signs="assertion"),
    },
)
