"""A provider that fails in every way at every endpoint: an error page with a reference, in time, and no session.

All failures run at the same moment against one gateway, each with a provider of its own, so that time-outs do not add
up; that the gateway serves forty hanging logins at once is part of the point. Each test then judges one outcome.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from faults import MODES
from gateway import realm, reference_on
from secrets_ledger import leaks
from user_agent import Answer, UserAgent
from waiting import free_port, wait_until

ENDPOINTS = ["discovery", "token", "keys", "userinfo"]
# A 100 MB answer or a garbled one is all the same to every endpoint, but each has its own reader.
FAILURES = [(endpoint, mode) for endpoint in ENDPOINTS for mode in MODES]
NAMES = [f"{endpoint}-{mode}" for endpoint, mode in FAILURES] + ["connection-refused"]
LIMIT = 15


@dataclass
class Outcome:
    answer: Answer
    agent: UserAgent
    seconds: float


@pytest.fixture(scope="module")
def failing(shared):
    providers = {name: shared.provider() for name in NAMES}
    settings = {name: provider.settings() for name, provider in providers.items()}
    # Thin tokens make userinfo necessary.
    for (endpoint, mode), provider in zip(FAILURES, providers.values()):
        provider.behave(faults={endpoint: mode}, thin=endpoint == "userinfo")
    settings["connection-refused"]["url"] = f"http://127.0.0.1:{free_port()}"
    healthy = shared.provider()
    settings["healthy"] = healthy.settings()
    gateway = shared.gateway(settings, {"infraon": realm(*settings)})
    return gateway, providers


def try_login(gateway, name) -> Outcome:
    agent = gateway.browser()
    started = time.monotonic()
    answer = gateway.finish(agent, gateway.begin(agent, provider=name))
    return Outcome(answer, agent, time.monotonic() - started)


@pytest.fixture(scope="module")
def outcomes(failing):
    gateway, _ = failing
    with ThreadPoolExecutor(len(NAMES)) as pool:
        running = {name: pool.submit(try_login, gateway, name) for name in NAMES}
        # While all of them hang, everybody else is served.
        agent = gateway.browser()
        started = time.monotonic()
        assert gateway.sign_in(agent, provider="healthy").status == 303
        assert gateway.check(agent).status == 200
        healthy_took = time.monotonic() - started
        done = {}
        for name, future in running.items():
            try:
                done[name] = future.result(60)
            except Exception as error:
                done[name] = error
    assert healthy_took < 10, f"a login at a healthy provider took {healthy_took:.1f} s meanwhile"
    return done


@pytest.mark.parametrize("name", NAMES)
def test_ends_in_an_error_page_with_a_reference_and_no_session(name, failing, outcomes):
    gateway, providers = failing
    outcome = outcomes[name]
    if isinstance(outcome, Exception):
        raise outcome
    answer = outcome.answer
    assert outcome.seconds < LIMIT, f"took {outcome.seconds:.1f} s"
    # 504 for a provider that does not answer in time, 502 for one that answers wrongly (contract §4).
    assert answer.status == (504 if name.endswith(("timeout", "drip")) else 502), answer
    assert not outcome.agent.session_cookies()
    assert "PROVIDER-TEXT" not in answer.text
    assert answer.header("Cache-Control") == "no-store"
    reference = reference_on(answer)
    wait_until(lambda: reference in gateway.log, 2, f"reference {reference} in the log")
    wait_until(lambda: reference.encode() in gateway.stored_bytes(), 2, f"reference {reference} in the audit trail")
    assert not leaks(answer.text)


def test_a_provider_that_refuses_connections_is_reported_at_once(stage):
    """Waiting for a time-out would hide the real cause, a wrong port say, from whoever reads the log."""
    gateway = stage.gateway({"gone": stage.provider().settings(url=f"http://127.0.0.1:{free_port()}")})
    outcome = try_login(gateway, "gone")
    assert outcome.answer.status == 502 and outcome.seconds < 2, (outcome.seconds, outcome.answer)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-redirect")])
def test_a_redirect_of_the_provider_is_not_followed(name, failing, outcomes):
    """The gateway's requests carry secrets; they go where the configuration says and nowhere else."""
    _, providers = failing
    assert providers[name].received("elsewhere") == []


def test_the_gateway_is_none_the_worse_for_it(failing, outcomes):
    gateway, _ = failing
    agent = gateway.signed_in(provider="healthy")
    assert gateway.check(agent).status == 200
    status = (gateway.process.log_file.parent, gateway.process.child.pid)[1]
    with open(f"/proc/{status}/status") as file:
        resident = int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1)) // 1024
    assert resident < 400, f"eight answers of 100 MB made the gateway use {resident} MB"


def test_each_log_line_of_a_failure_says_which_provider_and_what(failing, outcomes):
    gateway, _ = failing
    for name in ("token-status-500", "discovery-garbage", "keys-timeout"):
        if isinstance(outcomes[name], Exception):
            continue
        reference = reference_on(outcomes[name].answer)
        assert gateway.logged(reference, name)


# Faults that are answers


def test_a_token_error_is_the_providers_word_not_ours(gateway, provider):
    provider.behave(token_error=(400, {"error": "invalid_grant", "error_description": "PROVIDER-TEXT"}))
    agent = gateway.browser()
    answer = gateway.sign_in(agent)
    assert answer.status in (*range(400, 500), 502) and "PROVIDER-TEXT" not in answer.text
    assert not agent.session_cookies()


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example.com"},
        {"issuer": None},
        {"issuer": "PLUS-SLASH"},
        {"authorization_endpoint": None},
        {"token_endpoint": None},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://evil.example.org/authorize"},
        {"token_endpoint": "http://evil.example.org/token"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
    ids=str,
)
def test_a_discovery_document_that_cannot_be_trusted_ends_the_login(changes, stage):
    """OpenID Connect Discovery §4.3: the issuer must be the one that was asked, exactly."""
    provider = stage.provider()
    fixed = {n: (provider.issuer + "/" if v == "PLUS-SLASH" else v) for n, v in changes.items()}
    provider.behave(discovery=fixed)
    gateway = stage.gateway({"okta": provider})
    agent = gateway.browser()
    answer = gateway.begin(agent)
    if answer.status in (302, 303):
        # What is not needed at once may be refused when it is; nobody is sent to a foreign address.
        assert answer.location.startswith(provider.issuer + "/authorize"), answer
        answer = gateway.finish(agent, answer)
    assert answer.status in (502, 504), answer
    assert not agent.session_cookies() and provider.received("token") == []


def test_discovery_recovers_when_the_provider_does(stage):
    provider = stage.provider()
    provider.behave(faults={"discovery": "status-500"})
    gateway = stage.gateway({"okta": provider})
    assert gateway.begin(gateway.browser()).status == 502
    provider.behave()
    wait_until(lambda: gateway.sign_in(gateway.browser()).status == 303, 10, "a login after the recovery", every=0.2)


def test_a_working_provider_survives_a_while_without_discovery(stage):
    """What is cached goes on: an outage of one endpoint must not stop logins that could work."""
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    gateway.signed_in()
    provider.behave(faults={"discovery": "status-500", "keys": "status-500"})
    gateway.signed_in()
