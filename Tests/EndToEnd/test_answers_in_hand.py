"""A provider has replaced a refresh token, and something happens before the gateway could save the new one."""

import contextlib
import sqlite3
import threading

from revalidation_steps import HOURS, cookie_of, quick
from rotating_provider import RotatingProvider
from user_agent import UserAgent
from waiting import wait_until


def held_back(provider: RotatingProvider, person) -> threading.Event:
    """Has the provider replace the token of the next refresh and keep its answer; setting the event lets it go."""
    answer = threading.Event()
    provider.behaviour.refresh_pause = answer
    person()
    wait_until(lambda: any(family.now for family in provider.families), 10, "a refresh under way")
    return answer


def test_a_refresh_that_somebody_demanded_is_followed_up_after_a_kill(stage):
    """Nothing is due for an hour, so only the demand tells the next process that the provider must be asked again."""
    provider, gateway = quick(stage, HOURS | {"revalidate": "1h"})
    agent = gateway.signed_in()
    family = provider.family()

    def demand():
        url, headers = gateway.url + "/api/v1/session/revalidate", cookie_of(gateway, agent)

        def ask():
            with contextlib.suppress(OSError):  # the gateway is killed meanwhile
                UserAgent().send("POST", url, headers=headers, program=True, timeout=20)

        threading.Thread(target=ask, daemon=True).start()

    answer = held_back(provider, demand)
    gateway.kill()
    provider.behaviour.refresh_pause = None
    answer.set()
    gateway.start()
    wait_until(lambda: family.repeated == 1, 20, "the token was asked with once more")
    wait_until(lambda: gateway.check(agent).status == 200, 5, "the session goes on")
    assert family.revoked is None


def test_a_rotated_token_outlasts_a_store_that_another_process_holds(stage):
    """The store is held for longer than the provider's grace: the old token must not be shown again meanwhile."""
    provider, gateway = quick(
        stage,
        HOURS | {"revalidate": "1s", "revalidate_grace": "10m"},
        provider=stage.provider(kind=RotatingProvider, grace=3),
    )
    agent = gateway.signed_in()
    family = provider.family()
    answer = held_back(provider, lambda: None)
    holder = sqlite3.connect(gateway.directory / "gatehouse.db", isolation_level=None, timeout=10)
    try:
        holder.execute("BEGIN IMMEDIATE")
        provider.behaviour.refresh_pause = None
        answer.set()
        # Longer than a lease and than the provider's grace together.
        threading.Event().wait(12)
        holder.execute("ROLLBACK")
    finally:
        holder.close()
    before = len(family.refreshed)
    wait_until(lambda: len(family.refreshed) > before, 10, "the next refresh")
    assert family.revoked is None and family.repeated == 0
    assert gateway.check(agent).status == 200
