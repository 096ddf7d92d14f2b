"""What the OpenID Foundation's conformance suite judges a relying party by: a test for each behaviour, named after it.

The suite itself needs a server on the public internet; here the same messages come from RotatingProvider, and the
running program is judged by what a browser, the provider and an administrator see. Variants of each rule are in the
tests of their own (test_id_token_login.py, test_provider_keys.py, test_backchannel_logout.py, …).
"""

import base64
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

import tokens
from audit_trail import end_of, events, session_of
from gateway import assert_login_failed, reference_on
from login_steps import altered
from logout_tokens import EVENT, log_out, logout_claims, logout_token, somebody, tell
from revalidation_steps import has_roles, quick, refreshed
from rotating_provider import RotatingProvider
from tokens import REMOVED, Key
from waiting import wait_until


@pytest.fixture(scope="module")
def provider(shared):
    return shared.provider(kind=RotatingProvider)


@pytest.fixture
def pair(stage):
    """A provider and a gateway of their own, for what they remember: keys and documents."""
    provider = stage.provider(kind=RotatingProvider)
    return provider, stage.gateway({"okta": provider})


def reason_of(gateway, reference: str) -> str:
    found = wait_until(lambda: events(gateway, reference=reference), 5, f"{reference} in the audit trail")
    return found[0]["reason"]


def assert_refused(gateway, reason: str, *others: str):
    """A whole login fails for this reason, and leaves no session."""
    agent = gateway.browser()
    answer = gateway.sign_in(agent)
    reference = assert_login_failed(answer, agent, gateway, [*range(400, 500), 502])
    assert reason_of(gateway, reference) in (reason, *others)


def assert_signed_in(gateway):
    assert gateway.check(gateway.signed_in()).header("X-Auth-Email")


# The code flow


def test_code_flow(gateway, provider):
    agent = gateway.browser()
    begun = gateway.begin(agent)
    asked = parse_qs(urlsplit(begun.location).query)
    assert asked["response_type"] == ["code"] and "openid" in asked["scope"][0].split()
    assert gateway.finish(agent, begun).status == 303
    assert gateway.check(agent).header("X-Auth-Email") == "ada@example.com"


def test_client_secret_basic(gateway, provider):
    before = len(provider.received("token"))
    assert_signed_in(gateway)
    [request] = provider.received("token")[before:]
    kind, _, value = request.headers["authorization"].partition(" ")
    assert kind == "Basic"
    assert base64.b64decode(value).decode() == f"{provider.client_id}:{provider.client_secret}"
    assert "client_secret" not in request.form and "client_assertion" not in request.form


def test_nonce_invalid(gateway, provider):
    provider.behave(id_token={"nonce": "invalid"})
    assert_refused(gateway, "nonce_mismatch")


def test_iss_missing(gateway, provider):
    provider.behave(id_token={"iss": REMOVED})
    assert_refused(gateway, "issuer_missing")


def test_iss_wrong(gateway, provider):
    provider.behave(id_token={"iss": "https://other.example.com"})
    assert_refused(gateway, "issuer_mismatch")


def test_aud_missing(gateway, provider):
    provider.behave(id_token={"aud": REMOVED})
    assert_refused(gateway, "audience_missing")


def test_aud_wrong(gateway, provider):
    provider.behave(id_token={"aud": "0oa-somebody-else"})
    assert_refused(gateway, "audience_mismatch")


def test_sub_missing(gateway, provider):
    provider.behave(id_token={"sub": REMOVED})
    assert_refused(gateway, "subject_missing")


def test_sub_wrong(gateway, provider):
    """Not of the form that a subject has."""
    provider.behave(id_token={"sub": 12345})
    assert_refused(gateway, "subject_malformed", "claim_malformed")


def test_iat_missing(gateway, provider):
    provider.behave(id_token={"iat": REMOVED})
    assert_refused(gateway, "issued_at_missing")


def test_iat_wrong(gateway, provider):
    provider.behave(id_token={"iat": int(time.time()) + 7200})
    assert_refused(gateway, "issued_in_future")


# Keys and signatures


def test_kid_absent_with_one_matching_key(pair):
    provider, gateway = pair
    provider.behave(header={"kid": REMOVED})
    assert_signed_in(gateway)


def test_kid_absent_with_several_matching_keys(pair):
    """The suite allows trying all of them too; refusing is what the facts ask for."""
    provider, gateway = pair
    gateway.stop()  # it may have fetched the keys already
    provider.published = [provider.signing_key, Key("RS256", "second")]
    provider.behave(header={"kid": REMOVED})
    gateway.start()
    assert_refused(gateway, "key_ambiguous")


def flipped(claims, key) -> str:
    """One bit of the signature is wrong."""
    head, body, signature = tokens.token(claims, key).split(".")
    raw = bytearray(tokens.unb64(signature))
    raw[len(raw) // 2] ^= 1
    return f"{head}.{body}.{tokens.b64(bytes(raw))}"


def test_bad_rs256_signature(pair):
    provider, gateway = pair
    provider.behave(make_token=flipped)
    assert_refused(gateway, "signature_invalid")


def test_bad_es256_signature(pair):
    provider, gateway = pair
    provider.rotate("elliptic", "ES256")
    provider.behave(make_token=flipped)
    assert_refused(gateway, "signature_invalid")
    provider.behave()
    assert_signed_in(gateway)


def test_bad_hs256_signature(pair):
    provider, gateway = pair
    provider.behave(make_token=lambda claims, key: tokens.compact({"alg": "HS256"}, claims, b"another secret"))
    assert_refused(gateway, "algorithm_symmetric")
    # And a good one is as bad: nobody who can check it could not make it as well.
    secret = provider.client_secret.encode()
    provider.behave(make_token=lambda claims, key: tokens.compact({"alg": "HS256"}, claims, secret))
    assert_refused(gateway, "algorithm_symmetric")


def test_alg_none(gateway, provider):
    provider.behave(make_token=lambda claims, key: tokens.compact({"alg": "none"}, claims, None))
    assert_refused(gateway, "algorithm_none")


def test_signing_key_rotation(pair):
    provider, gateway = pair
    assert_signed_in(gateway)
    provider.rotate("rotated")
    assert_signed_in(gateway)


def test_signing_key_rotation_just_before_signing(pair):
    """After the browser was sent away and before the token is made."""
    provider, gateway = pair
    assert_signed_in(gateway)
    provider.behave(before_signing=lambda: provider.rotate("just-now"))
    assert_signed_in(gateway)


def test_discovery_issuer_mismatch(pair):
    provider, gateway = pair
    provider.behave(discovery={"issuer": "https://other.example.com"})
    gateway.stop()
    gateway.start()
    agent = gateway.browser()
    answer = gateway.begin(agent)
    assert answer.status == 502 and not agent.session_cookies(), answer
    assert reason_of(gateway, reference_on(answer)) == "discovery_issuer_mismatch"


# Userinfo


def test_userinfo_claims(gateway, provider):
    """The ID token is thin: profile and groups come from userinfo, asked for with the access token in the header."""
    provider.behave(thin=True)
    before = len(provider.received("userinfo"))
    agent = gateway.signed_in()
    known = gateway.check(agent)
    assert (known.header("X-Auth-Email"), known.header("X-Auth-Name")) == ("ada@example.com", "Ada Lovelace")
    assert "infraon-admins" in known.header("X-Auth-Groups")
    [request] = provider.received("userinfo")[before:]
    assert request.headers["authorization"].startswith("Bearer at-") and not request.query


def test_userinfo_sub_mismatch(gateway, provider):
    provider.behave(thin=True, userinfo={"sub": "00u1somebody-else"})
    assert_refused(gateway, "userinfo_subject_mismatch")


# Form post


def test_form_post(stage):
    provider = stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"okta": provider.settings(response_mode="form_post")})
    agent = gateway.browser()
    begun = gateway.begin(agent)
    assert parse_qs(urlsplit(begun.location).query)["response_mode"] == ["form_post"]
    assert gateway.finish(agent, begun).status == 303
    assert gateway.check(agent).status == 200


def test_form_post_error(stage):
    provider = stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"okta": provider.settings(response_mode="form_post")})
    provider.behave(callback_error={"error": "access_denied", "error_description": "PROVIDER-TEXT"})
    assert_refused(gateway, "provider_refused")


# Third-party-initiated login


def test_third_party_initiated_login(gateway, provider):
    agent = gateway.browser()
    query = {"iss": provider.issuer, "login_hint": "ada", "target_link_uri": "https://app.example.com/tile"}
    begun = agent.get(f"{gateway.url}/login/initiate?{urlencode(query)}", referrer=provider.origin + "/")
    assert begun.status == 303 and begun.location.startswith(provider.issuer)
    asked = parse_qs(urlsplit(begun.location).query)
    assert asked["login_hint"] == ["ada"] and asked["state"] and asked["nonce"]
    answer = gateway.finish(agent, begun)
    assert (answer.status, answer.location) == (303, "https://app.example.com/tile")


# Refresh tokens


def test_refresh_token(stage):
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    provider.change_person(groups=["infraon-tech-berlin"])
    has_roles(gateway, agent, "technician")
    refreshed(provider.family(), 2)
    assert gateway.check(agent).status == 200


def assert_ended_by_refresh(stage, changes: dict, reason: str):
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    session = session_of(gateway, agent)["id"]
    provider.behave(refresh_claims=changes)
    wait_until(lambda: gateway.check(agent).status == 401, 5, "the end of the session")
    assert end_of(gateway, session) == reason


def test_refresh_token_with_invalid_issuer(stage):
    assert_ended_by_refresh(stage, {"iss": "https://other.example.com"}, "refresh_issuer_mismatch")


def test_refresh_token_with_invalid_sub(stage):
    assert_ended_by_refresh(stage, {"sub": "00u1somebody-else"}, "refresh_subject_mismatch")


# RP-initiated logout


def way_back(gateway, agent) -> str:
    """The address that the provider sends the browser to."""
    callback = f"{gateway.url}/logout/callback"
    answer = agent.post(f"{gateway.url}/logout?realm=infraon", referrer=gateway.url + "/")
    return agent.follow(answer, until=lambda answer: answer.location.startswith(callback)).location


def test_rp_initiated_logout(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    before = len(provider.received("logout"))
    answer = agent.get(way_back(gateway, agent))
    assert answer.status == 200 and gateway.check(agent).status == 401
    [request] = provider.received("logout")[before:]
    assert set(request.query) >= {"id_token_hint", "post_logout_redirect_uri", "state"}


def test_rp_initiated_logout_with_no_state(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    answer = agent.get(altered(way_back(gateway, agent), state=REMOVED))
    assert answer.status == 400 and reason_of(gateway, reference_on(answer)) == "logout_state_missing"


def test_rp_initiated_logout_with_invalid_state(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    answer = agent.get(altered(way_back(gateway, agent), state="invalid"))
    assert answer.status == 400 and reason_of(gateway, reference_on(answer)) == "logout_state_unknown"


# Front-channel logout


def test_frontchannel_logout(gateway, provider):
    somebody(provider)
    agent = gateway.signed_in()
    query = urlencode({"iss": provider.issuer, "sid": provider.family().sid})
    frame = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    answer = gateway.send("GET", f"/logout/frontchannel/okta?{query}", frame)
    assert answer.status == 200 and answer.header("Cache-Control") == "no-store"
    assert gateway.check(agent).status == 401


# Back-channel logout


def test_backchannel_logout(gateway, provider):
    person = somebody(provider)
    agent = gateway.signed_in()
    answer = log_out(gateway, provider, sub=person["sub"], sid=provider.family().sid)
    assert answer.status == 200 and answer.header("Cache-Control") == "no-store"
    assert gateway.check(agent).status == 401


def assert_logout_refused(gateway, provider, make, reason: str, *others: str):
    """`make` is given the person's sub and returns the token."""
    person = somebody(provider)
    agent = gateway.signed_in()
    answer = tell(gateway, make(person["sub"]))
    assert answer.status == 400 and answer.json["error"] == "invalid_request", answer
    assert answer.header("Cache-Control") == "no-store"
    assert gateway.check(agent).status == 200
    found = wait_until(lambda: events(gateway, "logout.refused"), 5, "the refusal in the audit trail")
    assert found[0]["reason"] in (reason, *others), found[0]


def test_backchannel_logout_with_alg_none(gateway, provider):
    make = lambda sub: tokens.compact({"alg": "none"}, logout_claims(provider, sub=sub), None)
    assert_logout_refused(gateway, provider, make, "algorithm_none")


def test_backchannel_logout_with_wrong_alg(gateway, provider):
    """HS256 with the client's secret, in place of the key pair that the provider has."""
    secret = provider.client_secret.encode()
    make = lambda sub: tokens.compact({"alg": "HS256"}, logout_claims(provider, sub=sub), secret)
    assert_logout_refused(gateway, provider, make, "algorithm_symmetric")


def test_backchannel_logout_with_wrong_aud(gateway, provider):
    make = lambda sub: logout_token(provider, sub=sub, aud="0oa-somebody-else")
    assert_logout_refused(gateway, provider, make, "audience_mismatch")


def test_backchannel_logout_with_wrong_issuer(gateway, provider):
    make = lambda sub: logout_token(provider, sub=sub, iss="https://other.example.com")
    assert_logout_refused(gateway, provider, make, "issuer_mismatch")


def test_backchannel_logout_with_wrong_event(gateway, provider):
    make = lambda sub: logout_token(provider, sub=sub, events={EVENT + "/wrong": {}})
    assert_logout_refused(gateway, provider, make, "event_missing")


def test_backchannel_logout_with_no_event(gateway, provider):
    make = lambda sub: logout_token(provider, sub=sub, events=REMOVED)
    assert_logout_refused(gateway, provider, make, "events_missing")


def test_backchannel_logout_with_nonce(gateway, provider):
    make = lambda sub: logout_token(provider, sub=sub, nonce="nonce")
    assert_logout_refused(gateway, provider, make, "nonce_present")
