"""Okta's Universal Logout (global token revocation): one signed request ends everything that a person has here.

https://developer.okta.com/docs/guides/oin-universal-logout-overview/ and draft-parecki-oauth-global-token-revocation.
"""

import time

import pytest

import tokens
from audit_trail import end_of, session_of
from gateway import realm
from logout_tokens import (
    by_email,
    by_subject,
    revocation_claims,
    revocation_endpoint,
    revocation_token,
    revoke_everything,
    somebody,
)
from rotating_provider import RotatingProvider
from secrets_ledger import leaks
from simulator import CLIENT_ID
from tokens import REMOVED, Key
from waiting import wait_until


@pytest.fixture(scope="module")
def provider(shared):
    return shared.provider(kind=RotatingProvider)


@pytest.fixture(scope="module")
def gateway(shared, provider):
    """The organisation under two names, as an app for each realm would be, and a stranger's beside it."""
    other = shared.provider(kind=RotatingProvider)
    realms = {"infraon": realm("okta", "other"), "ssp": realm("okta-again", title="Portal")}
    gateway = shared.gateway({"okta": provider, "okta-again": provider, "other": other}, realms)
    gateway.other = other
    return gateway


def order(gateway, provider, body, **changes):
    return revoke_everything(gateway, revocation_token(gateway, provider, **changes), body)


# What it ends


@pytest.mark.parametrize("form", ["email", "iss_sub"])
def test_it_ends_every_session_of_the_person_in_all_realms(form, gateway, provider):
    person = somebody(provider)
    agents = [gateway.signed_in(provider="okta") for _ in range(3)]
    portal = gateway.signed_in("ssp")
    ended = session_of(gateway, agents[0])["id"]
    somebody(provider)
    stranger = gateway.signed_in(provider="okta")
    body = by_email(person["email"]) if form == "email" else by_subject(provider.issuer, person["sub"])
    answer = order(gateway, provider, body)
    assert (answer.status, answer.body) == (204, b""), answer
    assert answer.header("Cache-Control") == "no-store"
    assert [gateway.check(agent).status for agent in agents] == [401] * 3, "at the very next check"
    assert gateway.check(portal, "realm=ssp").status == 401, "another provider with the same issuer"
    assert gateway.check(stranger).status == 200
    assert end_of(gateway, ended) == "universal_logout"


def test_letters_of_an_email_address_compare_without_case(gateway, provider):
    person = somebody(provider)
    agent = gateway.signed_in(provider="okta")
    assert order(gateway, provider, by_email(person["email"].upper())).status == 204
    assert gateway.check(agent).status == 401


def test_the_same_email_at_another_issuer_is_somebody_else(gateway, provider):
    person = somebody(provider)
    gateway.other.behave(person=person)
    theirs, ours = gateway.signed_in(provider="other"), gateway.signed_in(provider="okta")
    assert order(gateway, provider, by_email(person["email"])).status == 204
    assert (gateway.check(ours).status, gateway.check(theirs).status) == (401, 200)


def test_whoever_was_signed_out_can_sign_in_again(gateway, provider):
    person = somebody(provider)
    agent = gateway.signed_in(provider="okta")
    assert order(gateway, provider, by_email(person["email"])).status == 204
    assert gateway.sign_in(agent, provider="okta").status == 303
    assert gateway.check(agent).status == 200


def test_the_refresh_tokens_end_at_the_provider_too(gateway, provider):
    person = somebody(provider)
    gateway.signed_in(provider="okta")
    family = provider.family()
    assert order(gateway, provider, by_email(person["email"])).status == 204
    wait_until(lambda: family.revoked, 10, "the revocation of the refresh token")


def test_someone_known_without_a_session_is_signed_out_already(gateway, provider):
    person = somebody(provider)
    agent = gateway.signed_in(provider="okta")
    agent.post(f"{gateway.url}/logout?realm=infraon", referrer=gateway.url + "/")
    assert order(gateway, provider, by_email(person["email"])).status == 204


# Whom it does not know, and what it does not understand


def test_nobody_of_that_name_is_404(gateway, provider):
    assert order(gateway, provider, by_email("nobody-at-all@example.com")).status == 404
    assert order(gateway, provider, by_subject(provider.issuer, "00u-nobody")).status == 404


def test_a_subject_of_another_issuer_is_nobody_here(gateway, provider):
    person = somebody(provider)
    agent = gateway.signed_in(provider="okta")
    assert order(gateway, provider, by_subject("https://other.example.com", person["sub"])).status in (404, 422)
    assert gateway.check(agent).status == 200


@pytest.mark.parametrize(
    "sub_id", [{"format": "phone_number", "phone_number": "+1"}, {"format": "opaque", "id": "x"}, {"format": "Email"}]
)
def test_another_format_is_422(sub_id, gateway, provider):
    assert order(gateway, provider, {"sub_id": sub_id}).status == 422


BODIES = {
    "empty": b"",
    "not-json": b"{sub_id",
    "not-an-object": b"[]",
    "no-sub_id": b"{}",
    "sub_id-not-an-object": b'{"sub_id":"ada@example.com"}',
    "no-format": b'{"sub_id":{"email":"ada@example.com"}}',
    "format-not-a-string": b'{"sub_id":{"format":7}}',
    "email-missing": b'{"sub_id":{"format":"email"}}',
    "email-not-a-string": b'{"sub_id":{"format":"email","email":["ada@example.com"]}}',
    "iss-missing": b'{"sub_id":{"format":"iss_sub","sub":"00u1ada"}}',
    "sub-missing": b'{"sub_id":{"format":"iss_sub","iss":"https://acme.okta.com"}}',
    "twice-the-same-member": b'{"sub_id":{"format":"email","email":"a@example.com","email":"b@example.com"}}',
    "not-utf8": b'{"sub_id":{"format":"email","email":"\xff"}}',
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_400_that_is(name, gateway, provider):
    answer = order(gateway, provider, BODIES[name])
    assert answer.status == 400 and answer.header("Cache-Control") == "no-store", answer


def test_a_body_that_is_too_large_is_413(gateway, provider):
    assert order(gateway, provider, b'{"x":"' + b"y" * 100_000 + b'"}').status == 413


# Tokens


def claims(**changes):
    return lambda gateway, provider: revocation_token(gateway, provider, **changes)


def header(**changes):
    return lambda gateway, provider: revocation_token(gateway, provider, header=changes)


def made(make):
    return lambda gateway, provider: make(revocation_claims(gateway, provider), provider)


def at(seconds: int) -> int:
    return int(time.time()) + seconds


TYP = {"typ": "global-token-revocation+jwt"}
BAD = {
    "none": lambda gateway, provider: None,
    "empty": lambda gateway, provider: "",
    "garbage": lambda gateway, provider: "not-a-token",
    "typ-missing": header(typ=REMOVED),
    "typ-of-an-id-token": header(typ="JWT"),
    "typ-of-a-logout-token": header(typ="logout+jwt"),
    "iss-missing": claims(iss=REMOVED),
    "iss-of-another": claims(iss="https://other.okta.com"),
    "aud-missing": claims(aud=REMOVED),
    "aud-of-another": claims(aud="https://other.example.com/logout/universal/okta"),
    "aud-the-client": lambda gateway, provider: revocation_token(gateway, provider, aud=provider.client_id),
    "exp-missing": claims(exp=REMOVED),
    "exp-past": lambda gateway, provider: revocation_token(gateway, provider, exp=at(-120)),
    "exp-in-an-hour": lambda gateway, provider: revocation_token(gateway, provider, exp=at(3600)),
    "nbf-in-the-future": lambda gateway, provider: revocation_token(gateway, provider, nbf=at(200)),
    "nbf-an-hour-ago": lambda gateway, provider: revocation_token(gateway, provider, nbf=at(-3600), iat=at(-3600)),
    "kid-unknown": header(kid="unknown"),
    "alg-none": made(lambda c, p: tokens.compact(TYP | {"alg": "none"}, c, None)),
    "HS256-with-the-client-secret": made(
        lambda c, p: tokens.compact(TYP | {"alg": "HS256"}, c, p.client_secret.encode())
    ),
    "signature-of-another-key": made(
        lambda c, p: tokens.token(c, Key("RS256", "stranger", kid=p.signing_key.kid), TYP)
    ),
    "signature-empty": made(lambda c, p: tokens.token(c, p.signing_key, TYP).rsplit(".", 1)[0] + "."),
}


@pytest.mark.parametrize("name", BAD)
def test_a_token_is_401_that_is_or_has(name, gateway, provider):
    person = somebody(provider)
    agent = gateway.signed_in(provider="okta")
    answer = revoke_everything(gateway, BAD[name](gateway, provider), by_email(person["email"]))
    assert answer.status == 401, answer
    assert answer.header("WWW-Authenticate").startswith("Bearer")
    if name != "none":
        assert 'error="invalid_token"' in answer.header("WWW-Authenticate")
    assert answer.header("Cache-Control") == "no-store" and not leaks(answer.text)
    assert gateway.check(agent).status == 200, "nothing ended"


@pytest.mark.parametrize("sub, statuses", [("0oa-somebody-else", {403}), (REMOVED, {401, 403}), ("", {401, 403})])
def test_a_token_of_another_client_is_403(sub, statuses, gateway, provider):
    person = somebody(provider)
    agent = gateway.signed_in(provider="okta")
    assert order(gateway, provider, by_email(person["email"]), sub=sub).status in statuses
    assert gateway.check(agent).status == 200


def test_a_bad_token_is_told_before_a_bad_body(gateway, provider):
    """Nobody without a token learns anything."""
    for body in (b"{", {"sub_id": {"format": "opaque"}}, by_email("nobody-at-all@example.com")):
        assert revoke_everything(gateway, None, body).status == 401


def test_a_token_in_the_body_or_the_address_does_not_count(gateway, provider):
    person = somebody(provider)
    agent = gateway.signed_in(provider="okta")
    token = revocation_token(gateway, provider)
    path = f"/logout/universal/okta?access_token={token}"
    headers = {"Content-Type": "application/json"}
    body = by_email(person["email"]) | {"access_token": token}
    assert revoke_everything(gateway, None, body).status == 401
    assert gateway.send("POST", path, headers, body=b'{"sub_id":{}}').status == 401
    assert gateway.check(agent).status == 200


def test_a_list_of_the_one_audience_is_good(gateway, provider):
    person = somebody(provider)
    agent = gateway.signed_in(provider="okta")
    answer = order(gateway, provider, by_email(person["email"]), aud=[revocation_endpoint(gateway)])
    assert answer.status == 204 and gateway.check(agent).status == 401


# Requests


def test_an_unknown_provider_is_404(gateway, provider):
    assert revoke_everything(gateway, revocation_token(gateway, provider), by_email("x@y"), "nowhere").status == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_405(method, gateway):
    assert gateway.send(method, "/logout/universal/okta").status == 405


def test_keys_that_cannot_be_fetched_are_503_and_it_may_come_again(stage):
    provider = stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"okta": provider})
    agent = gateway.signed_in()
    gateway.stop()
    provider.behave(faults={"keys": "status-500", "discovery": "status-500"})
    gateway.start()
    token = revocation_token(gateway, provider)
    assert revoke_everything(gateway, token, by_email("ada@example.com")).status == 503
    provider.behave()
    again = lambda: revoke_everything(gateway, token, by_email("ada@example.com")).status == 204
    wait_until(again, 15, "the same order to be followed", every=0.3)
    assert gateway.check(agent).status == 401


def test_ended_at_one_process_is_over_at_the_very_next_check_at_the_other(stage):
    provider = stage.provider(kind=RotatingProvider)
    one = stage.gateway({"okta": provider})
    two = stage.twin(one)
    for _ in range(10):
        person = somebody(provider)
        agent = one.signed_in()
        assert two.check(agent).status == 200
        assert order(one, provider, by_email(person["email"])).status == 204
        assert (two.check(agent).status, one.check(agent).status) == (401, 401)


# The simulated Okta: the organisation signs also where a custom authorization server gives the tokens


@pytest.mark.parametrize("server", ["", "/oauth2/default"], ids=["org", "custom"])
def test_okta_signs_with_the_organisations_own_key(server, stage):
    simulator, gateway = stage.simulated(server=server)
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    token = lambda signer: simulator.control(
        "POST",
        "/simulator/sign",
        {
            "claims": {
                "iss": simulator.origin, "aud": revocation_endpoint(gateway), "sub": CLIENT_ID,
                "iat": at(0), "nbf": at(0), "exp": at(200),
            },
            "header": TYP,
            "server": signer,
        },
    ).json["jwt"]  # fmt: skip
    assert revoke_everything(gateway, token("default"), by_email("ada@example.com")).status == 401
    assert gateway.check(agent).status == 200
    assert revoke_everything(gateway, token("org"), by_email("ada@example.com")).status == 204
    assert gateway.check(agent).status == 401


@pytest.mark.parametrize("form", ["email", "iss_sub"])
def test_okta_signs_somebody_out_everywhere(form, stage):
    """The whole way, by the simulated Okta's own request."""
    simulator, gateway = stage.simulated()
    agents = [gateway.browser(), gateway.browser()]
    for agent in agents:
        assert simulator.sign_in(gateway, agent).status == 303
    order = {"endpoint": revocation_endpoint(gateway), "client_id": CLIENT_ID, "email": "ada@example.com"}
    answer = simulator.control("POST", "/simulator/universal-logout", order | {"format": form}).json
    assert answer["status"] == 204, answer
    assert [gateway.check(agent).status for agent in agents] == [401, 401]
