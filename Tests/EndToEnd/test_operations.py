"""What an operator relies on: logs, health, metrics, starting, stopping, TLS."""

import json
import re
import signal
import statistics
import subprocess
import threading
import time

import pytest

from gateway import realm, reference_on
from paths import GATEHOUSE
from processes import Process
from secrets_ledger import leaks
from user_agent import UserAgent
from waiting import wait_until


def samples(text: str) -> dict[str, float]:
    """Prometheus text by its grammar: every line is a comment or `name{labels} value`."""
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(
            r'([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*\})?) (\S+)(?: \d+)?', line
        )
        assert match, f"not Prometheus text: {line!r}"
        found[match.group(1)] = float(match.group(2))
    return found


def changed(before: dict, after: dict) -> set[str]:
    return {name for name, value in after.items() if value != before.get(name, 0)}


# Health and metrics


def test_health_and_readiness(gateway):
    for path in ("/healthz", "/readyz"):
        for method in ("GET", "HEAD"):
            assert gateway.send(method, path).status == 200, path


def test_metrics_count_checks_by_result_and_logins_by_provider_and_outcome(gateway, provider):
    before = samples(gateway.metrics())
    agent = gateway.signed_in()
    gateway.check(agent)
    gateway.check(agent, "realm=infraon&role=owner")
    gateway.check()
    provider.behave(callback_error={"error": "access_denied"})
    gateway.sign_in(gateway.browser())
    moved = changed(before, samples(gateway.metrics()))
    checks = [name for name in moved if "check" in name and "bucket" not in name and "{" in name]
    assert len({re.sub(r".*\{", "", name) for name in checks}) >= 3, f"three results: {checks}"
    logins = [name for name in moved if "login" in name and "okta" in name and "bucket" not in name]
    assert len(logins) >= 2, f"success and failure of the provider: {logins}"


def test_metrics_hold_histograms_cache_hits_and_outbound_calls(gateway):
    agent = gateway.signed_in()
    gateway.check(agent)
    gateway.check(agent)
    names = "\n".join(samples(gateway.metrics()))
    assert re.search(r"_bucket\{.*le=\"\+Inf\"", names), "a latency histogram"
    assert re.search(r"cache", names), "cache hits"
    assert re.search(r"outbound", names), "outbound calls"
    assert "ada@example.com" not in names


def test_metrics_have_types(gateway):
    text = gateway.metrics()
    for name in {re.split(r"[{ ]", line)[0] for line in text.splitlines() if line and not line.startswith("#")}:
        base = re.sub(r"_(bucket|sum|count|total)$", "", name)
        assert f"# TYPE {name} " in text or f"# TYPE {base} " in text or f"# TYPE {base}_total " in text, name


def test_metrics_can_have_an_address_of_their_own(stage):
    from waiting import free_port

    port = free_port()
    gateway = stage.gateway({"okta": stage.provider()}, metrics_listen=f"127.0.0.1:{port}")
    assert samples(UserAgent().get(f"http://127.0.0.1:{port}/metrics", program=True).text)
    assert gateway.send("GET", "/metrics").status == 404


def test_unknown_paths_and_hosts_do_not_make_new_series(gateway):
    """Otherwise anyone can grow the metrics without bound."""
    gateway.send("GET", "/nowhere-0")
    before = len(samples(gateway.metrics()))
    for count in range(30):
        gateway.send("GET", f"/nowhere-{count}", {"Host": f"h{count}.example.com"})
        gateway.check(query=f"realm=r{count}")
        gateway.send("GET", f"/login?realm=infraon&provider=p{count}")
    assert len(samples(gateway.metrics())) - before < 20


# Logs


def test_every_log_line_is_json_with_a_level_and_a_time(gateway):
    gateway.signed_in()
    records = gateway.log_records("signed in") + gateway.log_records()
    for record in records:
        assert isinstance(record, dict)
        assert "level" in record and any(name in record for name in ("time", "timestamp", "ts")), record


def test_a_request_is_logged_under_an_id(gateway):
    """All lines of one request share it, so that one grep tells the story."""
    gateway.signed_in()
    flat = [json.dumps(record) for record in gateway.log_records("signed in")]
    assert any(re.search(r'"request[_-]?id": "[^"]{6,}"', line, re.I) for line in flat), flat[-5:]


def test_control_characters_cannot_forge_a_log_line(gateway):
    before = len(gateway.log.splitlines())
    gateway.send("GET", "/login?realm=x%0a%7b%22level%22:%22forged%22%7d")
    answer = gateway.browser().get(f"{gateway.url}/login/callback?error=x%0d%0aforged&state=%0a")
    gateway.logged(reference_on(answer))
    assert all(record.get("level") != "forged" for record in gateway.log_records()[before:])


def test_nothing_secret_reaches_the_log_the_pages_or_the_store(stage):
    """Logins that work and that fail at each step, then a search for every token, code and cookie of the run."""
    from tokens import REMOVED

    provider = stage.provider()
    gateway = stage.gateway({"okta": provider}, trusted_proxies=["127.0.0.1"])
    pages = []
    for behaviour in (
        {},
        {"token_error": (400, {"error": "invalid_grant"})},
        {"id_token": {"aud": "x"}},
        {"thin": True, "faults": {"userinfo": "status-500"}},
        {"faults": {"token": "garbage"}},
        {"token": {"id_token": REMOVED}},
        {"person": {"sub": "00u1none", "email": "none@example.com", "groups": []}},
    ):
        provider.behave(**behaviour)
        agent = gateway.browser()
        pages.append(gateway.sign_in(agent).text)
        gateway.check(agent)
        pages.append(agent.get(gateway.url + "/").text)
    token = gateway.admin_token()
    pages.append(gateway.send("GET", "/api/v1/sessions", {"Authorization": f"Bearer {token}"}).text)
    pages.append(gateway.send("GET", "/api/v1/audit", {"Authorization": f"Bearer {token}"}).text)
    assert not leaks("\n".join(pages))
    assert not leaks(gateway.log)
    gateway.stop()
    assert not leaks(gateway.stored_bytes().decode("latin-1"))


# Start and stop


def test_it_starts_in_under_half_a_second(stage):
    """From exec to a /readyz that answers; the median of five, for this machine may be busy."""
    gateway = stage.gateway({"okta": stage.provider()})
    times = []
    for _ in range(5):
        gateway.stop()
        started = time.monotonic()
        gateway.start()
        times.append(time.monotonic() - started)
    assert statistics.median(times) < 0.5, times


def test_a_slow_login_in_flight_is_finished_before_the_end(stage):
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    release = threading.Event()
    provider.behave(pause=release)
    agent = gateway.browser()
    result = []
    login = threading.Thread(target=lambda: result.append(gateway.sign_in(agent)))
    login.start()
    wait_until(lambda: provider.received("token"), 10, "the code to be redeemed")
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: not accepts(gateway), 5, "new connections to be refused")
    release.set()
    login.join(10)
    assert result and result[0].status == 303, result
    assert gateway.wait_for_end() == 0
    cookie = agent.session_cookies()[0]
    provider.behave()
    gateway.start()
    assert cookie and gateway.check(agent).status == 200


def accepts(gateway) -> bool:
    try:
        return gateway.send("GET", "/readyz", timeout=1).status == 200
    except OSError:
        return False


def test_an_idle_connection_does_not_hold_up_the_end(stage):
    import socket

    gateway = stage.gateway({"okta": stage.provider()})
    with socket.create_connection(("127.0.0.1", gateway.port)) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(1000).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        gateway.process.signal(signal.SIGTERM)
        assert gateway.wait_for_end() == 0
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("mode", ["timeout", "drip"])
def test_a_provider_that_hangs_does_not_hold_up_the_end(stage, mode):
    """The gateway asks for discovery by itself when it starts; that is nothing to wait for."""
    provider = stage.provider()
    provider.behave(faults={"discovery": mode})
    gateway = stage.gateway({"okta": provider})
    wait_until(lambda: provider.received("discovery"), 5, "discovery to be asked for")
    started = time.monotonic()
    gateway.process.signal(signal.SIGTERM)
    assert gateway.wait_for_end() == 0
    assert time.monotonic() - started < 3


def test_sigint_ends_it_too(stage):
    gateway = stage.gateway({"okta": stage.provider()})
    gateway.process.signal(signal.SIGINT)
    assert gateway.wait_for_end() == 0


def test_a_taken_port_is_told_in_one_sentence(stage):
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    other = stage.gateway({"okta": provider}, port=gateway.port, start=False)
    process = Process([GATEHOUSE, "serve", "--config", other.file], other.directory, "second")
    assert process.child.wait(10) in (1, 78)
    assert str(gateway.port) in process.log and "Fatal error" not in process.log
    assert gateway.send("GET", "/healthz").status == 200


def test_a_store_that_cannot_be_opened_is_told_in_one_sentence(stage):
    gateway = stage.gateway({"okta": stage.provider()}, start=False, store="sqlite:/proc/nowhere/gatehouse.db")
    process = Process([GATEHOUSE, "serve", "--config", gateway.file], gateway.directory, "gateway")
    assert process.child.wait(10) in (1, 78)
    assert "/proc/nowhere" in process.log and "Fatal error" not in process.log


def test_the_store_is_readable_by_its_owner_only(gateway):
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in gateway.directory.glob("gatehouse.db*")}
    assert modes and all(mode.endswith("00") for mode in modes.values()), modes


def test_it_listens_on_ipv6_when_told(stage):
    import http.client

    gateway = stage.gateway({"okta": stage.provider()}, start=False)
    gateway.write(listen=f"[::1]:{gateway.port}")
    gateway.process = Process([GATEHOUSE, "serve", "--config", gateway.file], gateway.directory, "gateway")

    def healthy():
        connection = http.client.HTTPConnection("::1", gateway.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    wait_until(healthy, 10, "readiness on ::1")


def test_tls(stage):
    directory = stage.directory()
    subject = ["-subj", "/CN=localhost", "-days", "2", "-nodes"]
    files = ["-keyout", str(directory / "key.pem"), "-out", str(directory / "cert.pem")]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *files, *subject],
        check=True,
        capture_output=True,
    )
    gateway = stage.gateway({"okta": stage.provider()}, {"infraon": realm("okta")}, start=False)
    gateway.listening = f"https://localhost:{gateway.port}"
    gateway.write(
        url=gateway.listening, tls={"certificate": str(directory / "cert.pem"), "key": str(directory / "key.pem")}
    )
    gateway.start()
    agent = gateway.signed_in()
    assert agent.session_cookies()[0].name == "__Host-gatehouse-infraon"
    assert gateway.check(agent).status == 200


@pytest.mark.parametrize("count", [200])
def test_many_checks_at_once_are_all_right(gateway, count):
    agents = [gateway.signed_in(), gateway.browser()]
    expected = [200, 401]
    wrong = []

    def ask(which):
        for _ in range(count // 4):
            if gateway.check(agents[which]).status != expected[which]:
                wrong.append(which)

    threads = [threading.Thread(target=ask, args=(number % 2,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
