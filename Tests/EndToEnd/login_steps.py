"""Steps of a login that tests take one at a time."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tokens import REMOVED


def to_callback(gateway, agent, begun):
    """Follows the provider's answer up to, not into, our callback; its URL."""
    answer = agent.follow(begun, until=lambda a: a.location.startswith(f"{gateway.url}/login/callback"))
    return answer.location


def altered(url: str, **changes) -> str:
    parts = urlsplit(url)
    query = {name: value for name, value in (dict(parse_qsl(parts.query)) | changes).items() if value is not REMOVED}
    return urlunsplit(parts._replace(query=urlencode(query, doseq=True)))


def redeemed(provider) -> int:
    return len(provider.received("token"))
