"""Rules 4 to 7: signature wrapping. What the provider signed is still there and still verifies; what is read is another.

The eight attacks of "On Breaking SAML" (2012) as the tool SAML Raider numbers them, then every place that can hold a signed
element combined with who keeps the signature and whose ID it is. No key is needed for any of these.
"""

from .bad_bytes import MALLORY
from .catalogue import Catalogue
from .messages import SUBJECT, tag
from .signing import edited, element, okta
from .vocabulary import SAML, SAMLP

CATALOGUE = Catalogue()
ANY_REASON = "assertion_misplaced assertion_repeated id_duplicate response_misplaced"
SIGNATURE_END = "</ds:Signature>"


class Parts:
    """A signed assertion, or a signed response, taken apart."""

    def __init__(self, signed: str, identifier: str):
        self.whole, self.identifier = signed, identifier
        self.signature = element(signed, "ds:Signature")
        self.bare = signed.replace(self.signature, "", 1)

    def evil(self, identifier: str = "id_evil", signature: str = "", more: str = "") -> str:
        """The attacker's twin: another subject, perhaps another ID, perhaps the signature."""
        text = edited(self.bare, (f'ID="{self.identifier}"', f'ID="{identifier}"'))
        text = text.replace(SUBJECT, MALLORY)
        head, tail = text.split("</saml2:Issuer>", 1)
        close = tail.rindex("</")
        return f"{head}</saml2:Issuer>{signature}{tail[:close]}{more}{tail[close:]}"

    def evil_signed(self, identifier: str = "id_evil", inside: str = "", more: str = "") -> str:
        """The twin with the signature, which holds something of its own at its end."""
        return self.evil(identifier, self.signature.replace(SIGNATURE_END, inside + SIGNATURE_END), more)


def assertion_parts() -> tuple[str, Parts]:
    """The response around the assertion (with {} for it), and the signed assertion."""
    whole = okta(signs="assertion")
    text = element(whole, "saml2:Assertion")
    return whole.replace(text, "{}"), Parts(text, "id_assertion")


def response_parts() -> Parts:
    return Parts(okta(signs="response", declaration=""), "id_response")


def extended(shell: str, content: str) -> str:
    holder = tag("saml2p:Extensions", {"xmlns:saml2p": SAMLP}, content)
    return shell.replace("<saml2p:Status ", f"{holder}<saml2p:Status ", 1)


def on_assertion(build):
    """A case made from the two."""
    return lambda: build(*assertion_parts())


def on_response(build):
    return lambda: build(response_parts())


def object_of(content: str) -> str:
    return tag("ds:Object", {}, content)


# XSW 1 and 2 wrap the signed Response, 3 to 8 the signed Assertion.
CATALOGUE.refused(
    6,
    ANY_REASON,
    {
        "xsw-1": on_response(lambda p: p.evil_signed(inside=p.bare)),
        "xsw-2": on_response(lambda p: p.evil(signature=p.bare + p.signature)),
    },
    twin="response-signed",
)
CATALOGUE.refused(
    6,
    ANY_REASON,
    {
        "xsw-3": on_assertion(lambda shell, p: shell.format(p.evil() + p.whole)),
        "xsw-4": on_assertion(lambda shell, p: shell.format(p.evil(more=p.whole))),
        "xsw-5": on_assertion(lambda shell, p: shell.format(p.evil_signed() + p.bare)),
        "xsw-6": on_assertion(lambda shell, p: shell.format(p.evil_signed(inside=p.bare))),
        "xsw-7": on_assertion(lambda shell, p: extended(shell, p.evil("id_assertion")).format(p.whole)),
        "xsw-8": on_assertion(lambda shell, p: shell.format(p.evil_signed("id_assertion", object_of(p.bare)))),
        # The reversed orders, for whoever takes the last.
        "xsw-3-reversed": on_assertion(lambda shell, p: shell.format(p.whole + p.evil())),
        "xsw-5-reversed": on_assertion(lambda shell, p: shell.format(p.bare + p.evil_signed())),
        # The twin has the very ID: whoever asks for an element by ID gets the first, or the last.
        "same-id-before": on_assertion(lambda shell, p: shell.format(p.evil("id_assertion") + p.whole)),
        "same-id-after": on_assertion(lambda shell, p: shell.format(p.whole + p.evil("id_assertion"))),
        "same-id-with-the-signature-too": on_assertion(
            lambda shell, p: shell.format(p.evil_signed("id_assertion") + p.whole)
        ),
    },
    twin="assertion-signed",
)

# Where the signed element may hide, in a response that ends in the attacker's assertion.
# Each gets the shell, the parts, the attacker's assertion as a function of what is put into it, and what is to be hidden.
ASSERTION_HOLDERS = {
    "extensions": lambda shell, evil, hidden: extended(shell, hidden).format(evil("")),
    "status-detail": lambda shell, evil, hidden: shell.replace(
        "</saml2p:Status>", tag("saml2p:StatusDetail", {}, hidden) + "</saml2p:Status>"
    ).format(evil("")),
    "advice": lambda shell, evil, hidden: shell.format(
        edited(evil(""), ("</saml2:Conditions>", f"</saml2:Conditions><saml2:Advice>{hidden}</saml2:Advice>"))
    ),
    "attribute-value": lambda shell, evil, hidden: shell.format(edited(evil(""), (">Ada Lovelace<", f">{hidden}<"))),
    "confirmation-data": lambda shell, evil, hidden: shell.format(
        edited(evil(""), ("</saml2:SubjectConfirmationData>", f"{hidden}</saml2:SubjectConfirmationData>"))
    ),
    "subject": lambda shell, evil, hidden: shell.format(
        edited(evil(""), ("</saml2:Subject>", f"{hidden}</saml2:Subject>"))
    ),
    "name-id": lambda shell, evil, hidden: shell.format(
        edited(evil(""), ("</saml2:NameID>", f"{hidden}</saml2:NameID>"))
    ),
    "conditions": lambda shell, evil, hidden: shell.format(
        edited(evil(""), ("</saml2:Conditions>", f"{hidden}</saml2:Conditions>"))
    ),
    "issuer": lambda shell, evil, hidden: shell.replace("</saml2:Issuer>", f"{hidden}</saml2:Issuer>", 1).format(
        evil("")
    ),
    "context-declaration": lambda shell, evil, hidden: shell.format(
        edited(
            evil(""),
            (
                "</saml2:AuthnContext>",
                f"<saml2:AuthnContextDecl>{hidden}</saml2:AuthnContextDecl></saml2:AuthnContext>",
            ),
        )
    ),
    "foreign-element": lambda shell, evil, hidden: shell.format(f"<x:y xmlns:x='urn:x'>{hidden}</x:y>{evil('')}"),
    "encrypted-assertion": lambda shell, evil, hidden: shell.format(
        evil("") + tag("saml2:EncryptedAssertion", {"xmlns:saml2": SAML}, hidden)
    ),
    "inner-response": lambda shell, evil, hidden: extended(shell, element_response(hidden)).format(evil("")),
    "object-in-signature": lambda shell, evil, hidden: shell.format(evil(object_of(hidden))),
    "key-info-in-signature": lambda shell, evil, hidden: shell.format(evil(tag("ds:KeyInfo", {}, hidden))),
}


def element_response(content: str) -> str:
    return tag("saml2p:Response", {"xmlns:saml2p": SAMLP, "ID": "id_inner", "Version": "2.0"}, content)


def hide_assertion(holder: str, moved: bool, same: bool):
    """The signed assertion hides in `holder`; `moved`: its signature is with the attacker's, `same`: the ID is too."""

    def make() -> str:
        shell, parts = assertion_parts()
        identifier = "id_assertion" if same else "id_evil"
        inside = holder.endswith("in-signature")

        def evil(content: str) -> str:
            if moved:
                return parts.evil_signed(identifier, content)
            return parts.evil(
                identifier,
                f"<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'>{content}</ds:Signature>"
                if inside
                else "",
            )

        return ASSERTION_HOLDERS[holder](shell, evil, parts.bare if moved else parts.whole)

    return make


WAYS = {
    "": (False, False),
    "-signature-moved": (True, False),
    "-same-id": (False, True),
    "-same-id-signature-moved": (True, True),
}
CATALOGUE.refused(
    6,
    ANY_REASON,
    {
        f"assertion-hidden-in-{holder}{way}": hide_assertion(holder, *WAYS[way])
        for holder in ASSERTION_HOLDERS
        for way in WAYS
    },
    twin="assertion-signed",
)

RESPONSE_HOLDERS = {
    "extensions": lambda evil, hidden: extended(evil(""), hidden),
    "status-detail": lambda evil, hidden: edited(
        evil(""), ("</saml2p:Status>", tag("saml2p:StatusDetail", {}, hidden) + "</saml2p:Status>")
    ),
    "advice": lambda evil, hidden: edited(
        evil(""), ("</saml2:Conditions>", f"</saml2:Conditions><saml2:Advice>{hidden}</saml2:Advice>")
    ),
    "attribute-value": lambda evil, hidden: edited(evil(""), (">Ada Lovelace<", f">{hidden}<")),
    "end": lambda evil, hidden: evil("", hidden),
    "object-in-signature": lambda evil, hidden: evil(object_of(hidden)),
    "key-info-in-signature": lambda evil, hidden: evil(tag("ds:KeyInfo", {}, hidden)),
    "issuer": lambda evil, hidden: evil("").replace("</saml2:Issuer>", f"{hidden}</saml2:Issuer>", 1),
}


def hide_response(holder: str, moved: bool, same: bool):
    def make() -> str:
        parts = response_parts()
        identifier = "id_response" if same else "id_evil"

        def evil(content: str, more: str = "") -> str:
            if moved:
                return parts.evil_signed(identifier, content, more)
            held = (
                f"<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'>{content}</ds:Signature>"
                if content
                else ""
            )
            return parts.evil(identifier, held, more)

        return RESPONSE_HOLDERS[holder](evil, parts.bare if moved else parts.whole)

    return make


CATALOGUE.refused(
    6,
    ANY_REASON,
    {
        f"response-hidden-in-{holder}{way}": hide_response(holder, *WAYS[way])
        for holder in RESPONSE_HOLDERS
        for way in WAYS
    },
    twin="response-signed",
)
