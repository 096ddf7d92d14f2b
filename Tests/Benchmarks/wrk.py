"""One run of wrk."""

import re
import subprocess
from dataclasses import dataclass

import machine

MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000}


@dataclass
class Load:
    requests_per_second: float
    p50: float  # microseconds
    p99: float


def run(url: str, headers: dict, seconds: int, connections: int, core: int | None) -> Load:
    """Keep-alive connections from one thread. An answer that is not 2xx or 3xx, or a broken connection, is an error."""
    command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    done = subprocess.run(
        machine.pinned(core, [*command, url]), capture_output=True, text=True, timeout=seconds + 20, check=True
    )
    text = done.stdout
    if "Non-2xx or 3xx responses" in text or "Socket errors" in text:
        raise RuntimeError(f"the load was not answered as it should be:\n{text}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if rate is None:
        raise RuntimeError(f"wrk says something else than expected:\n{text}{done.stderr}")
    return Load(float(rate[1]), percentile(text, 50), percentile(text, 99))


def percentile(text: str, number: int) -> float:
    found = re.search(rf"^\s+{number}%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"wrk gives no {number}th percentile:\n{text}")
    return float(found[1]) * MICROSECONDS[found[2]]
