"""What stands between a command line's sign-in and everybody else: the verifier, the state, one use, five minutes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from api_sign_in import CommandLineLogin, bearer, command_line_session, post, problem
from gateway import realm
from loopback_port import REDIRECT
from movable_clock import gateway_with_clock
from rotating_provider import RotatingProvider
from tokens import REMOVED
from user_agent import UserAgent
from waiting import wait_until

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.fixture(scope="module")
def several(shared):
    first, second = shared.provider(), shared.provider()
    realms = {"infraon": realm("first"), "ssp": realm("first", "second", title="Portal")}
    return shared.gateway({"first": first, "second": second}, realms)


# The start


def test_a_start_answers_with_id_address_and_five_minutes(gateway, provider):
    login = CommandLineLogin(gateway)
    assert login.begun.status == 201 and login.begun.header("Cache-Control") == "no-store"
    assert login.begun.json["expires_in"] == 300
    assert login.authorize_url.startswith(f"{provider.base}/authorize?")
    assert not login.begun.all("Set-Cookie"), "no browser is bound: the verifier is"


def test_two_starts_share_nothing(gateway):
    from urllib.parse import parse_qs

    first, second = CommandLineLogin(gateway), CommandLineLogin(gateway)
    assert first.id != second.id
    for name in ("state", "nonce", "code_challenge"):
        values = {parse_qs(urlsplit(login.authorize_url).query)[name][0] for login in (first, second)}
        assert len(values) == 2, name
    assert first.pair.challenge not in first.authorize_url, (
        "the provider sees the gateway's pair, not the command line's"
    )


BAD_STARTS = {
    "no-challenge": ({"code_challenge": None}, "code_challenge_malformed"),
    "plain-challenge": ({"code_challenge": "short"}, "code_challenge_malformed"),
    "challenge-too-long": ({"code_challenge": CHALLENGE + "A"}, "code_challenge_malformed"),
    "challenge-of-other-letters": ({"code_challenge": CHALLENGE[:-1] + "="}, "code_challenge_malformed"),
    "unknown-realm": ({"realm": "nowhere"}, "realm_unknown"),
    "unknown-provider": ({"provider": "nowhere"}, "provider_unknown"),
}


@pytest.mark.parametrize("name", BAD_STARTS)
def test_a_bad_start_is_refused_by_name(name, gateway):
    changes, code = BAD_STARTS[name]
    login = CommandLineLogin(gateway, **changes)
    assert login.begun.status == 400 and problem(login.begun) == code


def test_realm_and_provider_are_asked_for_when_there_are_several(several):
    assert problem(CommandLineLogin(several, realm=None).begun) == "realm_missing"
    assert problem(CommandLineLogin(several, realm="ssp").begun) == "provider_missing"
    assert CommandLineLogin(several, realm="ssp", provider="second").begun.status == 201
    assert CommandLineLogin(several).begun.status == 201, "one provider needs no name"


def test_a_provider_of_another_realm_is_unknown(several):
    assert problem(CommandLineLogin(several, realm="infraon", provider="second").begun) == "provider_unknown"


def test_the_redirect_uri_is_not_for_the_client_to_say(gateway):
    """The flaw of the command line before: a client-supplied redirect URL."""
    answer = CommandLineLogin(
        gateway, redirect_uri="https://evil.example.org/", redirect_url="https://evil.example.org/"
    )
    assert answer.begun.status in (201, 400)
    assert "evil.example.org" not in answer.begun.text


BODIES = {
    "no-json": (b"nonsense", "application/json", 400),
    "no-object": (b"[]", "application/json", 400),
    "doubled-members": (b'{"realm":"infraon","realm":"ssp","code_challenge":"x"}', "application/json", 400),
    "wrong-types": (b'{"realm":7,"code_challenge":["x"]}', "application/json", 400),
    "empty": (b"", "application/json", 400),
    "a-form": (b"realm=infraon", "application/x-www-form-urlencoded", 415),
    "text": (b"{}", "text/plain", 415),
    "huge": (b'{"realm":"' + b"x" * 200_000 + b'"}', "application/json", 413),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["/api/v1/cli/logins", "/api/v1/cli/logins/none/complete"])
def test_a_body_that_is_none_is_a_problem_answer(name, path, gateway):
    body, kind, status = BODIES[name]
    answer = gateway.send("POST", path, {"Content-Type": kind}, body=body)
    assert answer.status == status, answer
    assert problem(answer)


@pytest.mark.parametrize("mode", ["status-500", "garbage", "reset"])
def test_a_provider_that_is_down_at_the_start_is_a_502(mode, stage):
    provider = stage.provider()
    provider.behave(faults={"discovery": mode})
    gateway = stage.gateway({"okta": provider})
    begun = CommandLineLogin(gateway).begun
    assert begun.status in (502, 504) and problem(begun) and "PROVIDER-TEXT" not in begun.text
    assert gateway.logged(begun.json["reference"])


# The end


def test_a_completion_answers_with_a_session_of_a_command_line(gateway):
    login = CommandLineLogin(gateway, host="build-7")
    answer = login.complete(login.walk())
    assert answer.status == 200 and answer.header("Cache-Control") == "no-store", answer
    value = answer.json
    assert value["user"]["email"] == "ada@example.com" and value["user"]["name"] == "Ada Lovelace"
    assert (value["realm"], value["provider"]) == ("infraon", "okta")
    assert set(value["roles"]) == {"admin", "technician"}
    own = gateway.send("GET", "/api/v1/session", bearer(value["token"])).json
    assert own["id"] == value["session_id"] and own["user"]["id"] == value["user"]["id"]
    assert (own["kind"], own["host"]) == ("cli", "build-7")
    assert own["expires_at"] == value["expires_at"]
    assert gateway.check(headers=bearer(value["token"])).header("X-Auth-Email") == "ada@example.com"
    assert value["token"] != value["session_id"]


def test_it_works_once(gateway, provider):
    login = CommandLineLogin(gateway)
    query = login.walk()
    first = login.complete(query)
    redeemed = len(provider.received("token"))
    again = login.complete(query)
    assert (again.status, problem(again)) == (400, "attempt_unknown")
    assert len(provider.received("token")) == redeemed, "nothing is redeemed twice"
    assert gateway.check(headers=bearer(first.json["token"])).status == 200, "the session from before goes on"


def test_of_many_completions_at_once_one_succeeds(gateway, provider):
    login = CommandLineLogin(gateway)
    query = login.walk()
    redeemed = len(provider.received("token"))
    gate = threading.Barrier(8)

    def complete(_):
        gate.wait()
        return login.complete(query).status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(complete, range(8)))
    assert statuses == [200] + [400] * 7
    assert len(provider.received("token")) == redeemed + 1


def test_the_verifier_of_another_command_line_does_not_complete_it(gateway, provider):
    """Somebody who sees code and state, say in the browser's history, has not the verifier."""
    mine, theirs = CommandLineLogin(gateway), CommandLineLogin(gateway)
    query = mine.walk()
    redeemed = len(provider.received("token"))
    stolen = mine.complete(query, verifier=theirs.pair.verifier)
    assert (stolen.status, problem(stolen)) == (400, "attempt_unknown")
    theirs_with_my_code = theirs.complete(query)
    assert (theirs_with_my_code.status, problem(theirs_with_my_code)) == (400, "attempt_unknown")
    assert len(provider.received("token")) == redeemed
    assert mine.complete(query).status == 200, "and the thief has not used it up"


WRONG = {
    "another-state": {"state": "x" * 43},
    "no-verifier": {"code_verifier": None},
    "short-verifier": {"code_verifier": "short"},
    "challenge-in-place-of-the-verifier": {"code_verifier": CHALLENGE},
    "no-state": {"state": None},
    "no-code": {"code": None},
    "code-and-error": {"error": "access_denied"},
}


@pytest.mark.parametrize("name", WRONG)
def test_an_incomplete_or_wrong_completion_redeems_nothing(name, gateway, provider):
    login = CommandLineLogin(gateway)
    query = login.walk()
    redeemed = len(provider.received("token"))
    answer = login.complete(query, **WRONG[name])
    assert answer.status == 400 and problem(answer), answer
    assert len(provider.received("token")) == redeemed


def test_the_state_of_another_attempt_does_not_complete_it(gateway):
    mine, theirs = CommandLineLogin(gateway), CommandLineLogin(gateway)
    query = mine.walk()
    answer = mine.complete(query | {"state": theirs.walk()["state"]})
    assert (answer.status, problem(answer)) == (400, "attempt_unknown")


def test_an_unknown_id_is_told_like_a_used_one(gateway):
    login = CommandLineLogin(gateway)
    query = login.walk()
    login.id = "no-such-login"
    answer = login.complete(query)
    assert (answer.status, problem(answer)) == (400, "attempt_unknown")


def test_after_five_minutes_it_is_over(stage):
    provider = stage.provider()
    gateway, clock = gateway_with_clock(stage, {"okta": provider})
    late, early = CommandLineLogin(gateway), CommandLineLogin(gateway)
    queries = late.walk(), early.walk()
    clock.advance(290)
    assert early.complete(queries[1]).status == 200
    clock.advance(11)
    answer = late.complete(queries[0])
    assert (answer.status, problem(answer)) == (400, "attempt_unknown")
    assert len(provider.received("token")) == 1


def test_a_browsers_callback_does_not_complete_it(gateway, provider):
    """The state of a command line's attempt is worth nothing at /login/callback, and the other way round."""
    login = CommandLineLogin(gateway)
    query = login.walk()
    redeemed = len(provider.received("token"))
    agent = gateway.browser()
    answer = agent.get(f"{gateway.url}/login/callback?code={query['code']}&state={query['state']}")
    assert 400 <= answer.status < 500 and not agent.session_cookies()
    begun = gateway.begin(agent)
    location = agent.follow(begun, until=lambda a: a.location.startswith(f"{gateway.url}/login/callback")).location
    from urllib.parse import parse_qsl

    foreign = dict(parse_qsl(urlsplit(location).query))
    assert problem(login.complete(foreign)) == "attempt_unknown"
    assert len(provider.received("token")) == redeemed


# What the sign-in itself can fail at: the same checks as a browser's


FAILURES = {
    "access-denied": (
        {"callback_error": {"error": "access_denied", "error_description": "PROVIDER-TEXT"}},
        403,
        "provider_refused",
    ),
    "wrong-nonce": ({"id_token": {"nonce": "x" * 43}}, 400, "nonce_mismatch"),
    "no-nonce": ({"id_token": {"nonce": REMOVED}}, 400, "nonce_missing"),
    "wrong-audience": ({"id_token": {"aud": "x"}}, 400, "audience_mismatch"),
    "code-refused": ({"token_error": (400, {"error": "invalid_grant"})}, 400, "code_refused"),
    "wrong-issuer-of-the-answer": ({"callback": {"iss": "https://evil.example.org"}}, 400, "callback_issuer_mismatch"),
    "provider-broken": ({"token_error": (500, {"error": "server_error"})}, 502, "token_endpoint_failed"),
    "no-role": ({"person": {"sub": "00u1n", "email": "n@example.com", "groups": []}}, 403, "no_role"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failed_sign_in_has_a_code_and_a_reference(name, gateway, provider):
    behaviour, status, code = FAILURES[name]
    provider.behave(**behaviour)
    login = CommandLineLogin(gateway)
    answer = login.complete(login.walk())
    assert (answer.status, problem(answer)) == (status, code), answer
    assert len(answer.json["reference"]) == 8 and gateway.logged(answer.json["reference"])
    assert "PROVIDER-TEXT" not in answer.text and "token" not in answer.json


def test_the_refresh_token_of_a_refused_person_is_given_back(stage):
    provider = stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"okta": provider})
    provider.behave(person={"sub": "00u1n", "email": "n@example.com", "groups": []})
    login = CommandLineLogin(gateway)
    assert problem(login.complete(login.walk())) == "no_role"
    wait_until(lambda: provider.family().revoked, 10, "the revocation", every=0.1)


def test_a_failed_sign_in_is_in_the_audit_trail(gateway, provider):
    provider.behave(id_token={"nonce": "x" * 43})
    login = CommandLineLogin(gateway)
    reference = login.complete(login.walk()).json["reference"]
    events = gateway.send("GET", f"/api/v1/audit?reference={reference}", bearer(gateway.admin_token())).json["events"]
    assert [event["reason"] for event in events] == ["nonce_mismatch"]


def test_a_command_line_and_a_browser_of_one_person_are_one_user(gateway):
    session = command_line_session(gateway)
    assert gateway.check(gateway.signed_in()).header("X-Auth-User") == session["user"]["id"]


def test_the_host_name_is_kept_as_text_and_cut_to_size(gateway):
    """It comes from anybody: control characters and markup must not survive into logs and pages."""
    for name in ("<script>alert(1)</script>", "a\r\nb", "x" * 5000, "\u202eevil", "host\x00"):
        login = CommandLineLogin(gateway, host=name)
        if login.begun.status == 400:
            continue
        value = login.complete(login.walk())
        assert value.status == 200
        own = gateway.send("GET", "/api/v1/session", bearer(value.json["token"])).json
        assert len(own["host"] or "") <= 255 and not any(ord(c) < 32 for c in own["host"] or "")


def test_another_sites_script_cannot_start_or_finish_one(gateway):
    """No CORS: a page elsewhere may send, but never read what comes back."""
    foreign = {"Origin": "https://evil.example.org", "Sec-Fetch-Site": "cross-site"}
    begun = post(gateway, "/api/v1/cli/logins", {"realm": "infraon", "code_challenge": CHALLENGE}, foreign)
    assert not begun.all("Access-Control-Allow-Origin")
    preflight = gateway.send("OPTIONS", "/api/v1/cli/logins", foreign | {"Access-Control-Request-Method": "POST"})
    assert not preflight.all("Access-Control-Allow-Origin") and preflight.status in (403, 404, 405)


def test_the_loopback_address_is_the_only_place_the_code_goes(gateway, provider):
    CommandLineLogin(gateway).walk(UserAgent())
    assert provider.received("authorize")[-1].query["redirect_uri"] == REDIRECT
