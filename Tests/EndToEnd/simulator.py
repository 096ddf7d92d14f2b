"""The Okta simulator: an organisation on loopback with people, groups and a sign-in page with a button per person."""

import json
from pathlib import Path

import yaml

from paths import SIMULATOR
from processes import Process
from secrets_ledger import remember
from user_agent import Answer, UserAgent
from waiting import wait_until

ADA = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "groups": ["Everyone", "infraon-admins", "infraon-tech-berlin"],
}
GRACE = {"name": "Grace Hopper", "email": "grace@example.com", "groups": ["Everyone", "infraon-tech-night"]}
MALLORY = {"name": "Mallory Nobody", "email": "mallory@example.com", "groups": ["Everyone"]}
ZOE = {"name": "Zoë Müller, 100% Ops", "email": "zoe@example.com", "groups": ["Everyone", "infraon-tech-zürich,ost"]}
MAX = {"name": "Max Groups", "email": "max@example.com", "groups": ["infraon-admins"], "generated_groups": "250"}
PEOPLE = [ADA, GRACE, MALLORY, ZOE, MAX]

CLIENT_ID = "0oa1simulated"
CLIENT_SECRET = remember("simulated-client-secret-7c1e5f")


class Simulator:
    """Runs from `start()` to `stop()`; the client it knows may redirect to each of `redirect_uris`.

    `more` are further settings of that client in the people file, `refresh_grace` for instance.
    """

    def __init__(self, directory: Path, redirect_uris: list[str], people: list[dict] | None = None, **more):
        self.directory = directory
        self.port_file = directory / "port"
        self.people_file = directory / "people.yaml"
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uris": list(redirect_uris)} | more
        document = {"people": people or PEOPLE, "clients": [client]}
        self.people_file.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
        self.process: Process | None = None

    def start(self) -> "Simulator":
        arguments = [SIMULATOR, "--people", self.people_file, "--listen", "127.0.0.1:0", "--port-file", self.port_file]
        self.process = Process(arguments, self.directory, "simulator")
        try:
            wait_until(lambda: self._port() or not self.process.running, 15, "the simulator's port file")
            assert self.process.running, f"the simulator ended at once:\n{self.process.tail()}"
        except BaseException:
            self.process.kill()
            raise
        self.origin = f"http://localhost:{self._port()}"
        self.issuer = self.discovery("")["issuer"]
        return self

    def _port(self) -> int | None:
        text = self.port_file.read_text().strip() if self.port_file.exists() else ""
        return int(text) if text.isdigit() else None

    def stop(self):
        if self.process is not None and self.process.running:
            code = self.process.stop()
            assert code == 0, f"the simulator ended with {code}:\n{self.process.tail()}"

    def discovery(self, server: str) -> dict:
        return UserAgent().get(f"{self.origin}{server}/.well-known/openid-configuration", program=True).json

    def settings(self, server: str = "", **changes) -> dict:
        """What a gateway's configuration says of this organisation; `server` is '' or '/oauth2/default'."""
        base = {"kind": "okta", "url": self.origin + server, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return base | changes

    def control(self, method: str, path: str, value: dict | None = None) -> Answer:
        """The simulator's own API."""
        body = None if value is None else json.dumps(value).encode()
        headers = {"Content-Type": "application/json"} if body else {}
        answer = UserAgent().send(method, self.origin + path, body=body, headers=headers, program=True)
        assert 200 <= answer.status < 300, answer
        return answer

    def rotate_keys(self):
        self.control("POST", "/simulator/rotate-keys")

    def fault(self, endpoint: str, mode: str, count: int = 1):
        self.control("POST", "/simulator/faults", {"endpoint": endpoint, "mode": mode, "count": count})

    def change_person(self, who: str, **changes):
        self.control("PATCH", f"/simulator/people/{who}", changes)

    def families(self) -> list[dict]:
        """The refresh tokens of each sign-in, whether they still hold, and how often they were used."""
        return self.control("GET", "/simulator/families").json["families"]

    def log(self) -> list[dict]:
        """The requests that the organisation got, each with what was wrong with it."""
        return self.control("GET", "/simulator/log").json["requests"]

    def choose(self, agent: UserAgent, answer: Answer, email: str) -> Answer:
        """Presses the button of `email` on the sign-in page that `answer` leads to; the redirect to the callback.

        A browser that the organisation remembers is not asked again, as at Okta.
        """
        answer = agent.follow(answer, until=lambda answer: not answer.location.startswith(self.origin))
        if answer.status in (302, 303):
            return answer
        assert answer.status == 200 and answer.url.startswith(self.origin), f"not the sign-in page: {answer}"
        for form in answer.page.forms:
            for button in form.buttons:
                values = [*button.attributes.values(), button.text, *form.fields.values()]
                if any(email in value for value in values):
                    return agent.submit(answer, form, button)
            if len(form.buttons) == 1 and email in form.text:
                return agent.submit(answer, form, form.buttons[0])
        raise AssertionError(f"no button for {email}: {answer.page.text}")

    def sign_in(self, gateway, agent: UserAgent, email: str = "ada@example.com", **query) -> Answer:
        """A whole login; the answer of the gateway's callback."""
        return gateway.finish(agent, self.choose(agent, gateway.begin(agent, **query), email))
