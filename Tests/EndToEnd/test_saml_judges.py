"""The same responses before independent judges: where they and the product differ is known, and why.

xmlsec and signxml share no code with the product but libxml2, and signxml verifies by `cryptography`. A verdict of theirs that is not the product's
stands in saml_fixtures/disagreements.md with its explanation, or it is a finding.
"""

import re
from pathlib import Path

import pytest

import saml_fixtures
from saml_fixtures import FIXTURES
from saml_fixtures.judges import JUDGES, judge

TABLE = Path(saml_fixtures.__file__).with_name("disagreements.md")
ROW = re.compile(r"^\| `([^`]+)` \| (accepts|refuses|) ?\| (accepts|refuses|) ?\|$", re.MULTILINE)
LISTED = {name: dict(zip(JUDGES, verdicts)) for name, *verdicts in ROW.findall(TABLE.read_text())}
JUDGED = [fixture for fixture in FIXTURES.values() if not fixture.bomb]


@pytest.mark.parametrize("fixture", JUDGED, ids=str)
def test_the_judges_agree_or_it_is_known_why_not(fixture):
    expected = LISTED.get(fixture.name, {})
    for name, verify in JUDGES.items():
        accepted, why = judge(fixture, verify)
        found = "" if accepted is fixture.accepted else "accepts" if accepted else "refuses"
        assert found == expected.get(name, ""), f"{name} {'accepts' if accepted else 'refuses'}: {why}"
        if accepted and fixture.accepted:
            assert why == fixture.subject, f"{name} reads another name"


def test_the_table_lists_no_fixture_that_is_gone():
    assert not set(LISTED) - {fixture.name for fixture in JUDGED}


def test_every_row_is_explained():
    """A table stands under a heading, and between the two there is a sentence."""
    for section in re.split(r"^### ", TABLE.read_text(), flags=re.MULTILINE)[1:]:
        _, _, rest = section.partition("\n")
        explanation = rest.split("| fixture |")[0].strip()
        assert len(explanation.split()) >= 8, section[:80]
