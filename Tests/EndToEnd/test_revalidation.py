"""Sessions follow the provider: groups, refusals and outages arrive by refresh token, and no check ever waits for it.

The race of many is in test_revalidation_race.py, the kill -9 in test_crashes.py, a provider that fails in every way in
test_revalidation_outages.py.
"""

import signal
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from audit_trail import end_of, event, events, session_of
from gateway import realm
from revalidation_steps import HOURS, QUICK, cookie_of, has_roles, quick, refreshed, refreshes_counted, roles
from rotating_provider import RotatingProvider
from tokens import REMOVED, unverified
from user_agent import HTML
from waiting import wait_until

NAVIGATION = {"Accept": HTML, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
APPLICATION = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "app.example.com",
    "X-Forwarded-Uri": "/tickets?id=7",
    "X-Forwarded-Method": "GET",
}
TECHNICIAN = ["infraon-tech-berlin", "Everyone"]
NOBODY = ["Everyone"]


@pytest.fixture
def pair(stage):
    return quick(stage)


# What follows


def test_roles_follow_the_groups_up_and_down(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    assert roles(gateway, agent) == {"admin", "technician"}
    provider.change_person(groups=TECHNICIAN)
    has_roles(gateway, agent, "technician")
    assert gateway.check(agent).header("X-Auth-Groups") == "infraon-tech-berlin,Everyone"
    assert gateway.check(agent, "realm=infraon&role=admin").status == 403
    provider.change_person(groups=["infraon-admins"])
    has_roles(gateway, agent, "admin")


def test_someone_who_loses_the_last_role_is_403_until_it_comes_back(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    provider.change_person(groups=NOBODY)
    has_roles(gateway, agent, "403")
    provider.change_person(groups=TECHNICIAN)
    has_roles(gateway, agent, "technician")


def test_name_and_email_follow_too_and_the_user_stays_the_same(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    before = gateway.check(agent).header("X-Auth-User")
    provider.change_person(name="Ada King", email="ada.king@example.com")
    wait_until(lambda: gateway.check(agent).header("X-Auth-Name") == "Ada King", 5, "the new name")
    now = gateway.check(agent)
    assert (now.header("X-Auth-Email"), now.header("X-Auth-User")) == ("ada.king@example.com", before)


def test_the_application_token_says_the_new_roles(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    gateway.check(agent)
    provider.change_person(groups=TECHNICIAN)
    has_roles(gateway, agent, "technician")
    claims = unverified(gateway.check(agent).header("X-Auth-Token"))[1]
    assert claims["roles"] == ["technician"] and "infraon-admins" not in claims["groups"]


def test_groups_come_from_userinfo_when_the_refreshed_token_is_thin(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    provider.behave(thin=True)
    provider.change_person(groups=TECHNICIAN)
    has_roles(gateway, agent, "technician")


def test_groups_come_from_userinfo_when_a_refresh_brings_no_id_token(pair):
    """OpenID Connect Core §12.2: a refresh may answer without one."""
    provider, gateway = pair
    agent = gateway.signed_in()
    provider.behave(refresh_answer={"id_token": REMOVED})
    provider.change_person(groups=TECHNICIAN)
    has_roles(gateway, agent, "technician")


def test_a_refreshed_id_token_may_repeat_the_nonce_or_not(pair):
    """§12.2: it should have none, and what it has need not be judged."""
    provider, gateway = pair
    agent = gateway.signed_in()
    provider.behave(refresh_claims={"nonce": "whatever"})
    provider.change_person(groups=TECHNICIAN)
    has_roles(gateway, agent, "technician")


def test_a_key_rotated_before_a_refresh_is_fetched(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    provider.rotate("next")
    provider.change_person(groups=TECHNICIAN)
    has_roles(gateway, agent, "technician")


def test_all_sessions_of_a_person_follow(pair):
    provider, gateway = pair
    agents = [gateway.signed_in() for _ in range(5)]
    provider.change_person(groups=TECHNICIAN)
    for agent in agents:
        has_roles(gateway, agent, "technician")


# Tokens


def test_each_refresh_uses_the_token_of_the_one_before(pair):
    """A provider without any grace: a token that is used twice ends the family."""
    provider, gateway = pair
    provider.grace = 0
    agent = gateway.signed_in()
    family = provider.family()
    refreshed(family, 4, within=15)
    assert (family.revoked, family.repeated, family.most_at_once) == (None, 0, 1)
    assert gateway.check(agent).status == 200


def test_a_refresh_token_that_does_not_rotate_goes_on(pair):
    """RFC 6749 §6: the answer may hold no new one."""
    provider, gateway = pair
    provider.behave(refresh_answer={"refresh_token": REMOVED})
    provider.grace = 3600
    agent = gateway.signed_in()
    family = provider.family()
    refreshed(family, 3)
    assert {request.form["refresh_token"] for request in provider.refreshes()} == {family.tokens[0]}
    assert gateway.check(agent).status == 200


def test_neither_the_first_nor_a_rotated_token_is_readable_in_the_store(pair):
    provider, gateway = pair
    gateway.signed_in()
    family = provider.family()
    refreshed(family, 2)
    gateway.stop()
    held = gateway.stored_bytes()
    assert not [token for token in family.tokens if token.encode() in held]


def test_refreshes_are_authenticated_and_ask_for_nothing_more(pair):
    """RFC 6749 §6: grant_type, the token, and at most the scopes of the sign-in."""
    provider, gateway = pair
    gateway.signed_in()
    family = provider.family()
    refreshed(family)
    request = provider.refreshes()[0]
    assert request.headers["authorization"].startswith("Basic ")
    assert set(request.form) - {"scope"} == {"grant_type", "refresh_token"}
    asked = set(request.form.get("scope", "openid").split())
    assert asked <= set(family.query["scope"].split())


# When, and for whom


def test_no_application_token_outlives_what_the_provider_has_confirmed(stage):
    """An application believes X-Auth-Token until it expires; the gateway itself would not longer than the limit."""
    provider, gateway = quick(stage, HOURS | {"revalidate": "10s", "revalidate_grace": "20s"})
    agent = gateway.signed_in()
    claims = unverified(gateway.check(agent).header("X-Auth-Token"))[1]
    assert claims["exp"] <= time.time() + 21


def test_a_realm_without_revalidate_never_asks(stage):
    provider = stage.provider(kind=RotatingProvider)
    realms = {"infraon": realm("okta", session=QUICK), "ssp": realm("okta", title="Portal")}
    gateway = stage.gateway({"okta": provider}, realms)
    gateway.signed_in("ssp")
    gateway.signed_in("infraon")
    quiet, busy = provider.families
    refreshed(busy, 3)
    assert quiet.asked == []


def test_a_session_that_ended_is_refreshed_no_more(pair):
    provider, gateway = pair
    gone, staying = gateway.signed_in(), gateway.signed_in()
    first, second = provider.families
    refreshed(first)
    gone.post(f"{gateway.url}/logout?realm=infraon", referrer=gateway.url + "/")
    refreshed(second)
    count = len(first.asked)
    refreshed(second, 3)
    assert len(first.asked) == count


def test_refreshing_is_not_using(stage):
    """A browser nobody sits at any more idles out, however often its session is refreshed."""
    provider, gateway = quick(stage, {"idle": "3s", "absolute": "1h", "revalidate": "1s", "revalidate_grace": "1h"})
    agent = gateway.signed_in()
    assert gateway.check(agent).status == 200
    refreshed(provider.family(), 4)
    assert gateway.check(agent).status == 401


def test_refreshing_does_not_move_the_absolute_end(stage):
    provider, gateway = quick(stage, {"idle": "4s", "absolute": "4s", "revalidate": "1s", "revalidate_grace": "1h"})
    started = time.monotonic()
    agent = gateway.signed_in()
    wait_until(lambda: gateway.check(agent).status == 401, 8, "the absolute end", every=0.05)
    assert 3 < time.monotonic() - started < 5
    assert len(provider.family().refreshed) >= 2


def test_refreshing_makes_no_authentication_younger(pair):
    """max_age is about the person at the keyboard, not about our asking."""
    provider, gateway = pair
    provider.behave(id_token={"auth_time": int(time.time()) - 7200})
    agent = gateway.signed_in()
    refreshed(provider.family(), 2)
    assert gateway.check(agent, "realm=infraon&max_age=1h").status == 401
    assert gateway.check(agent, "realm=infraon&max_age=3h").status == 200


def test_a_changed_revalidate_counts_after_a_reload(stage):
    provider, gateway = quick(stage, HOURS)
    gateway.signed_in()
    family = provider.family()
    gateway.write(realms={"infraon": realm("okta", session=QUICK)})
    gateway.reload()
    refreshed(family, 2)


# Refused


def test_invalid_grant_ends_the_session_and_the_audit_trail_says_why(pair):
    provider, gateway = pair
    agent, other = gateway.signed_in(), gateway.signed_in()
    session = session_of(gateway, agent)["id"]
    provider.families[0].revoked = "the administrator of the provider did it"
    wait_until(lambda: gateway.check(agent).status == 401, 5, "the end of the session")
    found = event(gateway, "session.ended", session=session)
    assert found["reason"] == "refresh_refused"
    assert "PROVIDER-TEXT it is over" in found["detail"]
    assert gateway.check(other).status == 200, "another session of the same person has its own grant"
    again = gateway.check(agent, headers={"X-Original-URL": "https://app.example.com/"})
    assert "/login" in again.location


def test_someone_suspended_at_the_provider_is_out(okta):
    simulator, gateway = okta
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent, "grace@example.com").status == 303
    session = session_of(gateway, agent)["id"]
    simulator.change_person("grace@example.com", status="SUSPENDED")
    wait_until(lambda: gateway.check(agent).status == 401, 8, "the end of the session")
    assert end_of(gateway, session) == "refresh_refused"


@pytest.mark.parametrize("server", ["", "/oauth2/default"], ids=["org", "custom"])
def test_groups_follow_at_both_kinds_of_authorization_server(server, stage):
    simulator, gateway = stage.simulated(server=server, session=QUICK)
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    simulator.change_person("ada@example.com", groups=TECHNICIAN)
    has_roles(gateway, agent, "technician")
    simulator.change_person("ada@example.com", groups=["infraon-admins"])
    has_roles(gateway, agent, "admin")
    assert [request["error"] for request in simulator.log() if request["error"]] == []


def test_someone_with_more_groups_than_a_token_holds_keeps_them(okta):
    """At a hundred groups Okta leaves the claim out, of refreshed tokens too; userinfo has them all."""
    simulator, gateway = okta
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent, "max@example.com").status == 303
    groups = lambda: set(gateway.check(agent).header("X-Auth-Groups").split(","))
    before = groups()
    assert len(before) > 200
    wait_until(lambda: simulator.families()[0]["refreshes"] >= 2, 10, "two refreshes")
    assert groups() == before


def test_a_refresh_whose_answer_is_lost_is_repeated_with_the_token_that_is_known(okta):
    """Okta has replaced the token; the old one works for 30 seconds more."""
    simulator, gateway = okta
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    simulator.fault("token", "answer-lost")
    wait_until(lambda: simulator.families()[0]["repeats"] == 1, 15, "the repetition")
    simulator.control("POST", "/simulator/clock", {"advance_seconds": 31})  # from here on only the newest will do
    refreshes = simulator.families()[0]["refreshes"]
    wait_until(lambda: simulator.families()[0]["refreshes"] >= refreshes + 2, 10, "two more refreshes")
    assert simulator.families()[0]["alive"] and gateway.check(agent).status == 200


OTHER_CLAIMS = {
    "another-issuer": ({"iss": "https://other.example.com"}, "refresh_issuer_mismatch"),
    "another-subject": ({"sub": "00u1root"}, "refresh_subject_mismatch"),
    "another-audience": ({"aud": "0oa-somebody-else"}, "refresh_audience_mismatch"),
}


@pytest.mark.parametrize("name", OTHER_CLAIMS)
def test_a_refreshed_id_token_of(name, pair):
    """Core §12.2: iss, sub and aud must be those of the sign-in."""
    changes, reason = OTHER_CLAIMS[name]
    provider, gateway = pair
    agent = gateway.signed_in()
    session = session_of(gateway, agent)["id"]
    provider.behave(refresh_claims=changes)
    wait_until(lambda: gateway.check(agent).status == 401, 5, "the end of the session")
    assert end_of(gateway, session) == reason
    provider.behave()
    count = len(provider.family().asked)
    refreshed_elsewhere = gateway.signed_in()
    refreshed(provider.family(), 2)
    assert gateway.check(refreshed_elsewhere).status == 200
    assert gateway.check(agent).status == 401 and len(provider.families[0].asked) == count, "it is over for good"


def test_userinfo_of_somebody_else_never_changes_a_session(pair):
    """Core §5.3.2: its sub must be the ID token's."""
    provider, gateway = pair
    agent = gateway.signed_in()
    provider.behave(thin=True, userinfo={"sub": "00u1root", "groups": TECHNICIAN})
    refreshed(provider.family(), 2)
    assert roles(gateway, agent) in ({"admin", "technician"}, {"401"})


# Without a refresh token


@pytest.fixture
def unrefreshed(stage):
    """The provider gives no refresh token; the session lives five seconds."""
    session = {"idle": "5s", "absolute": "5s", "revalidate": "1s", "revalidate_grace": "2s"}
    scopes = {"scopes": ["openid", "profile", "email", "groups"]}
    return quick(stage, session, settings=scopes)


def prompt_of(answer) -> str | None:
    return parse_qs(urlsplit(answer.location).query).get("prompt", [None])[0]


def expired(gateway, agent):
    wait_until(lambda: gateway.check(agent).status == 401, 8, "the absolute end", every=0.1)


def test_without_a_refresh_token_a_session_lives_to_its_absolute_end(unrefreshed):
    provider, gateway = unrefreshed
    started = time.monotonic()
    agent = gateway.signed_in()
    expired(gateway, agent)
    assert 4 < time.monotonic() - started < 6.5, "neither at the grace limit nor later"
    assert provider.refreshes() == []


def test_a_browser_that_navigates_afterwards_is_signed_in_silently(unrefreshed):
    provider, gateway = unrefreshed
    agent = gateway.signed_in()
    expired(gateway, agent)
    provider.behave(silent_error=None)
    there = gateway.check(agent, face="/forward", headers=APPLICATION | NAVIGATION)
    assert there.status == 302 and prompt_of(there) == "none", there
    begun = agent.get(there.location)
    assert begun.status == 303 and prompt_of(begun) == "none", begun
    done = gateway.finish(agent, begun)
    assert (done.status, done.location) == (303, "https://app.example.com/tickets?id=7")
    assert gateway.check(agent).status == 200


@pytest.mark.parametrize(
    "error", ["login_required", "interaction_required", "consent_required", "account_selection_required"]
)
def test_the_login_becomes_an_ordinary_one_when_the_provider_wants_to_see_the_person(error, unrefreshed):
    provider, gateway = unrefreshed
    agent = gateway.signed_in()
    expired(gateway, agent)
    provider.behave(silent_error=error)
    there = gateway.check(agent, face="/forward", headers=APPLICATION | NAVIGATION)
    answer = gateway.finish(agent, agent.get(there.location))
    assert answer.status == 303, answer
    for _ in range(3):  # by way of /login or not
        if answer.location.startswith(provider.origin):
            break
        answer = agent.get(answer.location, referrer=answer.url)
        assert answer.status == 303, answer
    assert answer.location.startswith(provider.origin) and prompt_of(answer) != "none", "it would go round in circles"
    done = gateway.finish(agent, answer)
    assert (done.status, done.location) == (303, "https://app.example.com/tickets?id=7")
    assert gateway.check(agent).status == 200


def test_other_errors_of_a_silent_login_are_shown(unrefreshed):
    provider, gateway = unrefreshed
    agent = gateway.signed_in()
    expired(gateway, agent)
    provider.behave(silent_error="access_denied")
    there = gateway.check(agent, face="/forward", headers=APPLICATION | NAVIGATION)
    answer = gateway.finish(agent, agent.get(there.location))
    assert 400 <= answer.status < 500 and not [c for c in agent.session_cookies() if gateway.check(agent).status == 200]


def test_a_browser_that_was_never_here_is_not_signed_in_behind_its_back(unrefreshed):
    """And neither is one that signed out: its cookie is gone."""
    provider, gateway = unrefreshed
    assert prompt_of(gateway.check(face="/forward", headers=APPLICATION | NAVIGATION)) is None
    agent = gateway.signed_in()
    agent.post(f"{gateway.url}/logout?realm=infraon", referrer=gateway.url + "/")
    assert prompt_of(gateway.check(agent, face="/forward", headers=APPLICATION | NAVIGATION)) is None


# Restarts


def test_a_restart_keeps_sessions_and_goes_on_refreshing(pair):
    provider, gateway = pair
    provider.grace = 0
    agent = gateway.signed_in()
    family = provider.family()
    for _ in range(3):
        refreshed(family)
        gateway.stop()
        gateway.start()
        assert gateway.check(agent).status == 200
    refreshed(family)
    assert (family.revoked, family.repeated) == (None, 0)


def test_a_gateway_that_was_down_past_the_grace_limit_brings_the_sessions_back(stage):
    session = HOURS | {"revalidate": "1s", "revalidate_grace": "2s"}
    provider, gateway = quick(stage, session)
    agent = gateway.signed_in()
    gateway.stop()
    stopped = time.monotonic()
    wait_until(lambda: time.monotonic() - stopped > 2.5, 5, "the grace limit to pass")
    provider.behave(refresh_pause=(release := threading.Event()))
    gateway.start()
    assert gateway.check(agent).status == 401, "overdue until the provider has spoken"
    release.set()
    wait_until(lambda: gateway.check(agent).status == 200, 10, "the session to be back")


def test_a_graceful_stop_during_a_slow_refresh_loses_nothing(pair):
    """The provider has replaced the token and would take the old one for a theft."""
    provider, gateway = pair
    provider.grace = 0
    agent = gateway.signed_in()
    family = provider.family()
    release = threading.Event()
    provider.behave(refresh_pause=release)
    wait_until(lambda: family.now == 1, 5, "a refresh under way")
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: not accepts(gateway), 5, "new connections to be refused")
    release.set()
    assert gateway.wait_for_end() == 0
    provider.behave()
    gateway.start()
    refreshed(family, 2)
    assert (family.revoked, family.repeated) == (None, 0)
    assert gateway.check(agent).status == 200


def test_a_refresh_that_never_ends_does_not_hold_up_the_end(pair):
    """It is waited for, but for seconds only; the family survives by the provider's own grace, as after a crash."""
    provider, gateway = pair
    agent = gateway.signed_in()
    family = provider.family()
    provider.behave(refresh_pause=threading.Event())
    wait_until(lambda: family.now == 1, 5, "a refresh under way")
    started = time.monotonic()
    gateway.process.signal(signal.SIGTERM)
    assert gateway.wait_for_end(20) == 0
    assert time.monotonic() - started < 15
    provider.behave()
    gateway.start()
    refreshed(family, 2)
    assert family.revoked is None and gateway.check(agent).status == 200


def accepts(gateway) -> bool:
    try:
        return gateway.send("GET", "/readyz", timeout=1).status == 200
    except OSError:
        return False


# Checks meanwhile


def quickest_and_slowest(gateway, agent, count: int = 300) -> tuple[float, float]:
    """Median and 99th percentile of so many checks, in seconds."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        assert gateway.check(agent).status == 200
        times.append(time.perf_counter() - started)
    times.sort()
    return times[count // 2], times[count * 99 // 100]


def test_checks_during_a_slow_refresh_are_not_slowed(pair):
    """Refreshing is never in the path of a check: not of its own session's, not of another's."""
    provider, gateway = pair
    agent, other = gateway.signed_in(), gateway.signed_in()
    refreshed(provider.family())
    calm = quickest_and_slowest(gateway, agent)
    release = threading.Event()
    provider.behave(refresh_pause=release)
    wait_until(lambda: all(family.now for family in provider.families), 5, "refreshes under way")
    try:
        for who in (agent, other):
            meanwhile = quickest_and_slowest(gateway, who)
            # A busy machine may stutter; waiting for the provider would take as long as the provider does.
            assert meanwhile[0] < 3 * calm[0] + 0.005, (calm, meanwhile)
            assert meanwhile[1] < 3 * calm[1] + 0.1, (calm, meanwhile)
        assert all(family.now for family in provider.families), "still under way"
    finally:
        release.set()


def test_a_provider_that_hangs_does_not_hold_up_the_refreshes_of_another(stage):
    slow, healthy = stage.provider(kind=RotatingProvider), stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"slow": slow, "healthy": healthy}, {"infraon": realm("slow", "healthy", session=QUICK)})
    for _ in range(40):
        gateway.signed_in(provider="slow")
    release = threading.Event()
    slow.behave(refresh_pause=release)
    try:
        wait_until(lambda: any(family.now for family in slow.families), 5, "refreshes under way")
        gateway.signed_in(provider="healthy")
        refreshed(healthy.family(), 3)
    finally:
        release.set()


# What the operator sees


def test_the_audit_trail_tells_of_changed_groups_only(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    session = session_of(gateway, agent)["id"]
    refreshed(provider.family(), 2)
    assert events(gateway, "session.revalidated", session=session) == []
    provider.change_person(groups=["infraon-tech-berlin", "infraon-tech-oslo", "infraon-tech-rome"])
    has_roles(gateway, agent, "technician")
    found = event(gateway, "session.revalidated", session=session)
    assert "2" in found["detail"], "two came and two went"
    refreshed(provider.family(), 2)
    assert len(events(gateway, "session.revalidated", session=session)) == 1


def test_metrics_count_refreshes_by_provider_and_outcome(pair):
    provider, gateway = pair
    gateway.signed_in()
    refreshed(provider.family(), 2)
    counted = lambda outcome: refreshes_counted(gateway, "okta", outcome)
    wait_until(lambda: counted("succeeded") >= 2, 5, "refreshes that succeeded among the metrics")
    provider.family().revoked = "by the test"
    wait_until(lambda: counted("refused") == 1, 5, "a refused refresh among the metrics")


def test_the_log_says_what_failed_without_the_token(pair):
    """That no log holds a token is checked at the end of every gateway."""
    provider, gateway = pair
    gateway.signed_in()
    provider.behave(refresh_error=(503, {"error": "temporarily_unavailable", "error_description": "PROVIDER-TEXT"}))
    wait_until(lambda: provider.family().asked, 5, "a refresh")
    wait_until(lambda: "token_endpoint_failed" in gateway.log, 5, "the reason in the log")


# On demand


def test_a_program_can_ask_for_a_revalidation_now(stage):
    provider, gateway = quick(stage, HOURS | {"revalidate": "1h"})
    agent = gateway.signed_in()
    cookie = cookie_of(gateway, agent)
    provider.change_person(groups=TECHNICIAN)
    answer = gateway.send("POST", "/api/v1/session/revalidate", cookie)
    assert answer.status == 200 and answer.json["roles"] == ["technician"], answer
    assert roles(gateway, agent) == {"technician"}


def test_a_revalidation_that_is_refused_ends_the_session_at_once(stage):
    provider, gateway = quick(stage, HOURS | {"revalidate": "1h"})
    agent = gateway.signed_in()
    cookie = cookie_of(gateway, agent)
    provider.family().revoked = "by the test"
    assert gateway.send("POST", "/api/v1/session/revalidate", cookie).status == 401
    assert gateway.check(agent).status == 401


def test_a_revalidation_that_cannot_be_had_says_so_and_ends_nothing(stage):
    provider, gateway = quick(stage, HOURS | {"revalidate": "1h"})
    agent = gateway.signed_in()
    cookie = cookie_of(gateway, agent)
    provider.behave(refresh_fault="status-500")
    assert gateway.send("POST", "/api/v1/session/revalidate", cookie).status in (502, 504)
    assert gateway.check(agent).status == 200


@pytest.mark.parametrize("fault", [None, "status-500"])
def test_nobody_can_make_the_gateway_hammer_the_provider(fault, stage):
    """Six times a minute from outside of this machine, whatever comes of it; then the answer is what is known."""
    provider, gateway = quick(stage, HOURS | {"revalidate": "1h"})
    agent = gateway.signed_in()
    provider.behave(refresh_fault=fault)
    headers = cookie_of(gateway, agent) | {"X-Forwarded-For": "203.0.113.7"}
    statuses = [gateway.send("POST", "/api/v1/session/revalidate", headers).status for _ in range(12)]
    assert 1 <= len(provider.refreshes()) <= 7, statuses
    assert statuses[-1] in (200, 429) and gateway.check(agent).status == 200


@pytest.fixture
def okta(stage):
    """The simulated Okta, and a gateway that asks it every second."""
    return stage.simulated(session=QUICK)
