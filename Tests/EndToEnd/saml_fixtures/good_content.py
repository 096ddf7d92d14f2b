"""Good responses: names, groups, attributes, and what XML allows people to write without meaning anything else by it."""

from .catalogue import HERE, Catalogue
from .messages import (
    ASSERTION_MARK,
    GROUPS,
    RESPONSE_MARK,
    SUBJECT,
    assertion,
    attribute,
    attributes,
    name_id,
    response,
    subject,
    tag,
    value,
)
from .signing import Signer, edited, okta
from .vocabulary import DS, NAME_ID_FORMATS, SAML, SAMLP, XS, XSI

CATALOGUE = Catalogue()
accepted = CATALOGUE.accepted

NAMES = {
    "unspecified": SUBJECT,
    "email-address": SUBJECT,
    "x509-subject-name": "CN=Ada Lovelace,OU=Engines,O=Example",
    "persistent": "00u1ada0fixture",
    "transient": "_ce3d2948b4cf20146dee0a0b3dd6f69b6cf86f62d7",
}


def named(text: str, **options) -> str:
    return okta(assertion(subject_=subject(name_id(text, **options))))


for short, urn in NAME_ID_FORMATS.items():
    accepted(
        {f"name-id-{short}": lambda text=NAMES[short], urn=urn: named(text, format=urn)},
        subject=NAMES[short],
        format=urn,
    )
accepted({"name-id-without-format": lambda: named(SUBJECT, format=None)})
accepted(
    {
        "name-id-with-qualifiers": lambda: named(
            SUBJECT, NameQualifier="http://www.okta.com/exk1fixtures", SPNameQualifier="x"
        ),
        "name-id-written-with-references": lambda: okta(
            assertion(subject_=subject(name_id("&#97;da&#x40;example.com")))
        ),
    }
)
accepted({"name-id-in-other-letters": lambda: named("Ångström Ωμέγα 李 🚪")}, subject="Ångström Ωμέγα 李 🚪")
accepted({"name-id-with-markup-characters": lambda: named("a&amp;b&lt;c&gt;d\"e'f")}, subject="a&b<c>d\"e'f")
accepted({"name-id-of-256-characters": lambda: named("x" * 256)}, subject="x" * 256)


def grouped(names: list[str]) -> str:
    return okta(assertion(attributes_=attributes(groups=names)))


MANY = {count: [f"group-{number:04}" for number in range(count)] for count in (20, 500, 2000)}
accepted({"groups-none": lambda: okta(assertion(attributes_=without_groups()))}, groups=[])
accepted({"groups-one": lambda: grouped(["infraon-admins"])}, groups=["infraon-admins"])
for count, names in MANY.items():
    accepted({f"groups-{count}": lambda names=names: grouped(names)}, groups=names)
accepted({"groups-joined": lambda: grouped(["Everyone,infraon-admins"])}, groups=["Everyone,infraon-admins"])
accepted(
    {"groups-joined-and-split": lambda: grouped(["Everyone,infraon-admins", "third"])},
    groups=["Everyone", "infraon-admins", "third"],
    place=HERE.but(split_groups=","),
)
accepted(
    {"groups-with-delicate-names": lambda: grouped(["a &amp; b", "Größe", "x,y", "CN=g,OU=h", "a  b"])},
    groups=["a & b", "Größe", "x,y", "CN=g,OU=h", "a  b"],
)
accepted(
    {
        "groups-in-two-attributes-of-one-name": lambda: okta(
            assertion(attributes_=attributes(attribute("groups", "third")))
        )
    },
    groups=GROUPS + ["third"],
)
accepted(
    {
        "groups-in-two-statements": lambda: okta(
            assertion(more=tag("saml2:AttributeStatement", {}, attribute("groups", "third")))
        )
    },
    groups=GROUPS + ["third"],
)
accepted(
    {"groups-under-another-name": lambda: okta(assertion(attributes_=attributes(attribute("memberOf", "third"))))},
    groups=["third"],
    place=HERE.but(groups_attribute="memberOf"),
)
accepted({"no-attribute-statement": lambda: okta(assertion(attributes_=""))}, groups=[], attributes={})


def without_groups() -> str:
    return tag("saml2:AttributeStatement", {}, attribute("email", SUBJECT), attribute("displayName", "Ada Lovelace"))


USUAL = {"email": [SUBJECT], "displayName": ["Ada Lovelace"], "groups": GROUPS}


def also(*items: str) -> str:
    return okta(assertion(attributes_=attributes(*items)))


accepted({"attributes-as-usual": okta}, attributes=USUAL)
accepted(
    {"attribute-without-type": lambda: also(attribute("plain", value("text", None)))},
    attributes=USUAL | {"plain": ["text"]},
)
accepted(
    {
        "attribute-values-of-other-types": lambda: also(
            attribute("age", value("36", "xs:integer"), value("true", "xs:boolean"))
        )
    },
    attributes=USUAL | {"age": ["36", "true"]},
)
accepted({"attribute-empty-value": lambda: also(attribute("empty", value("")))}, attributes=USUAL | {"empty": [""]})
accepted({"attribute-without-values": lambda: also(attribute("none"))}, attributes=USUAL | {"none": []})
accepted(
    {"attribute-with-friendly-name": lambda: also(attribute("urn:oid:2.5.4.42", "Ada", FriendlyName="givenName"))},
    attributes=USUAL | {"urn:oid:2.5.4.42": ["Ada"]},
)
accepted(
    {"attribute-with-blanks-and-lines": lambda: also(attribute("address", "  1 Engine Row\n\tLondon  "))},
    attributes=USUAL | {"address": ["  1 Engine Row\n\tLondon  "]},
)
accepted(
    {"attribute-names-case-matters": lambda: also(attribute("Groups", "not-mine"))},
    attributes=USUAL | {"Groups": ["not-mine"]},
)
accepted(
    {"attribute-of-100-kilobytes": lambda: also(attribute("photo", "QUJD" * 25_000))},
    attributes=USUAL | {"photo": ["QUJD" * 25_000]},
)
# What a hasty look at the bytes would take for a comment, an instruction or CDATA.
LOOKALIKES = "a > b --> ]] > ?> &lt;!-- -- --> &lt;?x?> &lt;![CDATA[x]]&gt; &amp;lt;!DOCTYPE"
accepted(
    {"text-that-looks-like-markup": lambda: also(attribute("odd", LOOKALIKES))},
    attributes=USUAL | {"odd": ["a > b --> ]] > ?> <!-- -- --> <?x?> <![CDATA[x]]> &lt;!DOCTYPE"]},
)
accepted(
    {"attribute-value-that-looks-like-markup": lambda: also(attribute("a>b --> ]]> ?> '/>", "x"))},
    attributes=USUAL | {"a>b --> ]]> ?> '/>": ["x"]},
)
accepted(
    {"attribute-value-with-references": lambda: also(attribute("&#x67;&amp;&quot;&lt;&#9;x", "x"))},
    attributes=USUAL | {'g&"<\tx': ["x"]},
)


def loose(document: str) -> str:
    """The same document as another serialiser writes it; the canonical form does not change, so the signatures hold."""
    return edited(
        document,
        (f'<saml2p:Response xmlns:saml2p="{SAMLP}"', f"<saml2p:Response\n\txmlns:saml2p = '{SAMLP}'\r\n "),
        ("</saml2:NameID>", "</saml2:NameID >"),
        ("</saml2:AudienceRestriction>", "</saml2:AudienceRestriction\n>"),
        ('SessionIndex="', '  SessionIndex =\t"'),
        ("Ada Lovelace", "Ada&#32;&#x4C;ovelace"),
        ('Name="email"', "Name='email'"),
    )


def closed(document: str) -> str:
    """Empty elements in the short form, as Okta's own serialiser has them."""
    import re

    return re.sub(r"<([\w:]+)((?: [^<>]*)?)></\1>", r"<\1\2/>", document)


def indented() -> str:
    """White space between elements, as from a provider that prints prettily; signed like that."""
    import re

    def lines(text: str) -> str:
        return re.sub(r">(?=<[^/])", ">\n  ", text)

    signed = Signer().sign(lines(assertion()).replace(ASSERTION_MARK, "\n" + ASSERTION_MARK), ASSERTION_MARK)
    whole = lines(response("[body]")).replace(RESPONSE_MARK, "\n" + RESPONSE_MARK).replace("[body]", signed)
    return Signer().sign(whole, RESPONSE_MARK)


def other_prefixes() -> str:
    """Prefixes are nobody's business: samlp, saml as Shibboleth has them, then none at all."""
    text = response(assertion())
    for old, new in (("saml2p:", "samlp:"), ("saml2:", "saml:"), (":saml2p=", ":samlp="), (":saml2=", ":saml=")):
        text = text.replace(old, new)
    return signed_in_place(text)


def default_namespaces() -> str:
    text = response(assertion())
    for old, new in (("<saml2:", "<"), ("</saml2:", "</"), ("xmlns:saml2=", "xmlns=")):
        text = text.replace(old, new)
    return signed_in_place(text)


def declared_once(prefixes: str | None = None) -> str:
    """All namespaces on the Response; the Assertion inherits them, and its canonical form must bring along what it uses."""
    text = response(assertion())
    for again in (f' xmlns:saml2="{SAML}"', f' xmlns:xs="{XS}"', f' xmlns:xsi="{XSI}"', f' xmlns:saml2p="{SAMLP}"'):
        text = text.replace(again, "")
    names = f' xmlns:saml2p="{SAMLP}" xmlns:saml2="{SAML}" xmlns:xs="{XS}" xmlns:xsi="{XSI}" xmlns:ds="{DS}"'
    text = text.replace("<saml2p:Response", "<saml2p:Response" + names)
    return signed_in_place(text, Signer(prefixes=prefixes, finish=lambda text: text.replace(f' xmlns:ds="{DS}"', "")))


def signed_in_place(text: str, signer: Signer | None = None) -> str:
    signer = signer or Signer()
    return signer.sign(signer.sign(text, ASSERTION_MARK), RESPONSE_MARK)


accepted(
    {
        "serialised-loosely": lambda: loose(okta()),
        "empty-elements-closed-at-once": lambda: closed(okta()),
        "indented": indented,
        "other-prefixes": other_prefixes,
        "default-namespaces": default_namespaces,
        "namespaces-declared-once": declared_once,
        "namespaces-declared-once-with-prefix-list": lambda: declared_once("xs"),
        "namespaces-declared-once-with-all-in-the-list": lambda: declared_once("xs xsi saml2 saml2p ds"),
        "unused-namespaces": lambda: okta(
            start={"xmlns:unused": "urn:example:unused", "xmlns:more": "http://example.com/"}
        ),
        "xml-lang-on-values": lambda: also(attribute("title", value("Countess", **{"xml:lang": "en"}))),
        "xml-space-on-values": lambda: also(attribute("title", value(" x ", **{"xml:space": "preserve"}))),
        "consent-on-the-response": lambda: okta(start={"Consent": "urn:oasis:names:tc:SAML:2.0:consent:obtained"}),
    }
)


def after_declaration(declaration: str) -> str:
    return okta(declaration=declaration)


DECLARATIONS = {
    "lower-case-encoding": '<?xml version="1.0" encoding="utf-8"?>',
    "without-encoding": '<?xml version="1.0"?>',
    "single-quotes": "<?xml version='1.0' encoding='UTF-8'?>",
    "standalone": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
    "and-a-line-end": '<?xml version="1.0" encoding="UTF-8"?>\r\n',
    "with-blanks": '<?xml  version = "1.0"\n encoding = "UTF-8" ?>',
}
accepted({f"declaration-{name}": lambda text=text: after_declaration(text) for name, text in DECLARATIONS.items()})


def with_line_ends(ends: str) -> str:
    """Lines that a transport rewrote: an XML parser reads all of them as one (XML 1.0 §2.11)."""
    return indented().replace("\n", ends)


accepted(
    {
        "line-ends-of-windows": lambda: with_line_ends("\r\n"),
        "line-ends-of-old": lambda: with_line_ends("\r"),
        "xml-prefix-declared": lambda: okta(start={"xmlns:xml": "http://www.w3.org/XML/1998/namespace"}),
        "type-on-the-name-id": lambda: okta(
            assertion(subject_=subject(name_id(**{"xmlns:xsi": XSI, "xsi:type": "saml2:NameIDType"})))
        ),
        "value-with-all-that-may-have-a-prefix": lambda: also(
            attribute("title", value("x", **{"xml:lang": "en", "xml:space": "default", "xsi:nil": "false"}))
        ),
        "100-attributes": lambda: also(attribute("x", "y", **{f"a{number}": "1" for number in range(98)})),
    }
)
