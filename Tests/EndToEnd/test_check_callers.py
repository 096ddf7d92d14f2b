"""Who the session check believes: cookies in every state of repair, and forwarded headers of nobody in particular."""

from urllib.parse import parse_qs, urlsplit

import pytest

from user_agent import HTML

NAVIGATION = {"Accept": HTML, "Sec-Fetch-Mode": "navigate"}
CLAIMS = {
    "forwarded": {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.example.com", "X-Forwarded-Uri": "/x"},
    "original": {"X-Original-URL": "https://app.example.com/x"},
    "rfc7239": {"Forwarded": "host=app.example.com;proto=https"},
}


@pytest.fixture(scope="module")
def ada(gateway):
    return gateway.signed_in()


@pytest.fixture(scope="module")
def trusting_nobody(shared, provider):
    return shared.gateway({"okta": provider})


@pytest.fixture(scope="module")
def trusting_others(shared, provider):
    return shared.gateway({"okta": provider}, trusted_proxies=["192.0.2.0/24", "2001:db8::1"])


# Cookies

BAD_COOKIES = {
    "none": "",
    "another": "theme=dark",
    "no-value": "{name}=",
    "no-equals-sign": "{name}",
    "short": "{name}=abc",
    "of-the-right-form": "{name}=" + "A" * 43,
    "changed-in-its-last-character": "{name}={other}",
    "cut-short": "{name}={cut}",
    "with-something-after-it": "{name}={value}x",
    "with-something-before-it": "{name}=x{value}",
    "in-capitals": "{NAME}={value}",
    "under-a-host-prefix": "__Host-{name}={value}",
    "of-another-realm": "gatehouse-ssp={value}",
    "with-a-realm-that-is-longer": "{name}x={value}",
    "percent-encoded": "{name}=%41%42",
    "very-long": "{name}=" + "A" * 7000,
    "only-separators": "; ; ;;; =; =x",
    "control-characters": "{name}=\x01\x02\x7f",
    "not-ascii": "{name}=\xff\xfe\xc3",
    "sql": "{name}=' OR 1=1 --",
    "quotes-that-never-close": '{name}="{value}',
}


def cookie_of(agent, form: str) -> str:
    cookie = agent.session_cookies()[0]
    last = "A" if cookie.value[-1] != "A" else "B"
    return form.format(
        name=cookie.name,
        NAME=cookie.name.upper(),
        value=cookie.value,
        other=cookie.value[:-3] + last * 3,
        cut=cookie.value[:-1],
    )


@pytest.mark.parametrize("name", BAD_COOKIES)
def test_a_cookie_that_is_no_session_is_plainly_not_signed_in(name, gateway, ada):
    """A malformed cookie is a 401 like any other, never an error (authentik CVE-2026-25748)."""
    answer = gateway.check(headers={"Cookie": cookie_of(ada, BAD_COOKIES[name])})
    # RFC 9110 §5.5 lets an HTTP server refuse control characters before anyone looks at the cookie.
    assert answer.status == 401 or (name == "control-characters" and answer.status == 400), answer
    if answer.status == 401:
        assert answer.header("Cache-Control") == "no-store"


def test_the_same_cookie_unharmed_is_signed_in(gateway, ada):
    assert gateway.check(headers={"Cookie": cookie_of(ada, "{name}={value}")}).status == 200


@pytest.mark.parametrize(
    "form",
    [
        "a=b; {name}={value}; c=d",
        "{name}={value};c=d",
        "a=b;{name}={value}",
        'a="x;y"; {name}={value}',
        "x; {name}={value}; =",
        "a=\xff; {name}={value}",
    ],
)
def test_other_cookies_beside_it_do_no_harm(form, gateway, ada):
    assert gateway.check(headers={"Cookie": cookie_of(ada, form)}).status == 200


@pytest.mark.parametrize(
    "form", ["{name}=junk; {name}={value}", "{name}={value}; {name}=junk", "{name}={value}; {name}={value}"]
)
def test_a_cookie_that_comes_twice_is_decided_not_an_error(form, gateway, ada):
    assert gateway.check(headers={"Cookie": cookie_of(ada, form)}).status in (200, 401)


def test_a_cookie_of_many_kilobytes_is_refused_politely(gateway):
    answer = gateway.check(headers={"Cookie": "x=" + "y" * 200_000})
    assert answer.status in (400, 401, 413, 431)
    assert gateway.check().status == 401, "and the gateway goes on"


def test_a_session_of_one_realm_is_none_under_the_cookie_name_of_another(stage):
    from gateway import realm

    provider = stage.provider()
    realms = {"infraon": realm("okta"), "ssp": realm("okta", title="Portal")}
    gateway = stage.gateway({"okta": provider}, realms)
    token = gateway.signed_in().session_cookies()[0].value
    assert gateway.check(query="realm=infraon", headers={"Cookie": f"gatehouse-infraon={token}"}).status == 200
    assert gateway.check(query="realm=ssp", headers={"Cookie": f"gatehouse-ssp={token}"}).status == 401
    assert gateway.check(query="realm=ssp", headers={"Cookie": f"gatehouse-infraon={token}"}).status == 401
    # Twice, for the first answer may have come from the store and the second from the cache.
    assert gateway.check(query="realm=ssp", headers={"Cookie": f"gatehouse-ssp={token}"}).status == 401


def test_cookies_in_two_header_lines_are_decided_not_an_error(gateway, ada):
    """Proxies that speak HTTP/2 in front may split them (RFC 9113 §8.2.3)."""
    cookie = ada.session_cookies()[0]
    lines = [
        b"GET /session/check?realm=infraon HTTP/1.1",
        b"Host: x",
        b"Cookie: a=b",
        f"Cookie: {cookie.name}={cookie.value}".encode(),
    ]
    assert status_of(gateway, lines) in (200, 401)


def status_of(gateway, lines: list[bytes]) -> int:
    import socket

    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as connection:
        connection.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
        return int(connection.recv(65536).split()[1])


# Bearer


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Bearer x", "bearer " + "A" * 43, "Basic YTpi", "Bearer a b", "\xff"]
)
def test_a_bearer_that_is_none_is_401(value, gateway):
    assert gateway.check(headers={"Authorization": value}).status == 401


@pytest.mark.parametrize("value", ["Basic YTpi", "Digest username=x", "Bearer the-applications-own-token"])
def test_an_applications_own_authorization_header_does_not_hide_the_session(value, gateway, ada):
    """Known by cookie *or* bearer: nginx passes both on, and the application's credentials are none of ours."""
    cookie = ada.session_cookies()[0]
    headers = {"Cookie": f"{cookie.name}={cookie.value}", "Authorization": value}
    assert gateway.check(headers=headers).status == 200


def test_x_auth_token_is_no_credential_here(gateway, ada):
    """Every application sees that token; it must not open other doors."""
    given = gateway.check(ada).header("X-Auth-Token")
    assert gateway.check(headers={"Authorization": f"Bearer {given}"}).status == 401


# Forwarded headers


def location_query(answer) -> dict:
    return parse_qs(urlsplit(answer.header("Location")).query)


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize("face", ["", "/forward"])
def test_with_no_trusted_proxy_forwarded_headers_are_ignored(name, face, trusting_nobody):
    """oauth2-proxy CVE-2026-40575."""
    answer = trusting_nobody.check(face=face, headers=CLAIMS[name] | NAVIGATION)
    assert answer.status in (302, 401)
    assert "app.example.com" not in answer.header("Location")


@pytest.mark.parametrize("name", CLAIMS)
def test_of_an_address_that_is_not_listed_forwarded_headers_are_ignored(name, trusting_others):
    answer = trusting_others.check(headers=CLAIMS[name])
    assert "app.example.com" not in answer.header("Location")


@pytest.mark.parametrize("trusted", ["127.0.0.0/8", "127.0.0.1/32", "0.0.0.0/0"])
def test_a_listed_range_is_trusted(trusted, stage, provider):
    gateway = stage.gateway({"okta": provider}, trusted_proxies=[trusted])
    assert location_query(gateway.check(headers=CLAIMS["original"]))["return_to"] == ["https://app.example.com/x"]


def test_x_forwarded_for_does_not_make_a_caller_trusted(trusting_others):
    headers = CLAIMS["original"] | {"X-Forwarded-For": "192.0.2.7", "X-Real-IP": "192.0.2.7"}
    assert "app.example.com" not in trusting_others.check(headers=headers).header("Location")


def test_an_untrusted_method_header_is_ignored(trusting_nobody):
    answer = trusting_nobody.check(face="/forward", headers={"X-Forwarded-Method": "POST"} | NAVIGATION)
    assert answer.status == 302


def test_an_untrusted_check_header_never_opens_a_door(trusting_nobody):
    """Ignoring it is right by the letter; a 400 tells an administrator who forgot to list the proxy."""
    agent = trusting_nobody.signed_in()
    for header in ("role=owner", "realm=nowhere", "%zz"):
        assert trusting_nobody.check(agent, headers={"X-Gatehouse-Check": header}).status in (200, 400)
    assert trusting_nobody.check(
        agent, "realm=infraon&role=owner", headers={"X-Gatehouse-Check": "role=admin"}
    ).status in (400, 403)


def test_the_token_audience_is_not_taken_from_untrusted_headers(trusting_nobody):
    from tokens import unverified

    token = trusting_nobody.check(trusting_nobody.signed_in(), headers=CLAIMS["forwarded"]).header("X-Auth-Token")
    assert "app.example.com" not in str(unverified(token)[1]["aud"])


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_Host": "app.example.com", "X_Forwarded_Proto": "https", "X_Forwarded_Uri": "/x"},
        {"X_Original_URL": "https://app.example.com/x"},
        {"x_original_url": "https://app.example.com/x"},
    ],
)
def test_underscore_aliases_of_trusted_headers_are_never_believed(headers, gateway):
    """CVE-2025-64484: some servers fold `_` into `-`."""
    answer = gateway.check(headers=headers)
    assert answer.status in (400, 401)
    assert "app.example.com" not in (answer.header("Location") or "")


@pytest.mark.parametrize("first, second", [("role=technician", "role=owner"), ("role=owner", "role=technician")])
def test_a_second_check_header_cannot_replace_the_first(first, second, gateway, ada):
    """A proxy that appends its rule to a header the client sent must not be fooled by the client's."""
    cookie = ada.session_cookies()[0]
    lines = [b"GET /session/check?realm=infraon HTTP/1.1", b"Host: x", f"Cookie: {cookie.name}={cookie.value}".encode()]
    rules = [f"X-Gatehouse-Check: {rule}".encode() for rule in (first, second)]
    assert status_of(gateway, [*lines, rules[0].replace(b"owner", b"admin")]) == 200
    assert status_of(gateway, [*lines, *rules]) in (400, 403)
    # The same after a proxy has folded the two into one line (RFC 9110 §5.3).
    assert status_of(gateway, [*lines, f"X-Gatehouse-Check: {first}, {second}".encode()]) in (400, 403)


def test_an_underscore_alias_of_the_check_header_does_not_weaken_the_check(gateway, ada):
    assert gateway.check(ada, "realm=infraon&role=owner", headers={"X_Gatehouse_Check": "role=admin"}).status in (
        400,
        403,
    )


def test_the_host_header_never_makes_a_link(gateway):
    """Links are built from `url`, never from a Host header."""
    for host in ("evil.example.org", "localhost:1", "evil.example.org:443"):
        answer = gateway.check(headers={"Host": host})
        assert answer.header("Location").startswith(gateway.url + "/login"), answer
        login = gateway.send("GET", "/login?realm=infraon", {"Host": host})
        assert "evil" not in str(login.headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "app.example.com, evil.example.org"},
        {"X-Forwarded-Host": "app.example.com@evil.example.org"},
        {"X-Forwarded-Host": "app.example.com/evil"},
        {"X-Forwarded-Host": "app.example.com:99999"},
        {"X-Forwarded-Host": "app.example.com", "X-Forwarded-Proto": "javascript"},
        {"X-Forwarded-Host": "app.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-Uri": "no-slash"},
        {"X-Original-URL": "not a url"},
        {"X-Original-URL": ""},
        {"X-Original-URL": "https://app.example.com/\xff"},
    ],
)
def test_forwarded_headers_that_make_no_sense_never_become_a_return_address_elsewhere(headers, gateway, ada):
    answer = gateway.check(headers=headers)
    assert answer.status in (400, 401), answer
    for value in location_query(answer).get("return_to", []) if answer.header("Location") else []:
        assert value.startswith("https://app.example.com/") and "evil" not in urlsplit(value).netloc, value
    assert gateway.check(ada, headers=headers).status in (200, 400)
