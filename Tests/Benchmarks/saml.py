"""SAML verifications a second, beside a floor of libxml2 and OpenSSL without any checks, xmlsec and lasso."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Callable

import machine
from programs import BINARIES

HERE = Path(__file__).resolve().parent
PROGRAM, FLOOR = BINARIES / "saml-benchmark", BINARIES / "saml-floor"
# lasso is a package of Debian, so Debian's Python it is.
DEBIAN_PYTHON = Path("/usr/bin/python3")
ROUNDS, SECONDS = 5, 1
MESSAGES = {"signed": "signed twice", "aes256-gcm": "encrypted, GCM", "aes256-cbc": "encrypted, CBC"}


def rows(directory: Path, quick: bool, note: Callable[[str], None]) -> list[tuple[str, str, str, str]]:
    """For bench.py's table. Every response is verified by each program in turn, round by round."""
    missing = [program.name for program in (PROGRAM, FLOOR) if not program.exists()]
    if missing:
        note(f"skipped: SAML verifications ({', '.join(missing)} not built)")
        return [("SAML verifications/s", "skipped: not built", "", "")]
    import saml_messages

    messages = saml_messages.make(directory)
    cores = machine.cores()
    bench = Bench(messages, cores[0] if cores else None, 1 if quick else ROUNDS, SECONDS, note)
    found = []
    for name, title in MESSAGES.items():
        found += bench.comparison(name, f"SAML verifications/s, {title}")
    return [*found, bench.growth(saml_messages.GROWTH)]


@dataclass
class Bench:
    messages: object
    core: int | None
    rounds: int
    seconds: int
    note: Callable[[str], None]

    def comparison(self, name: str, title: str) -> list[tuple[str, str, str, str]]:
        size = self.messages.response(name).stat().st_size
        peers = {"floor (no checks)": self.floor, "xmlsec": self.xmlsec}
        if has_lasso():
            peers["lasso"] = self.lasso
        else:
            self.note("skipped: lasso (python3-lasso is not installed)")
        programs = {"Gatehouse": self.gatehouse} | peers
        rates = self.measured(f"SAML verifications, {MESSAGES[name]}", name, programs)
        ours = rates.pop("Gatehouse")
        found = []
        for peer, theirs in rates.items():
            ratios = [one / other for one, other in zip(ours, theirs)]
            found.append(
                (
                    f"{title}, {size / 1024:.1f} KiB",
                    f"{median(ours):,.0f}",
                    f"{peer}: {median(theirs):,.0f}",
                    f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
                )
            )
        return found

    def growth(self, counts: tuple[int, int, int]) -> tuple[str, str, str, str]:
        """What one group more costs among many, beside what it costs among few: 1 is linear."""
        ours, theirs = [], []
        for count in counts:
            programs = {"Gatehouse": self.gatehouse, "floor": self.floor}
            rates = self.measured(f"SAML verifications with {count:,} groups", f"groups-{count}", programs)
            ours.append(1e6 / max(rates["Gatehouse"]))
            theirs.append(1e6 / max(rates["floor"]))
        few, some, many = counts
        step = (ours[1] - ours[0]) / (some - few), (ours[2] - ours[1]) / (many - some)
        return (
            f"SAML verification with {' / '.join(f'{count:,}' for count in counts)} groups",
            f"{' / '.join(f'{time:,.0f}' for time in ours)} µs",
            f"floor (no checks): {' / '.join(f'{time:,.0f}' for time in theirs)} µs",
            f"a group costs {step[0]:.2f} µs, among many {step[1]:.2f}: {step[1] / step[0]:.2f}",
        )

    def measured(self, what: str, name: str, programs: dict[str, Callable[[Path], list]]) -> dict[str, list[float]]:
        rates: dict[str, list[float]] = {program: [] for program in programs}
        for number in range(self.rounds):
            self.note(f"{what}, round {number + 1} of {self.rounds}")
            for program, command in programs.items():
                rates[program].append(self.rate(command(self.messages.response(name))))
        return rates

    def rate(self, command: list) -> float:
        done = subprocess.run(
            machine.pinned(self.core, [*command, self.seconds]), capture_output=True, text=True, timeout=30
        )
        found = re.search(r"([\d.]+)\s*/s", done.stdout)
        if done.returncode != 0 or found is None:
            raise RuntimeError(f"{Path(str(command[0])).name} failed: {done.stdout}{done.stderr[-2000:]}")
        return float(found[1])

    # What each program is given, but for the seconds.

    def gatehouse(self, response: Path) -> list:
        given = self.messages
        parties = [given.entity_id, given.acs, given.issuer, given.time, given.request]
        return [PROGRAM, response, given.certificate, given.key, *parties]

    def floor(self, response: Path) -> list:
        return [FLOOR, response, self.messages.certificate, self.messages.key]

    def xmlsec(self, response: Path) -> list:
        return [sys.executable, HERE / "saml_xmlsec.py", response, self.messages.public_key, self.messages.key]

    def lasso(self, response: Path) -> list:
        given = self.messages
        parties = [given.certificate, given.key, given.recipient, given.entity_id, given.acs, given.issuer]
        return [DEBIAN_PYTHON, HERE / "saml_lasso.py", response, *parties]


def has_lasso() -> bool:
    tried = subprocess.run([DEBIAN_PYTHON, "-c", "import lasso"], capture_output=True)
    return tried.returncode == 0
