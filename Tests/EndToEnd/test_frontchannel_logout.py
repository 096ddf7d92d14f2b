"""OpenID Connect Front-Channel Logout 1.0: the provider's sign-out page loads our address in a frame.

The frame is on another site than the page around it, so session cookies may stay away; `iss` and `sid` must do.
"""

import secrets
from urllib.parse import urlencode

import pytest

from audit_trail import end_of, session_of
from browser import arrive, chromium, console_errors, wait
from gateway import realm
from logout_tokens import somebody
from rotating_provider import RotatingProvider

FRAME = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}


@pytest.fixture(scope="module")
def provider(shared):
    return shared.provider(kind=RotatingProvider)


@pytest.fixture(scope="module")
def gateway(shared, provider):
    other = shared.provider(kind=RotatingProvider)
    gateway = shared.gateway({"okta": provider, "other": other}, {"infraon": realm("okta", "other", home=None)})
    gateway.other = other
    return gateway


def path(provider="okta", **query) -> str:
    return f"/logout/frontchannel/{provider}?{urlencode(query)}"


def load(gateway, iss, sid, provider="okta"):
    """As a frame without cookies."""
    return gateway.send("GET", path(provider, iss=iss, sid=sid), FRAME)


def session(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in(provider="okta")
    return agent, provider.family().sid


def policy_of(answer) -> dict:
    return dict(part.strip().partition(" ")[::2] for part in answer.header("Content-Security-Policy").split(";"))


def test_it_ends_the_session_of_that_sid_without_any_cookie(gateway, provider):
    agent, sid = session(gateway, provider)
    elsewhere = gateway.signed_in(provider="okta")
    number = session_of(gateway, agent)["id"]
    answer = load(gateway, provider.issuer, sid)
    assert answer.status == 200, answer
    assert gateway.check(agent).status == 401, "at the very next check"
    assert gateway.check(elsewhere).status == 200, "the same person's other browser"
    assert end_of(gateway, number) == "frontchannel_logout"


def test_the_page_may_be_framed_by_the_provider_and_by_nobody_else(gateway, provider):
    answer = load(gateway, provider.issuer, "sid-unknown")
    policy = policy_of(answer)
    assert policy["frame-ancestors"] == provider.origin
    assert policy["default-src"] == "'none'"
    assert answer.header("X-Frame-Options") is None, "it would forbid what the policy allows"
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Content-Type").startswith("text/html") and len(answer.body) < 4000


def test_cookies_of_the_session_that_came_along_are_taken_back(gateway, provider):
    agent, sid = session(gateway, provider)
    answer = agent.get(gateway.url + path(iss=provider.issuer, sid=sid), headers=FRAME)
    assert answer.status == 200
    assert not agent.session_cookies()


def test_cookies_of_another_session_stay(gateway, provider):
    agent, _ = session(gateway, provider)
    _, other_sid = session(gateway, provider)
    agent.get(gateway.url + path(iss=provider.issuer, sid=other_sid), headers=FRAME)
    assert agent.session_cookies() and gateway.check(agent).status == 200


WRONG = {
    "iss-missing": {"iss": None},
    "sid-missing": {"sid": None},
    "both-missing": {"iss": None, "sid": None},
    "iss-empty": {"iss": ""},
    "sid-empty": {"sid": ""},
    "iss-of-another": {"iss": "https://other.example.com"},
    "iss-with-a-slash-more": {"iss": "{issuer}/"},
    "iss-in-other-case": {"iss": "{ISSUER}"},
}


@pytest.mark.parametrize("name", WRONG)
def test_nothing_ends_when_it_has(name, gateway, provider):
    agent, sid = session(gateway, provider)
    query = {"iss": provider.issuer, "sid": sid}
    for key, value in WRONG[name].items():
        query[key] = value and value.format(issuer=provider.issuer, ISSUER=provider.issuer.upper())
    answer = gateway.send("GET", path(**{key: value for key, value in query.items() if value is not None}), FRAME)
    assert answer.status == 400, answer
    assert answer.header("Cache-Control") == "no-store"
    assert gateway.check(agent).status == 200


def test_a_parameter_that_comes_twice_is_refused(gateway, provider):
    agent, sid = session(gateway, provider)
    twice = path(iss=provider.issuer, sid=sid) + f"&sid={sid}"
    assert gateway.send("GET", twice, FRAME).status == 400
    assert gateway.check(agent).status == 200


def test_a_sid_that_is_not_here_is_over_already(gateway, provider):
    assert load(gateway, provider.issuer, "sid-unknown").status == 200


def test_the_same_sid_at_another_provider_is_another_session(gateway, provider, monkeypatch):
    sid = "sid-" + secrets.token_hex(4)
    monkeypatch.setattr(gateway.other, "further_claims", lambda query: {"sid": sid})
    theirs = gateway.signed_in(provider="other")
    assert load(gateway, provider.issuer, sid).status == 200
    assert gateway.check(theirs).status == 200
    assert load(gateway, provider.issuer, sid, "other").status == 400, "the issuer of another provider"
    assert load(gateway, gateway.other.issuer, sid, "other").status == 200
    assert gateway.check(theirs).status == 401


def test_an_unknown_provider_is_404(gateway, provider):
    assert gateway.send("GET", path("nowhere", iss=provider.issuer, sid="x")).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_405(method, gateway, provider):
    assert gateway.send(method, path(iss=provider.issuer, sid="x")).status == 405


def test_nothing_that_comes_in_comes_out(gateway, provider):
    evil = "<script>alert(1)</script>"
    assert evil not in load(gateway, provider.issuer, evil).text
    assert evil not in load(gateway, evil, "x").text


def test_a_session_ended_at_one_process_is_over_at_the_very_next_check_at_the_other(stage):
    provider = stage.provider(kind=RotatingProvider)
    one = stage.gateway({"okta": provider})
    two = stage.twin(one)
    for _ in range(10):
        agent = one.signed_in()
        assert two.check(agent).status == 200
        assert load(one, provider.issuer, provider.family().sid).status == 200
        assert (two.check(agent).status, one.check(agent).status) == (401, 401)


@pytest.fixture(scope="module")
def driver(shared):
    with chromium(shared.directory()) as driver:
        yield driver


def test_in_a_real_browser_the_frame_loads_and_ends_the_session(driver, gateway, provider):
    """127.0.0.1 around localhost: another site, so the browser keeps the session cookie out of the frame."""
    somebody(provider)
    driver.get(f"{gateway.url}/login?realm=infraon&provider=okta")
    arrive(driver, gateway.url)
    cookie = driver.get_cookie("gatehouse-infraon")
    assert cookie, driver.page_source
    headers = {"Cookie": f"gatehouse-infraon={cookie['value']}"}
    assert gateway.check(headers=headers).status == 200
    source = gateway.url + path(iss=provider.issuer, sid=provider.family().sid)
    driver.get(f"{provider.origin}/framed?{urlencode({'src': source})}")
    wait(driver, lambda: gateway.check(headers=headers).status == 401, "the end of the session")
    driver.switch_to.frame(0)
    assert driver.execute_script("return document.readyState") == "complete"
    assert "refused" not in driver.page_source.lower()
    driver.switch_to.default_content()
    assert console_errors(driver) == []


def test_in_a_real_browser_no_other_page_can_frame_it(driver, gateway, provider):
    source = gateway.url + path(iss=provider.issuer, sid="sid-unknown")
    driver.get(f"{gateway.other.origin}/framed?{urlencode({'src': source})}")
    wait(driver, lambda: any("frame" in message for message in console_errors(driver)), "the browser's refusal")
