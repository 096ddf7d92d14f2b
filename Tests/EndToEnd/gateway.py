"""A running gateway with a configuration of its own, and what the tests do to it all the time."""

import base64
import json
import os
import re
import secrets
import signal
import subprocess
import time
from pathlib import Path

import yaml

from paths import GATEHOUSE
from processes import Process, environment
from secrets_ledger import leaks, remember
from user_agent import Answer, UserAgent
from waiting import free_port, wait_until

ROLES = [
    {"groups": ["infraon-admins"], "role": "admin"},
    {"groups": ["infraon-tech-*"], "role": "technician"},
]
HOME = "https://infraon.example.com/"
RETURN_HOSTS = ["infraon.example.com", "*.infraon.example.com", "app.example.com"]


def realm(*providers: str, **changes) -> dict:
    """A realm in which Ada is admin and technician, and nobody else has a role."""
    base = {
        "title": "Infraon",
        "providers": list(providers),
        "home": HOME,
        "return_hosts": RETURN_HOSTS,
        "session": {"idle": "30m", "absolute": "12h"},
        "roles": ROLES,
    }
    return {name: value for name, value in (base | changes).items() if value is not None}


def administrators(realms: dict) -> dict:
    """The first realm's first role; the gateway refuses one that nobody can have."""
    name, first = next(iter(realms.items()))
    role = first["roles"][0]["role"] if first["roles"] else first["default_role"]
    return {"realm": name, "role": role}


def new_master_key() -> str:
    return remember(base64.b64encode(os.urandom(32)).decode())


class PlainDumper(yaml.SafeDumper):
    """Writes a value that occurs twice twice, as a person would, and not as an alias."""

    def ignore_aliases(self, data):
        return True


class Gateway:
    """One gateway in a directory of its own. `start()` returns when it is ready; `stop()` expects a clean end."""

    def __init__(self, directory: Path, providers: dict, realms: dict, port: int | None = None, **settings):
        self.directory = directory
        self.port = port or free_port()
        self.listening = f"http://localhost:{self.port}"
        self.file = directory / "gatehouse.yaml"
        self.settings = {
            "url": self.listening,
            "listen": f"127.0.0.1:{self.port}",
            "store": f"sqlite:{directory / 'gatehouse.db'}",
            "master_key": new_master_key(),
            "administrators": administrators(realms),
            "providers": providers,
            "realms": realms,
        } | settings
        self.settings = {name: value for name, value in self.settings.items() if value is not None}
        self.process: Process | None = None
        self.env: dict = {}  # for tests that move the clock (movable_clock.py)
        self.ended_on_purpose = False
        self.write()

    @property
    def url(self) -> str:
        return self.settings["url"]

    def write(self, **changes):
        """Rewrites the configuration file with `changes`."""
        self.settings |= changes
        self.file.write_text(yaml.dump(self.settings, Dumper=PlainDumper, sort_keys=False))

    def start(self, ready_within: float = 20) -> "Gateway":
        self.process = Process([GATEHOUSE, "serve", "--config", self.file], self.directory, "gateway", self.env)
        self.ended_on_purpose = False
        try:
            wait_until(self.is_ready_or_ended, ready_within, "the gateway's /readyz", every=0.01)
            assert self.process.running, f"the gateway ended at once:\n{self.process.tail()}"
        except BaseException:
            self.kill()
            raise
        return self

    def is_ready_or_ended(self) -> bool:
        if not self.process.running:
            return True
        try:
            return self.send("GET", "/readyz").status == 200
        except OSError:
            return False

    def stop(self, within: float = 15) -> None:
        """SIGTERM, and every promise that goes with an end: exit code 0, nothing secret in the log."""
        if self.process is None or self.ended_on_purpose:
            return
        assert self.process.running, (
            f"the gateway ended by itself with {self.process.child.returncode}:\n{self.process.tail()}"
        )
        code = self.process.stop(within)
        self.ended_on_purpose = True
        print(f"--- end of the gateway's log\n{self.process.tail()}")
        assert code == 0, f"exit code {code} after SIGTERM"
        assert not (found := leaks(self.process.log)), f"the log holds secrets: {found}"

    def kill(self):
        self.process.kill()
        self.ended_on_purpose = True

    def wait_for_end(self, within: float = 10) -> int:
        """The exit code of a gateway that the test has told to end."""
        self.ended_on_purpose = True
        try:
            return self.process.child.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def reload(self):
        self.process.signal(signal.SIGHUP)

    @property
    def log(self) -> str:
        return self.process.log

    def logged(self, *texts: str) -> list[str]:
        """The lines of the log that hold all of these texts. They are waited for: the log is written behind the answers."""
        whole = lambda: self.log[: self.log.rfind("\n") + 1].splitlines()
        holding = lambda: [line for line in whole() if all(text in line for text in texts)]
        return wait_until(holding, 5, f"{texts} in the log")

    def log_records(self, *texts: str) -> list[dict]:
        return [json.loads(line) for line in self.logged(*texts) if line.strip()]

    # Requests that need no browser

    def send(self, method: str, path: str, headers: dict | None = None, **options) -> Answer:
        """A program's request without cookies, straight at the listening address."""
        return UserAgent().send(method, self.listening + path, headers=headers, program=True, **options)

    def check(self, agent: UserAgent | None = None, query: str = "realm=infraon", face: str = "", **options) -> Answer:
        """Asks the session check as a proxy does that passes the browser's cookie on."""
        headers = {name: value for name, value in (options.pop("headers", None) or {}).items()}
        if agent is not None and "Cookie" not in headers:
            cookie = agent.cookie_header(f"{self.url}/session/check", "GET", "same-origin")
            if cookie:
                headers["Cookie"] = cookie
        method = options.pop("method", "GET")
        return self.send(method, f"/session/check{face}{'?' if query else ''}{query}", headers, **options)

    def metrics(self) -> str:
        return self.send("GET", "/metrics").text

    # Logins

    def browser(self, **options) -> UserAgent:
        """A new browser that can reach this gateway under its public URL."""
        return UserAgent(resolve={self.url.rstrip("/"): self.listening}, **options)

    def begin(self, agent: UserAgent, realm: str = "infraon", **query) -> Answer:
        """GET /login; with one provider this is the redirect to it."""
        from urllib.parse import urlencode

        return agent.get(f"{self.url}/login?{urlencode({'realm': realm, **query})}")

    def finish(self, agent: UserAgent, answer: Answer) -> Answer:
        """From the redirect to a provider that asks nothing to the answer of our own callback."""
        callback = f"{self.url}/login/callback"
        answer = agent.follow(answer, until=lambda answer: answer.url.startswith(callback))
        if answer.path.endswith("/authorize") and answer.page.forms:  # form_post
            answer = agent.submit(answer, answer.page.forms[0])
        return answer

    def sign_in(self, agent: UserAgent, realm: str = "infraon", **query) -> Answer:
        """A whole login through a provider that asks nothing; the callback's answer."""
        return self.finish(agent, self.begin(agent, realm, **query))

    def signed_in(self, realm: str = "infraon", **query) -> UserAgent:
        """A browser whose login has succeeded."""
        agent = self.browser()
        answer = self.sign_in(agent, realm, **query)
        assert answer.status == 303 and agent.session_cookies(), f"the login failed: {answer}\n{self.process.tail()}"
        return agent

    # The command line

    def command(self, *arguments: str, token: str | None = None, **options) -> subprocess.CompletedProcess:
        """Runs a client command against this gateway."""
        env = {"GATEHOUSE_SERVER": self.url} | ({"GATEHOUSE_TOKEN": token} if token else {})
        return run(*arguments, directory=self.directory, env=env | options.pop("env", {}), **options)

    def admin_token(self) -> str:
        done = run("admin-token", "--config", str(self.file), directory=self.directory)
        assert done.returncode == 0, done.stderr
        return remember(done.stdout.strip())

    def stored_bytes(self) -> bytes:
        """Everything the store holds on disk, write-ahead log included."""
        return b"".join(path.read_bytes() for path in sorted(self.directory.glob("gatehouse.db*")))


def run(*arguments: str, directory: Path, env: dict | None = None, stdin: bytes = b"", timeout: float = 20):
    """One `gatehouse` command; output as text."""
    done = subprocess.run(
        [str(GATEHOUSE), *map(str, arguments)],
        cwd=directory,
        env=environment(directory, env),
        input=stdin,
        capture_output=True,
        timeout=timeout,
    )
    done.stdout, done.stderr = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    return done


def new_secret() -> str:
    return remember(secrets.token_urlsafe(24))


def reference_on(answer: Answer) -> str:
    """The 8-character reference that a failure page shows."""
    text = " ".join(answer.page.text.split())
    found = re.search(r"(?i)reference\W{0,5}(?:\w+\W+){0,4}?\b([A-Za-z0-9]{8})\b", text)
    assert found, f"no reference on the page: {text[:800]}"
    return found.group(1)


def assert_login_failed(answer: Answer, agent: UserAgent, gateway: Gateway, statuses=range(400, 500)) -> str:
    """What every failed login owes: status, a page with a reference that the log knows, and no session."""
    assert answer.status in statuses, f"{answer}"
    assert not agent.session_cookies(), f"a failed login left a session cookie: {agent.session_cookies()}"
    assert gateway.check(agent).status == 401
    assert "PROVIDER-TEXT" not in answer.text, "the provider's own words are on our page"
    assert answer.header("Cache-Control") == "no-store", answer.headers
    reference = reference_on(answer)
    gateway.logged(reference)
    assert not (found := leaks(answer.text)), f"the page holds secrets: {found}"
    return reference


def now() -> float:
    return time.time()
