"""Cookies as browsers keep and send them (RFC 6265bis)."""

import re
import time
from dataclasses import dataclass, field

SESSION_COOKIE = re.compile(r"(__Host-|__Secure-)?gatehouse-(?!(login|logout)-)")


@dataclass
class Cookie:
    name: str
    value: str
    host: str
    attributes: dict = field(default_factory=dict)
    expires: float | None = None

    @property
    def host_only(self) -> bool:
        return not self.attributes.get("domain")

    @property
    def same_site(self) -> str | None:
        value = self.attributes.get("samesite")
        return value.lower() if value else None

    @property
    def path(self) -> str:
        path = self.attributes.get("path") or "/"
        return path if path.startswith("/") else "/"

    def breaks_its_prefix(self) -> bool:
        """RFC 6265bis §4.1.3: browsers drop a cookie that does not keep what its prefix promises."""
        secure = "secure" in self.attributes
        if self.name.startswith("__Host-"):
            return not (secure and self.host_only and self.attributes.get("path") == "/")
        return self.name.startswith("__Secure-") and not secure

    def goes_to(self, scheme: str, host: str, path: str) -> bool:
        if self.expires is not None and self.expires <= time.time():
            return False
        if "secure" in self.attributes and scheme != "https" and not is_loopback(host):
            return False
        if self.host_only:
            if host != self.host:
                return False
        else:
            domain = self.attributes["domain"].lstrip(".").lower()
            if host != domain and not host.endswith("." + domain):
                return False
        return path == self.path or path.startswith(self.path.rstrip("/") + "/")


def is_loopback(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost") or host.startswith("127.")
