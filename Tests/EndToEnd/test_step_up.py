"""Step-up: an application asks for a recent or a stronger authentication, and the provider is made to give it.

`max_age=` and `acr=` on the session check (three faces, query and X-Gatehouse-Check) and on /login.
"""

import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from audit_trail import events, session_of
from gateway import assert_login_failed
from revalidation_steps import quick, refreshed
from rotating_provider import RotatingProvider
from tokens import REMOVED
from user_agent import HTML
from waiting import wait_until

PASSWORD, TWO_FACTORS, PHISHING_RESISTANT = "urn:okta:loa:1fa:pwd", "urn:okta:loa:2fa:any", "phr"
NAVIGATION = {"Accept": HTML, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
PROGRAM = {"Accept": "application/json", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "app.example.com",
    "X-Forwarded-Uri": "/payroll",
    "X-Forwarded-Method": "GET",
}
ORIGINAL = "https://app.example.com/payroll"


@pytest.fixture(scope="module")
def provider(shared):
    return shared.provider(kind=RotatingProvider)


def acr(value):
    return {"id_token": {"acr": value}}


def ask(gateway, agent, face, rule, **options):
    """The same question at any of the three faces, as a browser that navigates; Envoy's has no query of its own."""
    headers = FORWARDED | NAVIGATION | (options.pop("headers", None) or {})
    rule = urlencode(rule, safe=":,")
    if "envoy" in face:
        headers |= {"X-Gatehouse-Check": f"realm=infraon&{rule}", "Host": "app.example.com"}
        return gateway.check(agent, "", face, headers=headers, **options)
    return gateway.check(agent, f"realm=infraon&{rule}", face, headers=headers, **options)


FACES = {"": 401, "/forward": 302, "/envoy/payroll": 302}


@pytest.fixture(params=FACES, ids=["check", "forward", "envoy"])
def face(request):
    return request.param


def asked_of(answer) -> dict:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}


# acr on the session check


def test_an_acr_that_is_met_is_200(face, gateway, provider):
    provider.behave(**acr(TWO_FACTORS))
    agent = gateway.signed_in()
    assert ask(gateway, agent, face, {"acr": TWO_FACTORS}).status == 200
    assert session_of(gateway, agent)["acr"] == TWO_FACTORS


def test_an_acr_that_is_not_met_leads_to_a_login_that_asks_for_it(face, gateway, provider):
    provider.behave(**acr(PASSWORD))
    agent = gateway.signed_in()
    answer = ask(gateway, agent, face, {"acr": TWO_FACTORS})
    assert answer.status == FACES[face], answer
    asked = asked_of(answer)
    assert asked["acr"] == TWO_FACTORS and asked["return_to"] == ORIGINAL
    begun = agent.get(answer.location)
    assert begun.status == 303 and asked_of(begun)["acr_values"] == TWO_FACTORS, "a live session does not cut it short"
    assert asked_of(begun).get("prompt") != "none"
    provider.behave(**acr(TWO_FACTORS))
    done = gateway.finish(agent, begun)
    assert (done.status, done.location) == (303, ORIGINAL)
    assert ask(gateway, agent, face, {"acr": TWO_FACTORS}).status == 200


def test_the_session_stays_good_for_everything_else(face, gateway, provider):
    provider.behave(**acr(PASSWORD))
    agent = gateway.signed_in()
    assert ask(gateway, agent, face, {"acr": TWO_FACTORS}).status == FACES[face]
    assert gateway.check(agent).status == 200


@pytest.mark.parametrize(
    "held, wanted, good",
    [
        (TWO_FACTORS, f"{PASSWORD},{TWO_FACTORS}", True),
        (PASSWORD, f"{TWO_FACTORS},{PHISHING_RESISTANT}", False),
        (PHISHING_RESISTANT, TWO_FACTORS, False),  # exact comparison: list what is enough
        (TWO_FACTORS, TWO_FACTORS.upper(), False),
        (TWO_FACTORS, "urn:okta:loa:2fa", False),
        (TWO_FACTORS, "urn:okta:loa:2fa:*", False),
        (REMOVED, PASSWORD, False),
    ],
)
def test_one_of_a_list_must_be_the_sessions_exactly(held, wanted, good, face, gateway, provider):
    provider.behave(**acr(held))
    agent = gateway.signed_in()
    assert ask(gateway, agent, face, {"acr": wanted}).status == (200 if good else FACES[face])


@pytest.mark.parametrize("rule", ["acr=", "acr=,", "acr"])
def test_an_empty_list_allows_nobody(rule, gateway, provider):
    """A template that left its variable empty must not open the door."""
    provider.behave(**acr(TWO_FACTORS))
    agent = gateway.signed_in()
    assert gateway.check(agent, f"realm=infraon&{rule}").status in (400, 403)


def test_query_and_header_must_both_hold(gateway, provider):
    provider.behave(**acr(TWO_FACTORS))
    agent = gateway.signed_in()
    both = lambda query, header: gateway.check(
        agent, f"realm=infraon&acr={query}", headers={"X-Gatehouse-Check": f"acr={header}"}
    ).status
    assert both(TWO_FACTORS, TWO_FACTORS) == 200
    assert both(f"{TWO_FACTORS},{PHISHING_RESISTANT}", PHISHING_RESISTANT) == 401
    assert both(PHISHING_RESISTANT, f"{TWO_FACTORS},{PHISHING_RESISTANT}") == 401


def test_demands_that_no_sign_in_can_meet_are_an_error_and_no_loop(gateway, provider):
    """Sent to the provider for one of the two, a person would come back and be sent for the other."""
    provider.behave(**acr(TWO_FACTORS))
    agent = gateway.signed_in()
    answer = gateway.check(
        agent, f"realm=infraon&acr={TWO_FACTORS}", headers={"X-Gatehouse-Check": f"acr={PHISHING_RESISTANT}"}
    )
    assert (answer.status, answer.json["type"]) == (400, "urn:gatehouse:problem:acr_contradiction")


def test_programs_are_told_what_is_missing(gateway, provider):
    provider.behave(**acr(PASSWORD))
    agent = gateway.signed_in()
    for face in ("/forward", "/envoy/payroll"):
        answer = ask(gateway, agent, face, {"acr": TWO_FACTORS}, headers=PROGRAM)
        assert answer.status == 401, answer
        assert answer.json["type"] == "urn:gatehouse:problem:authentication_too_weak"
    too_weak = gateway.check(agent, f"realm=infraon&acr={TWO_FACTORS}")
    assert too_weak.status == 401 and too_weak.header("WWW-Authenticate")


def test_somebody_without_a_session_is_sent_to_a_login_that_asks_for_it_at_once(face, gateway):
    answer = ask(gateway, gateway.browser(), face, {"acr": TWO_FACTORS})
    assert answer.status == FACES[face]
    assert asked_of(answer)["acr"] == TWO_FACTORS


def test_a_missing_role_is_403_before_and_after_the_step_up(gateway, provider):
    """Nobody is sent to a second factor for a page that stays closed; either order is safe, neither loops."""
    provider.behave(**acr(TWO_FACTORS))
    agent = gateway.signed_in()
    assert gateway.check(agent, f"realm=infraon&role=owner&acr={TWO_FACTORS}").status == 403


# acr at /login


def test_login_sends_acr_values_and_takes_the_one_that_comes(gateway, provider):
    provider.behave(**acr(PHISHING_RESISTANT))
    agent = gateway.browser()
    begun = gateway.begin(agent, acr=f"{TWO_FACTORS},{PHISHING_RESISTANT}")
    assert asked_of(begun)["acr_values"] == f"{TWO_FACTORS} {PHISHING_RESISTANT}", "Core §3.1.2.1: space-separated"
    assert gateway.finish(agent, begun).status == 303
    assert gateway.check(agent, f"realm=infraon&acr={PHISHING_RESISTANT}").status == 200


WRONG = {
    "missing": (REMOVED, "acr_missing"),
    "weaker": (PASSWORD, "acr_mismatch"),
    "in-other-case": (TWO_FACTORS.upper(), "acr_mismatch"),
    "empty": ("", None),
    "not-a-string": (["urn:okta:loa:2fa:any"], None),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_provider_that_gives_another_acr_than_was_asked_for_is_not_believed(name, gateway, provider):
    value, reason = WRONG[name]
    provider.behave(**acr(value))
    agent = gateway.browser()
    answer = gateway.finish(agent, gateway.begin(agent, acr=TWO_FACTORS))
    reference = assert_login_failed(answer, agent, gateway, [*range(400, 500), 502])
    found = wait_until(lambda: events(gateway, reference=reference), 5, "the event")[0]
    assert found["reason"] == reason or reason is None, found


def test_the_session_from_before_survives_a_step_up_that_fails(gateway, provider):
    provider.behave(**acr(PASSWORD))
    agent = gateway.signed_in()
    answer = gateway.finish(agent, gateway.begin(agent, acr=TWO_FACTORS))
    assert answer.status in (*range(400, 500), 502)
    assert gateway.check(agent).status == 200


@pytest.mark.parametrize("value", [",", "a b", "x\ny", "ü", "x" * 5000])
def test_a_malformed_acr_is_a_4xx(value, gateway):
    answer = gateway.begin(gateway.browser(), acr=value)
    assert 400 <= answer.status < 500, answer


def test_a_refresh_does_not_take_the_acr_away(stage):
    """A refreshed ID token need not say it again; the session's authentication is what it was."""
    provider, gateway = quick(stage)
    provider.behave(**acr(TWO_FACTORS))
    agent = gateway.signed_in()
    refreshed(provider.family(), 2)
    assert gateway.check(agent, f"realm=infraon&acr={TWO_FACTORS}").status == 200


# max_age


def test_a_max_age_that_is_not_met_leads_to_a_login_that_authenticates_again(face, gateway, provider):
    provider.behave(id_token={"auth_time": int(time.time()) - 7200})
    agent = gateway.signed_in()
    answer = ask(gateway, agent, face, {"max_age": "1h"})
    assert answer.status == FACES[face], answer
    assert asked_of(answer)["return_to"] == ORIGINAL
    begun = agent.get(answer.location)
    asked = asked_of(begun)
    assert asked.get("prompt") == "login" or int(asked["max_age"]) <= 3600, asked
    provider.behave()
    done = gateway.finish(agent, begun)
    assert (done.status, done.location) == (303, ORIGINAL)
    assert ask(gateway, agent, face, {"max_age": "1h"}).status == 200


def test_programs_are_told_that_it_is_too_old(gateway, provider):
    provider.behave(id_token={"auth_time": int(time.time()) - 7200})
    agent = gateway.signed_in()
    answer = ask(gateway, agent, "/forward", {"max_age": "1h"}, headers=PROGRAM)
    assert answer.status == 401 and answer.json["type"] == "urn:gatehouse:problem:authentication_too_old"


def test_login_sends_max_age_in_seconds(gateway):
    asked = asked_of(gateway.begin(gateway.browser(), max_age="15m"))
    assert asked["max_age"] == "900"


STALE = {
    "missing": (REMOVED, "auth_time_missing"),
    "too-old": (lambda: int(time.time()) - 7200, "auth_time_too_old"),
    "a-string": (lambda: str(int(time.time())), None),
    "null": (lambda: None, None),
    "in-the-future": (lambda: int(time.time()) + 86_400, None),
}


@pytest.mark.parametrize("name", STALE)
def test_an_auth_time_is_not_believed_that_is(name, gateway, provider):
    """Core §3.1.3.7 rule 13: asked with max_age, auth_time must come and be recent."""
    value, reason = STALE[name]
    provider.behave(id_token={"auth_time": value() if callable(value) else value})
    agent = gateway.browser()
    answer = gateway.finish(agent, gateway.begin(agent, max_age="1h"))
    reference = assert_login_failed(answer, agent, gateway, [*range(400, 500), 502])
    found = wait_until(lambda: events(gateway, reference=reference), 5, "the event")[0]
    assert found["reason"] == reason or reason is None, found


@pytest.mark.parametrize("value", ["15", "-1s", "abc", "1s 2s"])
def test_a_malformed_max_age_is_a_4xx(value, gateway):
    assert 400 <= gateway.begin(gateway.browser(), max_age=value).status < 500


def test_both_at_once(face, gateway, provider):
    provider.behave(id_token={"acr": PASSWORD, "auth_time": int(time.time()) - 7200})
    agent = gateway.signed_in()
    rule = {"acr": TWO_FACTORS, "max_age": "1h"}
    begun = agent.get(ask(gateway, agent, face, rule).location)
    asked = asked_of(begun)
    assert asked["acr_values"] == TWO_FACTORS and (asked.get("prompt") == "login" or "max_age" in asked), asked
    provider.behave(**acr(TWO_FACTORS))
    assert gateway.finish(agent, begun).location == ORIGINAL
    assert ask(gateway, agent, face, rule).status == 200


# prompt=none at /login


def test_a_silent_login_may_be_asked_for(gateway, provider):
    agent = gateway.browser()
    begun = gateway.begin(agent, prompt="none")
    assert asked_of(begun)["prompt"] == "none"
    assert gateway.finish(agent, begun).status == 303 and gateway.check(agent).status == 200


@pytest.mark.parametrize("value", ["consent", "none login", "NONE"])
def test_other_prompts_are_refused(value, gateway):
    assert 400 <= gateway.begin(gateway.browser(), prompt=value).status < 500


# The simulated Okta, which really asks for a second factor


@pytest.fixture(scope="module")
def okta(shared):
    return shared.simulated(trusted_proxies=["127.0.0.1"])


def test_okta_is_made_to_ask_again_for_a_second_factor(okta):
    simulator, gateway = okta
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    answer = gateway.check(agent, f"realm=infraon&acr={TWO_FACTORS}", headers={"X-Original-URL": ORIGINAL})
    assert answer.status == 401, "Okta said nothing of two factors"
    page = agent.follow(agent.get(answer.location))
    assert page.url.startswith(simulator.origin), "Okta asks, though it remembers this browser"
    done = gateway.finish(agent, simulator.choose(agent, page, "ada@example.com"))
    assert (done.status, done.location) == (303, ORIGINAL)
    assert gateway.check(agent, f"realm=infraon&acr={TWO_FACTORS}").status == 200
    assert session_of(gateway, agent)["acr"] == TWO_FACTORS


def test_okta_is_made_to_ask_again_when_it_was_too_long_ago(okta):
    simulator, gateway = okta
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    too_old = lambda: gateway.check(agent, "realm=infraon&max_age=1s", headers={"X-Original-URL": ORIGINAL})
    wait_until(lambda: too_old().status == 401, 5, "max_age to pass", every=0.1)
    # auth_time has whole seconds and Okta's own clock has parts of them: beyond doubt for both.
    simulator.control("POST", "/simulator/clock", {"advance_seconds": 2})
    page = agent.follow(agent.get(too_old().location))
    assert page.url.startswith(simulator.origin), "Okta asks, though it remembers this browser"
    done = gateway.finish(agent, simulator.choose(agent, page, "ada@example.com"))
    assert (done.status, done.location) == (303, ORIGINAL)
    assert gateway.check(agent, "realm=infraon&max_age=1m").status == 200


def test_a_second_factor_counts_for_the_next_application_too(okta):
    """Once given, whoever asks for it gets it without another question."""
    simulator, gateway = okta
    agent = gateway.browser()
    simulator.sign_in(gateway, agent, acr=TWO_FACTORS)
    assert gateway.check(agent, f"realm=infraon&acr={TWO_FACTORS}").status == 200
    assert gateway.check(agent).status == 200
