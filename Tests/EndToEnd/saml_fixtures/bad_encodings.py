"""Rule 1: UTF-8 and nothing else, the whole of it and nothing after it; and base64 in one spelling."""

import base64
import gzip
import random
import zlib

from .bad_bytes import replaced
from .catalogue import Catalogue
from .keys import base64_text
from .signing import okta

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


def encoded(name: str, declared: str | None = None) -> bytes:
    declaration = f'<?xml version="1.0" encoding="{declared or name}"?>'
    return okta(declaration=declaration).encode(name)


def with_bytes(data: bytes) -> bytes:
    """A good response with these bytes in the midst of a value."""
    return okta().encode().replace(b"Ada Lovelace", b"Ada " + data + b"Lovelace", 1)


refused(
    1,
    "base64_malformed xml_control_character xml_declaration_malformed xml_not_utf8",
    {
        "utf16-with-mark": lambda: encoded("utf-16"),
        "utf16-little-endian": lambda: encoded("utf-16-le", "UTF-16"),
        "utf16-big-endian": lambda: encoded("utf-16-be", "UTF-16"),
        "utf16-without-declaration": lambda: okta(declaration="").encode("utf-16"),
        "utf32": lambda: encoded("utf-32"),
        "utf7": lambda: encoded("utf-7"),
        "utf7-declared-only": lambda: okta(declaration='<?xml version="1.0" encoding="UTF-7"?>'),
        "utf16-declared-only": lambda: okta(declaration='<?xml version="1.0" encoding="UTF-16"?>'),
        "latin1": lambda: replaced(("Ada Lovelace", "Ada Lovélace")).replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        "latin1-declared-as-utf8": lambda: replaced(("Ada Lovelace", "Ada Lovélace")).encode("latin-1"),
        "latin1-declared-only": lambda: okta(declaration='<?xml version="1.0" encoding="ISO-8859-1"?>'),
        "ascii-declared": lambda: okta(declaration='<?xml version="1.0" encoding="US-ASCII"?>'),
        "ebcdic": lambda: encoded("cp037", "IBM037"),
        "byte-order-mark": lambda: b"\xef\xbb\xbf" + okta().encode(),
        "byte-order-mark-in-base64": lambda: base64.b64encode(b"\xef\xbb\xbf" + okta().encode()),
        "overlong-slash": lambda: with_bytes(b"\xc0\xaf"),
        "overlong-nul": lambda: with_bytes(b"\xc0\x80"),
        "overlong-less-than": lambda: with_bytes(b"\xe0\x80\xbc"),
        "overlong-in-four-bytes": lambda: with_bytes(b"\xf0\x82\x82\xac"),
        "surrogate-in-utf8": lambda: with_bytes(b"\xed\xa0\x80"),
        "beyond-unicode": lambda: with_bytes(b"\xf4\x90\x80\x80"),
        "five-byte-form": lambda: with_bytes(b"\xf8\x88\x80\x80\x80"),
        "continuation-alone": lambda: with_bytes(b"\x80"),
        "sequence-cut-short": lambda: with_bytes(b"\xe2\x82"),
        "sequence-cut-short-at-the-end": lambda: okta().encode() + b"\xe2\x82",
        "byte-ff": lambda: with_bytes(b"\xff"),
        "noncharacter-fffe": lambda: with_bytes(b"\xef\xbf\xbe"),
        "noncharacter-ffff": lambda: with_bytes(b"\xef\xbf\xbf"),
        "nul-in-a-value": lambda: with_bytes(b"\0"),
        "nul-at-the-end": lambda: okta().encode() + b"\0",
        "nul-then-another-document": lambda: okta().encode() + b"\0" + okta(declaration="", signs="none").encode(),
        "nul-in-a-tag": lambda: okta().encode().replace(b"SessionIndex", b"Session\0Index", 1),
        "control-character": lambda: with_bytes(b"\x08"),
        "form-feed": lambda: with_bytes(b"\x0c"),
    },
)
refused(
    1,
    "xml_declaration_malformed",
    {
        "declaration-version-1-1": lambda: okta(declaration='<?xml version="1.1" encoding="UTF-8"?>'),
        "declaration-version-2-0": lambda: okta(declaration='<?xml version="2.0" encoding="UTF-8"?>'),
        "declaration-without-version": lambda: okta(declaration='<?xml encoding="UTF-8"?>'),
        "declaration-empty": lambda: okta(declaration="<?xml?>"),
        "declaration-unknown-encoding": lambda: okta(declaration='<?xml version="1.0" encoding="x-nothing"?>'),
        "declaration-encoding-twice": lambda: okta(
            declaration='<?xml version="1.0" encoding="UTF-8" encoding="UTF-7"?>'
        ),
        "declaration-encoding-before-version": lambda: okta(declaration='<?xml encoding="UTF-8" version="1.0"?>'),
        "declaration-unknown-member": lambda: okta(declaration='<?xml version="1.0" color="blue"?>'),
        "declaration-standalone-perhaps": lambda: okta(declaration='<?xml version="1.0" standalone="perhaps"?>'),
        "declaration-in-mixed-case": lambda: okta(declaration='<?xml Version="1.0"?>'),
        "declaration-that-never-ends": lambda: okta(declaration='<?xml version="1.0"'),
    },
)


def noise(count: int) -> bytes:
    return random.Random(2013).randbytes(count)


FORM = "base64_malformed xml_control_character xml_empty xml_malformed xml_not_utf8"
refused(
    1,
    FORM,
    {
        "empty-file": lambda: b"",
        "line-end-alone": lambda: b"\n",
        "one-byte": lambda: b"<",
        "nul-alone": lambda: b"\0",
        "noise-of-a-kilobyte": lambda: noise(1000),
        "noise-after-a-less-than": lambda: b"<" + noise(5000),
        "noise-in-base64": lambda: base64.b64encode(noise(5000)),
        "text": lambda: "this is not a response",
        "json": lambda: '{"SAMLResponse": "PHNhbWxwOlJlc3BvbnNl"}',
        "html": lambda: "<html><body><p>Sign in</body></html>",
        "form-body": lambda: "SAMLResponse=" + base64_text(okta().encode()),
        "base64-of-base64": lambda: base64.b64encode(base64.b64encode(okta().encode())),
        "base64-without-padding": lambda: base64_text(padded_length(1)).rstrip("="),
        "base64-with-too-much-padding": lambda: base64_text(padded_length(1)) + "=",
        "base64-with-padding-in-the-midst": lambda: base64_text(b"<x/>") + base64_text(okta().encode()),
        "base64-for-addresses": lambda: base64.urlsafe_b64encode(okta(odd_value()).encode()),
        "base64-with-trailing-garbage": lambda: base64_text(okta().encode()) + "!!!!",
        "base64-percent-encoded": lambda: (
            base64_text(okta(odd_value()).encode()).replace("+", "%2B").replace("/", "%2F")
        ),
        "base64-with-blanks-for-plus": lambda: base64_text(okta(odd_value()).encode()).replace("+", " "),
        "base64-with-a-byte-order-mark": lambda: b"\xef\xbb\xbf" + base64.b64encode(okta().encode()),
        "base64-with-nul": lambda: base64_text(okta().encode()) + "\0",
        "base64-with-other-blanks": lambda: "\u00a0" + base64_text(okta().encode()),
        "base64-with-loose-last-bits": lambda: loose_bits(),
        "deflated": lambda: base64.b64encode(zlib.compressobj(wbits=-15).compress(okta().encode())),
        "deflated-whole": lambda: base64.b64encode(deflated(okta().encode())),
        "deflated-with-zlib-header": lambda: base64.b64encode(zlib.compress(okta().encode())),
        "gzipped": lambda: gzip.compress(okta().encode()),
        "gzipped-in-base64": lambda: base64.b64encode(gzip.compress(okta().encode())),
    },
)


def deflated(data: bytes) -> bytes:
    state = zlib.compressobj(wbits=-15)
    return state.compress(data) + state.flush()


def odd_value() -> str:
    """An assertion that brings + and / into the base64 of its response."""
    from .messages import assertion, attribute, attributes

    return assertion(attributes_=attributes(attribute("odd", "~~~???>>>ÿþý" * 5)))


def padded_length(padding: int) -> bytes:
    """A good response whose base64 ends in that many padding characters."""
    data = okta().encode()
    return data + b"\n" * ((-len(data) - padding) % 3)


def loose_bits() -> str:
    """The last character holds two bits that no byte has; another spelling of the same bytes."""
    text = base64_text(padded_length(1))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-2] + alphabet[alphabet.index(text[-2]) + 1] + "="
