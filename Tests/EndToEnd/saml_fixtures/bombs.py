"""Rule 1 and more: responses made to keep a verifier busy. Each is answered within two seconds, or it is a bomb."""

from .bad_bytes import first
from .catalogue import Catalogue
from .messages import assertion, attribute, attributes, tag, value
from .signing import edited, inclusive_namespaces, okta
from .vocabulary import SAMLP

CATALOGUE = Catalogue()
accepted, refused = CATALOGUE.accepted, CATALOGUE.refused
MEBIBYTE = 1 << 20


def filled(size: int) -> str:
    """A good response of exactly that many bytes, filled up with an attribute of more groups than anybody has."""

    def make(count: int) -> str:
        return okta(assertion(attributes_=attributes(attribute("filling", "x" * count))))

    document = make(size - len(make(1)) + 1)
    if len(document) != size:
        raise AssertionError(f"{len(document)} bytes, not {size}")
    return document


def extended(content: str, **options) -> str:
    """A response whose assertion alone is signed, with `content` where anybody may put it."""
    return okta(extensions=tag("saml2p:Extensions", {"xmlns:saml2p": SAMLP}, content), signs="assertion", **options)


def nested(depth: int, name: str = "x:a") -> str:
    return '<x:a xmlns:x="urn:x">' + f"<{name}>" * (depth - 1) + f"</{name}>" * (depth - 1) + "</x:a>"


def in_value(content: str, **more) -> str:
    """In a signed attribute value, where the schema allows anything."""
    return okta(assertion(attributes_=attributes(attribute("x", value(content, None)))), **more)


def in_tag(attributes: str) -> str:
    return first("<saml2p:Status ", f"<saml2p:Status {attributes} ", okta(signs="assertion"))


def many_attributes(count: int) -> str:
    return " ".join(f'a{number}="1"' for number in range(count))


accepted({"size-of-exactly-1-mebibyte": lambda: filled(MEBIBYTE)})
refused(
    1,
    "xml_empty xml_too_large",
    {
        "size-1-mebibyte-and-1-byte": lambda: filled(MEBIBYTE + 1),
        "size-10-megabytes": lambda: okta() + "\n" * 10_000_000,
        "size-10-megabytes-of-base64": lambda: "PHg+" * 2_500_000,
        "size-10-megabytes-of-blanks": lambda: " " * 10_000_000,
        "size-a-mebibyte-of-blanks-in-a-tag": lambda: in_tag(" " * MEBIBYTE),
    },
    twin="size-of-exactly-1-mebibyte",
)
refused(
    1,
    "xml_too_deep",
    {
        "depth-65": lambda: extended(nested(63)),
        "depth-20000": lambda: extended(nested(20_000)),
        "depth-never-closed": lambda: "<a>" * 340_000,
        "depth-in-a-value": lambda: in_value(nested(100)),
    },
)
refused(
    1,
    "xml_too_many_nodes",
    {
        "nodes-60000-elements": lambda: extended("<a></a>" * 60_000),
        "nodes-100000-empty-elements": lambda: extended("<a/>" * 100_000),
        "nodes-50000-elements-and-texts": lambda: extended("<a/>x" * 50_000),
    },
)
refused(
    1,
    "xml_too_many_attributes",
    {
        "attributes-101": lambda: in_tag(many_attributes(100)),
        "attributes-100000": lambda: in_tag(many_attributes(90_000)),
        "attributes-of-one-name": lambda: in_tag(" ".join(['a="1"'] * 100_000)),
        "attributes-with-single-quotes": lambda: in_tag(" ".join(f"a{n}='1'" for n in range(101))),
        "attributes-that-are-namespaces": lambda: in_tag(" ".join(f'xmlns:a{n}="urn:x"' for n in range(10_000))),
    },
)
refused(
    1,
    "xml_too_many_namespaces",
    {
        "namespaces-in-scope": lambda: extended(namespaces(5, 60)),
        "namespaces-in-scope-on-many-elements": lambda: extended(namespaces(5, 60, "<x:b/>" * 20_000)),
    },
)


def namespaces(depth: int, each: int, content: str = "") -> str:
    """`depth` elements in each other that declare `each` prefixes."""
    text = content
    for level in range(depth):
        declared = " ".join(f'xmlns:n{level}x{number}="urn:x:{level}:{number}"' for number in range(each))
        text = f'<x:a xmlns:x="urn:x" {declared}>{text}</x:a>'
    return text


def captured(content: str, **options) -> str:
    """A captured response with `content` in place of a value: nothing but its digest tells, and that must be made first."""
    return edited(okta(**options), (">Ada Lovelace<", f">{content}<"))


def amplified(size: int, count: int = 40_000) -> str:
    """Declared once and used by many beside each other: canonicalisation writes the long name once for each."""
    return captured(f'<x:y xmlns:x="urn:x" xmlns:n="urn:{"x" * size}">' + "<n:a/>" * count + "</x:y>")


def used_in_turn() -> str:
    return "".join(f"<n{number % 5}x{number % 49}:a/>" for number in range(20_000))


def alternating(depth: int) -> str:
    """One prefix, another namespace at each level, and many that use it at the bottom."""
    text = "<p:leaf/>" * 20_000
    for level in range(depth):
        text = f'<p:e xmlns:p="urn:level:{level}">{text}</p:e>'
    return text


def prefix_list(count: int, everywhere: bool = False) -> str:
    """Exclusive canonicalisation looks each listed prefix up at each element: a product, made without the key."""
    many = " ".join(f"p{number}" for number in range(count))
    return first(
        'PrefixList="xs"', f'PrefixList="{many}"', captured("<x/>" * 40_000 if everywhere else "x", signs="response")
    )


refused(
    3,
    "canonicalization_failed digest_mismatch xml_too_large",
    {
        "namespace-name-500-times-40000": lambda: amplified(500),
        "namespace-name-500-times-10000": lambda: amplified(500, 10_000),
        "namespaces-250-each-used-by-many": lambda: captured(namespaces(5, 49, used_in_turn())),
        "namespaces-250-redeclared-by-each": lambda: captured(
            namespaces(4, 49, '<n0x0:a xmlns:n0x0="urn:y"/>' * 12_000)
        ),
        "depth-63-of-other-namespaces": lambda: captured(alternating(50)),
        "text-of-many-references": lambda: captured("&#38;&lt;&#13;" * 60_000),
        "attributes-of-many-quotes": lambda: captured(f'<x:y xmlns:x="urn:x" a="{"&quot;&#10;" * 80_000}"></x:y>'),
        "elements-40000-in-a-value": lambda: captured("<x/>" * 40_000),
        "attributes-90-on-500-elements": lambda: captured(f"<x {many_attributes(90)}/>" * 500),
    },
)
refused(3, "xml_too_large", {"namespace-name-50000-times-40000": lambda: amplified(50_000)}, bomb=True)
refused(
    7,
    "prefix_list_malformed",
    {
        "prefix-list-of-2000": lambda: prefix_list(2000),
        "prefix-list-of-50000": lambda: prefix_list(50_000),
        "prefix-list-of-50000-and-40000-elements": lambda: prefix_list(50_000, True),
        "prefix-list-on-canonicalization-method": lambda: prefix_list_on_method(),
    },
    bomb=True,
)


def prefix_list_on_method() -> str:
    many = inclusive_namespaces(" ".join(f"p{number}" for number in range(100_000)))
    return first("</ds:CanonicalizationMethod>", many + "</ds:CanonicalizationMethod>", okta(signs="response"))


refused(
    2,
    "xml_malformed xml_processing_instruction",
    {
        "name-of-900-kilobytes": lambda: extended(f"<{'a' * 450_000}></{'a' * 450_000}>"),
        "tag-that-never-ends": lambda: okta() + "<a " + "b " * 400_000,
        "quote-that-never-ends": lambda: okta()[:-20] + '<a b="' + "c" * 900_000,
        "end-tags-only": lambda: "</a>" * 250_000,
        "less-thans-only": lambda: "<" * MEBIBYTE,
        "ampersands-only": lambda: f"<a>{'&' * 900_000}</a>",
        "brackets-and-bangs": lambda: "<!" * 500_000,
        "question-marks": lambda: "<?" * 500_000,
        "dashes": lambda: "<!-" * 300_000,
        "entities-without-end": lambda: f"<a>{'&a' * 400_000}</a>",
    },
)
# Much, but within the caps: each must be read in full, and none may take long. What they break is rule 4 or 5 or nothing.
refused(
    4,
    "id_duplicate root_unexpected signature_misplaced signature_missing",
    {
        "many-references-to-characters": lambda: f"<a>{'&#97;' * 200_000}</a>",
        "many-ids": lambda: extended("".join(f'<a ID="{number:x}"/>' for number in range(24_000)) + '<a ID="0"/>'),
        "many-signatures": lambda: extended('<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>' * 14_000),
        "many-assertions": lambda: okta(
            signs="response", body=assertion().replace("[signature of the assertion]", "") * 300
        ),
        "many-groups-unsigned": lambda: okta(assertion(attributes_=attributes(groups=["g"] * 5000)), signs="none"),
    },
)
