"""Signing out here signs out at the provider too (OpenID Connect RP-Initiated Logout 1.0), and its tokens end.

Whatever the provider does, the session here is over first. What another site can make a browser do: test_logout.py.
"""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from audit_trail import administrator_token, end_of, events, session_of
from browser import arrive, chromium, console_errors, photograph, press, text_of, wait
from gateway import realm, reference_on
from login_steps import altered
from logout_tokens import somebody
from revalidation_steps import cookie_of, has_roles, quick
from rotating_provider import RotatingProvider
from secrets_ledger import leaks
from simulator import CLIENT_ID
from tokens import REMOVED, unverified
from waiting import free_port, wait_until


@pytest.fixture(scope="module")
def provider(shared):
    return shared.provider(kind=RotatingProvider)


@pytest.fixture(scope="module")
def gateway(shared, provider):
    return shared.gateway({"okta": provider}, {"infraon": realm("okta", home=None)})


def sign_out(gateway, agent, query="?realm=infraon"):
    """The button of our own page; the answer is where it leads."""
    return agent.post(f"{gateway.url}/logout{query}", referrer=gateway.url + "/")


def parameters(answer) -> dict:
    found = parse_qs(urlsplit(answer.location).query)
    assert all(len(values) == 1 for values in found.values()), found
    return {name: values[0] for name, values in found.items()}


def is_at(answer, provider) -> bool:
    return bool(answer.location) and answer.location.startswith(f"{provider.base}/logout?")


def to_return(gateway, agent, answer):
    """Through the provider, up to and not into our own callback; its address."""
    callback = f"{gateway.url}/logout/callback"
    return agent.follow(answer, until=lambda answer: answer.location.startswith(callback)).location


# The way there and back


def test_a_sign_out_leads_to_the_provider_with_all_that_it_needs(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    cookie, family = cookie_of(gateway, agent), provider.family()
    answer = sign_out(gateway, agent)
    assert answer.status == 303 and is_at(answer, provider), answer
    assert answer.header("Cache-Control") == "no-store"
    assert gateway.check(headers=cookie).status == 401, "over here before the browser is anywhere else"
    assert not agent.session_cookies()
    asked = parameters(answer)
    assert asked["post_logout_redirect_uri"] == f"{gateway.url}/logout/callback"
    assert len(asked["state"]) >= 22
    hint = unverified(asked["id_token_hint"])[1]
    assert (hint["iss"], hint["sid"]) == (provider.issuer, family.sid)
    assert "nonce" in hint, "the token of this very sign-in"


def test_the_way_back_ends_at_a_page_that_says_so(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    page = agent.follow(sign_out(gateway, agent))
    assert page.status == 200 and page.path == "/logout/callback", page
    assert "signed out" in page.page.text.lower()
    assert page.header("Cache-Control") == "no-store" and not leaks(page.text)
    assert [cookie.name for cookie in agent.cookies] == [], "nothing is left behind"
    assert any("/login" in link.href or link.href == "/" for link in page.page.links), "a way to sign in again"


def test_the_hint_is_the_newest_id_token(stage):
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    provider.behave(refresh_claims={"generation": 2})
    provider.change_person(groups=["infraon-tech-berlin"])
    has_roles(gateway, agent, "technician")
    hint = unverified(parameters(sign_out(gateway, agent))["id_token_hint"])[1]
    assert hint.get("generation") == 2, hint


def test_the_callback_leaves_other_sessions_alone(gateway, provider):
    person = somebody(provider)
    agent, elsewhere = gateway.signed_in(), gateway.signed_in()
    agent.follow(sign_out(gateway, agent))
    assert gateway.check(elsewhere).status == 200 and person


def test_a_get_of_our_own_page_goes_the_same_way(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    assert is_at(agent.get(f"{gateway.url}/logout?realm=infraon", referrer=f"{gateway.url}/"), provider)


def test_a_cross_site_get_asks_first_and_then_goes_the_same_way(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    page = agent.get(f"{gateway.url}/logout?realm=infraon", referrer="https://evil.example.org/")
    assert page.status == 200 and gateway.check(agent).status == 200
    assert provider.origin in page.header("Content-Security-Policy"), "browsers apply form-action to redirects too"
    answer = agent.submit(page, page.page.forms[0], page.page.forms[0].buttons[0])
    assert is_at(answer, provider), answer
    assert agent.follow(answer).status == 200 and gateway.check(agent).status == 401


def test_without_a_session_nobody_is_sent_anywhere(gateway, provider):
    agent = gateway.browser()
    answer = sign_out(gateway, agent)
    assert (answer.status, urlsplit(answer.location).path) == (303, "/")
    assert answer.location.startswith(gateway.url)


def test_ending_another_session_from_the_start_page_stays_here(gateway, provider):
    """The other browser's session at the provider is none of this one's business; its tokens end all the same."""
    somebody(provider)
    there, here = gateway.signed_in(), gateway.signed_in()
    family = provider.families[-2]
    fields = {"realm": "infraon", "session": session_of(gateway, there)["id"]}
    before = len(provider.received("logout"))
    answer = here.post(f"{gateway.url}/logout", form=fields, referrer=gateway.url + "/")
    assert (answer.status, answer.location) == (303, gateway.url + "/")
    assert (gateway.check(there).status, gateway.check(here).status) == (401, 200)
    assert len(provider.received("logout")) == before
    wait_until(lambda: family.revoked, 10, "the revocation of the refresh token")


# The state


def assert_state_refused(answer, gateway, reason):
    assert answer.status == 400 and answer.header("Cache-Control") == "no-store", answer
    reference = reference_on(answer)
    found = wait_until(lambda: events(gateway, reference=reference), 5, f"{reference} in the audit trail")
    assert found[0]["reason"] == reason, found
    wait_until(lambda: reference in gateway.log, 2, f"reference {reference} in the log")
    assert not leaks(answer.text)


@pytest.fixture
def returning(gateway, provider):
    """A browser on its way back from the provider."""
    somebody(provider)
    agent = gateway.signed_in()
    return agent, to_return(gateway, agent, sign_out(gateway, agent))


def test_a_way_back_without_state_is_refused(gateway, returning):
    agent, url = returning
    assert_state_refused(agent.get(altered(url, state=REMOVED)), gateway, "logout_state_missing")
    assert agent.get(url).status == 200, "and the right one still works"


@pytest.mark.parametrize("state", ["made-up", "A" * 43, "A" * 5000, "%00", "ü"])
def test_a_state_that_is_not_ours_is_refused(state, gateway, returning):
    agent, url = returning
    assert_state_refused(agent.get(altered(url, state=state)), gateway, "logout_state_unknown")


def test_a_state_of_another_browser_is_refused(gateway, returning):
    agent, url = returning
    assert_state_refused(gateway.browser().get(url), gateway, "browser_mismatch")
    assert agent.get(url).status == 200, "the rightful one is not spoilt"


def test_a_state_works_once_or_shows_the_same_page_again(gateway, returning):
    """A reload is harmless: nothing is done by it."""
    agent, url = returning
    kept = list(agent.cookies)
    assert agent.get(url).status == 200
    agent.cookies = kept
    assert agent.get(url).status in (200, 400)


def test_a_way_back_signs_nobody_out(gateway, provider, returning):
    """A link that an attacker sends."""
    agent, url = returning
    victim = gateway.signed_in()
    victim.get(url, referrer="https://evil.example.org/")
    assert gateway.check(victim).status == 200


def test_a_login_state_is_no_logout_state(gateway, provider, returning):
    agent, _ = returning
    state = parse_qs(urlsplit(gateway.begin(agent).location).query)["state"][0]
    assert agent.get(f"{gateway.url}/logout/callback?state={state}").status == 400


def test_a_sign_in_right_after_the_sign_out_is_not_disturbed_by_the_way_back(gateway, returning):
    agent, url = returning
    assert gateway.sign_in(agent).status == 303
    agent.get(url)
    assert gateway.check(agent).status == 200


# Two providers


def test_sessions_of_two_providers_end_in_one_sign_out(stage):
    one, two = stage.provider(kind=RotatingProvider), stage.provider(kind=RotatingProvider)
    realms = {"infraon": realm("one"), "ssp": realm("two", title="Portal")}
    gateway = stage.gateway({"one": one, "two": two}, realms)
    agent = gateway.signed_in("infraon")
    gateway.sign_in(agent, "ssp")
    cookies = [f"{cookie.name}={cookie.value}" for cookie in agent.session_cookies()]
    answer = sign_out(gateway, agent, query="")
    assert all(
        gateway.check(query=f"realm={name}", headers={"Cookie": "; ".join(cookies)}).status == 401
        for name in ("infraon", "ssp")
    ), "both are over before the browser is anywhere else"
    page = agent.follow(answer)
    assert page.status == 200 and page.path == "/logout/callback", page
    asked = [request.query for provider in (one, two) for request in provider.received("logout")]
    assert len(asked) == 2
    assert {unverified(query["id_token_hint"])[1]["iss"] for query in asked} == {one.issuer, two.issuer}
    assert len({query["state"] for query in asked}) >= 1 and not one.complaints + two.complaints


def test_of_two_sessions_of_one_provider_the_provider_hears_once(stage):
    """It has one session of this browser, whatever we have."""
    provider = stage.provider(kind=RotatingProvider)
    realms = {"infraon": realm("okta"), "ssp": realm("okta", title="Portal")}
    gateway = stage.gateway({"okta": provider}, realms)
    agent = gateway.signed_in("infraon")
    gateway.sign_in(agent, "ssp")
    page = agent.follow(sign_out(gateway, agent, query=""))
    assert page.status == 200 and page.path == "/logout/callback", page
    assert len(provider.received("logout")) == 1
    assert not agent.session_cookies()


def test_a_provider_that_does_not_send_back_does_not_keep_the_second_session_alive(stage):
    one, two = stage.provider(kind=RotatingProvider), stage.provider(kind=RotatingProvider)
    realms = {"infraon": realm("one"), "ssp": realm("two", title="Portal")}
    gateway = stage.gateway({"one": one, "two": two}, realms)
    agent = gateway.signed_in("infraon")
    gateway.sign_in(agent, "ssp")
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in agent.session_cookies())
    sign_out(gateway, agent, query="")
    assert gateway.check(query="realm=ssp", headers={"Cookie": cookies}).status == 401
    wait_until(lambda: one.family().revoked and two.family().revoked, 10, "both revocations")


# Where there is no such way


def locally(gateway, agent, within: float = 6):
    """A sign-out that stays here."""
    started = time.monotonic()
    cookie = cookie_of(gateway, agent)
    answer = sign_out(gateway, agent)
    assert (answer.status, answer.location) == (303, gateway.url + "/"), answer
    assert time.monotonic() - started < within
    assert gateway.check(headers=cookie).status == 401
    assert not agent.session_cookies()
    return answer


def test_logout_local_stays_here_and_still_revokes_the_token(stage):
    provider, gateway = quick(stage, settings={"logout": "local"})
    agent = gateway.signed_in()
    locally(gateway, agent)
    wait_until(lambda: provider.family().revoked, 10, "the revocation of the refresh token")
    assert provider.received("logout") == []


def test_a_provider_without_an_end_session_endpoint(stage):
    provider = stage.provider(kind=RotatingProvider)
    provider.behave(discovery={"end_session_endpoint": REMOVED})
    gateway = stage.gateway({"okta": provider})
    locally(gateway, gateway.signed_in())


@pytest.mark.parametrize("mode", ["status-500", "timeout", "garbage"])
def test_a_provider_that_nothing_is_known_of_and_that_fails(mode, stage):
    """After a restart its metadata must be fetched, and cannot be."""
    provider = stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"okta": provider})
    agent = gateway.signed_in()
    gateway.stop()
    provider.behave(faults={"discovery": mode})
    gateway.start()
    started, cookie = time.monotonic(), cookie_of(gateway, agent)
    answer = sign_out(gateway, agent)
    assert answer.status == 200 and "(okta) did not confirm" in answer.page.text, answer
    assert time.monotonic() - started < 6
    assert gateway.check(headers=cookie).status == 401 and not agent.session_cookies()
    [event] = events(gateway, "logout.refused", provider="okta")
    assert event["reference"] == reference_on(answer), event


def test_a_provider_that_is_down_and_known(stage):
    """The browser finds that out by itself; here the session is over."""
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    cookie = cookie_of(gateway, agent)
    provider.go_down()
    answer = sign_out(gateway, agent)
    assert answer.status == 303 and not agent.session_cookies()
    assert gateway.check(headers=cookie).status == 401


@pytest.mark.parametrize("endpoint", ["javascript:alert(1)", "http://evil.example.org/logout", "not an address"])
def test_an_end_session_endpoint_that_cannot_be_trusted_is_not_gone_to(endpoint, stage):
    provider = stage.provider(kind=RotatingProvider)
    provider.behave(discovery={"end_session_endpoint": endpoint})
    gateway = stage.gateway({"okta": provider})
    agent = gateway.browser()
    if gateway.sign_in(agent).status != 303:
        return  # the whole document is refused
    locally(gateway, agent)


# Revocation (RFC 7009)


def revocations(provider) -> list[str]:
    return [request.form.get("token") for request in provider.received("revoke")]


def test_the_refresh_token_is_revoked_at_the_provider(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    family = provider.family()
    sign_out(gateway, agent)
    wait_until(lambda: family.revoked, 10, "the revocation of the refresh token")
    [request] = [request for request in provider.received("revoke") if request.form.get("token") in family.tokens]
    assert request.form["token"] == family.newest
    assert request.form.get("token_type_hint") in (None, "refresh_token")
    assert request.headers["authorization"].startswith("Basic ")
    assert not request.query


def test_the_newest_of_rotated_tokens_is_revoked(stage):
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    provider.change_person(groups=["infraon-tech-berlin"])
    has_roles(gateway, agent, "technician")
    sign_out(gateway, agent)
    family = provider.family()
    wait_until(lambda: family.revoked, 10, "the revocation of the refresh token")
    assert revocations(provider)[-1] in family.tokens[1:]


def test_a_session_that_an_administrator_ends_is_revoked_too(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    family = provider.family()
    headers = {"Authorization": f"Bearer {administrator_token(gateway)}"}
    session = session_of(gateway, agent)["id"]
    assert gateway.send("DELETE", f"/api/v1/sessions/{session}", headers).status in (200, 204)
    wait_until(lambda: family.revoked, 10, "the revocation of the refresh token")


def test_a_session_that_a_new_login_replaces_is_revoked_too(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    replaced = provider.family()
    assert gateway.sign_in(agent).status == 303
    wait_until(lambda: replaced.revoked, 10, "the revocation of the refresh token")
    assert provider.family().revoked is None and gateway.check(agent).status == 200


def test_a_sign_in_that_ends_without_a_session_leaves_no_token_behind(gateway, provider):
    """The provider has given one by the time that nobody turns out to have a role."""
    somebody(provider, groups=[])
    assert gateway.sign_in(gateway.browser()).status == 403
    family = provider.family()
    wait_until(lambda: family.revoked, 10, "the revocation of the refresh token")


def test_the_tokens_of_a_provider_that_is_removed_are_revoked(stage):
    added, configured = stage.provider(kind=RotatingProvider), stage.provider()
    gateway = stage.gateway({"okta": configured}, {"infraon": realm("okta")})
    headers = {"Authorization": f"Bearer {administrator_token(gateway)}", "Content-Type": "application/json"}
    order = added.settings() | {"name": "added", "realms": ["infraon"]}
    assert gateway.send("POST", "/api/v1/providers", headers, body=json.dumps(order).encode()).status == 201
    agent = gateway.signed_in(provider="added")
    session = session_of(gateway, agent)["id"]
    assert gateway.send("DELETE", "/api/v1/providers/added", headers).status == 204
    assert gateway.check(agent).status == 401 and end_of(gateway, session) == "provider_removed"
    wait_until(lambda: added.family().revoked, 15, "the revocation of the refresh token")


@pytest.mark.parametrize("mode", ["status-500", "status-429", "timeout", "reset"])
def test_a_revocation_is_repeated_until_the_provider_has_heard(mode, stage):
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    provider.behave(faults={"revoke": mode})
    sign_out(gateway, agent)
    wait_until(lambda: revocations(provider), 10, "an attempt")
    provider.behave()
    wait_until(lambda: provider.family().revoked, 40, "the revocation of the refresh token", every=0.1)


def test_a_revocation_outlives_kill_9(stage):
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    provider.behave(faults={"revoke": "status-500"})
    sign_out(gateway, agent)
    gateway.kill()
    provider.behave()
    gateway.start()
    wait_until(lambda: provider.family().revoked, 40, "the revocation of the refresh token", every=0.1)


def test_a_revocation_outlives_a_restart_while_the_provider_is_down(stage):
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    family = provider.family()
    provider.go_down()
    sign_out(gateway, agent)
    gateway.stop()
    held = gateway.stored_bytes()
    assert not [token for token in family.tokens if token.encode() in held], "sealed while it waits"
    gateway.start()
    provider.come_back()
    wait_until(lambda: family.revoked, 40, "the revocation of the refresh token", every=0.1)


def test_a_sign_out_does_not_wait_for_the_revocation(stage):
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    provider.behave(faults={"revoke": "timeout"})
    started = time.monotonic()
    assert sign_out(gateway, agent).status == 303
    assert time.monotonic() - started < 2


def test_a_provider_without_a_revocation_endpoint_is_not_asked_for_ever(stage):
    provider = stage.provider(kind=RotatingProvider)
    provider.behave(discovery={"revocation_endpoint": REMOVED})
    gateway = stage.gateway({"okta": provider})
    agent = gateway.signed_in()
    assert agent.follow(sign_out(gateway, agent)).status == 200
    assert revocations(provider) == []
    gateway.stop()  # and its log holds nothing that it should not


# The simulated Okta, with a browser of ours


def test_okta_forgets_the_browser_and_asks_again_at_the_next_login(stage):
    simulator, gateway = stage.simulated()
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    assert agent.follow(gateway.begin(agent), until=lambda a: a.location.startswith(gateway.url)).status != 200, (
        "Okta remembers this browser"
    )
    page = agent.follow(sign_out(gateway, agent))
    assert page.status == 200 and page.url.startswith(f"{gateway.url}/logout/callback"), page
    asking = agent.follow(gateway.begin(agent), until=lambda a: a.location.startswith(gateway.url))
    assert asking.status == 200 and asking.url.startswith(simulator.origin), "the sign-in page"
    assert [request["error"] for request in simulator.log() if request["error"]] == []


def test_the_refresh_tokens_end_at_okta(stage):
    simulator, gateway = stage.simulated()
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    assert [family["alive"] for family in simulator.families()] == [True]
    sign_out(gateway, agent)
    wait_until(lambda: not simulator.families()[0]["alive"], 10, "the end of the family")
    assert simulator.families()[0]["reason"] == "revoked_by_client"


def test_a_restart_between_sign_out_and_way_back_costs_nothing(stage):
    simulator, gateway = stage.simulated()
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    url = to_return(gateway, agent, sign_out(gateway, agent))
    gateway.stop()
    gateway.start()
    assert agent.get(url).status == 200


# The simulated Okta, with a real browser


@pytest.fixture(scope="module")
def driver(shared):
    with chromium(shared.directory()) as driver:
        yield driver


@pytest.fixture
def seated(stage, driver):
    """Ada at a real browser, signed in through the simulated Okta's own page."""
    realms = {"infraon": realm("okta", home=None)}
    simulator, gateway = stage.simulated(realms)
    driver.get(gateway.url + "/healthz")
    driver.delete_all_cookies()
    driver.get(f"{gateway.url}/login?realm=infraon")
    press(driver, "Ada Lovelace")
    arrive(driver, gateway.url)
    wait(driver, lambda: driver.get_cookie("gatehouse-infraon"), "the session cookie")
    driver.get(gateway.url + "/")
    return simulator, gateway


def assert_signed_out_everywhere(driver, simulator, gateway, picture):
    arrive(driver, f"{gateway.url}/logout/callback")
    wait(driver, lambda: "signed out" in text_of(driver).lower(), "the page that says so")
    assert console_errors(driver) == [], "the policy stopped something on the way"
    light, dark = photograph(driver, picture)
    assert light != dark
    assert driver.get_cookie("gatehouse-infraon") is None
    driver.get(f"{gateway.url}/login?realm=infraon")
    arrive(driver, simulator.origin)
    assert "Ada Lovelace" in text_of(driver), "Okta asks who it is"


def test_in_a_real_browser_the_button_of_the_start_page_leads_through_okta_and_back(driver, seated):
    simulator, gateway = seated
    press(driver, "Sign out")
    assert_signed_out_everywhere(driver, simulator, gateway, "provider-signed-out")


def test_in_a_real_browser_the_confirmation_leads_through_okta_and_back(driver, seated, provider):
    """A link on a foreign page: 127.0.0.1 is another site than localhost."""
    simulator, gateway = seated
    target = f"{gateway.url}/logout?realm=infraon"
    driver.get(f"{provider.origin}/nowhere")
    driver.execute_script(f"location.href = {target!r}")
    arrive(driver, target)
    cookie = driver.get_cookie("gatehouse-infraon")
    headers = {"Cookie": f"gatehouse-infraon={cookie['value']}"}
    assert gateway.check(headers=headers).status == 200, "a link alone does nothing"
    press(driver, "Sign out")
    assert_signed_out_everywhere(driver, simulator, gateway, "provider-signed-out-confirmed")


def test_in_a_real_browser_a_way_back_of_nobody_is_an_error_page(driver, seated):
    _, gateway = seated
    driver.get(f"{gateway.url}/logout/callback?state=made-up")
    assert "eference" in text_of(driver)
    photograph(driver, "logout-state-unknown")


def test_in_a_real_browser_okta_signs_out_of_another_application_in_a_frame(driver, stage):
    """Front-channel logout from Okta's own page: two gateways, two applications of one organisation, one browser."""
    simulator, first = stage.simulated({"infraon": realm("okta", home=None)})
    port = free_port()
    origin = f"http://localhost:{port}"
    client = {"client_id": "0oa2second", "client_secret": "the-second-one's-secret-4711"}
    addresses = {
        "redirect_uris": [f"{origin}/login/callback"],
        "frontchannel_logout_uri": f"{origin}/logout/frontchannel/okta",
    }
    simulator.control("POST", "/simulator/clients", client | addresses)
    # Cookies span ports: another realm, so that the two do not share one.
    second = stage.gateway(
        {"okta": simulator.settings(**client)}, {"ssp": realm("okta", title="Portal", home=None)}, port=port
    )
    driver.get(first.url + "/healthz")
    driver.delete_all_cookies()
    driver.get(f"{first.url}/login?realm=infraon")
    press(driver, "Ada Lovelace")
    wait(driver, lambda: driver.get_cookie("gatehouse-infraon"), "the first session")
    driver.get(f"{second.url}/login?realm=ssp")
    wait(driver, lambda: driver.get_cookie("gatehouse-ssp"), "the second session, without a question")
    headers = {"Cookie": f"gatehouse-ssp={driver.get_cookie('gatehouse-ssp')['value']}"}
    assert second.check(query="realm=ssp", headers=headers).status == 200
    driver.get(first.url + "/")
    press(driver, "Sign out")
    is_over = lambda: second.check(query="realm=ssp", headers=headers).status == 401
    wait(driver, is_over, "the end of the second session")
    arrive(driver, f"{first.url}/logout/callback")
    assert CLIENT_ID != client["client_id"]
