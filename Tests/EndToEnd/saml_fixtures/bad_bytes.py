"""Rules 1 and 2: what is refused on the bytes, before or by the parser.

Comments, CDATA and entities are put into signed responses afterwards: canonicalisation drops or resolves them, so that the
signature still holds for whoever looks at the tree only, while the text nodes around them can be read in two ways.
"""

from .catalogue import Catalogue
from .keys import base64_text
from .messages import ENTITY_ID, ISSUER, SUBJECT, assertion, attribute, attributes, name_id, subject, value
from .signing import edited, okta

CATALOGUE = Catalogue()
refused = CATALOGUE.refused

MALLORY = "root@example.com"
# The name of the classic truncation attack: the attacker owns the longer name, and wants the shorter.
TRUNCATED = f"{MALLORY}.attacker.example"


def in_name(inserted: str) -> str:
    """A good assertion for the attacker's own name, with something in the midst of it."""
    signed = okta(assertion(subject_=subject(name_id(TRUNCATED))))
    return edited(signed, (TRUNCATED, f"{MALLORY}{inserted}.attacker.example"))


def replaced(*changes: tuple[str, str], times: int = 1) -> str:
    return edited(okta(), *changes, times=times)


def first(old: str, new: str, document: str | None = None) -> str:
    """Only the first of several places."""
    before, after = (document or okta()).split(old, 1)
    return before + new + after


PLACES = {
    "in-name-id": in_name,
    "before-name-id-text": lambda x: replaced((f">{SUBJECT}</saml2:NameID>", f">{x}{SUBJECT}</saml2:NameID>")),
    "after-name-id-text": lambda x: replaced((f">{SUBJECT}</saml2:NameID>", f">{SUBJECT}{x}</saml2:NameID>")),
    "beside-name-id": lambda x: replaced(("</saml2:NameID>", f"</saml2:NameID>{x}")),
    "in-attribute-value": lambda x: replaced((">infraon-admins<", f">infraon{x}-admins<")),
    "in-audience": lambda x: replaced((f">{ENTITY_ID}<", f">{ENTITY_ID[:8]}{x}{ENTITY_ID[8:]}<")),
    "in-assertion-issuer": lambda x: replaced((f">{ISSUER}<", f">{ISSUER}{x}<"), times=2),
    "in-digest-value": lambda x: first("<ds:DigestValue>", f"<ds:DigestValue>{x}"),
    "in-signature-value": lambda x: first("<ds:SignatureValue>", f"<ds:SignatureValue>{x}"),
    "in-signed-info": lambda x: first("<ds:SignedInfo>", f"<ds:SignedInfo>{x}"),
    "in-key-info": lambda x: first("<ds:X509Certificate>", f"<ds:X509Certificate>{x}"),
    "before-the-root": lambda x: first("<saml2p:Response", f"{x}<saml2p:Response"),
    "after-the-root": lambda x: okta() + x,
    "in-the-response": lambda x: first("<saml2p:Status ", f"{x}<saml2p:Status "),
}

refused(1, "xml_comment", {f"comment-{place}": lambda put=put: put("<!---->") for place, put in PLACES.items()})
refused(
    1,
    "xml_declaration_malformed xml_processing_instruction",
    {f"instruction-{place}": lambda put=put: put("<?x y?>") for place, put in PLACES.items()},
)
refused(
    1,
    "xml_cdata",
    {f"cdata-{place}": lambda put=put: put("<![CDATA[]]>") for place, put in PLACES.items()},
)
refused(
    1,
    "xml_comment",
    {
        "comment-with-a-name": lambda: in_name(f"<!--{SUBJECT}-->"),
        "comment-with-markup": lambda: in_name("<!-- </saml2:NameID><saml2:NameID> -->"),
        "comment-commented-digest": lambda: commented_digest(),
        "comment-that-never-ends": lambda: okta() + "<!--",
        "comment-signed-into-the-assertion": lambda: okta(
            assertion(subject_=subject(name_id(f"{MALLORY}<!---->.attacker.example")))
        ),
    },
)
refused(
    1,
    "xml_cdata",
    {
        "cdata-around-name-id": lambda: replaced((f">{SUBJECT}<", f"><![CDATA[{SUBJECT}]]><"), times=2),
        "cdata-around-group": lambda: replaced((">infraon-admins<", "><![CDATA[infraon-admins]]><")),
        "cdata-that-never-ends": lambda: in_name("<![CDATA["),
        "cdata-signed-into-the-assertion": lambda: okta(
            assertion(attributes_=attributes(attribute("x", value("<![CDATA[x]]>"))))
        ),
    },
)
refused(
    1,
    "xml_declaration_malformed xml_processing_instruction",
    {
        "instruction-stylesheet": lambda: first(
            "<saml2p:Response", '<?xml-stylesheet href="http://192.0.2.1/x.xsl"?><saml2p:Response'
        ),
        "instruction-signed-into-the-name": lambda: okta(
            assertion(subject_=subject(name_id(f"{MALLORY}<?x?>.attacker.example")))
        ),
        "instruction-xml-in-capitals": lambda: okta(declaration='<?XML version="1.0"?>'),
        "instruction-second-declaration": lambda: okta(declaration='<?xml version="1.0"?><?xml version="1.0"?>'),
        "instruction-declaration-in-the-midst": lambda: in_name('<?xml version="1.0"?>'),
    },
)


def commented_digest() -> str:
    """CVE-2025-29775: the digest of another text stands in a comment before the one that was signed."""
    return first("<ds:DigestValue>", f"<ds:DigestValue><!--{base64_text(b'x' * 32)}-->")


# DOCTYPE and entities


def with_doctype(doctype: str, document: str | None = None) -> str:
    return first("<saml2p:Response", f"{doctype}<saml2p:Response", document)


def laughs(rounds: int = 9) -> str:
    entities = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, rounds + 1))
    return f"<!DOCTYPE saml2p:Response [{entities}]>"


refused(
    1,
    "xml_doctype xml_malformed",
    {
        "doctype-alone": lambda: with_doctype("<!DOCTYPE saml2p:Response>"),
        "doctype-with-internal-subset": lambda: with_doctype('<!DOCTYPE saml2p:Response [<!ENTITY x "y">]>'),
        "doctype-in-lower-case": lambda: with_doctype("<!doctype saml2p:Response>"),
        "doctype-system": lambda: with_doctype('<!DOCTYPE saml2p:Response SYSTEM "http://127.0.0.1:9/x.dtd">'),
        "doctype-public": lambda: with_doctype('<!DOCTYPE saml2p:Response PUBLIC "x" "http://127.0.0.1:9/x.dtd">'),
        "doctype-internal-entity-in-name": lambda: with_doctype(
            f'<!DOCTYPE x [<!ENTITY n "{SUBJECT}">]>', replaced((f">{SUBJECT}</saml2:NameID>", ">&n;</saml2:NameID>"))
        ),
        "doctype-external-entity-in-name": lambda: with_doctype(
            '<!DOCTYPE x [<!ENTITY n SYSTEM "file:///etc/hostname">]>',
            replaced((f">{SUBJECT}</saml2:NameID>", ">&n;</saml2:NameID>")),
        ),
        "doctype-entity-over-http": lambda: with_doctype(
            '<!DOCTYPE x [<!ENTITY n SYSTEM "http://127.0.0.1:9/">]>',
            replaced((f">{SUBJECT}</saml2:NameID>", ">&n;</saml2:NameID>")),
        ),
        "doctype-parameter-entity": lambda: with_doctype(
            '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>'
        ),
        # CVE-2025-23369: an entity in an ID makes the referenced element another one than was looked up.
        "doctype-entity-in-id": lambda: with_doctype(
            '<!DOCTYPE x [<!ENTITY i "id_assertion">]>', first('ID="id_assertion"', 'ID="&i;"')
        ),
        "doctype-entity-in-reference": lambda: with_doctype(
            '<!DOCTYPE x [<!ENTITY i "#id_response">]>', first('URI="#id_response"', 'URI="&i;"')
        ),
        # Default attributes come from the DTD alone, and so do attributes of type ID.
        "doctype-default-attribute": lambda: with_doctype(
            '<!DOCTYPE x [<!ATTLIST saml2:NameID Format CDATA "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">]>'
        ),
        "doctype-id-attribute": lambda: with_doctype("<!DOCTYPE x [<!ATTLIST saml2:Subject Name ID #IMPLIED>]>"),
        "doctype-billion-laughs": lambda: with_doctype(
            laughs(), replaced((f">{SUBJECT}</saml2:NameID>", ">&l9;</saml2:NameID>"))
        ),
        "doctype-quadratic-blow-up": lambda: with_doctype(
            f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>',
            replaced((f">{SUBJECT}</saml2:NameID>", f">{'&a;' * 100_000}</saml2:NameID>")),
        ),
        "doctype-that-never-ends": lambda: with_doctype("<!DOCTYPE x [" + "<!ENTITY a 'b'>" * 20_000),
        "doctype-after-blanks": lambda: with_doctype("\n\n <!DOCTYPE x>\n"),
        "doctype-after-the-root": lambda: okta() + "<!DOCTYPE x>",
        "doctype-within-the-root": lambda: first("<saml2p:Status ", "<!DOCTYPE x><saml2p:Status "),
        "doctype-element-declaration-alone": lambda: with_doctype("<!ELEMENT x ANY>"),
    },
    bomb=False,
)
refused(
    2,
    "base64_malformed xml_declaration_malformed xml_malformed xml_name_malformed",
    {
        "entity-without-declaration": lambda: replaced((f">{SUBJECT}</saml2:NameID>", ">&admin;</saml2:NameID>")),
        "entity-of-html": lambda: replaced(("Ada Lovelace", "Ada&nbsp;Lovelace")),
        "entity-without-name": lambda: replaced(("Ada Lovelace", "Ada &; Lovelace")),
        "ampersand-alone": lambda: replaced(("Ada Lovelace", "Ada & Lovelace")),
        "reference-to-nul": lambda: replaced(("Ada Lovelace", "Ada&#0;Lovelace")),
        "reference-to-a-control-character": lambda: replaced(("Ada Lovelace", "Ada&#1;Lovelace")),
        "reference-to-a-surrogate": lambda: replaced(("Ada Lovelace", "Ada&#xD800;Lovelace")),
        "reference-beyond-unicode": lambda: replaced(("Ada Lovelace", "Ada&#x110000;Lovelace")),
        "reference-that-wraps-32-bits": lambda: replaced(
            (f">{SUBJECT}</saml2:NameID>", ">&#4294967393;da@example.com</saml2:NameID>")
        ),
        "less-than-in-attribute-value": lambda: replaced(('Name="email"', 'Name="em<ail"')),
        "cdata-end-in-text": lambda: replaced(("Ada Lovelace", "Ada ]]> Lovelace")),
        "end-tag-of-another": lambda: replaced(("</saml2:NameID>", "</saml2:NameId>")),
        "end-tag-missing": lambda: replaced(("</saml2p:Response>", "")),
        "second-root": lambda: okta() + "<x/>",
        "second-response": lambda: okta() + okta(declaration=""),
        "attribute-twice": lambda: replaced(('SessionIndex="', 'SessionIndex="x" SessionIndex="')),
        "attribute-twice-by-namespace": lambda: replaced(
            ("<saml2:AuthnContext>", '<saml2:AuthnContext xmlns:a="urn:x" xmlns:b="urn:x" a:y="1" b:y="2">')
        ),
        "attribute-without-quotes": lambda: replaced(('Version="2.0"', "Version=2.0"), times=2),
        "attributes-without-blank": lambda: replaced(('" NotOnOrAfter="', '"NotOnOrAfter="'), times=2),
        "prefix-without-declaration": lambda: replaced(("<saml2:AuthnContext>", "<saml2:AuthnContext nowhere:x='1'>")),
        "name-with-two-colons": lambda: replaced(("saml2:AuthnContext>", "saml2:saml2:AuthnContext>"), times=2),
        "attribute-name-with-two-colons": lambda: replaced(('SessionIndex="', 'saml2:x:y="1" SessionIndex="')),
        "name-that-begins-with-a-colon": lambda: replaced(("saml2:AuthnContext>", ":AuthnContext>"), times=2),
        "name-that-ends-with-a-colon": lambda: replaced(("saml2:AuthnContext>", "saml2:>"), times=2),
        "namespace-prefix-xmlns": lambda: okta(start={"xmlns:xmlns": "urn:x"}, signs="none"),
        "namespace-prefix-xml-elsewhere": lambda: okta(start={"xmlns:xml": "urn:x"}, signs="none"),
        "namespace-undeclared-prefix": lambda: replaced(("<saml2:AuthnContext>", '<saml2:AuthnContext xmlns:xs="">')),
        "text-before-the-root": lambda: "x" + okta(declaration=""),
        "text-after-the-root": lambda: okta() + "x",
        "blank-before-the-declaration": lambda: " " + okta(),
        "line-before-the-declaration": lambda: "\n" + okta(),
        "blank-before-the-declaration-in-base64": lambda: base64_text(b" " + okta().encode()),
    },
)
