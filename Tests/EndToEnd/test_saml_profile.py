"""The strict SAML profile, rule by rule: `gatehouse inspect saml-response` judges every fixture as the server would.

The fixtures, what they attack and how they are made are in saml_fixtures/. A bad response is refused, and for a reason
that belongs to its rule; the good one that it was before its one change is accepted by the same command.
"""

import re
from datetime import datetime, timedelta
from functools import cache

import pytest

from paths import ROOT
from saml_fixtures import BAD, FIXTURES, GOOD, sweeps
from saml_fixtures.catalogue import HERE
from saml_fixtures.inspection import LONGEST_FOR_A_REFUSAL, assert_nobody_is_named, inspected, judged
from saml_fixtures.messages import NOW

PROFILE = ROOT / "docs" / "saml-profile.md"
# Rules 14 to 16 are about several messages and other endpoints; a single response shows nothing of them.
RULES = range(1, 14)
PARTS = 8


@cache
def documented() -> dict[str, int]:
    """Reasons and their rules, as the table of docs/saml-profile.md has them."""
    rows = re.findall(r"^\| *(\d+)[^|]*\| *`([a-z0-9_]+)`", PROFILE.read_text(), re.MULTILINE)
    return {code: int(rule) for rule, code in rows}


@pytest.mark.parametrize("fixture", GOOD, ids=str)
def test_a_good_response_is_accepted(fixture):
    inspection = judged(fixture)
    assert inspection.code == 0, str(inspection)
    verdict = inspection.verdict
    assert verdict["subject"] == fixture.subject
    assert verdict["name_id_format"] == fixture.format
    assert verdict["groups"] == fixture.groups
    if fixture.attributes is not None:
        assert verdict["attributes"] == fixture.attributes


@pytest.mark.parametrize("fixture", BAD, ids=str)
def test_a_bad_response_is_refused_and_its_twin_is_not(fixture):
    inspection = judged(fixture)
    assert inspection.code == 1, f"rule {fixture.rule}: {inspection}"
    assert inspection.reason in fixture.reasons, str(inspection)
    assert documented().get(inspection.reason) == inspection.verdict["rule"], str(inspection)
    assert inspection.seconds < LONGEST_FOR_A_REFUSAL, str(inspection)
    assert_nobody_is_named(inspection)
    twin = FIXTURES[fixture.twin]
    assert twin.accepted and judged(twin).code == 0, f"{fixture.twin}: {judged(twin)}"


ENDS = {"session-ended-59-seconds-ago": 1, "session-ends-in-8-hours": 8 * 3600}


@pytest.mark.parametrize("name", ENDS)
def test_a_session_ends_with_the_providers(name):
    """An end that our clock has passed but the skew has not is over when the skew of 60 s is; one to come stays as it is."""
    end = datetime.fromisoformat(judged(FIXTURES[name]).verdict["session_ends_by"])
    assert end == NOW + timedelta(seconds=ENDS[name])


def test_every_rule_has_its_fixtures():
    assert {fixture.rule for fixture in BAD} == set(RULES)


def test_every_failed_decryption_has_one_and_the_same_answer():
    """Who may try ciphertexts against us must learn nothing from the answers, neither from the reason nor from the words."""
    answers = {}
    for fixture in BAD:
        if fixture.name.startswith("oracle-") and not fixture.name.startswith("oracle-signed"):
            verdict = judged(fixture).verdict
            answers.setdefault((verdict["reason"], verdict["detail"], verdict["rule"]), []).append(fixture.name)
    assert len(answers) == 1, answers


# What inspecting one response cannot show: other messages, several logins, and what a step-up demands.
ELSEWHERE = {
    "authentication_too_old",
    "context_class_mismatch",
    "deflate_malformed",
    "deflate_trailing_bytes",
    "inflated_too_large",
    "inflated_too_much",
    "provider_mismatch",
    "session_of_another_person",
    "unsolicited_response",
}


def test_every_documented_reason_of_a_response_has_a_fixture():
    given = {reason for fixture in BAD for reason in fixture.reasons}
    missing = {code for code, rule in documented().items() if rule in RULES} - given - ELSEWHERE
    assert not missing, sorted(missing)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("sweep", sweeps.SWEEPS)
def test_no_changed_response_is_accepted(sweep, part):
    """Parts of a sweep, for several workers."""
    for number, (what, content) in enumerate(sweeps.SWEEPS[sweep]()):
        if number % PARTS == part:
            inspection = inspected(content, HERE)
            assert inspection.code == 1, f"{what}: {inspection}"
            assert_nobody_is_named(inspection)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_shuffled_response_is_refused_or_says_what_was_signed(part):
    good = judged(FIXTURES["both-signed"]).verdict
    for number, (what, content) in enumerate(sweeps.shuffled()):
        if number % PARTS == part:
            inspection = inspected(content, HERE)
            if inspection.code == 0:
                said = {name: inspection.verdict[name] for name in ("subject", "groups", "attributes", "assertion_id")}
                assert said == {name: good[name] for name in said}, f"{what}: {inspection}"


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_is_left_out_of_a_signed_assertion_there_is_an_answer(part):
    for number, (what, content) in enumerate(sweeps.unsigned_removed()):
        if number % PARTS == part:
            inspected(content.encode(), HERE)
