"""Good responses: who signed what, with which key and algorithm, and how the message was carried."""

import base64
import textwrap

from .catalogue import HERE, UNSOLICITED, Catalogue
from .keys import Identity, attacker, base64_text, idp
from .messages import (
    ASSERTION_MARK,
    RESPONSE_MARK,
    assertion,
    attribute,
    authentication,
    confirmation,
    confirmation_data,
    response,
    subject,
    value,
)
from .signing import Signer, okta, x509_data

CATALOGUE = Catalogue()
accepted = CATALOGUE.accepted


def with_key(kind: str, algorithm: str, digest: str = "sha256", name: str = "idp") -> Signer:
    return Signer(Identity(name, kind), algorithm, digest)


def pinned(*identities: Identity):
    return HERE.but(certificates=tuple(lambda one=one: one for one in identities))


accepted(
    {
        "both-signed": okta,
        "response-signed": lambda: okta(signs="response"),
        "assertion-signed": lambda: okta(signs="assertion"),
        # Whoever takes the Response's signature away leaves a good signed assertion, of which alone anything is believed.
        "both-signed-then-the-response-signature-taken-away": lambda: without_response_signature(okta()),
        "no-prefix-list": lambda: okta(plain_assertion(), signer=Signer(prefixes=None)),
        "prefix-list-xs": lambda: okta(signer=Signer(prefixes="xs")),
        "prefix-list-of-several": lambda: okta(signer=Signer(prefixes="xs xsi saml2 ds")),
        "prefix-list-of-unknown-prefixes": lambda: okta(signer=Signer(prefixes="xs nowhere")),
        "prefix-list-default": lambda: okta(signer=Signer(prefixes="#default xs")),
        "xs-declared-on-the-response-only": lambda: okta(assertion(start={"xmlns:xs": None}), signs="response"),
        "no-xml-declaration": lambda: okta(declaration=""),
        "no-destination": lambda: okta(start={"Destination": None}),
        "rsa-sha384": lambda: okta(signer=Signer(algorithm="rsa-sha384", digest="sha384")),
        "rsa-sha512": lambda: okta(signer=Signer(algorithm="rsa-sha512", digest="sha512")),
        "rsa-sha256-over-a-sha512-digest": lambda: okta(signer=Signer(digest="sha512")),
        "two-algorithms-in-one-response": lambda: okta(
            signer=Signer(algorithm="rsa-sha512", digest="sha384"), response_signer=Signer()
        ),
        "signature-values-in-lines": lambda: okta(signer=Signer(width=76)),
        "signature-values-in-lines-with-carriage-returns": lambda: edited_values(okta(signer=Signer(width=64))),
        "prefix-list-with-xml": lambda: okta(signer=Signer(prefixes="xml xs")),
        "prefix-list-empty": lambda: okta(signer=Signer(prefixes=""), body=plain_assertion()),
        "prefix-list-with-repetitions": lambda: okta(signer=Signer(prefixes="xs  xs xs")),
        "prefix-list-of-16": lambda: okta(signer=Signer(prefixes=" ".join(f"p{n}" for n in range(15)) + " xs")),
        "algorithms-written-with-references": lambda: okta().replace("xmldsig-more#rsa", "xmldsig-more&#35;&#x72;sa"),
        "no-key-info": lambda: okta(signer=Signer(key_info="")),
        # KeyInfo is never a source of trust: nothing in it can make a good signature bad either.
        "key-info-shows-another-certificate": lambda: okta(signer=Signer(key_info=x509_data(attacker()))),
        "key-info-shows-a-chain": lambda: okta(signer=Signer(key_info=x509_data(idp(), attacker()))),
        "key-info-holds-a-key-name": lambda: okta(
            signer=Signer(key_info="<ds:KeyInfo><ds:KeyName>k1</ds:KeyName></ds:KeyInfo>")
        ),
        "base64": lambda: base64.b64encode(okta().encode()),
        "base64-in-lines": lambda: "\n".join(textwrap.wrap(base64_text(okta().encode()), 76)) + "\n",
        "base64-in-lines-with-carriage-returns": lambda: "\r\n".join(textwrap.wrap(base64_text(okta().encode()), 64)),
        "base64-with-a-blank-around": lambda: f" {base64_text(okta().encode())}\n",
        "xml-with-a-line-end": lambda: okta() + "\n",
        "xml-after-line-ends": lambda: "\n\n" + okta(declaration=""),
        "base64-of-xml-after-line-ends": lambda: base64_text(b"\n\n" + okta(declaration="").encode()),
    }
)


def plain_assertion() -> str:
    """Without xsi:type there is no prefix in a value, and no PrefixList is needed."""
    groups = attribute("groups", *(value(name, None) for name in ("Everyone", "infraon-admins")))
    return assertion(
        start={"xmlns:xs": None}, attributes_=f"<saml2:AttributeStatement>{groups}</saml2:AttributeStatement>"
    )


def without_response_signature(document: str) -> str:
    before, rest = document.split("<ds:Signature ", 1)
    return before + rest.split("</ds:Signature>", 1)[1]


def edited_values(document: str) -> str:
    """Signature libraries of Java write the carriage returns of their line ends as references; Response only, it signs the rest."""
    before, rest = document.split("<ds:SignatureValue>", 1)
    text, after = rest.split("</ds:SignatureValue>", 1)
    return before + "<ds:SignatureValue>" + text.replace("\n", "&#13;\n") + "</ds:SignatureValue>" + after


for curve in ("P-256", "P-384", "P-521"):
    for size in ("256", "384", "512"):
        signer = with_key(curve, f"ecdsa-sha{size}", f"sha{size}")
        accepted(
            {f"ecdsa-{curve.lower()}-sha{size}": lambda signer=signer: okta(signer=signer)},
            place=pinned(signer.identity),
        )

accepted(
    {"rsa-3072": lambda: okta(signer=with_key("RSA-3072", "rsa-sha256"))},
    place=pinned(Identity("idp", "RSA-3072")),
)
accepted(
    {
        "sha1-allowed": lambda: okta(signer=Signer(algorithm="rsa-sha1", digest="sha1")),
        "sha1-digest-allowed": lambda: okta(signer=Signer(digest="sha1")),
        "sha256-where-sha1-is-allowed": okta,
    },
    place=HERE.but(allow_sha1=True),
)

# Roll-over: several certificates are pinned, any of them may sign, and the two signatures need not be of one key.
ROLLING = pinned(idp(), Identity("idp-next"), Identity("idp-curve", "P-256"))
accepted(
    {
        "several-pinned-the-first-signs": okta,
        "several-pinned-the-second-signs": lambda: okta(signer=Signer(Identity("idp-next"))),
        "several-pinned-the-elliptic-one-signs": lambda: okta(
            signer=with_key("P-256", "ecdsa-sha256", name="idp-curve")
        ),
        "several-pinned-each-signs-one": lambda: okta(response_signer=Signer(Identity("idp-next"))),
        "several-pinned-key-info-shows-the-other": lambda: okta(
            signer=Signer(Identity("idp-next"), key_info=x509_data(idp()))
        ),
    },
    place=ROLLING,
)
EXPIRED, COMING = Identity("idp-expired", days=(-800, -30)), Identity("idp-coming", days=(30, 800))
accepted({"certificate-expired": lambda: okta(signer=Signer(EXPIRED))}, place=pinned(EXPIRED))
accepted({"certificate-not-yet-valid": lambda: okta(signer=Signer(COMING))}, place=pinned(COMING))
# The key is what is pinned: Okta renewing the certificate over the same key changes nothing.
accepted(
    {"another-certificate-of-the-same-key": lambda: okta(signer=Signer(Identity("idp-renewed", key="idp")))},
)


def unsolicited(body: str | None = None, **options) -> str:
    """As after a click on Okta's dashboard: no InResponseTo anywhere."""
    free = subject(None, confirmation(confirmation_data(InResponseTo=None)))
    body = (
        assertion(subject_=free, authentication_=authentication(SessionIndex="id1773135000123.448217"))
        if body is None
        else body
    )
    return okta(body, **({"start": {"InResponseTo": None}} | options))


accepted(
    {
        "unsolicited": unsolicited,
        "unsolicited-response-signed": lambda: unsolicited(signs="response"),
        "unsolicited-assertion-signed": lambda: unsolicited(signs="assertion"),
    },
    place=UNSOLICITED,
)


def by_xmlsec() -> str:
    """Both signatures made by xmlsec from templates, as one of the many providers built on it would."""
    import xmlsec
    from lxml import etree

    from .signing import parse

    def sign(document: str, mark: str) -> str:
        tree = parse(document.replace(mark, "<mark/>"))
        placed = tree.find(".//mark")
        template = xmlsec.template.create(
            tree, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
        )
        parent = placed.getparent()
        parent.replace(placed, template)
        reference = xmlsec.template.add_reference(
            template, xmlsec.constants.TransformSha256, uri="#" + parent.get("ID")
        )
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        xmlsec.tree.add_ids(tree, ["ID"])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(idp().private_pem, xmlsec.constants.KeyDataFormatPem)
        context.sign(template)
        return etree.tostring(tree, encoding="unicode")

    return sign(response(sign(assertion(), ASSERTION_MARK), declaration=""), RESPONSE_MARK)


accepted(
    {"signed-by-xmlsec": by_xmlsec, "signed-by-xmlsec-with-declaration": lambda: '<?xml version="1.0"?>' + by_xmlsec()}
)


class WithExponent3(Identity):
    """What some old providers' keys are like: all right, as long as padding is looked at to its end."""

    def __init__(self):
        super().__init__("idp-exponent-3", "RSA-E3")


accepted(
    {"rsa-exponent-3": lambda: okta(signer=Signer(WithExponent3()))}, place=HERE.but(certificates=(WithExponent3,))
)
