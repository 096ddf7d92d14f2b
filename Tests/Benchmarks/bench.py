"""Measures the gateway against nginx and OpenSSL on this machine, and prints one table.

    make bench

Needs release builds in .build/release, nginx, wrk and openssl; listens on loopback only; takes about six minutes.
GATEHOUSE_BENCH_QUICK=1 makes every round a second long, to see that it works; its numbers mean nothing.
GATEHOUSE_BIN_DIR names another folder of builds.
"""

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import logins
import machine
import saml
import sessions
import verification
import wrk
from programs import BINARIES, Site, get, start_nginx, stop_all

QUICK = os.environ.get("GATEHOUSE_BENCH_QUICK") == "1"
ROUNDS, ROUND_SECONDS = (2, 1) if QUICK else (7, 5)
QUIET_ROUNDS, QUIET_SECONDS = (1, 1) if QUICK else (3, 3)
VERIFICATION_SECONDS = 1 if QUICK else 3
STARTS = 3 if QUICK else 7
SESSIONS = 500 if QUICK else 10_000
LOGIN_ROUNDS, LOGIN_SECONDS, BROWSERS = (1, 2, 16) if QUICK else (3, 5, 16)
REFRESH_ROUNDS, REFRESH_SECONDS = (1, 2) if QUICK else (3, 4)
TIME_LIMIT = 600

Row = tuple[str, str, str, str]


def note(text: str):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def check_rows(directory: Path) -> list[Row]:
    """Alternating rounds, so that a neighbour who wakes up slows both."""
    cores = machine.cores()
    if cores is None:
        note("there is only one core: programs and load share it, and the numbers say little")
    served, loading = cores or (None, None)
    site = Site(directory)
    simulator = site.start_simulator()
    gateway = site.start_gateway(served)
    cookie = site.sign_in()
    nginx, nginx_port = start_nginx(directory, served)
    # What nginx sends along with a check; both get the same request.
    headers = {"Cookie": cookie, "X-Original-URL": "https://app.example.com/tickets/7", "X-Original-Method": "GET"}
    path = "/session/check?realm=infraon"
    urls = [f"http://127.0.0.1:{port}{path}" for port in (site.port, nginx_port)]
    status = get(site.port, path, headers)[0]
    if status != 200:
        raise RuntimeError(f"the check of a fresh session answers {status}")

    def rounds(count: int, seconds: int, connections: int) -> list[tuple[wrk.Load, wrk.Load]]:
        pairs = []
        for number in range(count):
            note(f"{connections} connection(s), round {number + 1} of {count}")
            ours, theirs = (wrk.run(url, headers, seconds, connections, loading) for url in urls)
            pairs.append((ours, theirs))
        return pairs

    for url in urls:
        wrk.run(url, headers, 1 if QUICK else 2, 32, loading)  # warm-up
    busy = rounds(ROUNDS, ROUND_SECONDS, 32)
    quiet = rounds(QUIET_ROUNDS, QUIET_SECONDS, 1)
    for program in (gateway, nginx, simulator):
        program.stop()
    ratios = [ours.requests_per_second / theirs.requests_per_second for ours, theirs in busy]
    rate = [median(load.requests_per_second for load in side) for side in zip(*busy)]
    return [
        (
            "session check, requests/s (32 connections)",
            f"{rate[0]:,.0f}",
            f"nginx return 204: {rate[1]:,.0f}",
            f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
        ),
        latency_row("latency p50 / p99 (32 connections)", busy),
        latency_row("latency p50 / p99 (1 connection)", quiet),
    ]


def latency_row(title: str, pairs: list[tuple[wrk.Load, wrk.Load]]) -> Row:
    ours, theirs = zip(*pairs)
    p50, p99 = ([median(getattr(load, name) for load in side) for side in (ours, theirs)] for name in ("p50", "p99"))
    return (title, f"{p50[0]:,.0f} / {p99[0]:,.0f} µs", f"nginx return 204: {p50[1]:,.0f} / {p99[1]:,.0f} µs", "")


def memory_rows(directory: Path) -> list[Row]:
    site = Site(directory)
    simulator = site.start_simulator()
    gateway = site.start_gateway()
    name = site.sign_in().split("=")[0]
    gateway.stop()
    note(f"making {SESSIONS:,} sessions")
    tokens = sessions.multiply(site.store, SESSIONS)
    gateway = site.start_gateway()
    time.sleep(1)
    at_start = machine.resident_bytes(gateway.pid)
    note("checking each of them")
    sessions.check_each(site.port, name, tokens)
    with_all = machine.resident_bytes(gateway.pid)
    hot = [line.split()[-1] for line in get(site.port, "/metrics")[2].decode().splitlines()
           if line.startswith("gatehouse_session_cache_entries ")]  # fmt: skip
    if hot != [str(len(tokens))]:
        raise RuntimeError(f"{hot} sessions are hot instead of {len(tokens)}")
    gateway.stop()
    simulator.stop()
    each = (with_all - at_start) / len(tokens)
    return [
        ("memory after the start (resident)", f"{at_start / 2**20:.1f} MiB", "", ""),
        (
            f"memory with {SESSIONS:,} hot sessions",
            f"{with_all / 2**20:.1f} MiB",
            "",
            f"{each / 1024:.1f} KiB a session",
        ),
    ]


def login_rows(directory: Path) -> list[Row]:
    """Logins, and then the refreshes of the sessions that they made: all are due at once, and again a second later."""
    cores = machine.cores()
    served, loading = cores or (None, None)
    site = Site(directory)
    site.configure(revalidate="1h")
    simulator = site.start_simulator(loading)
    gateway = site.start_gateway(served)
    okta = site.remembered()
    loads, busy = [], machine.cpu_seconds(gateway.pid)
    for number in range(LOGIN_ROUNDS):
        note(f"logins, round {number + 1} of {LOGIN_ROUNDS}")
        loads.append(logins.run(site.port, site.simulator_port, okta, BROWSERS, LOGIN_SECONDS, loading))
    busy = machine.cpu_seconds(gateway.pid) - busy
    gateway.stop()
    made = sum(load.count for load in loads)
    rates = [load.per_second for load in loads]
    title = f"complete logins/s ({BROWSERS} browsers)"
    rows = [rate_row(title, rates, busy / made, "simulator and browsers share the other core")]

    site.configure(revalidate="1s", revalidate_grace="1h")
    gateway = site.start_gateway(served)
    time.sleep(1)
    rates, first, busy = [], refreshes(site), machine.cpu_seconds(gateway.pid)
    at_okta = okta_refreshes(site)
    for number in range(REFRESH_ROUNDS):
        note(f"refreshes of {made:,} sessions, round {number + 1} of {REFRESH_ROUNDS}")
        before, begin = refreshes(site), time.perf_counter()
        time.sleep(REFRESH_SECONDS)
        rates.append((refreshes(site) - before) / (time.perf_counter() - begin))
    count = refreshes(site) - first
    busy = machine.cpu_seconds(gateway.pid) - busy
    at_okta = okta_refreshes(site) - at_okta
    if not 0.8 * at_okta <= count <= 1.2 * at_okta:
        raise RuntimeError(f"the gateway counts {count} refreshes, the simulator {at_okta}")
    gateway.stop()
    simulator.stop()
    title = f"refreshes/s ({made:,} sessions due at once)"
    return [*rows, rate_row(title, rates, busy / count, "the simulator has the other core")]


def rate_row(title: str, rates: list[float], cpu_seconds: float, beside: str) -> Row:
    spread = f"{min(rates):,.0f}-{max(rates):,.0f}; {cpu_seconds * 1000:.2f} ms of CPU each"
    return (title, f"{median(rates):,.0f}", beside, spread)


def refreshes(site: Site) -> float:
    """How many refreshes have succeeded, as the gateway counts."""
    lines = get(site.port, "/metrics")[2].decode().splitlines()
    found = [line for line in lines if line.startswith("gatehouse_refreshes_total{")]
    failed = [line for line in found if 'outcome="succeeded"' not in line]
    if failed:
        raise RuntimeError(f"refreshes fail: {failed}")
    return sum(float(line.split()[-1]) for line in found)


def okta_refreshes(site: Site) -> float:
    """The same, as the simulator counts."""
    families = json.loads(get(site.simulator_port, "/simulator/families")[2])["families"]
    return sum(family["refreshes"] for family in families)


def verification_rows(directory: Path) -> list[Row]:
    note("verifying ID tokens")
    cores = machine.cores()
    rates = verification.measure(directory, VERIFICATION_SECONDS, cores[0] if cores else None)
    if rates is None:
        note(f"skipped: ID-token verifications ({verification.PROGRAM.name} is not built)")
        return [("ID-token verifications/s", "skipped: not built", "", "")]
    return [
        (
            f"ID-token verifications/s, {name}",
            f"{ours:,.0f}",
            f"openssl speed, signature only: {theirs:,.0f}",
            f"{ours / theirs:.2f}",
        )
        for name, (ours, theirs) in rates.items()
    ]


def saml_rows(directory: Path) -> list[Row]:
    return saml.rows(directory, QUICK, note)


def start_rows(directory: Path) -> list[Row]:
    site = Site(directory)
    simulator = site.start_simulator()
    site.start_gateway().stop()  # makes the store
    times = []
    for number in range(STARTS):
        note(f"start {number + 1} of {STARTS}")
        begin = time.perf_counter()
        gateway = site.start_gateway()
        times.append(time.perf_counter() - begin)
        gateway.stop()
    simulator.stop()
    spread = f"{min(times) * 1000:.0f}-{max(times) * 1000:.0f} ms"
    return [("start to the first 200 of /readyz", f"{median(times) * 1000:.0f} ms", "", spread)]


def print_table(rows: list[Row]):
    header = ("measured", "Gatehouse", "beside it", "ratio or spread")
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(4)]
    print(f"\n{machine.description()}; medians; {time.strftime('%Y-%m-%d')}\n")
    for number, row in enumerate([header, *rows]):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def main():
    missing = [str(path) for path in (BINARIES / "gatehouse", BINARIES / "okta-simulator") if not path.exists()]
    if missing:
        sys.exit(f"bench: not built: {', '.join(missing)}")

    def give_up(number, _):
        raise SystemExit("bench: it took too long" if number == signal.SIGALRM else "bench: stopped")

    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, give_up)
    signal.alarm(TIME_LIMIT)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
        try:
            measures = [check_rows, login_rows, memory_rows, verification_rows, saml_rows, start_rows]
            for number, measure in enumerate(measures):
                directory = Path(folder) / str(number)
                directory.mkdir()
                rows += measure(directory)
        finally:
            stop_all()
    print_table(rows)


if __name__ == "__main__":
    main()
