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
ROUNDS, SECONDS = 7, 0.4
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
    seconds: float
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
        programs = {"Gatehouse": self.gatehouse, "floor": self.floor}
        best: dict[str, dict[int, float]] = {program: {} for program in programs}
        for number in range(self.rounds):
            self.note(f"SAML verifications with many groups, round {number + 1} of {self.rounds}")
            for count in counts:
                for program, command in programs.items():
                    time = 1e6 / self.rate(command(self.messages.response(f"groups-{count}")))
                    best[program][count] = min(time, best[program].get(count, time))
        few, some, many = counts

        def among_many(times: dict[int, float]) -> float:
            return (times[many] - times[some]) / (many - some) / ((times[some] - times[few]) / (some - few))

        ours, theirs = best.values()
        return (
            f"SAML verification, {' / '.join(f'{count:,}' for count in counts)} groups",
            f"{' / '.join(f'{time:,.0f}' for time in ours.values())} µs",
            f"floor (no checks): {' / '.join(f'{time:,.0f}' for time in theirs.values())} µs",
            f"{among_many(ours):.2f} times as much a group among many (floor: {among_many(theirs):.2f})",
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
