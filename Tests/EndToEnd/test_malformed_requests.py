"""Requests that are no requests: each gets a clear 4xx, changes nothing, and the gateway goes on."""

import random
import select
import socket

import pytest

from user_agent import UserAgent

PATHS = [
    "/", "/login", "/login/callback", "/login/initiate", "/logout", "/session/check", "/session/check/forward",
    "/session/check/envoy/x", "/api/v1/sessions", "/.well-known/jwks.json", "/healthz", "/readyz", "/metrics",
]  # fmt: skip


@pytest.fixture(autouse=True)
def goes_on(gateway):
    yield
    assert gateway.send("GET", "/healthz").status == 200
    assert gateway.process.running


def exchange(gateway, data: bytes, within: float = 5) -> bytes:
    """Sends raw bytes; what comes back until the other side closes or has been silent for a moment."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=within) as connection:
        received = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while block := connection.recv(65536):
                received += block
        except (ConnectionError, TimeoutError):
            pass
        return received


def status_of(received: bytes) -> int | None:
    return int(received.split()[1]) if received.startswith(b"HTTP/1.") else None


POST = b"POST /logout HTTP/1.1\r\nHost: x\r\n"
CLOSE = b"Connection: close\r\n\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
CALLBACK = b"POST /login/callback HTTP/1.1\r\nHost: x\r\n" + FORM
RAW = {
    "nothing": b"",
    "a-line-end": b"\r\n",
    "not-http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 100,
    "no-version": b"GET /\r\n\r\n",
    "a-strange-version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "no-host": b"GET / HTTP/1.1\r\n\r\n",
    "two-hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "a-body-cut-short": POST + FORM + b"Content-Length: 100\r\n\r\nrealm",
    "a-space-before-the-colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "a-folded-header": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "a-bare-line-feed": b"GET / HTTP/1.1\nHost: x\n\n",
    "a-zero-byte-in-a-header": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
    "a-zero-byte-in-the-path": b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "two-lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length-and-chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a-length-that-is-no-number": POST + b"Content-Length: many\r\n\r\n",
    "a-negative-length": POST + b"Content-Length: -1\r\n\r\n",
    "a-bad-chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "an-absolute-form": b"GET http://evil.example.org/login HTTP/1.1\r\nHost: evil.example.org\r\n" + CLOSE,
    "connect": b"CONNECT evil.example.org:443 HTTP/1.1\r\nHost: evil.example.org\r\n\r\n",
    "an-asterisk": b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a-long-path": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a-long-header": b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 2_000_000 + b"\r\n\r\n",
    "many-headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"A%d: b\r\n" % n for n in range(20_000)) + b"\r\n",
    "percent-signs-gone-wrong": b"GET /login?realm=%&provider=%f&return_to=%zz HTTP/1.1\r\nHost: x\r\n" + CLOSE,
    "a-byte-that-is-not-ascii-in-the-path": b"GET /login?realm=\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", RAW)
def test_raw_bytes_get_a_4xx_or_a_closed_connection(name, gateway):
    received = exchange(gateway, RAW[name])
    status = status_of(received)
    assert status is None or status < 500 or status == 505, received[:300]
    assert b"evil.example.org" not in received


@pytest.mark.parametrize("name", ["no-host", "two-hosts"])
def test_a_request_without_one_host_is_400(name, gateway):
    """RFC 9112 §3.2."""
    assert status_of(exchange(gateway, RAW[name])) == 400


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "FOO"])
def test_a_method_that_a_path_does_not_have_is_405_or_404(path, method, gateway):
    answer = gateway.send(method, path, body=b"")
    if path.startswith("/session/check"):
        assert answer.status == 401 or (method == "FOO" and answer.status == 400)
    else:
        # FOO may already be refused by the HTTP parser.
        assert answer.status in (401, 404, 405) or (method == "FOO" and answer.status == 400), answer


QUERIES = [
    "%",
    "%zz",
    "a=%00",
    "=",
    "&&&",
    "a=1&a=2",
    "realm=%c3%28",
    "realm[]=x",
    "x" * 8000,
    "realm=infraon%00",
    "%72ealm=infraon",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_strange_query_is_never_a_server_error(path, gateway):
    for query in QUERIES:
        answer = gateway.send("GET", f"{path}?{query}")
        assert answer.status < 500, (query, answer)


@pytest.mark.parametrize("path", ["/login/callback", "/logout"])
@pytest.mark.parametrize(
    "kind, body",
    [
        ("application/json", b'{"state":"x","code":"y"}'),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=state\r\n\r\nx\r\n--x--"),
        ("application/x-www-form-urlencoded", b"\xff\xfe\x00=%%%"),
        ("application/x-www-form-urlencoded", b"state=x&state=y&code=z"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"state=+AHg-"),
        ("text/html", b"<form>"),
        ("", b"state=x"),
    ],
)
def test_a_strange_form_is_a_4xx_and_changes_nothing(path, kind, body, gateway):
    agent = gateway.signed_in()
    headers = {"Content-Type": kind, "Origin": "https://evil.example.org"}
    answer = agent.post(gateway.url + path, headers=headers, body=body, referrer="https://evil.example.org/")
    assert answer.status < 500, answer
    if path == "/login/callback":
        assert 400 <= answer.status
    assert gateway.check(agent).status == 200


@pytest.mark.parametrize(
    "path", ["/login/callback", "/logout", "/api/v1/sessions", "/api/v1/cli/logins", "/session/check"]
)
def test_an_oversized_body_is_413_or_not_read(path, gateway):
    """A declared length is refused at once, an endless stream of chunks as soon as it is too much."""
    answer = None
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = gateway.send("POST", path, headers, body=b"a=" + b"b" * 20_000_000)
    except (ConnectionError, OSError):
        pass  # the gateway hung up before it was all sent, which is fine
    if answer is not None:
        assert answer.status in ((400, 401, 413) if path.startswith("/session") else (401, 404, 405, 413)), answer


def test_an_oversized_callback_body_is_413(gateway):
    data = b"code=" + b"x" * 1_500_000
    head = CALLBACK + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(data)
    assert status_of(exchange(gateway, head + data)) == 413


def test_an_endless_body_is_answered_413_while_it_still_comes(gateway):
    head = CALLBACK + b"Transfer-Encoding: chunked\r\n\r\n"
    sent, received = 0, b""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as connection:
        connection.sendall(head)
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        try:
            while not received and sent < 50_000_000:
                connection.sendall(chunk)
                sent += 0x10000
                if select.select([connection], [], [], 0)[0]:
                    received = connection.recv(1000)
        except OSError:
            return  # hung up, which is as good
    assert status_of(received) == 413, received


def test_a_body_that_never_comes_ties_up_nobody(gateway):
    head = b"POST /login/callback HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"
    connections = [socket.create_connection(("127.0.0.1", gateway.port), timeout=5) for _ in range(50)]
    try:
        for connection in connections:
            connection.sendall(head)
        assert gateway.sign_in(gateway.browser()).status == 303
    finally:
        for connection in connections:
            connection.close()


def test_bytes_at_random_never_end_the_gateway(gateway):
    """A fixed seed: the same bytes every time."""
    source = random.Random(8300)
    for _ in range(60):
        exchange(gateway, source.randbytes(source.randrange(1, 2000)), within=2)


def test_requests_changed_at_random_never_end_the_gateway(gateway):
    source = random.Random(1)
    cookie = gateway.signed_in().session_cookies()[0]
    base = (
        "GET /session/check?realm=infraon&role=admin,technician&max_age=15m HTTP/1.1\r\n"
        f"Host: localhost:{gateway.port}\r\n"
        f"Cookie: a=b; {cookie.name}={cookie.value}\r\nX-Original-URL: https://app.example.com/x?y=z\r\n"
        "X-Gatehouse-Check: realm=infraon&role=admin\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    ).encode()
    assert status_of(exchange(gateway, base)) == 200
    for _ in range(400):
        changed = bytearray(base)
        for _ in range(source.randrange(1, 4)):
            place = source.randrange(len(changed))
            action = source.randrange(3)
            if action == 0:
                changed[place] = source.randrange(256)
            elif action == 1:
                del changed[place : place + source.randrange(1, 20)]
            else:
                changed[place:place] = source.randbytes(source.randrange(1, 10))
        if not changed.endswith(b"\r\n\r\n"):
            changed += b"\r\n\r\n"
        status = status_of(exchange(gateway, bytes(changed), within=2))
        assert status is None or status < 500 or status in (501, 505), bytes(changed)


def test_requests_in_one_breath_are_answered_in_order(gateway):
    one = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /session/check HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = exchange(gateway, one.encode())
    assert received.count(b"HTTP/1.1 ") == 2 and received.index(b"200") < received.index(b"401")


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/login/",
        "/login/callback/x",
        "/%2e%2e/etc/passwd",
        "/../../etc/passwd",
        "/api/v1/nowhere",
        "/static/../gatehouse.yaml",
    ],
)
def test_unknown_paths_are_404(path, gateway):
    answer = UserAgent().get(gateway.listening + path)
    assert answer.status in (400, 404), answer
    assert "root:" not in answer.text


def test_an_unknown_path_answers_a_browser_with_a_page_and_a_program_with_a_problem(gateway):
    page = UserAgent().get(gateway.listening + "/nowhere")
    assert page.status == 404 and page.header("Content-Type").startswith("text/html") and page.page.title
    problem = gateway.send("GET", "/api/v1/nowhere", {"Accept": "application/json"})
    assert problem.status in (401, 404) and problem.header("Content-Type").startswith("application/problem+json")
    assert problem.json["type"]
