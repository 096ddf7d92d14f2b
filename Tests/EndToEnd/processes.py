"""One child process whose error output is kept in a file, and that never outlives its test."""

import os
import signal
import subprocess
from pathlib import Path

# What a child may inherit: nothing of the developer's own settings may reach the program under test.
INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


def environment(home: Path, extra: dict | None = None) -> dict:
    """A clean environment whose HOME is the test's own, so that no credentials file is read or written elsewhere."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), **(extra or {})}


class Process:
    """A running program; `log` is what it wrote to stderr so far."""

    def __init__(self, arguments: list, directory: Path, name: str, env: dict | None = None):
        self.name = name
        self.log_file = directory / f"{name}.log"
        with open(self.log_file, "ab") as log:
            self.child = subprocess.Popen(
                [str(argument) for argument in arguments],
                cwd=directory,
                env=environment(directory, env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    @property
    def running(self) -> bool:
        return self.child.poll() is None

    def signal(self, number: int):
        if self.running:
            self.child.send_signal(number)

    def stop(self, within: float = 10) -> int:
        """Asks by SIGTERM, insists by SIGKILL; the exit code, negative when a signal ended it."""
        self.signal(signal.SIGTERM)
        try:
            return self.child.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.child.returncode

    def kill(self):
        if self.running:
            self.child.kill()
        self.child.wait(10)

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.splitlines()[-lines:])
