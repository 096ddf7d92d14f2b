"""Every secret that a test run creates, so that each log can be searched for all of them.

Tokens, codes and cookie values are remembered where they are made or first seen; a gateway's log is searched when it
stops. One leak anywhere then fails the test that caused it, whatever that test is about.
"""

import threading

_lock = threading.Lock()
_secrets: set[str] = set()


def remember(secret: str | None) -> str | None:
    if secret and len(secret) >= 12:
        with _lock:
            _secrets.add(secret)
    return secret


def leaks(text: str) -> list[str]:
    """The remembered secrets that occur in `text`."""
    with _lock:
        return sorted(secret for secret in _secrets if secret in text)
