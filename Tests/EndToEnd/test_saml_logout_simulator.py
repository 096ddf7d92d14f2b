"""Single logout with the simulated Okta, whose code for SAML is nobody else's: it verifies what the gateway signs, and its
session is the one that ends. The gateway is on another site than the organisation, as in production.
"""

from urllib.parse import parse_qsl, urlsplit

import pytest

from api_sign_in import CommandLineLogin, bearer
from audit_trail import asked, end_of, session_of
from gateway import realm
from saml_apps import PROVIDER, App, answer_form, choose, deliver, to_organization
from saml_keys import SAMLKey
from saml_logout_steps import (
    BINDINGS,
    OURS,
    assert_logout_refused,
    cookies_of,
    event_under,
    inline,
    sign_out,
    simulated_stand,
)
from user_agent import UserAgent
from waiting import free_port


@pytest.fixture(scope="module", params=[(there, back) for there in BINDINGS for back in BINDINGS], ids="-and-".join)
def stand(request, shared):
    """Requests by one binding, the organisation's messages by the other or the same."""
    there, back = request.param
    return simulated_stand(shared, provider={"request_binding": there}, app={"logout_binding": back}, cross_site=True)


@pytest.fixture(autouse=True)
def clean(request):
    """Nothing that one test ordered or counted reaches the next."""
    yield
    if "stand" in request.fixturenames:
        stand = request.getfixturevalue("stand")
        stand.simulator.control("DELETE", "/simulator/log")
        stand.simulator.control("DELETE", "/simulator/tampering")
        stand.simulator.control("DELETE", "/simulator/saml-logouts")


def walk(stand, agent, answer):
    """Through the organisation's and our own pages to where the browser rests, as scripts in them would."""
    for _ in range(12):
        answer = agent.follow(answer)
        forms = answer.page.forms if answer.status == 200 else []
        carrying = [form for form in forms if {"SAMLRequest", "SAMLResponse"} & set(form.fields)]
        onward = [link for link in answer.page.links if "ontinue" in link.text]
        if carrying:
            answer = agent.submit(answer, carrying[0])
        elif onward and answer.url.startswith(stand.simulator.origin):
            answer = agent.get(onward[0].href, referrer=answer.url)
        else:
            return answer
    raise AssertionError(f"no end of it: {answer}")


def seen(stand, message: str) -> list[dict]:
    """What the organisation got of a kind of message."""
    entries = [entry["saml"] for entry in stand.simulator.log() if entry["saml"]]
    return [saml for saml in entries if saml["message"] == message]


def remembers(stand, agent) -> bool:
    """Whether the organisation knows the browser without asking who it is."""
    return answer_form(stand.begin(agent)) is not None


# Begun here


def test_okta_verifies_the_request_and_its_session_ends(stand):
    agent = stand.signed_in()
    assert remembers(stand, agent)
    cookies = cookies_of(stand.gateway, agent)
    page = walk(stand, agent, sign_out(stand.gateway, agent))
    assert page.status == 200 and page.path == f"/logout/saml/{PROVIDER}", page
    assert "signed out" in page.page.text.lower() and "did not confirm" not in page.page.text
    assert stand.gateway.check(headers=cookies).status == 401
    assert not remembers(stand, agent), "Okta asks who it is"
    [asked_for] = seen(stand, "LogoutRequest")
    assert asked_for["verified"] is True
    assert stand.app.errors() == [], "the organisation had nothing to complain of"


def test_the_persons_session_in_another_browser_lives(stand):
    here, there = stand.signed_in(), stand.signed_in()
    walk(stand, here, sign_out(stand.gateway, here))
    assert stand.gateway.check(there).status == 200 and remembers(stand, there)


INCOMPLETE = {
    "partial": {"members": {"status_detail": "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"}},
    "responder": {"members": {"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"}},
    "unsigned": {"signature": "stripped"},
    "flipped": {"signature": "flipped"},
    "unpublished": {"signature": "unpublished-key"},
    "hmac": {"signature": "hmac"},
    "sha1": {"settings": {"signature_algorithm": "rsa-sha1"}},
    "in-response-to": {"members": {"in_response_to": "_" + 32 * "0"}},
    "no-in-response-to": {"members": {"in_response_to": None}},
    "destination": {"members": {"destination": "https://sso.example.org/logout/saml/okta-saml"}},
    "issuer": {"members": {"issuer": "http://www.okta.com/exkanother"}},
    "too-old": {"members": {"skew_seconds": -4000}},
    "too-new": {"members": {"skew_seconds": 4000}},
}


REASONS = {
    "partial": {"logout_incomplete"},
    "responder": {"logout_incomplete"},
    "unsigned": {"logout_signature_missing"},
    "flipped": {"signature_invalid"},
    # A form shows its certificate, a query does not.
    "unpublished": {"signature_invalid", "key_not_pinned"},
    "hmac": {"signature_algorithm_symmetric"},
    "sha1": {"signature_algorithm_sha1"},
    "in-response-to": {"in_response_to_mismatch"},
    "no-in-response-to": {"in_response_to_missing"},
    "destination": {"destination_mismatch"},
    "issuer": {"issuer_mismatch"},
    "too-old": {"logout_too_old"},
    "too-new": {"logout_issued_in_future"},
}


@pytest.mark.parametrize("name", INCOMPLETE)
def test_an_answer_that_proves_nothing_is_said_to(name, stand):
    agent = stand.signed_in()
    cookies = cookies_of(stand.gateway, agent)
    order = {"target": "saml_logout_response", "client_id": stand.app.exk, "count": 1} | INCOMPLETE[name]
    stand.simulator.control("POST", "/simulator/tampering", order)
    page = walk(stand, agent, sign_out(stand.gateway, agent))
    assert page.status == 200 and f"({PROVIDER}) did not confirm" in page.page.text, page
    event = event_under(stand.gateway, page)
    assert event["reason"] in REASONS[name], event
    assert stand.gateway.check(headers=cookies).status == 401 and not agent.session_cookies()


def test_a_relay_state_that_okta_does_not_give_back(stand):
    agent = stand.signed_in()
    order = {"target": "saml_logout_response", "count": 1, "members": {"relay_state": None}}
    stand.simulator.control("POST", "/simulator/tampering", order)
    answer = walk(stand, agent, sign_out(stand.gateway, agent))
    assert answer.status == 400 and event_under(stand.gateway, answer)["reason"] == "logout_state_unknown"
    assert not agent.session_cookies()


def test_a_certificate_that_okta_does_not_know(stand):
    """Okta refuses, on a page of its own; here the session is over."""
    agent = stand.signed_in()
    cookies = cookies_of(stand.gateway, agent)
    stand.app.change(sp_certificate=SAMLKey("forgotten").pem)
    try:
        page = walk(stand, agent, sign_out(stand.gateway, agent))
    finally:
        stand.app.change(sp_certificate=OURS.pem)
    assert page.status == 400 and page.url.startswith(stand.simulator.origin), page
    assert stand.gateway.check(headers=cookies).status == 401


# Begun by Okta


def log_out(stand, **who) -> list[dict]:
    """The organisation ends somebody's sessions; its messages to the app."""
    who = who or {"email": "ada@example.com"}
    return stand.simulator.control("POST", "/simulator/saml-logout", who).json["messages"]


def bring(stand, message: dict):
    """A message in a frame without cookies, and our answer to it back to the organisation."""
    agent = UserAgent()
    if message["binding"] == "redirect":
        answer = agent.get(message["url"], referrer=stand.simulator.origin + "/")
    else:
        answer = agent.post(message["address"], form=message["parameters"], referrer=stand.simulator.origin + "/")
    return walk(stand, agent, answer) if answer.status in (200, 303) else answer


def test_okta_ends_sessions_without_a_cookie_and_verifies_the_answer(stand):
    agent = stand.signed_in()
    number = session_of(stand.gateway, agent)["id"]
    messages = log_out(stand)
    for message in messages:
        bring(stand, message)
    assert messages and stand.gateway.check(agent).status == 401
    assert end_of(stand.gateway, number) == "saml_logout"
    told = stand.simulator.control("GET", "/simulator/saml-logouts").json["requests"]
    assert len(told) == len(messages)
    assert all(entry["verified"] is True and entry["status"][0].endswith(":Success") for entry in told), told
    assert stand.app.errors() == []


def test_one_of_two_sessions_of_a_person(stand):
    here, there = stand.signed_in("grace@example.com"), stand.signed_in("grace@example.com")
    sessions = stand.simulator.control("GET", "/simulator/saml-sessions").json["sessions"]
    mine = [entry for entry in sessions if entry["name_id"] == "grace@example.com"]
    [message] = log_out(stand, sid=mine[-1]["sid"])
    bring(stand, message)
    assert (stand.gateway.check(here).status, stand.gateway.check(there).status) == (200, 401)
    for message in log_out(stand, email="grace@example.com"):
        bring(stand, message)


def test_a_command_lines_session_ends_too(stand):
    login, agent = CommandLineLogin(stand.gateway), stand.browser()
    page = choose(agent, to_organization(agent, agent.get(login.authorize_url)), "ada@example.com")
    answer = deliver(agent, page)
    token = login.complete(dict(parse_qsl(urlsplit(answer.location).query))).json["token"]
    assert stand.gateway.check(headers=bearer(token)).status == 200
    for message in log_out(stand):
        bring(stand, message)
    assert stand.gateway.check(headers=bearer(token)).status == 401


REFUSED = {
    "unsigned": ({"signature": "stripped"}, "logout_signature_missing"),
    "flipped": ({"signature": "flipped"}, "signature_invalid"),
    "hmac": ({"signature": "hmac"}, "signature_algorithm_symmetric"),
    "issuer": ({"members": {"issuer": "http://www.okta.com/exkanother"}}, "issuer_mismatch"),
    "destination": ({"members": {"destination": "https://sso.example.org/"}}, "destination_mismatch"),
    "no-destination": ({"members": {"destination": None}}, "logout_destination_missing"),
    "too-old": ({"members": {"skew_seconds": -4000}}, "logout_too_old"),
    "too-new": ({"members": {"skew_seconds": 4000}}, "logout_issued_in_future"),
    "expired": ({"members": {"not_on_or_after_seconds": -90}}, "logout_expired"),
    "nobody": ({"members": {"name_id": None}}, "logout_name_id_missing"),
    "version": ({"members": {"version": "1.1"}}, "version_unsupported"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_request_of_oktas_ends_nothing(name, stand):
    change, code = REFUSED[name]
    agent = stand.signed_in()
    order = {"target": "saml_logout_request", "client_id": stand.app.exk, "count": 100} | change
    stand.simulator.control("POST", "/simulator/tampering", order)
    messages = log_out(stand)
    assert messages
    for message in messages:
        assert_logout_refused(stand.gateway, bring(stand, message), code, PROVIDER)
    assert stand.gateway.check(agent).status == 200


# Two applications of one organisation


def test_a_sign_out_at_one_application_ends_the_other_ones_session_in_a_frame(stage):
    stand = simulated_stand(stage, cross_site=True)
    port = free_port()
    origin = f"http://localhost:{port}"
    app = App(stand.simulator, origin, PROVIDER, sp_certificate=OURS.pem, logout_url=f"{origin}/logout/saml/{PROVIDER}")
    second = stage.gateway({PROVIDER: app.by_metadata(**inline())}, {"infraon": realm(PROVIDER, home=None)}, port=port)
    agent = stand.signed_in()
    there = second.browser()
    # The same browser, as far as the organisation is concerned.
    there.cookies = [cookie for cookie in agent.cookies if cookie.host == "localhost"]
    answer = deliver(there, to_organization(there, second.begin(there)))
    assert answer.status == 303 and second.check(there).status == 200
    farewell = agent.follow(sign_out(stand.gateway, agent))
    frames = [frame["src"] for frame in farewell.page.all("iframe")]
    assert frames, farewell
    for frame in frames:
        framed = UserAgent()
        answer = walk(stand, framed, framed.get(frame if "://" in frame else stand.simulator.origin + frame))
        assert answer.status == 200, answer
    assert second.check(there).status == 401, "ended by a frame without our cookies"
    page = walk(stand, agent, farewell)
    assert page.path == f"/logout/saml/{PROVIDER}" and "did not confirm" not in page.page.text
    told = stand.simulator.control("GET", "/simulator/saml-logouts").json["requests"]
    assert [entry["verified"] for entry in told if entry["exk"] == app.exk] == [True]


# Keys of Okta's


def test_a_new_certificate_of_oktas_is_fetched_when_a_logout_request_needs_it(stage):
    stand = simulated_stand(stage, clock=True)
    agent = stand.signed_in()
    stand.advance(120)  # metadata is asked for once a minute at most
    fetched = stand.app.metadata_fetches()
    stand.app.roll_over()
    for message in log_out(stand):
        bring(stand, message)
    assert stand.gateway.check(agent).status == 401
    assert stand.app.metadata_fetches() == fetched + 1


def test_after_a_restart_while_the_metadata_is_down(stage):
    """What was fetched before is kept in the store."""
    stand = simulated_stand(stage)
    agent = stand.signed_in()
    stand.simulator.control(
        "POST", "/simulator/faults", {"endpoint": "saml_metadata", "mode": "status-500", "count": 50}
    )
    stand.gateway.stop()
    stand.gateway.start()
    for message in log_out(stand):
        bring(stand, message)
    assert stand.gateway.check(agent).status == 401


def test_nothing_in_log_or_trail_tells_who_signed_out_beyond_the_user(stage):
    stand = simulated_stand(stage)
    agent = stand.signed_in()
    walk(stand, agent, sign_out(stand.gateway, agent))
    assert "SAMLRequest" not in stand.gateway.log and "ada@example.com" not in stand.gateway.log
    trail = asked(stand.gateway, "/api/v1/audit", limit=1000)["events"]
    assert "SAMLRe" not in str(trail)
