"""`gatehouse inspect saml-response` on a fixture: what every answer owes, whatever the message held."""

import json
import re
import resource
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway import run

from .catalogue import Fixture, Place
from .messages import SUBJECT

# Seconds of a processor: what else this machine has to do is not the program's fault. A program that sleeps is ended anyway.
LONGEST = 5.0
# What is refused must not keep a server busy, whatever it is.
LONGEST_FOR_A_REFUSAL = 2.0
CRASHES = re.compile(
    r"(?i)fatal error|precondition|stack dump|backtrace|sanitizer|\.swift:\d+|libxml|parser error|segmentation"
)


class Inspection:
    """One judgement: exit code, the JSON object, both outputs, how much of a processor it took."""

    def __init__(self, done, seconds: float):
        self.code, self.out, self.err, self.seconds = done.returncode, done.stdout, done.stderr, seconds

    @property
    def verdict(self) -> dict:
        return json.loads(self.out)

    @property
    def reason(self) -> str:
        return self.verdict["reason"]

    def __str__(self):
        return f"exit {self.code} after {self.seconds:.1f} s of a processor, stdout {self.out[:800]!r}, stderr {self.err[:800]!r}"


def spent() -> float:
    """Seconds of a processor that children have taken so far; one child runs at a time."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def inspected(content: bytes, place: Place) -> Inspection:
    """The verdict on these bytes; never a crash, never a long wait, and exactly one object in the output."""
    with TemporaryDirectory(prefix="saml-") as name:
        directory = Path(name)
        file = directory / "response"
        file.write_bytes(content)
        before = spent()
        done = run(
            "inspect", "saml-response", file, *place.arguments(directory), "--json", directory=directory, timeout=30
        )
        inspection = Inspection(done, spent() - before)
    assert inspection.code in (0, 1), str(inspection)
    assert not CRASHES.search(inspection.err), str(inspection)
    assert inspection.seconds < LONGEST, str(inspection)
    assert inspection.verdict["accepted"] is (inspection.code == 0), str(inspection)
    if inspection.code == 1:
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", inspection.reason), str(inspection)
        assert len(inspection.verdict["detail"].split()) >= 3, str(inspection)
    return inspection


@lru_cache(maxsize=None)
def judged(fixture: Fixture) -> Inspection:
    """Once a run: a good response is the twin of many bad ones."""
    return inspected(fixture.content(), fixture.place)


def assert_nobody_is_named(inspection: Inspection):
    """Somebody pastes the answer into a ticket: it must not hold who signed in, nor what groups they have."""
    for secret in (SUBJECT, "Ada Lovelace", "infraon-admins"):
        assert secret not in inspection.out + inspection.err, str(inspection)
