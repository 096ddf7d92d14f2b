"""Exclusive canonicalisation written a second time, in Swift and for the tests alone, against libxml2's on every fixture.

`canonicalization-peer` canonicalises each Response, Assertion and SignedInfo of a file both ways and compares the octets.
"""

import base64
import binascii
import json
import subprocess

import pytest

from paths import BINARIES
from saml_fixtures import FIXTURES, sweeps

PEER = BINARIES / "canonicalization-peer"
PARTS = 8
# An encrypted one shows its Response alone.
FEWEST = 1


def raw(content: bytes) -> bytes:
    """XML as it is, also of those fixtures that are base64."""
    if content.lstrip().startswith(b"<"):
        return content
    try:
        return base64.b64decode(content, validate=False)
    except binascii.Error:
        return content


def compared(contents: dict[str, bytes], directory) -> dict[str, dict]:
    """The peer's line about each of them; none may differ."""
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    done = subprocess.run([PEER, *(directory / name for name in contents)], capture_output=True, timeout=80)
    lines = dict(zip(contents, (json.loads(line) for line in done.stdout.splitlines())))
    assert len(lines) == len(contents), done.stderr.decode(errors="replace")[-2000:]
    differing = [line for line in lines.values() if "refused" not in line and line["equal"] is not True]
    assert not differing, differing[:5]
    assert done.returncode == 0, done.returncode
    return lines


@pytest.mark.parametrize("part", range(PARTS))
def test_both_canonical_forms_of_a_fixture_are_the_same(part, tmp_path):
    fixtures = list(FIXTURES.values())[part::PARTS]
    lines = compared({fixture.name: raw(fixture.content()) for fixture in fixtures}, tmp_path)
    for fixture in fixtures:
        line = lines[fixture.name]
        if fixture.accepted:
            assert "refused" not in line and line["elements"] >= FEWEST, line
        elif fixture.rule in (1, 2) and not fixture.name.startswith("base64-"):
            # What is no acceptable XML never comes as far as canonicalisation.
            assert "refused" in line, line


@pytest.mark.parametrize("sweep", ["flipped", "removed"])
def test_both_canonical_forms_of_a_changed_response_are_the_same(sweep, tmp_path):
    """Whether a signature holds does not matter here: these differ from a good response in a byte or a tag of anything."""
    contents = {f"{sweep}-{number}": content for number, (_, content) in enumerate(sweeps.SWEEPS[sweep]())}
    lines = compared(contents, tmp_path)
    assert sum("refused" not in line for line in lines.values()) > len(lines) / 4
