"""kill -9 at two hundred random moments, while people sign in, are refreshed and sign out.

Whoever was given a session keeps it, whoever left stays out, and no family of refresh tokens is lost: the provider
replaces each token that is used, and takes one that comes back after 30 seconds (Okta's default) for a theft.

    GATEHOUSE_CRASH_SEED=… repeats a run as far as the machine lets it; the seed of each run is printed.
"""

import os
import random
import threading
import time
from dataclasses import dataclass, field

import pytest

from revalidation_steps import HOURS, cookie_of, quick
from rotating_provider import Family, RotatingProvider
from user_agent import UserAgent
from waiting import wait_until

LONGEST_LIFE = 0.5  # seconds from ready to dead
PEOPLE = 40  # signed in at most at a time
SESSION = HOURS | {"revalidate": "1s", "revalidate_grace": "1h"}


class HesitantProvider(RotatingProvider):
    """Takes a moment over each token request, before or after it has replaced the token: that is where to crash."""

    def __init__(self, *arguments, chance: random.Random, **options):
        super().__init__(*arguments, **options)
        self.chance = chance
        self.under_way = 0

    def hesitate(self):
        time.sleep(self.chance.uniform(0, 0.04))

    def redeem(self, request):
        return self.slowly(super().redeem, request)

    def refresh(self, handler, request):
        return self.slowly(super().refresh, handler, request)

    def slowly(self, work, *arguments):
        with self.lock:
            self.under_way += 1
        try:
            self.hesitate()
            return work(*arguments)
        finally:
            with self.lock:
                self.under_way -= 1

    def refresh_answer(self, *arguments):
        self.hesitate()
        return super().refresh_answer(*arguments)


@dataclass
class Crowd:
    """People who come and go. Only what a browser was told in full counts."""

    gateways: list  # processes on one store; each step goes to one of them
    chance: random.Random
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    here: list[tuple[str, UserAgent]] = field(default_factory=list)
    gone: list[tuple[str, dict]] = field(default_factory=list)
    unsure: int = 0  # signed out, and the answer was lost
    count: int = 0

    def come_and_go(self, chance: random.Random):
        while not self.stop.is_set():
            try:
                if len(self.here) >= PEOPLE:
                    self.leave(chance)
                else:
                    self.come()
            except (OSError, ValueError, IndexError):
                time.sleep(0.02)  # nobody listens, or the answer was cut off
            except Exception as error:  # http.client has a family of its own
                if type(error).__module__ != "http.client":
                    raise
            time.sleep(chance.uniform(0, 0.1))

    def somewhere(self, agent: UserAgent | None = None) -> tuple[object, UserAgent]:
        """A gateway and a browser that is led to it, as a load balancer does."""
        gateway = self.chance.choice(self.gateways)
        agent = agent or gateway.browser()
        agent.resolve = {gateway.url: gateway.listening}
        return gateway, agent

    def come(self):
        with self.lock:
            self.count += 1
            name = f"visit-{self.count}"
        gateway, agent = self.somewhere()
        begun = gateway.begin(agent, login_hint=name)
        self.somewhere(agent)
        # A new browser each time: signing in again replaces a session, and whether that happened may be unknown.
        if gateway.finish(agent, begun).status == 303 and agent.session_cookies():
            with self.lock:
                self.here.append((name, agent))

    def leave(self, chance: random.Random):
        with self.lock:
            name, agent = self.here.pop(chance.randrange(len(self.here)))
            self.unsure += 1
        gateway, _ = self.somewhere(agent)
        cookie = cookie_of(gateway, agent)
        answer = agent.post(f"{gateway.url}/logout?realm=infraon", referrer=gateway.url + "/")
        if answer.status == 303:
            with self.lock:
                self.unsure -= 1
                self.gone.append((name, cookie))


def family_of(provider: RotatingProvider, name: str) -> Family:
    [family] = [family for family in provider.families if family.query.get("login_hint") == name]
    return family


def survive(stage, crashes: int, processes: int):
    """So many crashes, each of one of the processes; then everything that was promised must hold."""
    seed = int(os.environ.get("GATEHOUSE_CRASH_SEED") or random.SystemRandom().randrange(2**32))
    print(f"GATEHOUSE_CRASH_SEED={seed}")
    chance = random.Random(seed)
    provider = stage.provider(kind=HesitantProvider, chance=random.Random(chance.random()))
    provider, gateway = quick(stage, SESSION, provider=provider)
    gateways = [gateway, *(stage.twin(gateway) for _ in range(processes - 1))]
    crowd = Crowd(gateways, random.Random(chance.random()))
    people = [
        threading.Thread(target=crowd.come_and_go, args=(random.Random(chance.random()),)) for _ in range(4)
    ]
    for person in people:
        person.start()
    struck = 0
    try:
        wait_until(lambda: len(crowd.here) >= PEOPLE, 60, "people to be there")
        for _ in range(crashes):
            time.sleep(chance.uniform(0, LONGEST_LIFE))
            struck += provider.under_way > 0
            victim = chance.choice(gateways)
            victim.kill()
            victim.start()
    finally:
        crowd.stop.set()
        for person in people:
            person.join(60)
    refreshes = sum(len(family.refreshed) for family in provider.families)
    repeated = sum(family.repeated for family in provider.families)
    print(
        f"{crashes} crashes, {struck} of them in a token request; {crowd.count} logins begun, {len(crowd.here)} people"
        f" there, {len(crowd.gone)} gone, {crowd.unsure} unsure; {refreshes} refreshes, {repeated} of them repeated"
    )
    assert struck > crashes / 10, "hardly a crash hit anything: the test tests nothing"

    for gateway in gateways:
        statuses = {name: gateway.check(agent).status for name, agent in crowd.here}
        assert set(statuses.values()) == {200}, {name: status for name, status in statuses.items() if status != 200}
        assert {gateway.check(headers=cookie).status for _, cookie in crowd.gone} <= {401}, "somebody who left is back"

    families = {name: family_of(provider, name) for name, _ in crowd.here}
    everybody_is_refreshed(families, "since the last crash")
    provider.grace = 0  # from here on no token but the newest will do
    everybody_is_refreshed(families, "with the newest token")
    assert {name: family.revoked for name, family in families.items() if family.revoked} == {}
    assert {gateway.check(agent).status for _, agent in crowd.here} == {200}

    # Whoever left has no living token at the provider either, however often the gateway died before it could say so.
    left = {name: family_of(provider, name) for name, _ in crowd.gone}
    revoked = lambda: all(family.revoked for family in left.values())
    wait_until(revoked, 60, "the tokens of those who left to be revoked")


@pytest.mark.timeout(300)
def test_kill_9_at_any_moment_loses_no_session_and_no_family(stage):
    survive(stage, crashes=200, processes=1)


@pytest.mark.timeout(200)
def test_kill_9_of_one_of_two_processes_loses_no_session_and_no_family(stage):
    """The other one goes on, with the tokens and leases that the dead one left in the store."""
    survive(stage, crashes=60, processes=2)


def everybody_is_refreshed(families: dict[str, Family], what: str):
    """A session whose refresh died with the gateway may have to wait until nobody can still be at it."""
    before = {name: len(family.refreshed) for name, family in families.items()}
    late = lambda: [name for name, family in families.items() if len(family.refreshed) == before[name]]
    wait_until(lambda: not late() or any(family.revoked for family in families.values()), 40, f"refreshes {what}", 0.1)
