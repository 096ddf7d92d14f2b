"""Bounded waiting for something that can be observed; the only place of the suite that polls."""

import socket
import time


def wait_until(condition, within: float, what: str, every: float = 0.02):
    """The first true value of `condition()`; an AssertionError naming `what` after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {within} s in vain for {what}"
        time.sleep(every)


def free_port() -> int:
    """A loopback port that is free on IPv4 and IPv6 at this moment."""
    while True:
        with socket.socket(socket.AF_INET) as v4, socket.socket(socket.AF_INET6) as v6:
            v4.bind(("127.0.0.1", 0))
            port = v4.getsockname()[1]
            try:
                v6.bind(("::1", port))
            except OSError:
                continue
            return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
