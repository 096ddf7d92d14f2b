"""Nobody's link makes a login end anywhere but on the allow-list.

Every payload is walked to the very end of a login, for what matters is where the browser lands. A refusal on the way
(4xx) is as good. The judge is stricter than any browser: a Location must be an allowed origin in plain ASCII.
"""

import re
from urllib.parse import quote, urlencode, urlsplit

import pytest

from gateway import HOME, realm
from user_agent import HTML

EVIL = "evil.example.org"
# The same bait in every coat that ever worked somewhere.
PAYLOADS = [
    f"https://{EVIL}",
    f"https://{EVIL}/",
    f"http://{EVIL}/",
    f"//{EVIL}",
    f"///{EVIL}",
    f"////{EVIL}/%2f..",
    f"/\\{EVIL}",
    f"\\/{EVIL}",
    f"\\\\{EVIL}",
    f"/\\/{EVIL}",
    f"/\t/{EVIL}",
    f"/\n/{EVIL}",
    f"/\r/{EVIL}",
    f"\t//{EVIL}",
    f" //{EVIL}",
    f"\x00//{EVIL}",
    f"\x01https://{EVIL}",
    f"%09//{EVIL}",
    f"/%09/{EVIL}",
    f"/%2f{EVIL}",
    f"/%5c{EVIL}",
    f"%2f%2f{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}",
    f"https:\\\\{EVIL}",
    f"https:///{EVIL}",
    f"https:////{EVIL}",
    f"http:{EVIL}",
    f"HtTpS://{EVIL}",
    f"ht\ttps://{EVIL}",
    f"https:\n//{EVIL}",
    f"https://app.example.com@{EVIL}/",
    f"https://app.example.com:pass@{EVIL}/",
    f"https://app.example.com:443@{EVIL}/",
    f"https://app.example.com%40{EVIL}/",
    f"https://app.example.com%2f@{EVIL}/",
    f"https://{EVIL}\\@app.example.com/",
    f"https://{EVIL}\\.app.example.com/",
    f"https://{EVIL}#@app.example.com/",
    f"https://{EVIL}?@app.example.com/",
    f"https://{EVIL}/app.example.com",
    f"https://{EVIL}%23.app.example.com/",
    f"https://{EVIL}%00.app.example.com/",
    f"https://{EVIL}%2e.app.example.com/",
    f"https://{EVIL}\x00.app.example.com/",
    f"https://{EVIL} .app.example.com/",
    f"https://{EVIL};.app.example.com/",
    f"https://{EVIL},app.example.com/",
    "https://user@app.example.com/",
    "https://user:password@app.example.com/",
    "https://@app.example.com/",
    "https://app.example.com.evil.example.org/",
    "https://evilapp.example.com/",
    "https://app.example.com.",
    "https://app.example.com..",
    "https://app.example.comevil.org/",
    "https://app-example.com/",
    "https://appxexample.com/",
    "https://xinfraon.example.com/",
    "https://infraon.example.com.evil.example.org/",
    "https://*.infraon.example.com/",
    "https://.infraon.example.com/",
    "https://x..infraon.example.com/",
    "https://evil.example.org/.infraon.example.com",
    "https://example.com/",
    "https://app.example.com:444/",
    "https://app.example.com:80/",
    "https://app.example.com:99999/",
    "https://app.example.com:-1/",
    "https://app.example.com:443x/",
    "https://app.example.com:/@evil.example.org/",
    "https://app。example。com.evil.example.org/",
    "https://evil。example。org/",
    "https://evil.example.org／.app.example.com/",
    "https://evil.example.org＃.app.example.com/",
    "https://ａｐｐ.example.com@evil.example.org/",
    "https://аpp.example.com/",
    "https://app.example.com‮/",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "javascript://app.example.com/%0aalert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "ftp://app.example.com/",
    "ws://app.example.com/",
    "blob:https://app.example.com/x",
    "view-source:https://app.example.com/",
    "https://app.example.com/\r\nSet-Cookie: x=y",
    "https://app.example.com/\r\n\r\n<script>alert(1)</script>",
    "https://app.example.com\t@evil.example.org",
    "https://[::1]/",
    "https://[app.example.com]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://",
    "https:",
    "://app.example.com/",
    "app.example.com",
    "?return_to=//evil.example.org",
    ".evil.example.org",
    "@evil.example.org",
]

GOOD = [
    "https://app.example.com/",
    "https://app.example.com/tickets?id=7&next=https://evil.example.org/",
    "https://app.example.com/tickets#comment-3",
    "https://app.example.com/?a=b#/route/with?query",
    "https://infraon.example.com/x",
    "https://a.infraon.example.com/x",
    "https://app.example.com/%E2%82%AC/a%20b%2Fc",
    "https://app.example.com/path/with/@/and/:/in",
]


@pytest.fixture(scope="module")
def strict(shared, provider):
    """A gateway under https, as in production: nothing but https may be returned to."""
    settings = {"url": "https://sso.example.com", "trusted_proxies": ["127.0.0.1", "::1"]}
    return shared.gateway({"okta": provider}, {"infraon": realm("okta")}, **settings)


# `#` is not here: it needs no encoding in a Location but may come encoded; compared separately.
ALLOWED = re.compile(
    r"https://(app\.example\.com|([a-z0-9-]+\.)*infraon\.example\.com|sso\.example\.com)(:443)?([/?#][!-~]*)?"
)


def assert_harmless(location: str, gateway):
    assert re.fullmatch(r"[!-~]+", location), f"not plain ASCII: {location!r}"
    assert "\\" not in location.split("?")[0], location
    if re.match(r"/(?![/\\])", location):
        return  # a path of our own
    assert ALLOWED.fullmatch(location), f"off the allow-list: {location!r}"
    assert "@" not in urlsplit(location).netloc


def landing(gateway, agent, answer):
    """Walks a login to its last answer; what the browser is told to do at the end."""
    if 400 <= answer.status < 500:
        assert answer.header("Location") is None
        return None
    if answer.status == 200:  # a chooser or a question of ours; nobody is sent anywhere
        return None
    assert answer.status in (302, 303), answer
    answer = gateway.finish(agent, answer)
    if 400 <= answer.status < 500:
        return None
    assert answer.status == 303, answer
    return answer.header("Location")


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: ascii(payload)[1:-1])
def test_return_to_leads_nowhere_else(payload, strict):
    agent = strict.browser()
    location = landing(strict, agent, strict.begin(agent, return_to=payload))
    if location is not None:
        assert_harmless(location, strict)
        assert not location.startswith(f"https://{EVIL}")


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: ascii(payload)[1:-1])
def test_target_link_uri_leads_nowhere_else(payload, strict, provider):
    agent = strict.browser()
    query = urlencode({"iss": provider.issuer, "target_link_uri": payload})
    location = landing(strict, agent, agent.get(f"{strict.url}/login/initiate?{query}"))
    if location is not None:
        assert_harmless(location, strict)


def sendable(payload: str) -> str | None:
    """As a header value: UTF-8 read as Latin-1; nothing that would end the header."""
    if any(ord(character) < 32 and character != "\t" for character in payload):
        return None
    return payload.encode().decode("latin-1")


@pytest.mark.parametrize("payload", [p for p in PAYLOADS if sendable(p)], ids=lambda payload: ascii(payload)[1:-1])
def test_original_url_leads_nowhere_else(payload, strict):
    """A trusted proxy passes on what a visitor typed."""
    value = sendable(payload)
    faces = {
        "": [
            {"X-Original-URL": value},
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": value, "X-Forwarded-Uri": "/"},
        ],
        "/forward": [
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": value, "X-Forwarded-Uri": "/"},
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.example.com", "X-Forwarded-Uri": value},
            {"X-Forwarded-Proto": value, "X-Forwarded-Host": "app.example.com", "X-Forwarded-Uri": "/"},
        ],
    }
    for face, variants in faces.items():
        for headers in variants:
            answer = strict.check(face=face, headers=headers | {"Accept": HTML})
            assert answer.status in (302, 400, 401), (headers, answer)
            if answer.status == 400:
                continue
            location = answer.header("Location")
            assert location.startswith("https://sso.example.com/login?"), location
            agent = strict.browser()
            final = landing(strict, agent, agent.get(location))
            if final is not None:
                assert_harmless(final, strict)


@pytest.mark.parametrize("target", GOOD)
def test_a_good_return_address_is_kept_to_the_letter(target, strict):
    agent = strict.browser()
    assert landing(strict, agent, strict.begin(agent, return_to=target)) == target


@pytest.mark.parametrize("target", GOOD)
def test_a_good_target_link_uri_is_kept_to_the_letter(target, strict, provider):
    agent = strict.browser()
    query = urlencode({"iss": provider.issuer, "target_link_uri": target})
    assert landing(strict, agent, agent.get(f"{strict.url}/login/initiate?{query}")) == target


def test_a_good_original_url_is_kept_through_the_whole_way(strict):
    """From the proxy's question over the Location that it relays to the end of the login."""
    original = "https://app.example.com/tickets?id=7&x=a%20b&y=%26"
    location = strict.check(headers={"X-Original-URL": original}).header("Location")
    agent = strict.browser()
    assert landing(strict, agent, agent.get(location)) == original


def test_upper_case_in_scheme_and_host_is_the_same_address(strict):
    agent = strict.browser()
    location = landing(strict, agent, strict.begin(agent, return_to="HTTPS://APP.example.COM/X"))
    assert location is not None and re.fullmatch(r"https://app\.example\.com/X", location, re.I)


def test_plain_http_is_refused_by_a_gateway_under_https(strict):
    agent = strict.browser()
    location = landing(strict, agent, strict.begin(agent, return_to="http://app.example.com/"))
    assert location in (None, HOME)


def test_plain_http_is_allowed_by_a_gateway_under_http(shared, provider):
    """Otherwise nobody could try it out on their own machine; the port is part of the rule."""
    hosts = ["localhost:8443", "app.example.com"]
    gateway = shared.gateway({"okta": provider}, {"infraon": realm("okta", return_hosts=hosts)})
    for target in ("http://localhost:8443/x#y", "http://app.example.com/"):
        agent = gateway.browser()
        assert landing(gateway, agent, gateway.begin(agent, return_to=target)) == target
    for target in ("http://localhost:8444/", "http://localhost/", "http://app.example.com:8080/"):
        agent = gateway.browser()
        assert landing(gateway, agent, gateway.begin(agent, return_to=target)) in (None, HOME)


def test_a_return_address_of_one_realm_is_no_good_in_another(shared, provider):
    realms = {
        "infraon": realm("okta"),
        "ssp": realm("okta", title="Portal", return_hosts=["portal.example.net"], home="https://portal.example.net/"),
    }
    gateway = shared.gateway({"okta": provider}, realms)
    agent = gateway.browser()
    location = landing(gateway, agent, gateway.begin(agent, realm="ssp", return_to="https://app.example.com/"))
    assert location in (None, "https://portal.example.net/")


def test_an_absurdly_long_return_address_is_refused_or_dropped(strict):
    agent = strict.browser()
    answer = strict.begin(agent, return_to="https://app.example.com/" + "x" * 60_000)
    assert answer.status in (303, *range(400, 500))
    if answer.status == 303:
        assert len(answer.header("Location")) < 8000


@pytest.mark.parametrize("payload", PAYLOADS[:30], ids=lambda payload: ascii(payload)[1:-1])
def test_logout_leads_nowhere_else(payload, strict):
    for name in ("return_to", "post_logout_redirect_uri", "redirect", "next"):
        agent = strict.browser()
        answer = agent.get(f"https://sso.example.com/logout?realm=infraon&{name}={quote(payload)}")
        if answer.status in (301, 302, 303):
            assert EVIL not in urlsplit(answer.location).netloc, answer
