"""The front door: so many sign-ins a minute from one address, for one account, for devices. Never session checks, never
this machine itself.

Addresses come as a proxy on this machine reports them, from the ranges for documentation (RFC 5737, RFC 3849).
"""

import time

import pytest

from api_sign_in import CommandLineLogin, DeviceLogin, bearer, command_line_session, post, problem
from gateway import run
from user_agent import HTML, UserAgent
from waiting import wait_until

PLENTY = 100_000
HERE, THERE = "203.0.113.7", "198.51.100.9"
CEM = {"sub": "00u1cem", "email": "cem@example.com", "name": "Cem", "groups": ["infraon-tech-x"]}


def limits(**changes) -> dict:
    return {"logins_per_address": PLENTY, "logins_per_account": PLENTY, "device_per_address": PLENTY} | changes


def limited(stage, provider=None, trusted=("127.0.0.1",), **changes):
    provider = provider or stage.provider()
    gateway = stage.gateway({"okta": provider}, trusted_proxies=list(trusted), rate_limits=limits(**changes))
    return gateway


def browser(gateway, address: str) -> UserAgent:
    """A browser behind a proxy on this machine that reports this address."""
    return gateway.browser(headers={"X-Forwarded-For": address})


def starts(gateway, address: str, count: int) -> list[int]:
    return [gateway.begin(browser(gateway, address)).status for _ in range(count)]


# Per address


def test_login_starts_of_one_address_are_limited_and_others_are_not(stage):
    gateway = limited(stage, logins_per_address=5)
    assert starts(gateway, HERE, 8) == [303] * 5 + [429] * 3
    assert starts(gateway, THERE, 5) == [303] * 5


def test_callbacks_count_too(stage):
    """Guessing states at the callback is no way around."""
    gateway = limited(stage, logins_per_address=5)
    agent = browser(gateway, HERE)
    statuses = [agent.get(f"{gateway.url}/login/callback?code=x&state={'s' * 43}").status for _ in range(12)]
    assert statuses[0] == 400 and statuses[-1] == 429, statuses


def test_sign_ins_that_the_provider_starts_count_too(stage):
    provider = stage.provider()
    gateway = limited(stage, provider, logins_per_address=3)
    agent = browser(gateway, HERE)
    statuses = [agent.get(f"{gateway.url}/login/initiate?iss={provider.issuer}").status for _ in range(5)]
    assert statuses == [303] * 3 + [429] * 2


def test_starts_of_command_lines_count_too(stage):
    gateway = limited(stage, logins_per_address=3)
    headers = {"X-Forwarded-For": HERE}
    begun = [CommandLineLogin(gateway, headers=headers).begun for _ in range(5)]
    assert [answer.status for answer in begun] == [201] * 3 + [429] * 2
    assert gateway.begin(browser(gateway, HERE)).status == 429, "one limit for all ways"


def test_completions_of_command_lines_count_too(stage):
    gateway = limited(stage, logins_per_address=4)
    login = CommandLineLogin(gateway, headers={"X-Forwarded-For": THERE})
    wrong = {"state": "s" * 43, "code": "x"}
    answers = [login.complete(wrong, headers={"X-Forwarded-For": HERE}) for _ in range(10)]
    assert answers[0].status == 400 and answers[-1].status == 429 and problem(answers[-1])


def test_a_whole_ipv6_network_of_64_bits_is_one_address(stage):
    """Whoever has one address of it has all 2^64."""
    gateway = limited(stage, logins_per_address=4)
    neighbours = [f"2001:db8:0:1::{number:x}" for number in (1, 2, 0xFFFF)] + ["2001:db8:0:1:ffff:ffff:ffff:ffff"]
    assert [starts(gateway, address, 1)[0] for address in neighbours] == [303] * 4
    assert starts(gateway, "2001:db8:0:1:abcd::1", 1) == [429]
    assert starts(gateway, "2001:db8:0:2::1", 1) == [303], "the next network"


def test_ipv4_addresses_are_counted_one_by_one_also_inside_of_ipv6(stage):
    gateway = limited(stage, logins_per_address=2)
    assert starts(gateway, HERE, 3) == [303, 303, 429]
    assert starts(gateway, f"::ffff:{HERE}", 1) == [429], "the same client"
    assert starts(gateway, "203.0.113.8", 1) == [303]


def test_this_machine_itself_is_exempt(stage):
    gateway = limited(stage, logins_per_address=2, logins_per_account=2, device_per_address=2)
    for address in ("127.0.0.1", "127.8.9.10", "::1"):
        assert starts(gateway, address, 6) == [303] * 6
    assert [gateway.begin(gateway.browser()).status for _ in range(6)] == [303] * 6, "nobody forwarded anything"


def test_addresses_that_nobody_trusted_reports_do_not_count(stage):
    """Otherwise everybody chooses an address of their own for each request, or somebody else's to lock them out."""
    gateway = limited(stage, trusted=["192.0.2.1"], logins_per_address=2)
    assert starts(gateway, HERE, 6) == [303] * 6, "the peer is this machine"


def test_only_the_last_forwarded_address_counts(stage):
    """The one that the trusted proxy wrote itself; what stands before it came from the client."""
    gateway = limited(stage, logins_per_address=3)
    for number in range(3):
        assert starts(gateway, f"198.51.100.{number}, {HERE}", 1) == [303]
    assert starts(gateway, f"198.51.100.77, {HERE}", 1) == [429]
    assert starts(gateway, f"{HERE}, {THERE}", 1) == [303]


# Per account


def test_sign_ins_of_one_account_are_limited_wherever_they_come_from(stage):
    """A stolen password tried from a botnet, or a broken script: the provider and the audit trail are spared."""
    provider = stage.provider()
    gateway = limited(stage, provider, logins_per_account=3)
    results = []
    for number in range(6):
        agent = browser(gateway, f"203.0.113.{number + 10}")
        results.append((gateway.sign_in(agent).status, bool(agent.session_cookies())))
    assert results == [(303, True)] * 3 + [(429, False)] * 3
    provider.behave(person=CEM)
    agent = browser(gateway, HERE)
    assert gateway.sign_in(agent).status == 303, "other people are not held up"


def test_command_lines_count_for_the_account_too(stage):
    gateway = limited(stage, logins_per_account=3)
    headers = [{"X-Forwarded-For": f"203.0.113.{number + 10}"} for number in range(5)]
    answers = []
    for header in headers:
        login = CommandLineLogin(gateway, headers=header)
        answers.append(login.complete(login.walk()))
    assert [answer.status for answer in answers] == [200] * 3 + [429] * 2
    assert problem(answers[-1]) and int(answers[-1].header("Retry-After")) >= 1


# Devices


def test_device_codes_of_one_address_are_limited(stage):
    gateway = limited(stage, device_per_address=4)
    ask = lambda address: post(gateway, "/api/v1/device/authorize", {"realm": "infraon"}, {"X-Forwarded-For": address})
    answers = [ask(HERE) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 4 + [429] * 2
    assert problem(answers[-1]) and ask(THERE).status == 200
    assert starts(gateway, HERE, 3) == [303] * 3, "sign-ins have a limit of their own"


def test_patient_polling_is_not_limited(stage):
    """slow_down is the protocol's own answer to impatience (RFC 8628 §3.5)."""
    gateway = limited(stage, device_per_address=4)
    device = DeviceLogin(gateway, {"X-Forwarded-For": HERE})
    assert device.error() == "authorization_pending"
    assert {device.error() for _ in range(3)} == {"slow_down"}


def test_guessed_device_codes_are_limited(stage):
    gateway = limited(stage, device_per_address=5)
    answers = [
        post(gateway, "/api/v1/device/token", {"device_code": "x" * 43}, {"X-Forwarded-For": HERE}) for _ in range(30)
    ]
    assert answers[0].json["error"] == "invalid_grant"
    assert all(answer.status in (400, 429) for answer in answers)


# The answer


def test_a_browser_gets_a_page_that_says_when_to_come_back(stage):
    gateway = limited(stage, logins_per_address=1)
    agent = browser(gateway, HERE)
    gateway.begin(agent)
    answer = gateway.begin(agent)
    assert answer.status == 429 and answer.header("Content-Type").startswith("text/html")
    assert answer.header("Cache-Control") == "no-store" and int(answer.header("Retry-After")) >= 1
    assert answer.page.title and "again" in answer.page.text.lower()
    assert not answer.all("Set-Cookie")


def test_a_program_gets_a_problem(stage):
    gateway = limited(stage, logins_per_address=1)
    headers = {"X-Forwarded-For": HERE}
    CommandLineLogin(gateway, headers=headers)
    answer = CommandLineLogin(gateway, headers=headers).begun
    assert answer.status == 429 and problem(answer) == "too_many_requests"
    assert int(answer.header("Retry-After")) >= 1


@pytest.mark.parametrize("per_minute", [30, 60])
def test_retry_after_is_true(per_minute, stage):
    """Whoever waits that long is let in; whoever comes much earlier is not."""
    gateway = limited(stage, logins_per_address=per_minute)
    agent = browser(gateway, HERE)
    answer = gateway.begin(agent)
    for _ in range(2 * per_minute):
        if answer.status == 429:
            break
        answer = gateway.begin(agent)
    assert answer.status == 429
    told, began = int(answer.header("Retry-After")), time.monotonic()
    assert 1 <= told <= 60 / per_minute + 1, "one place comes free every so many seconds"
    wait_until(lambda: gateway.begin(agent).status == 303, told + 1.5, "a place", every=0.05)
    assert time.monotonic() - began <= told + 1, "not later than told"


def test_refused_requests_do_not_push_the_end_away(stage):
    """Hammering does not lengthen the wait: a broken monitor recovers by itself."""
    gateway = limited(stage, logins_per_address=60)
    agent = browser(gateway, HERE)
    while gateway.begin(agent).status == 303:
        pass
    began = time.monotonic()
    wait_until(lambda: gateway.begin(agent).status == 303, 3, "a place while hammering", every=0)
    assert time.monotonic() - began < 2.5


def test_refusals_do_not_reach_provider_store_or_trail(stage):
    """Being refused must be cheaper than being served, or the limit is itself a way to do harm."""
    provider = stage.provider()
    gateway = limited(stage, provider, logins_per_address=1)
    starts(gateway, HERE, 1)
    size = len(gateway.stored_bytes())
    assert set(starts(gateway, HERE, 150)) == {429}
    assert len(gateway.stored_bytes()) - size < 100_000
    trail = gateway.send("GET", "/api/v1/audit?limit=1000", bearer(gateway.admin_token())).json["events"]
    assert len(trail) < 20


def test_refusals_are_counted_in_the_metrics(stage):
    gateway = limited(stage, logins_per_address=1)
    starts(gateway, HERE, 4)
    assert any(
        "limit" in line and not line.startswith("#") and line.rstrip().endswith(" 3")
        for line in gateway.metrics().splitlines()
    ), gateway.metrics()


# What is never limited


def test_session_checks_are_never_limited(stage):
    """A check is every request to every application."""
    gateway = limited(stage, logins_per_address=1, logins_per_account=1, device_per_address=1)
    agent = browser(gateway, HERE)
    assert gateway.sign_in(agent).status in (303, 429)
    starts(gateway, HERE, 3)
    session = command_line_session(gateway)
    for headers in ({"X-Forwarded-For": HERE}, {"X-Forwarded-For": HERE} | bearer(session["token"])):
        statuses = {gateway.check(headers=headers).status for _ in range(300)}
        assert statuses in ({200}, {401}), statuses
    for path in ("/session/check/forward?realm=infraon", "/session/check/envoy/x?realm=infraon"):
        assert {gateway.send("GET", path, {"X-Forwarded-For": HERE, "Accept": HTML}).status for _ in range(50)} <= {
            302,
            401,
        }
    for path in ("/healthz", "/readyz", "/metrics", "/.well-known/jwks.json", "/api/v1/openapi.json"):
        assert {gateway.send("GET", path, {"X-Forwarded-For": HERE}).status for _ in range(50)} == {200}, path


def test_signing_out_is_never_limited(stage):
    gateway = limited(stage, logins_per_address=2)
    agent = browser(gateway, HERE)
    gateway.sign_in(agent)
    starts(gateway, HERE, 5)
    answer = agent.post(f"{gateway.url}/logout?realm=infraon", referrer=f"{gateway.url}/")
    assert answer.status == 303 and gateway.check(agent).status == 401


def test_the_memory_of_addresses_is_bounded(stage):
    """A hundred thousand addresses of a botnet must not fill the machine; the gateway goes on limiting."""
    import socket

    gateway = limited(stage, logins_per_address=2)
    resident = lambda: int(open(f"/proc/{gateway.process.child.pid}/statm").read().split()[1]) * 4096
    before = resident()
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        connection.settimeout(30)
        reader = connection.makefile("rb")
        for number in range(20_000):
            address = f"2001:db8:{number:x}::1"
            head = (
                f"POST /api/v1/cli/logins HTTP/1.1\r\nHost: localhost:{gateway.port}\r\nX-Forwarded-For: {address}\r\n"
            )
            connection.sendall((head + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").encode())
            length = 0
            status = reader.readline()
            assert status.startswith(b"HTTP/1.1 400"), status
            while (line := reader.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            reader.read(length)
    assert resident() - before < 60_000_000
    assert starts(gateway, HERE, 3) == [303, 303, 429]


# Configuration


BAD = {
    "zero": {"logins_per_address": 0},
    "negative": {"device_per_address": -1},
    "a-duration": {"logins_per_account": "5m"},
    "unknown-key": {"logins_per_planet": 5},
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_limit_is_told_by_check_config(name, stage):
    """There is no way to switch a limit off but a large number."""
    gateway = stage.gateway({"okta": stage.provider()}, start=False, rate_limits=BAD[name])
    done = run("check-config", str(gateway.file), directory=gateway.directory)
    assert done.returncode == 78 and "gatehouse.yaml:" in done.stderr + done.stdout, done
    assert next(iter(BAD[name])) in done.stderr + done.stdout


def test_without_any_setting_there_are_limits(stage):
    """120 sign-ins a minute from one address: that many at once, and then two a second."""
    gateway = stage.gateway({"okta": stage.provider()}, trusted_proxies=["127.0.0.1"])
    agent, began, count = browser(gateway, HERE), time.monotonic(), 0
    while gateway.begin(agent).status == 303:
        count += 1
        agent.cookies.clear()
        assert count < 1000
    assert 120 <= count <= 120 + 2 * (time.monotonic() - began) + 1


def test_a_reload_takes_new_limits(stage):
    gateway = limited(stage, logins_per_address=1)
    starts(gateway, HERE, 2)
    gateway.write(rate_limits=limits())
    gateway.reload()
    wait_until(lambda: starts(gateway, HERE, 1) == [303], 5, "the new limit", every=0.1)
