"""Which keys of the organisation count: pinned certificates, metadata, and what happens when it changes them."""

import threading

import pytest

from gateway import assert_login_failed
from saml_apps import assert_refused, deliver, saml_stand
from waiting import wait_until


@pytest.fixture
def stand(stage):
    """By metadata URL; the gateway has fetched it and a minute has passed."""
    stand = saml_stand(stage, clock=True)
    settle(stand)
    return stand


def settle(stand):
    wait_until(lambda: stand.app.metadata_fetches() >= 1, 10, "the first fetch")
    assert stand.sign_in(stand.browser()).status == 303
    stand.advance(61)


def refused(stand, code: str) -> dict:
    agent = stand.browser()
    return assert_refused(stand.sign_in(agent), agent, stand, code)


def works(stand) -> bool:
    return stand.sign_in(stand.browser()).status == 303


# Pasted


def test_the_sign_on_url_and_the_certificate_are_enough(stage):
    """The Federated Directory's way; Okta's address tells the issuer."""
    stand = saml_stand(stage, pasted=True)
    agent = stand.signed_in()
    assert stand.gateway.check(agent).header("X-Auth-Email") == "ada@example.com"
    assert stand.app.metadata_fetches() == 0, "nobody was asked"


@pytest.mark.parametrize("form", ["bare", "wrapped", "one", "file"])
def test_a_certificate_may_be_pasted_in_any_form(form, stage):
    stand = saml_stand(stage, pasted=True, start=False)
    pem = stand.app.active()["pem"]
    bare = "".join(line for line in pem.splitlines() if "-----" not in line)
    wrapped = "\n".join(bare[start : start + 76] for start in range(0, len(bare), 76))
    file = stand.gateway.directory / "okta.pem"
    file.write_text(pem)
    forms = {"bare": [bare], "wrapped": [wrapped], "one": pem, "file": [{"file": "okta.pem"}]}
    stand.gateway.settings["providers"]["okta-saml"]["certificates"] = forms[form]
    stand.gateway.write()
    stand.gateway.start()
    assert works(stand)


def test_several_pinned_certificates_carry_over_a_change(stage):
    stand = saml_stand(stage, pasted=True, start=False)
    old = stand.app.active()
    new = stand.app.roll_over(active=False)
    stand.gateway.settings["providers"]["okta-saml"]["certificates"] = [old["pem"], new["pem"]]
    stand.gateway.write()
    stand.gateway.start()
    assert works(stand)
    stand.app.activate(new["fingerprint"])
    assert works(stand)
    stand.app.roll_over()
    event = refused(stand, "key_not_pinned")
    assert {pinned["fingerprint"] for pinned in event["trace"]["pinned"]} == {old["fingerprint"], new["fingerprint"]}
    shown = {signature["key_info_fingerprint"] for signature in event["trace"]["signatures"]}
    assert shown == {stand.app.active()["fingerprint"]}, "the administrator sees which certificate to add"


def test_a_certificate_past_its_end_goes_on_working(stage):
    """The key is what is pinned."""
    stand = saml_stand(stage, app={"certificate": {"days": -1}}, pasted=True)
    assert works(stand)
    said = [record for record in stand.gateway.log_records("certificate") if "certificate" in record["message"]]
    assert said[0]["level"] == "warning" and said[0]["fingerprint"] == stand.app.active()["fingerprint"]


def test_a_short_key_of_the_organisations_is_refused(stage):
    stand = saml_stand(stage, app={"certificate": {"bits": 1024}})
    assert refused(stand, "key_too_short")["trace"]["rule"] == 8


# Metadata from a URL


def test_a_changed_certificate_is_fetched_and_the_first_sign_in_works(stand):
    before = stand.app.metadata_fetches()
    stand.app.roll_over()
    assert works(stand), "the very first person notices nothing"
    assert stand.app.metadata_fetches() == before + 1
    assert works(stand) and stand.app.metadata_fetches() == before + 1


def test_the_old_certificate_counts_no_more_once_the_new_one_is_known(stand):
    old = stand.app.active()["fingerprint"]
    new = stand.app.roll_over()["fingerprint"]
    assert works(stand)
    stand.advance(61)
    stand.app.activate(old)
    assert works(stand), "Okta went back: its metadata say so"
    stand.app.activate(new)
    refused(stand, "key_not_pinned")  # known are the old ones, and it is too soon to ask


def test_foreign_signatures_make_it_ask_once_a_minute(stand):
    """Anybody can post a response; nobody can use the gateway to hammer the organisation."""
    before = stand.app.metadata_fetches()
    for _ in range(4):
        stand.app.tamper(signature="unpublished-key")
        refused(stand, "key_not_pinned")
    assert stand.app.metadata_fetches() == before + 1
    stand.advance(40)
    stand.app.tamper(signature="unpublished-key")
    refused(stand, "key_not_pinned")
    assert stand.app.metadata_fetches() == before + 1
    stand.advance(21)
    stand.app.tamper(signature="unpublished-key")
    refused(stand, "key_not_pinned")
    assert stand.app.metadata_fetches() == before + 2


def test_other_failures_ask_nobody(stand):
    before = stand.app.metadata_fetches()
    for change in ({"members": {"audience": "x"}}, {"signature": "digest"}, {"members": {"skew_seconds": -4000}}):
        stand.app.tamper(**change)
        agent = stand.browser()
        assert_login_failed(stand.sign_in(agent), agent, stand.gateway)
    assert stand.app.metadata_fetches() == before


def test_a_change_within_the_minute_works_when_the_minute_is_over(stand):
    stand.app.tamper(signature="unpublished-key")
    refused(stand, "key_not_pinned")
    stand.app.roll_over()
    refused(stand, "key_not_pinned")
    stand.advance(61)
    assert works(stand)


def test_many_at_once_share_one_fetch(stand):
    stand.app.roll_over()
    before = stand.app.metadata_fetches()
    pages = [(agent, stand.answered(agent)) for agent in (stand.browser() for _ in range(6))]
    statuses = []
    threads = [threading.Thread(target=lambda a=a, p=p: statuses.append(deliver(a, p).status)) for a, p in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert statuses == [303] * 6 and stand.app.metadata_fetches() == before + 1


def test_metadata_that_cannot_be_fetched_leave_the_old_ones_in_force(stand):
    stand.simulator.fault("saml_metadata", "status-500", 10)
    stand.app.tamper(signature="unpublished-key")
    refused(stand, "key_not_pinned")
    stand.simulator.fault("saml_metadata", "status-500", 0)
    assert works(stand)


def test_a_gateway_restarts_while_the_metadata_are_down(stand):
    """What the store has is used: people sign in although Okta's metadata cannot be had."""
    stand.simulator.fault("saml_metadata", "status-500", 1000)
    before = stand.app.metadata_fetches()
    stand.gateway.stop()
    stand.gateway.start()
    assert works(stand)
    stand.advance(25 * 3600)
    stand.gateway.stop()
    stand.gateway.start()
    assert works(stand), "a day old, and still the best there is"
    wait_until(lambda: stand.app.metadata_fetches() > before, 10, "another try")
    assert works(stand)


def test_two_processes_on_one_store_know_the_same_keys(stand, stage):
    twin = stage.twin(stand.gateway)
    beside = type(stand)(stand.simulator, stand.app, twin, stand.clock)
    # Both have the first's public address; the twin's browsers reach the twin.
    assert works(beside)
    before = stand.app.metadata_fetches()
    stand.app.roll_over()
    assert works(stand) and works(beside)
    assert stand.app.metadata_fetches() <= before + 2
    twin.stop()
    stand.simulator.fault("saml_metadata", "status-500", 1000)
    twin.start()
    assert works(beside), "from the store, without asking"
