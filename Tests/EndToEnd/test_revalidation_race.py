"""One refresh per session at a time: under fifty checks at once, and with two gateways on one SQLite file."""

import signal
import threading
import time
from contextlib import contextmanager

import pytest

from audit_trail import administrator_token, end_of, session_of
from gateway import Gateway
from revalidation_steps import HOURS, cookie_of, has_roles, quick, refreshed
from rotating_provider import RotatingProvider
from waiting import wait_until

SLOWER = HOURS | {"revalidate": "3s", "revalidate_grace": "60s"}


@pytest.fixture
def twins(stage):
    """A provider that takes a replaced token for a theft, and two gateways that refresh every second."""
    provider, one = quick(stage)
    provider.grace = 0
    return provider, one, stage.twin(one)


@contextmanager
def checks(agent, gateways: list[Gateway], count: int = 50):
    """So many callers that check without a pause, taking turns among the gateways; yields what they are answered."""
    answers, stop = [], threading.Event()

    def ask(gateway: Gateway):
        while not stop.is_set():
            answers.append(gateway.check(agent).status)

    callers = [threading.Thread(target=ask, args=(gateways[number % len(gateways)],)) for number in range(count)]
    for caller in callers:
        caller.start()
    try:
        yield answers
    finally:
        stop.set()
        for caller in callers:
            caller.join(30)


def race(provider: RotatingProvider, agent, gateways: list[Gateway]):
    """Fifty callers before, during and after the one refresh that is due; the provider takes a second for it."""
    family = provider.family()
    release = threading.Event()
    provider.behave(refresh_pause=release)
    with checks(agent, gateways) as answers:
        wait_until(lambda: family.asked, 8, "the refresh")
        begun, before = time.monotonic(), len(answers)
        wait_until(lambda: time.monotonic() - begun > 1 and len(answers) > before + 50, 10, "checks during the refresh")
        release.set()
        wait_until(lambda: time.monotonic() - begun > 2, 5, "checks after the refresh")
    assert len(family.asked) == 1, f"{len(family.asked)} refreshes where one was due"
    assert set(answers) == {200}, {status: answers.count(status) for status in set(answers)}


def test_fifty_checks_at_the_moment_of_revalidation_cause_one_refresh(stage):
    provider, gateway = quick(stage, SLOWER)
    race(provider, gateway.signed_in(), [gateway])


def test_fifty_checks_at_two_processes_cause_one_refresh(stage):
    provider, one = quick(stage, SLOWER)
    two = stage.twin(one)
    agent = one.signed_in()
    assert two.check(agent).status == 200
    race(provider, agent, [one, two])


def test_two_processes_take_turns_and_never_use_a_token_twice(stage):
    """Twenty sessions for four rounds at a provider without grace: one token used twice would end its family."""
    provider, one = quick(stage, HOURS | {"revalidate": "2s", "revalidate_grace": "60s"})
    provider.grace = 0
    two = stage.twin(one)
    agents = [gateway.signed_in() for gateway in (one, two) for _ in range(10)]
    wait_until(lambda: all(len(family.refreshed) >= 4 for family in provider.families), 30, "four rounds")
    for family in provider.families:
        assert (family.revoked, family.repeated, family.most_at_once) == (None, 0, 1)
        gaps = [after - before for before, after in zip(family.refreshed, family.refreshed[1:])]
        assert min(gaps) > 1.6, f"refreshed before it was due: {gaps}"
    assert {gateway.check(agent).status for gateway in (one, two) for agent in agents} == {200}


def test_what_one_process_learns_the_other_knows(twins):
    provider, one, two = twins
    agent = one.signed_in()
    provider.change_person(groups=["infraon-tech-berlin"])
    for gateway in (one, two):
        has_roles(gateway, agent, "technician")


def test_demands_for_a_revalidation_at_both_processes_share_one_refresh(stage):
    provider, one = quick(stage, HOURS | {"revalidate": "1h"})
    provider.grace = 0
    two = stage.twin(one)
    agent = one.signed_in()
    cookie = cookie_of(one, agent)
    family, release = provider.family(), threading.Event()
    provider.behave(refresh_pause=release)
    start, statuses = threading.Barrier(20), []

    def demand(gateway):
        start.wait(10)
        statuses.append(gateway.send("POST", "/api/v1/session/revalidate", cookie).status)

    threads = [threading.Thread(target=demand, args=((one, two)[number % 2],)) for number in range(20)]
    for thread in threads:
        thread.start()
    wait_until(lambda: family.now == 1, 5, "the refresh")
    time.sleep(0.7)  # until all of them have asked, of which there is no sign from outside
    release.set()
    for thread in threads:
        thread.join(30)
    assert len(family.asked) == 1
    assert statuses == [200] * 20
    assert one.check(agent).status == two.check(agent).status == 200 and family.revoked is None


def test_a_process_that_dies_in_a_refresh_leaves_it_to_the_other(stage):
    """Within the 30 seconds that Okta lets a replaced token live."""
    provider, one = quick(stage, SLOWER)
    agent = one.signed_in()
    family = provider.family()
    provider.behave(refresh_pause=threading.Event())
    wait_until(lambda: family.now == 1, 8, "the refresh")
    two = stage.twin(one)
    one.kill()
    provider.behave()
    wait_until(lambda: family.repeated == 1, 25, "the other's refresh with the token that it knows")
    refreshed(family, 2)
    assert family.revoked is None and two.check(agent).status == 200


def test_a_process_that_was_asleep_in_a_refresh_spoils_nothing(stage):
    """Its answer comes when the other has gone on: the newer token stays."""
    provider, one = quick(stage)
    agent = one.signed_in()
    family = provider.family()
    release = threading.Event()
    provider.behave(refresh_pause=release)
    wait_until(lambda: family.now == 1, 8, "the refresh")
    two = stage.twin(one)
    one.process.signal(signal.SIGSTOP)
    provider.behave()
    release.set()
    refreshed(family, 3, within=25)
    one.process.signal(signal.SIGCONT)
    provider.grace = 0
    refreshed(family, 3)
    assert family.revoked is None
    assert one.check(agent).status == two.check(agent).status == 200


# Ends


def sign_out(gateway, agent):
    agent.post(f"{gateway.url}/logout?realm=infraon", referrer=gateway.url + "/")


def revoke(gateway, agent):
    session = session_of(gateway, agent)["id"]
    headers = {"Authorization": f"Bearer {administrator_token(gateway)}"}
    assert gateway.send("DELETE", f"/api/v1/sessions/{session}", headers).status in (200, 204)


@pytest.mark.parametrize("end", [sign_out, revoke])
def test_a_session_ended_at_one_process_is_over_at_the_very_next_check_at_the_other(end, twins):
    """The other one has it in memory, for it is asked right before."""
    _, one, two = twins
    for _ in range(15):
        agent = one.signed_in()
        cookie = cookie_of(one, agent)
        assert all(two.check(headers=cookie).status == 200 for _ in range(3))
        end(one, agent)
        assert two.check(headers=cookie).status == 401
        assert one.check(headers=cookie).status == 401


def test_a_refused_session_is_over_at_both_processes(twins):
    provider, one, two = twins
    agent = one.signed_in()
    session = session_of(one, agent)["id"]
    assert two.check(agent).status == 200
    provider.family().revoked = "by the test"
    assert end_of(one, session, within=10) == "refresh_refused"
    assert one.check(agent).status == two.check(agent).status == 401


def test_a_sign_out_during_a_refresh_wins(stage):
    """The answer that is still on its way must not bring the session back, and its token must not live on."""
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    cookie = cookie_of(gateway, agent)
    family = provider.family()
    release = threading.Event()
    provider.behave(refresh_pause=release)
    wait_until(lambda: family.now == 1, 5, "the refresh")
    sign_out(gateway, agent)
    assert gateway.check(headers=cookie).status == 401
    release.set()
    wait_until(lambda: family.revoked, 10, "the revocation of the refresh token")
    assert gateway.check(headers=cookie).status == 401


def test_the_end_of_one_session_leaves_the_others_alone(stage):
    """What tells the processes of an end must not throw out everybody."""
    _, one = quick(stage, HOURS)
    two = stage.twin(one)
    staying, leaving = [one.signed_in() for _ in range(5)], one.signed_in()
    assert {two.check(agent).status for agent in [*staying, leaving]} == {200}
    sign_out(one, leaving)
    assert {gateway.check(agent).status for gateway in (one, two) for agent in staying} == {200}
