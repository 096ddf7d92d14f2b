"""Login attempts: one-time, bound to the browser that began them, and independent of each other."""

import threading
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from gateway import assert_login_failed
from login_steps import altered, redeemed, to_callback
from tokens import REMOVED
from user_agent import UserAgent

# Tabs and browsers


def test_ten_tabs_of_one_browser_all_work(gateway):
    agent = gateway.browser()
    begun = [gateway.begin(agent, return_to=f"https://app.example.com/tab/{tab}") for tab in range(10)]
    # The last first: none may have pushed out an earlier one.
    for tab in reversed(range(10)):
        answer = gateway.finish(agent, begun[tab])
        assert (answer.status, answer.location) == (303, f"https://app.example.com/tab/{tab}")
    assert gateway.check(agent).status == 200


def test_ten_tabs_that_come_back_at_the_same_moment_all_work(gateway):
    agent = gateway.browser()
    begun = [gateway.begin(agent) for _ in range(10)]
    statuses = []
    threads = [threading.Thread(target=lambda b=b: statuses.append(gateway.finish(agent, b).status)) for b in begun]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [303] * 10
    assert gateway.check(agent).status == 200


def test_cookies_of_many_abandoned_attempts_stay_small(gateway):
    """A browser whose tabs reload all night must not outgrow the header limits of proxies."""
    agent = gateway.browser()
    for _ in range(60):
        assert gateway.begin(agent).status == 303
    sent = agent.cookie_header(f"{gateway.url}/login/callback", "GET", "cross-site")
    assert len(sent) < 4096
    assert gateway.sign_in(agent).status == 303


def test_a_finished_attempt_leaves_no_cookie_behind(gateway):
    agent = gateway.signed_in()
    assert [cookie.name for cookie in agent.cookies] == [agent.session_cookies()[0].name]


def test_a_callback_in_another_browser_fails_and_redeems_nothing(gateway, provider):
    """Login CSRF: an attacker hands the victim the end of the attacker's own login."""
    attacker, victim = gateway.browser(), gateway.browser()
    url = to_callback(gateway, attacker, gateway.begin(attacker))
    before = redeemed(provider)
    assert_login_failed(victim.get(url), victim, gateway)
    assert redeemed(provider) == before


def test_a_callback_in_a_browser_with_an_attempt_of_its_own_fails(gateway, provider):
    attacker, victim = gateway.browser(), gateway.browser()
    gateway.begin(victim)
    url = to_callback(gateway, attacker, gateway.begin(attacker))
    before = redeemed(provider)
    assert_login_failed(victim.get(url), victim, gateway)
    assert redeemed(provider) == before


def test_a_stolen_callback_does_not_spoil_the_rightful_one_or_is_final(gateway):
    """Either answer is safe; what is not is a session in the wrong browser."""
    owner, thief = gateway.browser(), gateway.browser()
    url = to_callback(gateway, owner, gateway.begin(owner))
    thief.get(url)
    assert not thief.session_cookies()
    assert owner.get(url).status in (303, *range(400, 500))


# State


def test_a_state_works_once(gateway, provider):
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent))
    kept = list(agent.cookies)
    assert agent.get(url).status == 303
    again = UserAgent(agent.resolve)
    again.cookies = kept
    before = redeemed(provider)
    assert_login_failed(again.get(url), again, gateway)
    assert redeemed(provider) == before


def test_a_reloaded_callback_shows_a_page_and_leaves_the_session_alone(gateway):
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent))
    assert agent.get(url).status == 303
    assert agent.get(url).status in (303, *range(400, 500))
    assert gateway.check(agent).status == 200


def test_of_two_callbacks_at_the_same_moment_one_wins(gateway, provider):
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent))
    before = redeemed(provider)
    twins = []
    for _ in range(6):
        twin = UserAgent(agent.resolve)
        twin.cookies = list(agent.cookies)
        twins.append(twin)
    statuses = []
    threads = [threading.Thread(target=lambda t=t: statuses.append(t.get(url).status)) for t in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses.count(303) == 1, statuses
    assert redeemed(provider) == before + 1


STATES = {
    "missing": REMOVED,
    "empty": "",
    "made-up": "A" * 43,
    "very-long": "A" * 20_000,
    "with-a-zero-byte": "\0",
    "sql": "' OR '1'='1",
    "not-ascii": "ü" * 20,
}


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_refused_before_anything_is_redeemed_when_it_is(name, gateway, provider):
    agent = gateway.browser()
    url = altered(to_callback(gateway, agent, gateway.begin(agent)), state=STATES[name])
    before = redeemed(provider)
    answer = agent.get(url)
    assert 400 <= answer.status < 500, answer
    assert not agent.session_cookies()
    assert redeemed(provider) == before


def test_one_changed_character_in_the_state_is_enough(gateway, provider):
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent))
    state = dict(parse_qsl(urlsplit(url).query))["state"]
    other = ("B" if state[5] == "A" else "A").join([state[:5], state[6:]])
    before = redeemed(provider)
    assert_login_failed(agent.get(altered(url, state=other)), agent, gateway)
    assert redeemed(provider) == before


@pytest.mark.parametrize("name", ["state", "code", "error", "iss"])
def test_a_parameter_that_comes_twice_is_refused(name, gateway, provider):
    """RFC 6749 §3.1: parameters must not be included more than once."""
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent))
    value = dict(parse_qsl(urlsplit(url).query)).get(name, "x")
    twice = f"{url}&{name}={quote(value)}" + ("" if name in ("state", "code") else f"&{name}={quote(value)}")
    before = redeemed(provider)
    answer = agent.get(twice)
    assert 400 <= answer.status < 500 and not agent.session_cookies(), answer
    assert redeemed(provider) == before


@pytest.mark.parametrize("change", [{"code": REMOVED}, {"code": ""}, {"code": REMOVED, "error": ""}])
def test_a_callback_without_a_code_is_refused(change, gateway, provider):
    agent = gateway.browser()
    url = altered(to_callback(gateway, agent, gateway.begin(agent)), **change)
    before = redeemed(provider)
    assert_login_failed(agent.get(url), agent, gateway)
    assert redeemed(provider) == before


def test_a_code_that_the_provider_does_not_know_fails_the_login(gateway, provider):
    agent = gateway.browser()
    url = altered(to_callback(gateway, agent, gateway.begin(agent)), code="not-a-code")
    assert_login_failed(agent.get(url), agent, gateway, [*range(400, 500), 502])
