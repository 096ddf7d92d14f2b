"""The gateway's audit trail and sessions, as an administrator asks for them."""

from functools import lru_cache
from urllib.parse import urlencode

from gateway import Gateway
from user_agent import UserAgent
from waiting import wait_until


@lru_cache(maxsize=None)
def administrator_token(gateway: Gateway) -> str:
    """Made once for each gateway: it takes a process of its own."""
    return gateway.admin_token()


def asked(gateway: Gateway, path: str, **query) -> dict:
    """What the API answers whoever has the machine."""
    headers = {"Authorization": f"Bearer {administrator_token(gateway)}"}
    answer = gateway.send("GET", path + (f"?{urlencode(query)}" if query else ""), headers)
    assert answer.status == 200, answer
    return answer.json


def events(gateway: Gateway, kind: str | None = None, **members) -> list[dict]:
    """Events of a kind, the newest first, whose members have these values."""
    wanted = members | ({"event": kind} if kind else {})
    found = asked(gateway, "/api/v1/audit", limit=1000)["events"]
    return [event for event in found if all(event[name] == value for name, value in wanted.items())]


def event(gateway: Gateway, kind: str, within: float = 5, **members) -> dict:
    """The only event of its kind, as soon as it is there."""
    found = wait_until(lambda: events(gateway, kind, **members), within, f"{kind} {members} in the audit trail", 0.1)
    assert len(found) == 1, found
    return found[0]


def session_of(gateway: Gateway, agent: UserAgent, realm: str = "infraon") -> dict:
    """What the gateway tells the holder of a session about it."""
    cookie = agent.cookie_header(f"{gateway.url}/api/v1/session", "GET", "same-origin")
    answer = gateway.send("GET", f"/api/v1/session?realm={realm}", {"Cookie": cookie})
    assert answer.status == 200, answer
    return answer.json


def end_of(gateway: Gateway, session_id: str, within: float = 5) -> str:
    """Why a session ended."""
    return event(gateway, "session.ended", within, session=session_id)["reason"]
