"""A browser as far as HTTP goes.

Why not a ready HTTP client: these tests need what real browsers do and clients do not, namely cookies that span ports
but not hosts, SameSite and the `__Host-` rules, Sec-Fetch headers that tell the truth about where a request comes
from, and no redirect followed unless the test says so.
"""

import http.client
import json
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

from cookies import SESSION_COOKIE, Cookie
from pages import Page
from secrets_ledger import remember

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass
class Answer:
    """One HTTP answer, redirects included."""

    method: str
    url: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def page(self) -> Page:
        return Page(self.text)

    @property
    def location(self) -> str | None:
        value = self.header("Location")
        return None if value is None else urljoin(self.url, value)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def __str__(self):
        return f"{self.method} {self.url} -> {self.status} {dict(self.headers)} {self.text[:600]}"


def site_of(url: str) -> str:
    """The schemeful site of a URL; good enough for the names the tests use."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host.replace(".", "").isdigit():
        host = ".".join(host.split(".")[-2:])
    return f"{parts.scheme}://{host}"


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}:{port}"


class UserAgent:
    """One person's browser: a cookie jar and the habits of a top-level navigation.

    `resolve` maps an origin such as `https://sso.example.com` to the address that really serves it, for gateways that
    stand behind a TLS proxy in production.
    """

    def __init__(self, resolve: dict[str, str] | None = None, headers: dict | None = None):
        self.cookies: list[Cookie] = []
        self.dropped: list[Cookie] = []
        self.resolve = resolve or {}
        self.headers = headers or {}
        self._lock = threading.Lock()

    # Cookies

    def cookie(self, name: str) -> Cookie | None:
        with self._lock:
            found = [cookie for cookie in self.cookies if cookie.name == name]
        assert len(found) < 2, f"several cookies {name}: {found}"
        return found[0] if found else None

    def session_cookies(self) -> list[Cookie]:
        """The gateway's session cookies, whatever their prefix; those of login attempts are none."""
        with self._lock:
            return [cookie for cookie in self.cookies if SESSION_COOKIE.match(cookie.name)]

    def forget(self, name: str):
        with self._lock:
            self.cookies = [cookie for cookie in self.cookies if cookie.name != name]

    def accept(self, url: str, line: str):
        """Takes one Set-Cookie line as a browser would."""
        first, *rest = line.split(";")
        name, _, value = first.strip().partition("=")
        attributes = {}
        for part in rest:
            key, _, text = part.strip().partition("=")
            attributes[key.lower()] = text
        expires = None
        if "max-age" in attributes:
            expires = time.time() + int(attributes["max-age"])
        elif "expires" in attributes:
            expires = time.mktime(time.strptime(attributes["expires"], "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
        cookie = Cookie(name, value, urlsplit(url).hostname or "", attributes, expires)
        if "gatehouse" in name and len(value) >= 20:
            remember(value)
        with self._lock:
            if cookie.breaks_its_prefix() or (cookie.same_site == "none" and "secure" not in attributes):
                self.dropped.append(cookie)
                return
            same = lambda other: (
                (other.name, other.path) == (name, cookie.path)
                and (
                    (other.host, other.host_only) == (cookie.host, cookie.host_only)
                    or (not other.host_only and other.attributes.get("domain") == attributes.get("domain"))
                )
            )
            self.cookies = [other for other in self.cookies if not same(other)]
            if value != "" and (expires is None or expires > time.time()):
                self.cookies.append(cookie)

    def cookie_header(self, url: str, method: str, site: str) -> str | None:
        parts = urlsplit(url)
        chosen = []
        with self._lock:
            for cookie in self.cookies:
                if not cookie.goes_to(parts.scheme, parts.hostname or "", parts.path or "/"):
                    continue
                if site == "cross-site":
                    if cookie.same_site == "strict":
                        continue
                    if cookie.same_site == "lax" and method not in ("GET", "HEAD"):
                        continue
                chosen.append(f"{cookie.name}={cookie.value}")
        return "; ".join(chosen) or None

    # Requests

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict | None = None,
        form: dict | list | None = None,
        body: bytes | None = None,
        referrer: str | None = None,
        program: bool = False,
        timeout: float = 30,
    ) -> Answer:
        """One request. `program` sends it as a script would: no Accept for HTML and no Sec-Fetch headers.

        A header given as None is left out.
        """
        url = url.split("#")[0]
        parts = urlsplit(url)
        real = urlsplit(self.resolve.get(f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{parts.netloc}"))
        site = "none" if referrer is None else relation(referrer, url)
        wanted = {"Host": parts.netloc, "User-Agent": "Mozilla/5.0 (end-to-end test)"}
        if not program:
            wanted |= {
                "Accept": HTML,
                "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-Dest": "document",
                "Sec-Fetch-Site": site,
            }
            if referrer is not None and method not in ("GET", "HEAD"):
                wanted["Origin"] = origin_as_sent(referrer)
        else:
            wanted["Accept"] = "*/*"
        if form is not None:
            body = urlencode(form).encode()
            wanted["Content-Type"] = "application/x-www-form-urlencoded"
        if body is not None or method in ("POST", "PUT", "PATCH"):
            wanted["Content-Length"] = str(len(body or b""))
        cookies = self.cookie_header(url, method, site)
        if cookies:
            wanted["Cookie"] = cookies
        wanted |= self.headers
        wanted |= headers or {}
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = "127.0.0.1" if real.hostname == "localhost" else real.hostname
        if real.scheme == "https":
            trusting = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection(host, real.port or 443, timeout=timeout, context=trusting)
        else:
            connection = http.client.HTTPConnection(host, real.port or 80, timeout=timeout)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in wanted.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            answer = Answer(method, url, response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        for line in answer.all("Set-Cookie"):
            self.accept(url, line)
        return answer

    def get(self, url: str, **options) -> Answer:
        return self.send("GET", url, **options)

    def post(self, url: str, **options) -> Answer:
        return self.send("POST", url, **options)

    def follow(self, answer: Answer, until=lambda answer: False, limit: int = 20) -> Answer:
        """Follows redirects as a browser does until `until` holds or an answer is none."""
        start = answer.url
        while answer.status in (301, 302, 303, 307, 308) and not until(answer):
            assert limit > 0, f"too many redirects, last {answer}"
            limit -= 1
            assert answer.status not in (307, 308) or answer.method == "GET", f"would repeat a POST: {answer}"
            answer = self.get(answer.location, referrer=start)
        return answer

    def submit(self, answer: Answer, form, button=None, **options) -> Answer:
        """Presses `button` of a form of `answer`'s page."""
        if answer.header("Referrer-Policy") == "no-referrer":
            # What browsers make of that policy for a POST: the page's origin is nobody's business, not even its own.
            options["headers"] = {"Origin": "null"} | (options.get("headers") or {})
        fields = dict(form.fields)
        target = urljoin(answer.url, form.action or answer.url)
        if button is not None:
            if button.attributes.get("name"):
                fields[button.attributes["name"]] = button.attributes.get("value", "")
            target = urljoin(target, button.attributes.get("formaction", target))
        if form.method == "POST":
            return self.post(target, form=fields, referrer=answer.url, **options)
        return self.get(f"{target.split('?')[0]}?{urlencode(fields)}", referrer=answer.url, **options)


def relation(source: str, target: str) -> str:
    """What Sec-Fetch-Site says of a request from `source` to `target`."""
    if origin_of(source) == origin_of(target):
        return "same-origin"
    return "same-site" if site_of(source) == site_of(target) else "cross-site"


def origin_as_sent(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
