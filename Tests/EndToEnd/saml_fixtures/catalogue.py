"""What a fixture is: a response, what `gatehouse inspect saml-response` is told about it, and the verdict it must get."""

import datetime
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Callable

from .keys import Identity, idp, recipient
from .messages import ACS, ENTITY_ID, GROUPS, ISSUER, NOW, REQUEST, SUBJECT
from .vocabulary import UNSPECIFIED


@dataclass(frozen=True)
class Place:
    """Where a response arrives: what the service provider expects. None leaves an argument out."""

    certificates: tuple[Callable[[], Identity], ...] = (idp,)
    issuer: str = ISSUER
    entity_id: str = ENTITY_ID
    acs: str = ACS
    request: str | None = REQUEST
    at: datetime.datetime | None = NOW
    skew: int | None = None
    decryption_key: Callable[[], Identity] | None = recipient
    groups_attribute: str | None = None
    split_groups: str | None = None
    allow_sha1: bool = False

    def but(self, **changes) -> "Place":
        return replace(self, **changes)

    def arguments(self, directory: Path) -> list:
        """The command's options; what they name is written into `directory`."""
        given = []
        for number, identity in enumerate(self.certificates):
            given += ["--idp-certificate", written(directory / f"certificate-{number}.pem", identity().pem)]
        given += ["--issuer", self.issuer, "--entity-id", self.entity_id, "--acs", self.acs]
        if self.request is not None:
            given += ["--request-id", self.request]
        if self.at is not None:
            given += ["--at", self.at.isoformat().replace("+00:00", "Z")]
        if self.skew is not None:
            given += ["--clock-skew", self.skew]
        if self.decryption_key is not None:
            given += ["--decryption-key", written(directory / "recipient.pem", self.decryption_key().private_pem)]
        if self.groups_attribute is not None:
            given += ["--groups-attribute", self.groups_attribute]
        if self.split_groups is not None:
            given += ["--split-groups", self.split_groups]
        return given + (["--allow-sha1"] if self.allow_sha1 else [])


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


HERE = Place()
UNSOLICITED = HERE.but(request=None)


@dataclass(frozen=True)
class Fixture:
    name: str
    make: Callable[[], str | bytes] = field(repr=False)
    place: Place = HERE
    # Of a good one: what its verdict must say.
    accepted: bool = False
    subject: str = SUBJECT
    format: str = UNSPECIFIED
    groups: list | None = None
    attributes: dict | None = None
    # Of a bad one: the rule it breaks, the reasons that may be given, and the good one it was before its one change.
    rule: int = 0
    reasons: frozenset = frozenset()
    twin: str = ""
    # Such that an independent implementation sits on it for seconds or minutes; it is not asked.
    bomb: bool = False

    def content(self) -> bytes:
        return content_of(self)

    def __str__(self):
        return self.name

    def __hash__(self):
        return hash(self.name)


@lru_cache(maxsize=None)
def content_of(fixture: Fixture) -> bytes:
    """Made once a run, so that a twin and the peers judge the same bytes."""
    made = fixture.make()
    return made.encode() if isinstance(made, str) else made


class Catalogue:
    """The fixtures of one module."""

    def __init__(self):
        self.fixtures: list[Fixture] = []

    def accepted(self, cases: dict[str, Callable], **options):
        """Good responses by name. `options` are a Fixture's; expectations not given are those of okta()."""
        for name, make in cases.items():
            self.fixtures.append(Fixture(name, make, accepted=True, **({"groups": GROUPS} | options)))

    def refused(self, rule: int, reasons: str, cases: dict[str, Callable], twin: str = "both-signed", **options):
        """Bad responses by name, which break `rule` and are refused for one of `reasons` (separated by blanks)."""
        known = frozenset(reasons.split())
        for name, make in cases.items():
            self.fixtures.append(Fixture(name, make, rule=rule, reasons=known, twin=twin, **options))
