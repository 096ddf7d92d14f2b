"""Steps of tests about sessions that follow their provider."""

import re

from gateway import Gateway, realm
from rotating_provider import Family, RotatingProvider
from waiting import wait_until

HOURS = {"idle": "30m", "absolute": "12h"}
QUICK = HOURS | {"revalidate": "1s", "revalidate_grace": "60s"}  # seldom overdue, so that only refreshes matter


def quick(stage, session=QUICK, provider=None, settings=None, **options) -> tuple[RotatingProvider, Gateway]:
    """A provider with rotating refresh tokens, and a gateway that refreshes after a second unless told otherwise."""
    provider = provider or stage.provider(kind=RotatingProvider)
    providers = {"okta": provider.settings(**(settings or {}))}
    realms = {"infraon": realm("okta", session=session)}
    return provider, stage.gateway(providers, realms, trusted_proxies=["127.0.0.1", "::1"], **options)


def roles(gateway: Gateway, agent) -> set[str]:
    """The roles of a session, or the status when it has none."""
    answer = gateway.check(agent)
    return set(answer.header("X-Auth-Roles").split(",")) if answer.status == 200 else {str(answer.status)}


def has_roles(gateway: Gateway, agent, *wanted: str):
    wait_until(lambda: roles(gateway, agent) == set(wanted), 5, f"the roles {wanted}")


def refreshed(family: Family, count: int = 1, within: float = 10):
    """Waits for so many more refreshes of a family."""
    goal = len(family.refreshed) + count
    wait_until(lambda: len(family.refreshed) >= goal, within, f"{count} more refreshes")


def refreshes_counted(gateway: Gateway, provider: str, outcome: str) -> float:
    """What the gateway's own metrics say."""
    found = 0.0
    for line in gateway.metrics().splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith("gatehouse_refreshes_total{"):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', name))
            if labels == {"provider": provider, "outcome": outcome}:
                found += float(value)
    return found


def cookie_of(gateway: Gateway, agent) -> dict:
    """The session cookie as a program sends it."""
    return {"Cookie": agent.cookie_header(gateway.url + "/", "GET", "same-origin")}
