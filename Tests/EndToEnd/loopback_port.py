"""Port 8301, the one fixed port of the suite: `gatehouse login` listens there. One test at a time may use it."""

import fcntl
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path

from waiting import wait_until

PORT = 8301
REDIRECT = f"http://localhost:{PORT}"
LOCK = Path(tempfile.gettempdir()) / f"gatehouse-end-to-end-{PORT}.lock"


@contextmanager
def reserved():
    """Waits until no other test, of this or another run, uses the port, and until it is free."""
    with open(LOCK, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wait_until(is_free, 30, f"port {PORT} to be free")
        yield


def is_free() -> bool:
    """Nobody listens; a connection that still lingers is no obstacle."""
    return not (answers(socket.AF_INET, "127.0.0.1") or answers(socket.AF_INET6, "::1"))


def answers(family: int, address: str) -> bool:
    with socket.socket(family) as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, PORT)) == 0


@contextmanager
def taken(family: int, address: str):
    """Another program has the port, on this address only."""
    with socket.socket(family) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        other.bind((address, PORT))
        other.listen(1)
        yield


def listening_addresses() -> set[str]:
    """The local addresses that listen on the port, by the kernel's own tables."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, _, port = local.partition(":")
            if int(port, 16) == PORT and state == "0A":
                found.add(readable(address))
    return found


def readable(address: str) -> str:
    """Each group of four bytes stands in the machine's own order, which is little-endian where this suite runs."""
    data = b"".join(bytes.fromhex(address[start : start + 8])[::-1] for start in range(0, len(address), 8))
    return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)
