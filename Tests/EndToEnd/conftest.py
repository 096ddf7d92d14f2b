"""Fixtures: fresh directories, providers and gateways, all of which end with their test or module.

    .ci/setup test                                        once: nginx, Chromium and the Python environment
    .build/venv/bin/pytest Tests/EndToEnd                 everything, against .build/debug
    .build/venv/bin/pytest Tests/EndToEnd -k open_redirect
    GATEHOUSE_BIN_DIR=.build/release .build/venv/bin/pytest Tests/EndToEnd

The programs under test are driven from outside only. Who stands around them: the Okta simulator (simulator.py),
oidc-provider-mock from PyPI (independent_provider.py), a provider that breaks any rule it is told to
(misbehaving_provider.py), one that rotates refresh tokens (rotating_provider.py), one that demands pushed requests and
proofs (demanding_provider.py), a real nginx (nginx.py), a real Chromium (browser.py), a person's terminal (terminal.py)
and schemathesis from PyPI (test_openapi.py). movable_clock.py moves a gateway's clock in place of waiting. Pictures of all
pages are left in .build/screenshots.
"""

import os
import shutil

import pytest

from gateway import Gateway, realm
from misbehaving_provider import MisbehavingProvider
from paths import GATEHOUSE, SIMULATOR
from simulator import Simulator
from waiting import free_port


def pytest_configure(config):
    # The independent provider refuses plain http otherwise; it only ever listens on loopback here.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"


def pytest_sessionstart(session):
    missing = [str(path) for path in (GATEHOUSE, SIMULATOR) if not path.exists()]
    if missing and not session.config.option.collectonly and not os.environ.get("GATEHOUSE_PEERS_ONLY"):
        pytest.exit(f"not built: {', '.join(missing)} (GATEHOUSE_BIN_DIR says where to look)", returncode=2)


class Stage:
    """Starts gateways and providers and ends them in reverse order."""

    def __init__(self, root):
        self.root = root
        self.ending = []
        self.count = 0

    def directory(self):
        self.count += 1
        path = self.root / f"stage-{self.count}"
        path.mkdir()
        return path

    def provider(self, *arguments, kind=MisbehavingProvider, **options) -> MisbehavingProvider:
        provider = kind(*arguments, **options).start()
        self.ending.append(provider.stop)
        return provider

    def gateway(self, providers: dict | None = None, realms: dict | None = None, start=True, **settings) -> Gateway:
        """A gateway; `providers` may hold providers or ready settings."""
        given = providers or {}
        ready = {name: p.settings() if isinstance(p, MisbehavingProvider) else p for name, p in given.items()}
        gateway = Gateway(self.directory(), ready, realms or {"infraon": realm(*ready)}, **settings)
        self.ending.append(gateway.stop)
        return gateway.start() if start else gateway

    def simulated(
        self,
        realms: dict | None = None,
        server: str = "",
        session: dict | None = None,
        client: dict | None = None,
        people: list | None = None,
        provider: dict | None = None,
        **settings,
    ) -> tuple[Simulator, Gateway]:
        """The simulated Okta and a gateway whose addresses it knows, both started.

        `client` changes the gateway's registration at Okta, `provider` what the gateway's configuration says of Okta.
        """
        port = free_port()
        addresses = {"post_logout_redirect_uris": [f"http://localhost:{port}/logout/callback"]} | (client or {})
        simulator = Simulator(self.directory(), [f"http://localhost:{port}/login/callback"], people, **addresses)
        simulator.start()
        self.ending.append(simulator.stop)
        realms = realms or {"infraon": realm("okta", **({"session": session} if session else {}))}
        providers = {"okta": simulator.settings(server, **(provider or {}))}
        return simulator, self.gateway(providers, realms, port=port, **settings)

    def twin(self, first: Gateway) -> Gateway:
        """Another process on the store of the first, with its clock, as behind one load balancer."""
        same = {name: value for name, value in first.settings.items() if name != "listen"}
        twin = self.gateway(same.pop("providers"), same.pop("realms"), start=False, **same)
        twin.env = first.env
        return twin.start()

    def end(self):
        failures = []
        for stop in reversed(self.ending):
            try:
                stop()
            except BaseException as error:
                failures.append(error)
        shutil.rmtree(self.root, ignore_errors=True)
        if failures:
            raise failures[0]


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.end()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The same for a whole module, for tests that leave nothing behind that another could notice."""
    stage = Stage(tmp_path_factory.mktemp("shared"))
    yield stage
    stage.end()


@pytest.fixture(scope="module")
def provider(shared):
    return shared.provider()


@pytest.fixture(scope="module")
def gateway(shared, provider):
    """One realm, one well-behaved provider, and this machine as trusted proxy."""
    return shared.gateway({"okta": provider}, trusted_proxies=["127.0.0.1", "::1"])


@pytest.fixture(autouse=True)
def behave(request):
    """No misbehaviour outlives the test that asked for it."""
    yield
    if "provider" in request.fixturenames:
        provider = request.getfixturevalue("provider")
        provider.behave()
        complaints, provider.complaints = provider.complaints, []
        assert not complaints, f"the gateway broke the protocol: {complaints}"
