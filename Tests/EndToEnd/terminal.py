"""A person's terminal: `gatehouse` commands that share a home directory, and one that waits for a browser."""

import json
import re
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path

import loopback_port
from gateway import run
from loopback_port import REDIRECT
from paths import GATEHOUSE
from processes import environment
from secrets_ledger import remember
from user_agent import Answer, UserAgent
from waiting import wait_until

# What a device shows, as it stands in an address.
CODE = r"\b[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}\b"

# A browser that does nothing but say where it was sent.
BROWSER = """#!/bin/sh
printf '%s\\n' "$@" >> '{told}.new'
mv '{told}.new' '{told}'
"""


class Terminal:
    """An account on some machine. Credentials live in its home directory, wherever the variables point."""

    def __init__(self, home: Path, **variables: str):
        self.home = home
        self.variables = variables
        self.told = home / "browser-was-told"

    @property
    def browser(self) -> str:
        """The program for BROWSER that writes down the address it is given."""
        script = self.home / "browser"
        script.write_text(BROWSER.format(told=self.told))
        script.chmod(0o755)
        return str(script)

    def run(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        return run(*arguments, directory=self.home, env=self.variables | options.pop("env", {}), **options)

    def json(self, *arguments: str, **options) -> dict:
        """What a command that must succeed prints with --json."""
        done = self.run(*arguments, "--json", **options)
        assert done.returncode == 0, done
        return json.loads(done.stdout)

    @contextmanager
    def login(self, *arguments: str, env: dict | None = None):
        """A `gatehouse login` that runs while the body does. Nobody else uses its port meanwhile."""
        with loopback_port.reserved():
            command = WaitingCommand(self, ["login", *arguments], env or {})
            try:
                yield command
            finally:
                command.end()

    def sign_in(self, gateway, *arguments: str, agent: UserAgent | None = None, choose=None) -> Answer:
        """A whole `gatehouse login` that succeeds; the page that the browser shows at the end."""
        with self.login("--server", gateway.url, "--no-browser", *arguments) as command:
            page = command.browse(agent, choose)
            assert command.wait() == 0, command
        for entry in self.credentials()["servers"].values():
            remember(entry["token"])
        return page

    # What stays behind

    @property
    def credentials_file(self) -> Path:
        base = self.variables.get("XDG_CONFIG_HOME") or self.home / ".config"
        return Path(base) / "gatehouse" / "credentials.json"

    def credentials(self) -> dict:
        return json.loads(self.credentials_file.read_text())

    def token(self, gateway) -> str:
        return remember(self.credentials()["servers"][gateway.url]["token"])

    def modes(self) -> tuple[int, int]:
        """Of the credentials file and of its folder."""
        file = self.credentials_file
        return stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)


class WaitingCommand:
    """A command that runs beside the test."""

    def __init__(self, terminal: Terminal, arguments: list[str], env: dict, name: str = "command"):
        self.terminal = terminal
        self.files = [terminal.home / f"{name}.{stream}" for stream in ("out", "err")]
        with open(self.files[0], "wb") as out, open(self.files[1], "wb") as err:
            self.child = subprocess.Popen(
                [str(GATEHOUSE), *map(str, arguments)],
                cwd=terminal.home,
                env=environment(terminal.home, terminal.variables | env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.files[0].read_text(errors="replace")

    @property
    def errors(self) -> str:
        return self.files[1].read_text(errors="replace")

    @property
    def running(self) -> bool:
        return self.child.poll() is None

    def __str__(self):
        return f"{self.child.args} -> {self.child.poll()}\n{self.output}\n{self.errors}"

    def wait(self, within: float = 20) -> int:
        return self.child.wait(within)

    def end(self):
        if self.running:
            self.child.terminate()
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait(5)

    def printed(self, pattern: str, within: float = 15) -> re.Match:
        """The first match in anything the command says."""

        def found():
            match = re.search(pattern, self.output + "\n" + self.errors)
            assert match or self.running, f"it ended without {pattern!r}: {self}"
            return match

        return wait_until(found, within, f"{pattern!r} of {self}")

    def printed_url(self) -> str:
        """Where the person is told to go; the line is complete."""
        return self.printed(r"(https?://\S+[?&]\S*)\s").group(1)

    def opened_url(self) -> str:
        """Where the browser script was sent."""
        told = self.terminal.told
        wait_until(lambda: told.exists() or not self.running, 15, f"the browser to be opened by {self}")
        assert told.exists(), f"no browser was opened: {self}"
        return told.read_text().split()[0]

    def redirect(self, agent: UserAgent | None = None, choose=None, url: str | None = None) -> str:
        """The browser's way up to, not into, the loopback address; where it would go."""
        agent = agent or UserAgent()
        answer = agent.get(url or self.printed_url())
        if choose:
            answer = choose(agent, answer)
        answer = agent.follow(answer, until=lambda answer: answer.location.startswith(REDIRECT))
        assert answer.location and answer.location.startswith(REDIRECT), answer
        return answer.location

    def browse(self, agent: UserAgent | None = None, choose=None) -> Answer:
        """The browser's whole way; the page of the loopback address."""
        agent = agent or UserAgent()
        return agent.get(self.redirect(agent, choose))


def over_ipv6() -> UserAgent:
    """A browser for which localhost is ::1."""
    return UserAgent(resolve={REDIRECT: f"http://[::1]:{loopback_port.PORT}"})
