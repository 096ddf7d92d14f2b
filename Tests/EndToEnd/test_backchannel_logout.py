"""OpenID Connect Back-Channel Logout 1.0: the provider ends sessions by a signed token, once, and nobody else can."""

import threading
import time

import pytest

import tokens
from audit_trail import end_of, event, events, session_of
from gateway import realm
from logout_tokens import EVENT, log_out, logout_claims, logout_token, somebody, tell
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
    """Two realms with the same provider, and a second provider beside it."""
    other = shared.provider(kind=RotatingProvider)
    realms = {"infraon": realm("okta", "other"), "ssp": realm("okta", title="Portal")}
    gateway = shared.gateway({"okta": provider, "other": other}, realms)
    gateway.other = other
    return gateway


def signed_in(gateway, realm="infraon"):
    return gateway.signed_in(realm, provider="okta")


def refusals(gateway) -> list[dict]:
    return events(gateway, "logout.refused")


# Which sessions end


def test_a_sid_ends_the_session_that_has_it(gateway, provider):
    somebody(provider)
    agent = signed_in(gateway)
    sid = provider.family().sid
    elsewhere = signed_in(gateway)
    session = session_of(gateway, agent)["id"]
    answer = log_out(gateway, provider, sid=sid)
    assert answer.status == 200, answer
    assert answer.header("Cache-Control") == "no-store"
    assert gateway.check(agent).status == 401, "at the very next check"
    assert gateway.check(elsewhere).status == 200, "the same person's other browser"
    assert end_of(gateway, session) == "backchannel_logout"


def test_a_sid_ends_the_sessions_of_all_realms_that_have_it(gateway, provider, monkeypatch):
    """One session at Okta, two realms: the ID tokens of both carry its sid."""
    somebody(provider)
    monkeypatch.setattr(provider, "further_claims", lambda query: {"sid": "sid-shared"})
    here, there = signed_in(gateway), signed_in(gateway, "ssp")
    log_out(gateway, provider, sid="sid-shared")
    assert (gateway.check(here).status, gateway.check(there, "realm=ssp").status) == (401, 401)


def test_a_sub_ends_all_sessions_of_the_person(gateway, provider):
    person = somebody(provider)
    agents = [signed_in(gateway) for _ in range(3)]
    portal = signed_in(gateway, "ssp")
    somebody(provider)
    stranger = signed_in(gateway)
    assert log_out(gateway, provider, sub=person["sub"]).status == 200
    assert [gateway.check(agent).status for agent in agents] == [401] * 3
    assert gateway.check(portal, "realm=ssp").status == 401
    assert gateway.check(stranger).status == 200


def test_sub_and_sid_together_end_that_session_only(gateway, provider):
    person = somebody(provider)
    agent, sid = signed_in(gateway), provider.family().sid
    elsewhere = signed_in(gateway)
    assert log_out(gateway, provider, sub=person["sub"], sid=sid).status == 200
    assert (gateway.check(agent).status, gateway.check(elsewhere).status) == (401, 200)


def test_a_sid_of_somebody_else_beside_a_sub_ends_nothing(gateway, provider):
    person = somebody(provider)
    agent = signed_in(gateway)
    somebody(provider)
    stranger, sid = signed_in(gateway), provider.family().sid
    assert log_out(gateway, provider, sub=person["sub"], sid=sid).status == 200
    assert (gateway.check(agent).status, gateway.check(stranger).status) == (200, 200)


def test_the_same_sub_and_sid_at_another_provider_are_somebody_else(gateway, provider, monkeypatch):
    person = somebody(provider)
    monkeypatch.setattr(provider, "further_claims", lambda query: {"sid": "sid-twin"})
    monkeypatch.setattr(gateway.other, "further_claims", lambda query: {"sid": "sid-twin"})
    gateway.other.behave(person=person)
    theirs = gateway.signed_in("infraon", provider="other")
    ours = signed_in(gateway)
    assert log_out(gateway, provider, sub=person["sub"]).status == 200
    assert log_out(gateway, provider, sid="sid-twin").status == 200
    assert (gateway.check(ours).status, gateway.check(theirs).status) == (401, 200)


@pytest.mark.parametrize("subject", [{"sub": "00u-unknown"}, {"sid": "sid-unknown"}])
def test_someone_who_is_not_here_is_signed_out_already(subject, gateway, provider):
    """§2.8: 200 also when the session was over before."""
    assert log_out(gateway, provider, **subject).status == 200


def test_whoever_was_signed_out_can_sign_in_again(gateway, provider):
    person = somebody(provider)
    agent = signed_in(gateway)
    log_out(gateway, provider, sub=person["sub"])
    assert gateway.sign_in(agent, provider="okta").status == 303
    assert gateway.check(agent).status == 200


# Good tokens

GOOD = {
    "without-a-type": {"header": {"typ": REMOVED}},
    "with-a-list-of-audiences": {"aud": ["0oa1gatehouse"]},
    "with-an-event-that-has-members": {"events": {EVENT: {"reason": "whatever"}}},
    "with-further-events": {"events": {EVENT: {}, "https://example.com/other": {}}},
    "with-unknown-claims": {"ver": 1, "nested": {"a": [1]}},
}


@pytest.mark.parametrize("name", GOOD)
def test_a_logout_token_is_good(name, gateway, provider):
    somebody(provider)
    agent = signed_in(gateway)
    answer = tell(gateway, logout_token(provider, sid=provider.family().sid, **GOOD[name]))
    assert answer.status == 200, answer
    assert gateway.check(agent).status == 401


# Bad tokens: a good one with one change. name: (how it is made, the reasons that may be given)


def claims(**changes):
    return lambda provider, **subject: logout_token(provider, **(subject | changes))


def header(**changes):
    return lambda provider, **subject: logout_token(provider, header=changes, **subject)


def made(make):
    return lambda provider, **subject: make(logout_claims(provider, **subject), provider)


BAD = {
    "iss-missing": (claims(iss=REMOVED), {"issuer_missing"}),
    "iss-of-another": (claims(iss="https://other.example.com"), {"issuer_mismatch"}),
    "aud-missing": (claims(aud=REMOVED), {"audience_missing"}),
    "aud-of-another": (claims(aud="0oa-somebody-else"), {"audience_mismatch"}),
    "iat-missing": (claims(iat=REMOVED), {"issued_at_missing"}),
    "iat-in-the-future": (claims(iat=int(time.time()) + 3600), {"issued_in_future"}),
    "exp-missing": (claims(exp=REMOVED), {"expiry_missing"}),
    "exp-past": (claims(exp=int(time.time()) - 3600), {"expired"}),
    "jti-missing": (claims(jti=REMOVED), {"token_id_missing"}),
    "jti-empty": (claims(jti=""), {"token_id_missing", "claim_malformed"}),
    "jti-not-a-string": (claims(jti=7), {"token_id_missing", "claim_malformed"}),
    "events-missing": (claims(events=REMOVED), {"events_missing"}),
    "events-empty": (claims(events={}), {"event_missing"}),
    "events-a-list": (claims(events=[EVENT]), {"events_missing", "event_missing", "claim_malformed"}),
    "events-of-another-kind": (claims(events={"https://example.com/logout": {}}), {"event_missing"}),
    "event-not-an-object": (claims(events={EVENT: True}), {"event_missing", "claim_malformed"}),
    "nonce": (claims(nonce="x"), {"nonce_present"}),
    "nonce-empty": (claims(nonce=""), {"nonce_present"}),
    "neither-sub-nor-sid": (claims(sub=REMOVED, sid=REMOVED), {"subject_and_session_missing"}),
    "sid-not-a-string": (claims(sid=["x"]), {"claim_malformed"}),
    "typ-of-an-access-token": (header(typ="at+jwt"), {"type_unexpected"}),
    "typ-of-a-security-event": (header(typ="secevent+jwt"), {"type_unexpected"}),
    "kid-unknown": (header(kid="unknown"), {"key_unknown"}),
    "crit": (header(crit=["exp"], exp=1), {"header_critical_unsupported"}),
    "alg-none": (made(lambda c, p: tokens.compact({"alg": "none"}, c, None)), {"algorithm_none"}),
    "alg-of-another-key": (header(alg="RS512"), {"key_algorithm_mismatch", "signature_invalid"}),
    "HS256-with-the-client-secret": (
        made(lambda c, p: tokens.compact({"alg": "HS256"}, c, p.client_secret.encode())),
        {"algorithm_symmetric"},
    ),
    "HS256-with-the-public-key": (
        made(lambda c, p: tokens.compact({"alg": "HS256", "kid": p.signing_key.kid}, c, p.signing_key.public_pem())),
        {"algorithm_symmetric"},
    ),
    "signature-of-another-key": (
        made(lambda c, p: tokens.token(c, Key("RS256", "stranger", kid=p.signing_key.kid))),
        {"signature_invalid"},
    ),
    "signature-empty": (
        made(lambda c, p: tokens.token(c, p.signing_key).rsplit(".", 1)[0] + "."),
        {"signature_invalid"},
    ),
    "payload-not-an-object": (made(lambda c, p: tokens.token([c], p.signing_key)), {"payload_malformed"}),
    "twice-the-same-member": (
        made(lambda c, p: tokens.token(tokens.encode(c)[:-1] + b',"sub":"00u1root"}', p.signing_key)),
        {"payload_malformed"},
    ),
    "not-a-token": (made(lambda c, p: "not a token"), {"token_malformed"}),
    "empty": (made(lambda c, p: ""), {"logout_token_missing", "token_empty"}),
}  # fmt: skip


def assert_refused(answer, gateway, reasons):
    """400 in the shape of §2.8, nothing cached, and the reason where the administrator looks."""
    assert answer.status == 400, answer
    assert answer.json["error"] == "invalid_request" and answer.json["error_description"]
    assert answer.header("Cache-Control") == "no-store"
    assert not leaks(answer.text)
    newest = wait_until(lambda: refusals(gateway), 5, "logout.refused in the audit trail")[0]
    assert newest["reason"] in reasons, newest
    assert newest["provider"] == "okta"
    wait_until(lambda: newest["reason"] in gateway.log, 2, "the reason in the log")


@pytest.mark.parametrize("name", BAD)
def test_a_logout_token_is_refused_that_has(name, gateway, provider):
    make, reasons = BAD[name]
    person = somebody(provider)
    agent, sid = signed_in(gateway), provider.family().sid
    before = len(refusals(gateway))
    answer = tell(gateway, make(provider, sub=person["sub"], sid=sid))
    assert_refused(answer, gateway, reasons)
    assert len(refusals(gateway)) == before + 1
    assert gateway.check(agent).status == 200, "nothing ended"


def test_an_id_token_is_no_logout_token(gateway, provider):
    """It has iss, aud, sub, sid and a good signature."""
    person = somebody(provider)
    agent = signed_in(gateway)
    family = provider.family()
    id_token = provider.id_token(provider.behaviour, family.query, "access token")
    reasons = {"events_missing", "token_id_missing", "nonce_present", "type_unexpected"}
    assert_refused(tell(gateway, id_token), gateway, reasons)
    assert gateway.check(agent).status == 200 and person


def test_a_token_of_one_provider_is_nothing_at_another(gateway, provider):
    person = somebody(provider)
    agent = signed_in(gateway)
    answer = tell(gateway, logout_token(provider, sub=person["sub"]), "other")
    assert answer.status == 400, answer
    assert gateway.check(agent).status == 200


# Requests


@pytest.mark.parametrize("name", ["nowhere", "OKTA", "okta/x", ""])
def test_an_unknown_provider_is_404(name, gateway, provider):
    assert tell(gateway, logout_token(provider, sid="x"), name).status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_are_405(method, gateway):
    assert gateway.send(method, "/logout/backchannel/okta").status == 405


def test_requests_that_hold_no_token_are_400(gateway, provider):
    token = logout_token(provider, sid="sid-unknown")
    for form in ({}, {"token": token}, [("logout_token", token), ("logout_token", token)]):
        answer = gateway.send("POST", "/logout/backchannel/okta", form=form)
        assert answer.status == 400 and answer.header("Cache-Control") == "no-store", (form, answer)
    answer = gateway.send("POST", f"/logout/backchannel/okta?logout_token={token}")
    assert answer.status in (400, 415), "a token in the address ends up in logs"
    answer = gateway.send("POST", "/logout/backchannel/okta", {"Content-Type": "application/json"}, body=b"{}")
    assert answer.status in (400, 415), answer
    answer = gateway.send("POST", "/logout/backchannel/okta", form={"logout_token": "x" * 100_000})
    assert answer.status == 413, answer


# Once


def test_a_replayed_token_is_refused(gateway, provider):
    person = somebody(provider)
    agent = signed_in(gateway)
    token = logout_token(provider, sub=person["sub"])
    assert tell(gateway, token).status == 200
    assert gateway.check(agent).status == 401
    again = signed_in(gateway)
    assert_refused(tell(gateway, token), gateway, {"token_replayed"})
    assert gateway.check(again).status == 200


def test_the_same_jti_in_another_token_is_a_replay_too(gateway, provider):
    assert log_out(gateway, provider, sid="sid-unknown", jti="the-same").status == 200
    person = somebody(provider)
    agent = signed_in(gateway)
    assert_refused(log_out(gateway, provider, sub=person["sub"], jti="the-same"), gateway, {"token_replayed"})
    assert gateway.check(agent).status == 200


def test_a_refused_token_does_not_use_up_its_jti(gateway, provider):
    """Otherwise anybody could keep the provider from signing somebody out."""
    person = somebody(provider)
    agent = signed_in(gateway)
    jti = "soon-to-be-used"
    bad = logout_token(provider, key=Key("RS256", "stranger", kid=provider.signing_key.kid), sub=person["sub"], jti=jti)
    assert tell(gateway, bad).status == 400
    assert log_out(gateway, provider, sub=person["sub"], jti=jti).status == 200
    assert gateway.check(agent).status == 401


def test_the_same_jti_of_two_providers_is_no_replay(gateway, provider):
    assert log_out(gateway, provider, sid="sid-unknown", jti="everybody's").status == 200
    assert tell(gateway, logout_token(gateway.other, sid="sid-unknown", jti="everybody's"), "other").status == 200


def test_of_twenty_copies_at_the_same_moment_one_counts(gateway, provider):
    token = logout_token(provider, sid="sid-unknown")
    start, statuses = threading.Barrier(20), []

    def send():
        start.wait(10)
        statuses.append(tell(gateway, token).status)

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [200] + [400] * 19


def test_a_replay_is_known_after_a_restart_and_at_another_process(stage):
    provider = stage.provider(kind=RotatingProvider)
    one = stage.gateway({"okta": provider})
    token = logout_token(provider, sid="sid-unknown")
    assert tell(one, token).status == 200
    two = stage.twin(one)
    assert tell(two, token).status == 400
    one.kill()
    one.start()
    assert tell(one, token).status == 400


def test_a_session_ended_at_one_process_is_over_at_the_very_next_check_at_the_other(stage):
    provider = stage.provider(kind=RotatingProvider)
    one = stage.gateway({"okta": provider})
    two = stage.twin(one)
    for _ in range(10):
        person = somebody(provider)
        agent = one.signed_in()
        assert two.check(agent).status == 200
        assert log_out(one, provider, sub=person["sub"]).status == 200
        assert (two.check(agent).status, one.check(agent).status) == (401, 401)


# The provider's keys


def test_a_token_that_cannot_be_judged_is_503_and_may_come_again(stage):
    """Keys that cannot be fetched are no fault of the token; its jti is not used up."""
    provider = stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"okta": provider})
    agent = gateway.signed_in()
    gateway.stop()
    provider.behave(faults={"keys": "status-500", "discovery": "status-500"})
    gateway.start()
    token = logout_token(provider, sub="00u1ada")
    answer = tell(gateway, token)
    assert answer.status == 503 and answer.header("Cache-Control") == "no-store", answer
    assert gateway.check(agent).status == 200
    provider.behave()
    wait_until(lambda: tell(gateway, token).status == 200, 15, "the same token to be judged", every=0.3)
    assert gateway.check(agent).status == 401


def test_a_key_rotated_before_signing_is_fetched(stage):
    provider = stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"okta": provider})
    agent = gateway.signed_in()
    provider.rotate("next")
    assert log_out(gateway, provider, sub="00u1ada").status == 200
    assert gateway.check(agent).status == 401


def test_unknown_kids_cause_at_most_one_fetch_a_minute(stage):
    """Anybody can post here."""
    provider = stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"okta": provider})
    gateway.signed_in()
    before = len(provider.received("keys"))
    for count in range(10):
        assert tell(gateway, logout_token(provider, header={"kid": f"unknown-{count}"}, sid="x")).status == 400
    assert len(provider.received("keys")) - before <= 1


# What the operator sees


def test_the_end_of_a_session_names_the_provider(gateway, provider):
    person = somebody(provider)
    agent = signed_in(gateway)
    session = session_of(gateway, agent)
    log_out(gateway, provider, sub=person["sub"])
    found = event(gateway, "session.ended", session=session["id"])
    assert (found["provider"], found["realm"]) == ("okta", "infraon")
    assert found["user"] == session["user"]["id"]


# The simulated Okta


@pytest.mark.parametrize("identify_by", ["both", "sub", "sid"])
def test_okta_signs_somebody_out_when_their_session_there_ends(identify_by, stage):
    simulator, gateway = stage.simulated()
    address = {"backchannel_logout_uri": f"{gateway.url}/logout/backchannel/okta"}
    simulator.control("PATCH", f"/simulator/clients/{CLIENT_ID}", address)
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    order = {"email": "ada@example.com", "identify_by": identify_by}
    deliveries = simulator.control("POST", "/simulator/logout", order).json["deliveries"]
    assert [delivery["status"] for delivery in deliveries] == [200], deliveries
    assert gateway.check(agent).status == 401


def test_a_forged_token_of_the_simulated_okta_is_refused(stage):
    simulator, gateway = stage.simulated()
    address = {"backchannel_logout_uri": f"{gateway.url}/logout/backchannel/okta"}
    simulator.control("PATCH", f"/simulator/clients/{CLIENT_ID}", address)
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    simulator.control("POST", "/simulator/tampering", {"target": "logout_token", "signature": "unpublished-key"})
    deliveries = simulator.control("POST", "/simulator/logout", {"email": "ada@example.com"}).json["deliveries"]
    assert [delivery["status"] for delivery in deliveries] == [400], deliveries
    assert gateway.check(agent).status == 200
