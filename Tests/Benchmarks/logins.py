"""Browsers that sign in, one complete login after the other.

Also a program of its own, so that it can be pinned to a core: `python logins.py '{"gateway": 1, …}'` prints a line of
JSON. Each login is /login, the simulator's /authorize with the cookie of a browser that it remembers, and the callback;
behind the callback are the token request, the verification and the writes to the store.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import machine


@dataclass
class Load:
    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds


def run(gateway: int, simulator: int, okta: str, browsers: int, seconds: float, core: int | None) -> Load:
    """So many browsers at once at the gateway's and the simulator's port. `okta` is the simulator's cookie."""
    wish = {"gateway": gateway, "simulator": simulator, "okta": okta, "browsers": browsers, "seconds": seconds}
    command = machine.pinned(core, [sys.executable, Path(__file__), json.dumps(wish)])
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
    if done.returncode != 0:
        raise RuntimeError(f"a login failed:\n{done.stderr[-2000:]}")
    return Load(**json.loads(done.stdout))


class Browser:
    """Keep-alive connections to both, and no memory: every login is that of a new browser."""

    def __init__(self, gateway: int, simulator: int, okta: str):
        self.gateway = http.client.HTTPConnection("127.0.0.1", gateway, timeout=20)
        self.simulator = http.client.HTTPConnection("127.0.0.1", simulator, timeout=20)
        self.okta = okta

    def sign_in(self):
        there, attempt = self.step(self.gateway, "/login?realm=infraon", "", "gatehouse-login-")
        back, _ = self.step(self.simulator, there, self.okta, None)
        self.step(self.gateway, back, attempt, "gatehouse-infraon=")

    @staticmethod
    def step(connection, path: str, cookie: str, given: str | None) -> tuple[str, str]:
        """The path that the answer leads to, and the cookie that it must give."""
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        response = connection.getresponse()
        body = response.read()
        location = response.getheader("Location") or ""
        cookies = [line.split(";")[0] for line in response.headers.get_all("Set-Cookie") or []]
        found = [line for line in cookies if given and line.startswith(given) and not line.endswith("=")]
        if response.status not in (302, 303) or not location or (given and not found):
            raise RuntimeError(f"{path.split('?')[0]} answers {response.status}: {body[:300]!r}")
        return "/" + location.split("/", 3)[3], found[0] if found else ""


def main():
    wish = json.loads(sys.argv[1])
    ports = (wish["gateway"], wish["simulator"], wish["okta"])
    counts, failures = [], []
    started = time.perf_counter()
    deadline = started + wish["seconds"]

    def work():
        browser, count = Browser(*ports), 0
        try:
            while time.perf_counter() < deadline:
                browser.sign_in()
                count += 1
        except Exception as error:
            failures.append(error)
        counts.append(count)

    threads = [threading.Thread(target=work) for _ in range(wish["browsers"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    print(json.dumps({"count": sum(counts), "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
