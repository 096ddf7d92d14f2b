"""What a 200 of the session check carries: always the full set, safely encoded, in three naming schemes."""

from urllib.parse import unquote

import pytest

from gateway import realm

X_AUTH = ["User", "Email", "Name", "Realm", "Roles", "Groups", "Provider", "Token"]
REMOTE = {
    "Remote-User": "ada@example.com",
    "Remote-Name": "Ada Lovelace",
    "Remote-Email": "ada@example.com",
    "Remote-Groups": None,
}
AUTH_REQUEST = [
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Auth-Request-Preferred-Username",
]
GROUPS = {"Everyone", "infraon-admins", "infraon-tech-berlin"}


def names(answer) -> set[str]:
    return {name.lower() for name, _ in answer.headers}


@pytest.fixture(scope="module")
def ada(gateway):
    return gateway.signed_in()


@pytest.mark.parametrize("face", ["", "/forward", "/envoy/x"])
def test_every_header_of_the_set_is_there(face, gateway, ada):
    answer = gateway.check(ada, "" if "envoy" in face else "realm=infraon", face)
    assert {f"x-auth-{name.lower()}" for name in X_AUTH} <= names(answer)
    assert answer.header("X-Auth-Realm") == "infraon" and answer.header("X-Auth-Provider") == "okta"
    assert set(answer.header("X-Auth-Groups").split(",")) == GROUPS
    assert answer.header("X-Auth-User") not in ("", "ada@example.com")
    assert answer.header("X-Auth-Token").count(".") == 2


def test_headers_remote_are_named_as_authelia_names_them(gateway, ada):
    answer = gateway.check(ada, "realm=infraon&headers=remote")
    for name, value in REMOTE.items():
        assert answer.header(name) is not None
        assert value is None or answer.header(name) == value
    assert set(answer.header("Remote-Groups").split(",")) == GROUPS
    assert {name for name in names(answer) if name.startswith("x-auth-")} == {"x-auth-token"}


def test_headers_auth_request_are_named_as_oauth2_proxy_names_them(gateway, ada):
    answer = gateway.check(ada, "realm=infraon&headers=auth-request")
    assert all(answer.header(name) is not None for name in AUTH_REQUEST), answer
    assert answer.header("X-Auth-Request-Email") == "ada@example.com"
    assert set(answer.header("X-Auth-Request-Groups").split(",")) == GROUPS
    kept = {name for name in names(answer) if name.startswith("x-auth-") and not name.startswith("x-auth-request-")}
    assert kept == {"x-auth-token"}


def test_the_set_is_chosen_by_the_check_header_too(gateway, ada):
    answer = gateway.check(ada, "", "/envoy/x", headers={"X-Gatehouse-Check": "realm=infraon&headers=remote"})
    assert answer.status == 200 and answer.header("Remote-User") == "ada@example.com"


HARD = {
    "sub": "00u1hard",
    "email": "zoë@exämple.com",
    "name": "Zoë, 100% «Ops» \U0001f600",
    "groups": [
        "infraon-admins",
        "a,b",
        "50%",
        "Zürich",
        "with space",
        "%41",
        'quote"d',
        "tab\tbed",
        "line\nbroken\r\nX-Evil: 1",
    ],
}


def test_values_are_percent_encoded_where_they_must_be(gateway, provider):
    """`%`, `,` and every byte outside printable ASCII; nothing can break out of its list or its header."""
    provider.behave(person=HARD)
    agent = gateway.signed_in()
    answer = gateway.check(agent)
    for name, value in answer.headers:
        assert all(" " <= character <= "~" for character in value), (name, value)
    assert answer.header("X-Auth-Name") and "," not in answer.header("X-Auth-Name")
    assert unquote(answer.header("X-Auth-Name")) == HARD["name"]
    assert unquote(answer.header("X-Auth-Email")) == HARD["email"]
    assert sorted(unquote(group) for group in answer.header("X-Auth-Groups").split(",")) == sorted(HARD["groups"])
    assert "with space" in answer.header("X-Auth-Groups").split(","), "a space is printable"
    assert "x-evil" not in names(answer)
    remote = gateway.check(agent, "realm=infraon&headers=remote")
    assert sorted(unquote(group) for group in remote.header("Remote-Groups").split(",")) == sorted(HARD["groups"])


def test_a_value_that_is_missing_is_an_empty_header(stage):
    """A client's own X-Auth-Name would survive a copy if the answer left the header out (GHSA-7r4p-vjf4-gxv4)."""
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider}, {"infraon": realm("okta", default_role="guest", roles=[])})
    provider.behave(person={"sub": "00u1bare"})
    answer = gateway.check(gateway.signed_in())
    assert answer.status == 200
    for name in ("Email", "Name", "Groups"):
        assert answer.header(f"X-Auth-{name}") == "", name
    for query, wanted in (("headers=remote", REMOTE), ("headers=auth-request", AUTH_REQUEST)):
        answer = gateway.check(gateway.signed_in(), f"realm=infraon&{query}")
        assert all(answer.header(name) is not None for name in wanted), answer


def test_the_callers_own_identity_headers_have_no_say(gateway, ada):
    forged = {f"X-Auth-{name}": "forged" for name in X_AUTH} | {"Remote-User": "forged"}
    answer = gateway.check(ada, headers=forged)
    assert answer.status == 200 and "forged" not in str(answer.headers)
    assert gateway.check(headers=forged).status == 401


def test_a_session_check_sets_no_cookie(gateway, ada):
    """Cookies on a 200 get lost behind most proxies, so nothing may depend on one."""
    assert gateway.check(ada).all("Set-Cookie") == []
