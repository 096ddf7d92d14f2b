"""A wall clock that a test moves while the program under test runs, in place of waiting for minutes to pass.

The program is the one that is shipped; the C library's clock functions are what is replaced (movable_clock.c, compiled on
first use). Pauses and time-outs inside the program go by the monotonic clock and stay as they are.
"""

import struct
import subprocess
from functools import lru_cache
from pathlib import Path

from paths import ROOT

SOURCE = Path(__file__).with_name("movable_clock.c")


@lru_cache(maxsize=None)
def library() -> Path:
    made = ROOT / ".build" / "movable-clock.so"
    made.parent.mkdir(exist_ok=True)
    subprocess.run(["clang", "-shared", "-fPIC", "-O1", "-Wall", "-o", made, SOURCE], check=True)
    return made


class MovableClock:
    """The clock of every process that is started with `env`; it begins at the right time."""

    def __init__(self, directory: Path):
        self.file = directory / "clock"
        self.file.write_bytes(struct.pack("q", 0))
        self.seconds = 0

    @property
    def env(self) -> dict:
        return {"LD_PRELOAD": str(library()), "MOVABLE_CLOCK": str(self.file)}

    def advance(self, seconds: int):
        self.seconds += seconds
        # In place: the program has this file mapped.
        with open(self.file, "r+b") as file:
            file.write(struct.pack("q", self.seconds))


def gateway_with_clock(stage, *arguments, **settings):
    """A running gateway of `stage`, and its clock."""
    gateway = stage.gateway(*arguments, start=False, **settings)
    clock = MovableClock(stage.directory())
    gateway.env = clock.env
    return gateway.start(), clock
