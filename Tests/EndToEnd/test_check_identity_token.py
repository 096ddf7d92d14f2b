"""X-Auth-Token, verified the way an application would: with joserfc against /.well-known/jwks.json."""

import time

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tokens import unverified

FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.example.com", "X-Forwarded-Uri": "/"}


@pytest.fixture(scope="module")
def ada(gateway):
    return gateway.signed_in()


def verified(gateway, answer) -> dict:
    keys = KeySet.import_key_set(gateway.send("GET", "/.well-known/jwks.json").json)
    decoded = jwt.decode(answer.header("X-Auth-Token"), keys, algorithms=["ES256"])
    assert decoded.header["alg"] == "ES256" and decoded.header["kid"]
    return decoded.claims


def test_the_token_says_who_where_and_until_when(gateway, ada):
    before = int(time.time())
    answer = gateway.check(ada, headers=FORWARDED)
    claims = verified(gateway, answer)
    assert claims["iss"] == gateway.url
    assert claims["aud"] in ("app.example.com", ["app.example.com"])
    assert claims["sub"] == answer.header("X-Auth-User")
    assert claims["email"] == "ada@example.com" and claims["name"] == "Ada Lovelace"
    assert claims["realm"] == "infraon"
    assert sorted(claims["roles"]) == ["admin", "technician"]
    assert sorted(claims["groups"]) == ["Everyone", "infraon-admins", "infraon-tech-berlin"]
    assert before < claims["exp"] <= int(time.time()) + 300
    assert claims["iat"] <= int(time.time()) + 1
    assert before - 60 <= claims["auth_time"] <= int(time.time())
    assert claims["sid"] and claims["sid"] not in ada.session_cookies()[0].value


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Original-URL": "https://other.example.com/x?y", "X-Original-Method": "GET"},
        {"X-Forwarded-Host": "other.example.com"},
        {"X-Forwarded-Host": "OTHER.example.com"},
    ],
)
def test_the_audience_is_the_forwarded_host(headers, gateway, ada):
    """An application must be able to tell a token made for itself from one made for another."""
    assert verified(gateway, gateway.check(ada, headers=headers))["aud"] in ("other.example.com", ["other.example.com"])


def test_tokens_for_two_hosts_are_not_mixed_up_by_a_cache(gateway, ada):
    for _ in range(3):
        for host in ("one.example.com", "two.example.com"):
            claims = verified(gateway, gateway.check(ada, headers={"X-Forwarded-Host": host}))
            assert claims["aud"] in (host, [host])


def test_two_people_never_get_each_others_token(gateway, provider, ada):
    provider.behave(person={"sub": "00u2", "email": "two@example.com", "groups": ["infraon-tech-x"]})
    two = gateway.signed_in()
    for _ in range(3):
        assert verified(gateway, gateway.check(ada))["email"] == "ada@example.com"
        assert verified(gateway, gateway.check(two))["email"] == "two@example.com"


def test_the_session_id_in_the_token_stays_the_same_and_differs_between_sessions(gateway, ada):
    first, again = (verified(gateway, gateway.check(ada))["sid"] for _ in range(2))
    assert first == again != verified(gateway, gateway.check(gateway.signed_in()))["sid"]


def test_the_published_keys_are_public_and_say_what_they_are_for(gateway):
    answer = gateway.send("GET", "/.well-known/jwks.json")
    assert answer.status == 200 and "json" in answer.header("Content-Type")
    keys = answer.json["keys"]
    assert keys and len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert (key["kty"], key["crv"]) == ("EC", "P-256") and "d" not in key
        assert key.get("use") == "sig" and key.get("alg") == "ES256"


def test_a_token_survives_a_restart_of_the_gateway(stage):
    """The signing key is in the store: applications cache the key set."""
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    agent = gateway.signed_in()
    before = gateway.check(agent)
    gateway.stop()
    gateway.start()
    assert verified(gateway, before)["email"] == "ada@example.com"
    assert unverified(gateway.check(agent).header("X-Auth-Token"))[0] == unverified(before.header("X-Auth-Token"))[0]


def test_the_token_of_one_gateway_does_not_verify_at_another(stage):
    provider = stage.provider()
    one, two = (stage.gateway({"okta": provider}) for _ in range(2))
    answer = one.check(one.signed_in())
    with pytest.raises(Exception):
        verified(two, answer)


def test_nobody_gets_a_token_without_a_session(gateway):
    answer = gateway.check()
    assert answer.status == 401 and answer.header("X-Auth-Token") is None
