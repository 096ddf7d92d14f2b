"""The programs that are measured, each a child of ours that ends with us."""

import base64
import http.client
import json
import os
import socket
import subprocess
import time
from pathlib import Path

import machine

ROOT = Path(__file__).resolve().parents[2]
BINARIES = ROOT / os.environ.get("GATEHOUSE_BIN_DIR", ".build/release")
PERSON = "ada@example.com"

running: list["Program"] = []


class Program:
    """A child process. `stop()` ends it by its own id, and `stop_all()` those that are left."""

    def __init__(self, command: list, directory: Path, core: int | None = None):
        self.log = directory / f"{Path(str(command[0])).name}.log"
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                machine.pinned(core, command), cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        running.append(self)

    @property
    def pid(self) -> int:
        return self.child.pid

    def stop(self):
        if self in running:
            running.remove(self)
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(25)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def await_answer(self, port: int, path: str, every: float = 0.001):
        """Returns at the first answer of 200 or 204."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                break
            try:
                if get(port, path)[0] in (200, 204):
                    return
            except OSError:
                pass
            time.sleep(every)
        raise RuntimeError(f"no answer at port {port}:\n{self.log.read_text(errors='replace')[-2000:]}")


def stop_all():
    for program in list(running):
        program.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def request(port: int, method: str, path: str, headers: dict | None = None, body: bytes | None = None):
    """Status, header pairs and body of one answer on loopback."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {"Host": f"localhost:{port}"} | (headers or {}))
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()
    finally:
        connection.close()


def get(port: int, path: str, headers: dict | None = None):
    return request(port, "GET", path, headers)


class Site:
    """An Okta simulator and a gateway with one realm, in a directory of their own."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.port, self.simulator_port = free_port(), free_port()
        self.store = directory / "gatehouse.db"
        self.configuration = directory / "gatehouse.yaml"
        self.master_key = base64.b64encode(os.urandom(32)).decode()
        self.client = {"client_id": "0oa1benchmark", "client_secret": "only on this machine, for a minute"}
        self.configure()
        groups = ["Everyone", "infraon-admins", "infraon-tech-network", *(f"department-{n}" for n in range(7))]
        callback = f"http://localhost:{self.port}/login/callback"
        self.people = directory / "people.yaml"
        self.people.write_text(
            json.dumps(
                {
                    "people": [{"name": "Ada Lovelace", "email": PERSON, "groups": groups}],
                    "clients": [{**self.client, "redirect_uris": [callback]}],
                }
            )
        )

    def configure(self, **session: str):
        """Writes the gateway's configuration; `session` adds life-times to the realm's."""
        okta = {"kind": "okta", "url": f"http://localhost:{self.simulator_port}", **self.client}
        realm = {
            "providers": ["okta"],
            "session": {"idle": "8h", "absolute": "12h", **session},
            "roles": [
                {"groups": ["infraon-admins"], "role": "admin"},
                {"groups": ["infraon-tech-*"], "role": "technician"},
            ],
        }
        configuration = {
            "url": f"http://localhost:{self.port}",
            "listen": f"127.0.0.1:{self.port}",
            "store": f"sqlite:{self.store}",
            "master_key": self.master_key,
            "trusted_proxies": ["127.0.0.1"],
            "providers": {"okta": okta},
            "realms": {"infraon": realm},
        }
        self.configuration.write_text(json.dumps(configuration))  # JSON is YAML

    def start_gateway(self, core: int | None = None) -> Program:
        command = [BINARIES / "gatehouse", "serve", "--config", self.configuration, "--log-level", "warning"]
        gateway = Program(command, self.directory, core)
        gateway.await_answer(self.port, "/readyz")
        return gateway

    def start_simulator(self, core: int | None = None) -> Program:
        command = [BINARIES / "okta-simulator", "--people", self.people, "--listen", f"127.0.0.1:{self.simulator_port}"]
        simulator = Program(command, self.directory, core)
        simulator.await_answer(self.simulator_port, "/.well-known/openid-configuration")
        return simulator

    def remembered(self) -> str:
        """The cookie of a browser that the simulator asks nothing."""
        _, _, answer = request(
            self.simulator_port, "POST", "/simulator/sessions", {"Content-Type": "application/json"},
            json.dumps({"email": PERSON}).encode(),
        )  # fmt: skip
        return json.loads(answer)["cookie"]

    def sign_in(self) -> str:
        """A whole login; the session cookie as a request sends it. Gateway and simulator are running."""
        okta = self.remembered()
        login = get(self.port, "/login?realm=infraon")
        authorized = get(self.simulator_port, self._next(login), {"Cookie": okta})
        finished = get(self.port, self._next(authorized), {"Cookie": self._cookie(login, "gatehouse-login-")})
        return self._cookie(finished, "gatehouse-infraon=")

    @staticmethod
    def _next(answer) -> str:
        location = dict((name.lower(), value) for name, value in answer[1]).get("location", "")
        if answer[0] not in (302, 303) or not location:
            raise RuntimeError(f"the login stops at {answer[0]}: {answer[2][:500]}")
        return "/" + location.split("/", 3)[3]

    @staticmethod
    def _cookie(answer, prefix: str) -> str:
        cookies = [value.split(";")[0] for name, value in answer[1] if name.lower() == "set-cookie"]
        found = [cookie for cookie in cookies if cookie.startswith(prefix) and not cookie.endswith("=")]
        if len(found) != 1:
            raise RuntimeError(f"the login gives no cookie {prefix}…: {answer[0]} {answer[2][:500]}")
        return found[0]


def start_nginx(directory: Path, core: int | None) -> tuple[Program, int]:
    """nginx with one worker that answers 204 to everything."""
    port = free_port()
    paths = "\n".join(f"    {kind}_temp_path {directory}/{kind};" for kind in ("fastcgi", "uwsgi", "scgi", "proxy"))
    file = directory / "nginx.conf"
    file.write_text(
        f"""daemon off;
master_process off;
worker_processes 1;
error_log stderr warn;
pid {directory}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
{paths}
    keepalive_requests 1000000000;
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 204; }}
    }}
}}
"""
    )
    nginx = Program(["/usr/sbin/nginx", "-p", directory, "-c", file, "-e", "stderr"], directory, core)
    nginx.await_answer(port, "/")
    return nginx, port
