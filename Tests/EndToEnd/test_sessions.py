"""Sessions: a new token at each login, time-outs, and cookies with exactly the promised attributes."""

import base64
import time

import pytest

from gateway import realm
from user_agent import UserAgent
from waiting import wait_until


def decoded(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


def with_cookie(gateway, cookie) -> UserAgent:
    agent = gateway.browser()
    agent.cookies.append(cookie)
    return agent


# Tokens


def test_each_login_gives_a_new_token_and_the_old_one_dies(gateway):
    """GHSA-f24x-5g9q-753f: session fixation."""
    agent = gateway.signed_in()
    first = agent.session_cookies()[0]
    assert gateway.sign_in(agent).status == 303
    second = agent.session_cookies()[0]
    assert first.value != second.value and first.name == second.name
    assert gateway.check(with_cookie(gateway, second)).status == 200
    assert gateway.check(with_cookie(gateway, first)).status == 401


def test_a_cookie_planted_before_the_login_is_not_adopted(gateway):
    agent = gateway.signed_in()
    planted = agent.session_cookies()[0]
    planted.value = "A" * len(planted.value)
    gateway.sign_in(agent)
    assert agent.session_cookies()[0].value != "A" * len(planted.value)
    assert gateway.check(with_cookie(gateway, planted)).status in (200, 401)


def test_sessions_in_two_browsers_are_independent(gateway):
    one, two = gateway.signed_in(), gateway.signed_in()
    one.post(f"{gateway.url}/logout?realm=infraon", referrer=gateway.url + "/")
    assert gateway.check(one).status == 401
    assert gateway.check(two).status == 200


def test_the_token_has_256_bits(gateway):
    values = [gateway.signed_in().session_cookies()[0].value for _ in range(5)]
    assert len(set(values)) == 5
    assert all(len(value) >= 43 for value in values), values


def test_the_store_never_holds_the_token_itself(gateway):
    value = gateway.signed_in().session_cookies()[0].value
    held = gateway.stored_bytes()
    assert value.encode() not in held
    assert decoded(value)[:32] not in held


# Cookies


def attributes(gateway, answer) -> tuple[str, dict]:
    lines = [
        line for line in answer.all("Set-Cookie") if "gatehouse-infraon=" in line and "gatehouse-infraon=;" not in line
    ]
    assert len(lines) == 1, answer.headers
    first, *rest = lines[0].split(";")
    return first.split("=")[0], {p.strip().partition("=")[0].lower(): p.strip().partition("=")[2] for p in rest}


def test_the_cookie_of_a_gateway_on_http_localhost(gateway):
    name, found = attributes(gateway, gateway.sign_in(gateway.browser()))
    assert name == "gatehouse-infraon"
    assert "httponly" in found and found["path"] == "/" and found["samesite"].lower() == "lax"
    assert "domain" not in found
    assert "secure" not in found, "Safari drops Secure cookies of http://localhost"


def test_the_cookie_of_a_gateway_under_https_is_host_only(shared, provider):
    gateway = shared.gateway({"okta": provider}, url="https://sso.example.com")
    agent = gateway.browser()
    name, found = attributes(gateway, gateway.sign_in(agent))
    assert name == "__Host-gatehouse-infraon"
    assert "secure" in found and "httponly" in found and found["path"] == "/"
    assert found["samesite"].lower() == "lax" and "domain" not in found
    assert agent.dropped == [] and gateway.check(agent).status == 200


def test_the_cookie_with_a_cookie_domain_is_shared_below_it(shared, provider):
    realms = {"infraon": realm("okta", cookie_domain="example.com")}
    gateway = shared.gateway({"okta": provider}, realms, url="https://sso.example.com")
    agent = gateway.browser()
    name, found = attributes(gateway, gateway.sign_in(agent))
    assert name == "__Secure-gatehouse-infraon"
    assert found["domain"].lstrip(".") == "example.com" and "secure" in found and "httponly" in found
    assert agent.dropped == []
    assert agent.cookie_header("https://app.example.com/", "GET", "none"), "an application's host gets it too"
    answer = agent.post("https://sso.example.com/logout?realm=infraon", referrer="https://sso.example.com/")
    agent.follow(answer, until=lambda a: not a.location.startswith(gateway.url))
    assert not agent.session_cookies(), "and signing out takes the same cookie back"


def test_attempt_cookies_are_http_only_and_die_by_themselves(gateway):
    answer = gateway.begin(gateway.browser())
    lines = answer.all("Set-Cookie")
    assert lines
    for line in lines:
        assert "httponly" in line.lower() and ("max-age" in line.lower() or "expires" in line.lower()), line


def test_cookies_stay_small(gateway, provider):
    provider.behave(
        person={
            "sub": "00u1many",
            "email": "many@example.com",
            "groups": ["infraon-admins", *[f"group-number-{n}" for n in range(90)]],
        }
    )
    agent = gateway.signed_in()
    assert all(len(cookie.name + cookie.value) < 200 for cookie in agent.session_cookies())


# Time


def lifetimes(stage, **session):
    provider = stage.provider()
    return stage.gateway({"okta": provider}, {"infraon": realm("okta", session=session)})


def test_an_idle_session_ends(stage):
    gateway = lifetimes(stage, idle="1s", absolute="1h")
    agent = gateway.signed_in()
    assert gateway.check(agent).status == 200
    # Asking is using, so the waiting must not ask; the clock of the gateway is the real one.
    time.sleep(1.6)
    assert gateway.check(agent).status == 401


def test_a_used_session_outlives_its_idle_time(stage):
    gateway = lifetimes(stage, idle="2s", absolute="1h")
    agent = gateway.signed_in()
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        assert gateway.check(agent).status == 200
        time.sleep(0.2)


def test_no_use_prolongs_a_session_past_its_absolute_end(stage):
    gateway = lifetimes(stage, idle="2s", absolute="2s")
    agent = gateway.signed_in()
    started = time.monotonic()
    assert gateway.check(agent).status == 200
    wait_until(lambda: gateway.check(agent).status == 401, 5, "the absolute end", every=0.1)
    assert time.monotonic() - started > 0.9
    assert gateway.sign_in(agent).status == 303 and gateway.check(agent).status == 200


def test_the_identity_token_never_outlives_the_session(stage):
    from tokens import unverified

    gateway = lifetimes(stage, idle="20s", absolute="20s")
    claims = unverified(gateway.check(gateway.signed_in()).header("X-Auth-Token"))[1]
    assert claims["exp"] <= time.time() + 21


def test_max_age_asks_the_provider_to_authenticate_again(gateway, provider):
    from urllib.parse import parse_qs, urlsplit

    agent = gateway.signed_in()
    wait_until(lambda: gateway.check(agent, "realm=infraon&max_age=1s").status == 401, 5, "max_age to pass", every=0.1)
    assert gateway.check(agent).status == 200, "without max_age the session still is good"
    stale = gateway.check(
        agent, "realm=infraon&max_age=1s", headers={"X-Original-URL": "https://app.example.com/secret"}
    )
    begun = agent.get(stale.location)
    assert begun.status == 303, "a live session does not short-circuit the new login"
    asked = parse_qs(urlsplit(begun.location).query)
    assert "max_age" in asked or asked.get("prompt") == ["login"], asked
    answer = gateway.finish(agent, begun)
    assert answer.location == "https://app.example.com/secret"
    assert gateway.check(agent, "realm=infraon&max_age=10s").status == 200


@pytest.mark.parametrize("age", [3600, None])
def test_a_provider_that_did_not_authenticate_again_is_not_believed(age, gateway, provider):
    """auth_time is checked when max_age was asked (Core §3.1.3.7 rule 13)."""
    from tokens import REMOVED

    agent = gateway.signed_in()
    wait_until(lambda: gateway.check(agent, "realm=infraon&max_age=1s").status == 401, 5, "max_age to pass", every=0.1)
    provider.behave(id_token={"auth_time": REMOVED if age is None else int(time.time()) - age})
    stale = gateway.check(agent, "realm=infraon&max_age=1s")
    answer = gateway.finish(agent, agent.get(stale.location))
    assert answer.status in (*range(400, 500), 502), answer


def test_an_old_authentication_at_the_provider_counts_as_old(gateway, provider):
    """Okta's own session may be hours old: auth_time, not our login, is when the person proved themselves."""
    provider.behave(id_token={"auth_time": int(time.time()) - 7200})
    agent = gateway.signed_in()
    assert gateway.check(agent, "realm=infraon&max_age=1h").status == 401
    assert gateway.check(agent, "realm=infraon&max_age=3h").status == 200


# Surviving


def test_kill_9_loses_no_session_that_a_browser_was_given(stage):
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    agents = []
    for _ in range(3):
        agents.append(gateway.signed_in())
    gateway.kill()
    gateway.start()
    assert [gateway.check(agent).status for agent in agents] == [200, 200, 200]


def test_kill_9_does_not_bring_a_revoked_session_back(stage):
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    agent = gateway.signed_in()
    cookie = agent.session_cookies()[0]
    agent.post(f"{gateway.url}/logout?realm=infraon", referrer=gateway.url + "/")
    gateway.kill()
    gateway.start()
    assert gateway.check(with_cookie(gateway, cookie)).status == 401


def test_an_attempt_survives_a_restart(stage):
    """A deployment while somebody types a password at Okta costs them nothing."""
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    agent = gateway.browser()
    begun = gateway.begin(agent)
    gateway.stop()
    gateway.start()
    assert gateway.finish(agent, begun).status == 303
