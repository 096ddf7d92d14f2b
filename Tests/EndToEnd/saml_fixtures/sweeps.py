"""Responses that are counted out and not named: cut short, with one byte changed, with something put in between."""

import random
import re
from copy import deepcopy
from typing import Iterator

from lxml import etree

from . import FIXTURES
from .messages import SUBJECT
from .signing import canonical, okta, parse

STEP = 97
FLIPS = 300
INSERTIONS = 120
SHUFFLES = 200
SEED = 20260310


def good() -> bytes:
    return FIXTURES["both-signed"].content()


def changes_nothing(data: bytes) -> bool:
    """Whether this is another spelling of the good response, such as one without a declaration that is made twice."""
    try:
        return canonical(parse(data), "xs") == canonical(parse(good()), "xs")
    except (etree.XMLSyntaxError, etree.C14NError, ValueError):
        return False


def truncated() -> Iterator[tuple[str, bytes]]:
    data = good()
    for length in range(0, len(data), STEP):
        yield f"the first {length} bytes", data[:length]


def signed_places(data: bytes) -> list[int]:
    """Where a byte counts: everything but the XML declaration and the Response's own Signature.

    Of that Signature SignedInfo and SignatureValue are covered by the named fixtures; its KeyInfo is nobody's business.
    """
    start = data.index(b"<saml2p:Response")
    opening, closing = data.index(b"<ds:Signature "), data.index(b"</ds:Signature>")
    return [*range(start, opening), *range(closing + len(b"</ds:Signature>"), len(data))]


def flipped() -> Iterator[tuple[str, bytes]]:
    """Another byte in place of one."""
    source, data = random.Random(SEED), good()
    places = signed_places(data)
    for _ in range(FLIPS):
        place = source.choice(places)
        bit = 1 << source.randrange(8)
        # One bit mostly, any byte at times: `"` for `'` is no single bit.
        value = data[place] ^ bit if source.random() < 0.8 else source.randrange(256)
        changed = data[:place] + bytes([value]) + data[place + 1 :]
        if not changes_nothing(changed):
            yield f"byte {place} is {value:#04x} and not {data[place]:#04x}", changed


def value_flips() -> Iterator[tuple[str, bytes]]:
    """Each 16th character of the Response's own SignatureValue and DigestValue, and their ends, in another spelling."""
    source, text = random.Random(SEED + 1), good().decode()
    for name in ("ds:SignatureValue", "ds:DigestValue"):
        start = text.index(f"<{name}>") + len(name) + 2
        end = text.index(f"</{name}>")
        for place in [*range(start, end, 16), end - 3, end - 2, end - 1]:
            other = source.choice([c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef-_.~+/=" if c != text[place]])
            yield f"character {place} is {other}", (text[:place] + other + text[place + 1 :]).encode()


def inserted() -> Iterator[tuple[str, bytes]]:
    """What no signature covers and no reader should meet, in between anything."""
    source, data = random.Random(SEED + 2), good()
    pieces = [
        b"<!---->",
        b"<?x?>",
        b"<![CDATA[]]>",
        b"<!DOCTYPE x>",
        b"&x;",
        b"\0",
        b"\xff",
        b"<",
        b"&",
        b"]]>",
        b"<x/>",
    ]
    for number in range(INSERTIONS):
        # In an attribute's value `]]>` may stand, but it is another value then.
        place = source.choice(signed_places(data))
        piece = pieces[number % len(pieces)]
        yield f"{piece!r} before byte {place}", data[:place] + piece + data[place:]


def removed() -> Iterator[tuple[str, bytes]]:
    """Without one attribute or one tag, which the signatures do not forgive."""
    text = good().decode()
    signatures = [(m.start(), m.end()) for m in re.finditer(r"(?s)<ds:Signature .*?</ds:Signature>", text)][:1]
    attributes, tags = re.finditer(r' [\w:]+="[^"]*"(?=[^<]*>)', text), re.finditer(r"</?[\w:]+[^<>]*>", text)
    for match in [*attributes, *tags]:
        if any(first <= match.start() < last for first, last in signatures):
            continue
        changed = (text[: match.start()] + text[match.end() :]).encode()
        if not changes_nothing(changed):
            yield f"without {match.group()[:60]}", changed


def shuffled() -> Iterator[tuple[str, bytes]]:
    """Elements of a signed response moved, copied and put around each other, and some of the copies renamed.

    Wrapping attacks that nobody has thought of yet. One may be accepted, when all it moved was nobody's business; it must
    say then exactly what the good one says.
    """
    source = random.Random(SEED + 3)
    names = ["response-signed", "assertion-signed", "both-signed", "namespaces-declared-once"]
    for number in range(SHUFFLES):
        root = parse(FIXTURES[names[number % len(names)]].content())
        steps = [shuffle(root, source) for _ in range(source.randrange(1, 4))]
        yield f"{names[number % len(names)]}, {', '.join(steps)}", etree.tostring(root)


def shuffle(root, source: random.Random) -> str:
    elements = [one for one in root.iter() if one is not root]
    moved, target = source.choice(elements), source.choice([root, *elements])
    kind = source.choice(["copied", "copied under another ID", "moved", "wrapped"])
    taken = moved
    if kind.startswith("copied"):
        taken = deepcopy(moved)
        taken.tail = None
        if kind.endswith("ID"):
            for one in taken.iter():
                if "ID" in one.attrib:
                    one.set("ID", one.get("ID") + "_copy")
        if source.random() < 0.7:
            for one in taken.iter():
                if one.text == SUBJECT:
                    one.text = "root@example.com"
    if kind == "wrapped":
        target = etree.Element(target.tag)
        moved.getparent().replace(moved, target)
    if taken is target or taken in target.iterancestors():
        return "nothing"
    target.insert(source.randrange(len(target) + 1), taken)
    return f"{moved.tag.rpartition('}')[2]} {kind} into {target.tag.rpartition('}')[2]}"


def unsigned_removed() -> Iterator[tuple[str, str]]:
    """The same signed again: without it the response may be good or not, but there is an answer."""
    from .messages import assertion

    text = assertion()
    attributes, elements = re.finditer(r' [\w:]+="[^"]*"', text), re.finditer(r"<([\w:]+)[^<>]*>[^<>]*</\1>", text)
    for match in [*attributes, *elements]:
        try:
            yield f"without {match.group()[:80]}", okta(text[: match.start()] + text[match.end() :])
        except Exception:
            continue  # a prefix that is declared no more: not even the generator can sign it


SWEEPS = {
    "truncated": truncated,
    "flipped": flipped,
    "value-flips": value_flips,
    "inserted": inserted,
    "removed": removed,
}
