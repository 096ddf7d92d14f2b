"""Signing in through the API, as `gatehouse login` and devices do, one step at a time."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from loopback_port import REDIRECT
from secrets_ledger import remember
from tokens import b64
from user_agent import Answer, UserAgent

PROBLEM = "urn:gatehouse:problem:"


def post(gateway, path: str, value=None, headers: dict | None = None, **options) -> Answer:
    """POST with a JSON body to the API."""
    body = json.dumps(value if value is not None else {}).encode()
    return gateway.send("POST", path, {"Content-Type": "application/json"} | (headers or {}), body=body, **options)


def bearer(token: str) -> dict:
    return {"Authorization": f"Bearer {token}"}


def problem(answer: Answer) -> str:
    """The code of a problem answer, which is one in every respect (RFC 9457)."""
    assert answer.header("Content-Type").split(";")[0] == "application/problem+json", answer
    value = answer.json
    assert value["type"].startswith(PROBLEM) and value["status"] == answer.status, answer
    assert value["title"] and value["detail"], answer
    assert answer.header("Cache-Control") == "no-store", answer
    return value["type"].removeprefix(PROBLEM)


# The command line's way


@dataclass
class Pair:
    """A PKCE pair (RFC 7636 §4)."""

    verifier: str = field(default_factory=lambda: remember(secrets.token_urlsafe(32)))

    @property
    def challenge(self) -> str:
        return b64(hashlib.sha256(self.verifier.encode()).digest())


class CommandLineLogin:
    """A sign-in by what a command line sends; the browser is the test's."""

    def __init__(self, gateway, host: str | None = "build-7", headers: dict | None = None, **options):
        self.gateway = gateway
        self.pair = Pair()
        self.headers = headers
        wish = {"realm": "infraon", "code_challenge": self.pair.challenge, "host": host} | options
        wish = {name: value for name, value in wish.items() if value is not None}
        self.begun = post(gateway, "/api/v1/cli/logins", wish, headers)
        self.id = self.begun.json.get("login_id") if self.begun.status == 201 else None

    @property
    def authorize_url(self) -> str:
        assert self.begun.status == 201, self.begun
        return self.begun.json["authorize_url"]

    def walk(self, agent: UserAgent | None = None) -> dict:
        """Through a provider that asks nothing; the query that the browser brings to the loopback address."""
        agent = agent or UserAgent()
        answer = agent.follow(agent.get(self.authorize_url), until=lambda answer: answer.location.startswith(REDIRECT))
        assert answer.location and answer.location.startswith(REDIRECT), answer
        return dict(parse_qsl(urlsplit(answer.location).query))

    def complete(self, query: dict, verifier: str | None = None, headers: dict | None = None, **changes) -> Answer:
        known = {name: query[name] for name in ("code", "error", "error_description", "state", "iss") if name in query}
        body = known | {"code_verifier": verifier or self.pair.verifier} | changes
        body = {name: value for name, value in body.items() if value is not None}
        answer = post(self.gateway, f"/api/v1/cli/logins/{self.id}/complete", body, headers or self.headers)
        if answer.status == 200:
            remember(answer.json["token"])
        return answer


def command_line_session(gateway, **options) -> dict:
    """A whole sign-in of a command line through a provider that asks nothing; the answer with the token."""
    login = CommandLineLogin(gateway, **options)
    answer = login.complete(login.walk())
    assert answer.status == 200, f"{answer}\n{gateway.process.tail()}"
    return answer.json


# The way of devices (RFC 8628)


class DeviceLogin:
    """What a device holds between its request and its token."""

    def __init__(self, gateway, headers: dict | None = None, **wish):
        self.gateway = gateway
        self.headers = headers
        self.begun = post(gateway, "/api/v1/device/authorize", {"realm": "infraon", "host": "lab-3"} | wish, headers)
        assert self.begun.status == 200, self.begun
        remember(self.device_code)

    @property
    def device_code(self) -> str:
        return self.begun.json["device_code"]

    @property
    def user_code(self) -> str:
        return self.begun.json["user_code"]

    def poll(self) -> Answer:
        answer = post(self.gateway, "/api/v1/device/token", {"device_code": self.device_code}, self.headers)
        if answer.status == 200:
            remember(answer.json["access_token"])
        return answer

    def error(self) -> str:
        """Polls, and expects an error in the RFC's form."""
        answer = self.poll()
        assert answer.status == 400 and answer.header("Content-Type").startswith("application/json"), answer
        assert answer.header("Cache-Control") == "no-store" and answer.json["error_description"], answer
        return answer.json["error"]


def look_at_device(gateway, agent: UserAgent, user_code: str) -> Answer:
    """Types the code into the form of /device; the page that asks for approval."""
    page = agent.get(f"{gateway.url}/device")
    form = form_for(page, "user_code")
    form.fields["user_code"] = user_code
    return agent.submit(page, form)


def form_for(page: Answer, name_or_action: str):
    """The form of a page that has this field or leads to this path."""
    found = [
        f for f in page.page.forms if name_or_action in f.fields or f.action.split("?")[0].endswith(name_or_action)
    ]
    assert found, f"no form for {name_or_action}: {page}"
    return found[0]


def decide(gateway, agent: UserAgent, asked: Answer, path: str) -> Answer:
    """Presses the button that leads to `path` on the page that asks for approval."""
    for form in asked.page.forms:
        for button in form.buttons or [None]:
            target = (button.attributes.get("formaction") if button else None) or form.action
            if target.split("?")[0].endswith(path):
                return agent.submit(asked, form, button)
    raise AssertionError(f"no button for {path}: {asked.text}")


def approve(gateway, agent: UserAgent, user_code: str) -> Answer:
    """Looks at the device, approves, and signs in at a provider that asks nothing; the last page."""
    asked = look_at_device(gateway, agent, user_code)
    assert asked.status == 200, asked
    return gateway.finish(agent, decide(gateway, agent, asked, "/device/approve"))


def refuse(gateway, agent: UserAgent, user_code: str) -> Answer:
    asked = look_at_device(gateway, agent, user_code)
    return agent.follow(decide(gateway, agent, asked, "/device/refuse"))
