"""Ways in which a server can fail to answer properly, written to the raw socket of an http.server handler."""

import json
import socket
import struct

HUGE = 100_000_000
DEEP = 200_000


def misanswer(handler, mode: str, stopping) -> None:
    """Answers `handler`'s request in the way `mode` names. `stopping` is an Event that ends a wait."""
    out = handler.wfile
    handler.close_connection = True

    def head(status: str, *lines: str, kind: str = "application/json"):
        out.write("\r\n".join([f"HTTP/1.1 {status}", f"Content-Type: {kind}", *lines, "", ""]).encode())

    def whole(status: str, body: bytes, *lines: str, kind: str = "application/json"):
        head(status, f"Content-Length: {len(body)}", *lines, kind=kind)
        out.write(body)

    if mode.startswith("status-"):
        code = mode.removeprefix("status-")
        whole(f"{code} Status", json.dumps({"error": "server_error", "error_description": "PROVIDER-TEXT"}).encode())
    elif mode == "garbage":
        whole("200 OK", b"\x00\xff<<<not json>>>{" * 10)
    elif mode == "empty":
        whole("200 OK", b"")
    elif mode == "html":
        whole("200 OK", b"<html><body>PROVIDER-TEXT maintenance</body></html>", kind="text/html")
    elif mode == "array":
        whole("200 OK", b"[]")
    elif mode == "deep":
        whole("200 OK", b"[" * DEEP + b"]" * DEEP)
    elif mode == "wrong-types":
        names = [
            "issuer",
            "keys",
            "id_token",
            "access_token",
            "sub",
            "jwks_uri",
            "token_endpoint",
            "authorization_endpoint",
        ]
        whole("200 OK", json.dumps({name: 7 for name in names}).encode())
    elif mode == "redirect":
        whole("302 Found", b"", f"Location: {handler.server.base}/elsewhere")
    elif mode == "truncated":
        head("200 OK", "Content-Length: 1000")
        out.write(b'{"issuer":')
    elif mode == "huge":
        head("200 OK", f"Content-Length: {HUGE}")
        block = b" " * 1_000_000
        for _ in range(HUGE // len(block)):
            out.write(block)
    elif mode == "huge-chunked":
        # Without a length up front only counting what arrives helps.
        head("200 OK", "Transfer-Encoding: chunked")
        block = b" " * 1_000_000
        for _ in range(HUGE // len(block)):
            out.write(b"%x\r\n" % len(block) + block + b"\r\n")
    elif mode == "huge-header":
        head("200 OK", "X-Filler: " + "x" * 4_000_000, "Content-Length: 2")
        out.write(b"{}")
    elif mode == "drip":
        # One byte a second: an idle time-out alone never fires.
        head("200 OK", "Content-Length: 5000")
        while not stopping.wait(1):
            out.write(b" ")
            out.flush()
    elif mode == "timeout":
        stopping.wait(60)
    elif mode == "reset":
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
    else:
        raise ValueError(f"unknown fault {mode}")


MODES = [
    "status-500", "status-429", "status-404", "garbage", "empty", "html", "array", "deep", "wrong-types", "redirect",
    "truncated", "huge", "huge-chunked", "huge-header", "drip", "timeout", "reset",
]  # fmt: skip
