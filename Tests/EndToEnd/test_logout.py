"""Signing out: what ends a session, and what another site cannot make a browser do."""

import pytest

from gateway import realm


def cross_site(mode="navigate") -> dict:
    return {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": "document"}


def test_a_get_from_our_own_page_ends_the_session(gateway):
    agent = gateway.signed_in()
    agent.get(f"{gateway.url}/logout?realm=infraon", referrer=f"{gateway.url}/")
    assert gateway.check(agent).status == 401


def test_a_typed_address_ends_the_session(gateway):
    agent = gateway.signed_in()
    agent.get(f"{gateway.url}/logout?realm=infraon")
    assert gateway.check(agent).status == 401


def test_a_cross_site_get_gets_a_confirmation_page_that_works(gateway):
    agent = gateway.signed_in()
    answer = agent.get(f"{gateway.url}/logout?realm=infraon", referrer="https://evil.example.org/")
    assert answer.status == 200 and answer.header("Cache-Control") == "no-store"
    assert gateway.check(agent).status == 200, "nothing has happened yet"
    forms = [form for form in answer.page.forms if form.method == "POST"]
    assert len(forms) == 1, answer.text
    agent.submit(answer, forms[0], forms[0].buttons[0])
    assert gateway.check(agent).status == 401


@pytest.mark.parametrize("mode", ["navigate", "no-cors", "cors"])
def test_a_cross_site_get_of_any_kind_changes_nothing(mode, gateway):
    """An <img src=…/logout> on a foreign page, for instance."""
    agent = gateway.signed_in()
    agent.get(f"{gateway.url}/logout?realm=infraon", headers=cross_site(mode))
    assert gateway.check(agent).status == 200


def test_a_cross_site_post_changes_nothing(gateway):
    agent = gateway.signed_in()
    cookie = agent.session_cookies()[0]
    # With the cookie by force, as a browser without SameSite would send it.
    headers = {"Cookie": f"{cookie.name}={cookie.value}"}
    agent.post(f"{gateway.url}/logout?realm=infraon", referrer="https://evil.example.org/", headers=headers)
    assert gateway.check(headers=headers).status == 200


def test_a_cross_site_post_that_only_origin_gives_away_changes_nothing(gateway):
    agent = gateway.signed_in()
    headers = {name: None for name in ("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest")}
    agent.post(f"{gateway.url}/logout?realm=infraon", headers=headers | {"Origin": "https://evil.example.org"})
    assert gateway.check(agent).status == 200


def test_signing_out_twice_or_without_a_session_is_no_error(gateway):
    agent = gateway.browser()
    for _ in range(2):
        assert agent.post(f"{gateway.url}/logout?realm=infraon", referrer=gateway.url + "/").status in (200, 302, 303)


def test_signing_out_of_one_realm_leaves_the_other(stage):
    provider = stage.provider()
    realms = {"infraon": realm("okta"), "ssp": realm("okta", title="Portal")}
    gateway = stage.gateway({"okta": provider}, realms)
    agent = gateway.signed_in()
    gateway.sign_in(agent, "ssp")
    agent.post(f"{gateway.url}/logout?realm=ssp", referrer=gateway.url + "/")
    assert gateway.check(agent, "realm=ssp").status == 401
    assert gateway.check(agent, "realm=infraon").status == 200


def test_an_unknown_realm_is_a_4xx(gateway):
    answer = gateway.browser().post(f"{gateway.url}/logout?realm=nowhere", referrer=gateway.url + "/")
    assert 400 <= answer.status < 500


def test_the_home_page_signs_out_of_each_session(gateway, provider):
    """A person with two browsers ends the other one from here."""
    provider.behave(person={"sub": "00u1two", "email": "two@example.com", "groups": ["infraon-admins"]})
    here, there = gateway.signed_in(), gateway.signed_in()
    home = here.get(gateway.url + "/")
    forms = [form for form in home.page.forms if form.method == "POST"]
    assert len(forms) >= 2, "one for each session"
    for form in forms:
        if gateway.check(here).status != 200 or gateway.check(there).status != 200:
            break
        here.submit(home, form, form.buttons[0] if form.buttons else None)
    statuses = sorted([gateway.check(here).status, gateway.check(there).status])
    assert statuses == [200, 401], "the first form that signs out ends exactly one session"


def test_nobody_ends_another_persons_session_with_a_form_of_their_own(gateway, provider):
    provider.behave(person={"sub": "00u1victim", "email": "victim@example.com", "groups": ["infraon-admins"]})
    victim = gateway.signed_in()
    home = victim.get(gateway.url + "/")
    provider.behave(person={"sub": "00u1other", "email": "other@example.com", "groups": ["infraon-tech-x"]})
    other = gateway.signed_in()
    for form in home.page.forms:
        if form.method == "POST":
            other.submit(home, form, form.buttons[0] if form.buttons else None)
    assert gateway.check(victim).status == 200


def test_a_form_of_the_home_page_does_not_work_from_another_site(gateway):
    agent = gateway.signed_in()
    home = agent.get(gateway.url + "/")
    cookie = agent.session_cookies()[0]
    for form in home.page.forms:
        if form.method == "POST":
            target = gateway.url + form.action
            headers = {"Cookie": f"{cookie.name}={cookie.value}"}
            agent.post(target, form=form.fields, referrer="https://evil.example.org/", headers=headers)
    assert gateway.check(headers={"Cookie": f"{cookie.name}={cookie.value}"}).status == 200
