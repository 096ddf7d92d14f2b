"""A provider that is down, slow or talks nonsense when a session is due: nobody is signed out for it before the limit.

All outages run at the same moment against one gateway, each with a provider and a session of its own, so that the
waiting does not add up. Each test then judges one of them. A session is due after two seconds and must be confirmed
within six.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import formatdate

import pytest

import tokens
from audit_trail import events, session_of
from gateway import realm
from revalidation_steps import cookie_of, quick
from rotating_provider import RotatingProvider
from tokens import Key
from waiting import wait_until

DUE, LIMIT = 2, 6
SESSION = {"idle": "30m", "absolute": "12h", "revalidate": f"{DUE}s", "revalidate_grace": f"{LIMIT}s"}


def refusal(status: int, error: str) -> dict:
    return {"refresh_error": (status, {"error": error, "error_description": "PROVIDER-TEXT"})}


def signed(make) -> dict:
    return {"refresh_make_token": make}


# name: how the provider behaves meanwhile; a text is a method to call, and its opposite afterwards.
OUTAGES = {
    **{
        mode: {"refresh_fault": mode}
        for mode in (
            "status-500", "status-503", "status-429", "status-404", "timeout", "drip", "garbage", "empty", "html",
            "array", "truncated", "reset", "redirect", "huge-chunked",
        )
    },
    "connection-refused": "go_down",
    "invalid-client": refusal(401, "invalid_client"),
    "temporarily-unavailable": refusal(400, "temporarily_unavailable"),
    "invalid-request": refusal(400, "invalid_request"),
    "invalid-grant-as-500": refusal(500, "invalid_grant"),
    "signature-of-another-key": signed(lambda c, key: tokens.token(c, Key("RS256", "stranger", kid=key.kid))),
    "signature-of-an-unknown-key": signed(lambda claims, key: tokens.token(claims, Key("RS256", "unknown"))),
    "alg-none": signed(lambda claims, key: tokens.compact({"alg": "none"}, claims, None)),
    "id-token-garbage": signed(lambda claims, key: "not a token"),
    "id-token-expired": {"refresh_claims": {"exp": 1}},
    "id-token-of-tomorrow": {"refresh_claims": {"iat": int(time.time()) + 86_400}},
    "userinfo-down": {"thin": True, "faults": {"userinfo": "status-500"}},
    "userinfo-of-another": {"thin": True, "userinfo": {"sub": "00u1root"}},
}  # fmt: skip


@dataclass
class Course:
    """What became of one session; times are seconds after its sign-in."""

    session: str
    provider: RotatingProvider
    seen: list = field(default_factory=list)  # (time, status) while the provider fails
    asked: int = 0  # refreshes meanwhile
    back: float | None = None  # seconds from the recovery to a check that is 200 again


@pytest.fixture(scope="module")
def gateway(shared):
    providers = {name: shared.provider(kind=RotatingProvider, grace=0) for name in OUTAGES}
    gateway = shared.gateway(providers, {"infraon": realm(*providers, session=SESSION)})
    gateway.providers = providers
    return gateway


def suffer(gateway, name: str) -> Course:
    provider, outage = gateway.providers[name], OUTAGES[name]
    agent = gateway.signed_in(provider=name)
    started = time.monotonic()
    course = Course(session_of(gateway, agent)["id"], provider)
    provider.behave(**outage) if isinstance(outage, dict) else getattr(provider, outage)()
    while (after := time.monotonic() - started) < LIMIT + 1.5:
        course.seen.append((after, gateway.check(agent).status))
        time.sleep(0.2)
    course.asked = len(provider.family().asked)
    provider.behave() if isinstance(outage, dict) else provider.come_back()
    recovered = time.monotonic()
    while course.back is None and time.monotonic() - recovered < 40:
        if gateway.check(agent).status == 200:
            course.back = time.monotonic() - recovered
        time.sleep(0.2)
    return course


@pytest.fixture(scope="module")
def courses(gateway):
    with ThreadPoolExecutor(len(OUTAGES)) as pool:
        running = {name: pool.submit(suffer, gateway, name) for name in OUTAGES}
        return {name: future.exception() or future.result() for name, future in running.items()}


@pytest.fixture(params=OUTAGES)
def course(request, courses):
    found = courses[request.param]
    if isinstance(found, BaseException):
        raise found
    return found


def test_nobody_is_signed_out_before_the_limit(course):
    early = [(after, status) for after, status in course.seen if after < LIMIT - 0.5]
    assert len(early) > 5 and all(status == 200 for _, status in early), course.seen


def test_the_session_is_overdue_after_the_limit(course):
    late = [(after, status) for after, status in course.seen if after > LIMIT + 0.7]
    assert late and all(status == 401 for _, status in late), course.seen


def test_the_session_is_back_after_the_recovery(course):
    """A provider that held a request is asked again when that has timed out, the others after a pause of seconds."""
    assert course.back is not None and course.back < 30, course


def test_no_session_was_ended_and_no_family_lost(course, gateway):
    assert events(gateway, "session.ended", session=course.session) == []
    assert course.provider.family().revoked is None


def test_the_provider_is_not_hammered_meanwhile(course):
    """Attempts at about 2, 4 and 8 seconds."""
    assert course.asked <= 4, course


# Waiting as told


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_kept(form, stage):
    """RFC 9110 §10.2.3: a number of seconds or a date."""
    provider, gateway = quick(stage, SESSION | {"revalidate_grace": "1h"})
    gateway.signed_in()
    family = provider.family()
    # A date has whole seconds.
    value = "5" if form == "seconds" else formatdate(time.time() + DUE + 6, usegmt=True)
    provider.behave(refresh_error=(429, {"error": "too_many_requests"}, {"Retry-After": value}))
    wait_until(lambda: family.asked, 5, "the refresh that is told to wait")
    provider.behave()
    wait_until(lambda: family.refreshed, 15, "the refresh afterwards")
    assert 4 <= family.refreshed[0] - family.asked[0] <= 9, "neither earlier nor much later"


def test_pauses_between_attempts_grow(stage):
    provider, gateway = quick(stage, SESSION | {"revalidate_grace": "1h"})
    gateway.signed_in()
    family = provider.family()
    provider.behave(refresh_fault="status-500")
    wait_until(lambda: len(family.asked) >= 4, 30, "four attempts")
    gaps = [after - before for before, after in zip(family.asked, family.asked[1:])]
    assert 1.5 < gaps[0] < 4 and gaps[1] > 1.3 * gaps[0] and gaps[2] > 1.3 * gaps[1], gaps


# Overdue


@pytest.fixture
def overdue(stage):
    """A session that nobody could confirm in time."""
    provider, gateway = quick(stage, SESSION | {"revalidate": "1s", "revalidate_grace": "2s"})
    agent = gateway.signed_in()
    provider.behave(refresh_fault="status-500")
    wait_until(lambda: gateway.check(agent).status == 401, 5, "the limit")
    return provider, gateway, agent


def test_an_overdue_session_is_not_signed_in_anywhere(overdue):
    provider, gateway, agent = overdue
    cookie = cookie_of(gateway, agent)
    assert gateway.send("GET", "/api/v1/session", cookie).status == 401
    assert "ada@example.com" not in agent.get(gateway.url + "/").text


def test_an_overdue_session_may_ask_for_its_revalidation(overdue):
    provider, gateway, agent = overdue
    cookie = cookie_of(gateway, agent)
    provider.behave()
    assert gateway.send("POST", "/api/v1/session/revalidate", cookie).status == 200
    assert gateway.check(agent).status == 200


def test_a_new_login_replaces_an_overdue_session(overdue):
    provider, gateway, agent = overdue
    old = agent.session_cookies()[0].value
    assert gateway.sign_in(agent).status == 303
    assert gateway.check(agent).status == 200 and agent.session_cookies()[0].value != old


def test_an_overdue_session_that_is_refused_is_over(overdue):
    provider, gateway, agent = overdue
    provider.family().revoked = "by the test"
    provider.behave()
    found = wait_until(lambda: events(gateway, "session.ended"), 15, "the end of the session", every=0.2)
    assert found[0]["reason"] == "refresh_refused"


def test_default_limit_is_twice_revalidate(stage):
    session = {"idle": "30m", "absolute": "12h", "revalidate": "2s"}
    provider, gateway = quick(stage, session)
    agent = gateway.signed_in()
    started = time.monotonic()
    provider.behave(refresh_fault="status-500")
    wait_until(lambda: gateway.check(agent).status == 401, 8, "the limit", every=0.05)
    assert 3.4 < time.monotonic() - started < 5


def test_ten_hanging_providers_leave_logins_alone(stage):
    """Refreshes must not use up what sign-ins need."""
    slow, healthy = stage.provider(kind=RotatingProvider), stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"slow": slow, "okta": healthy}, {"infraon": realm("slow", "okta", session=SESSION)})
    for _ in range(30):
        gateway.signed_in(provider="slow")
    release = threading.Event()
    slow.behave(refresh_pause=release)
    try:
        wait_until(lambda: any(family.now for family in slow.families), 5, "refreshes under way")
        for provider in ("slow", "okta"):
            started = time.monotonic()
            gateway.signed_in(provider=provider)
            assert time.monotonic() - started < 3
    finally:
        release.set()
