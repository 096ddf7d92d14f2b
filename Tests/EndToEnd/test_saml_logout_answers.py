"""Answers to a sign-out that was begun here, from which it does not follow that the provider's own session is over: the
session here is over all the same, the page says what is missing, and the trail has why.
"""

import pytest

from audit_trail import events
from gateway import realm
from handmade_provider import Person
from handmade_saml import deflated, inner, query, texted
from movable_clock import MovableClock
from rotating_provider import RotatingProvider
from saml_keys import SAMLKey
from saml_logout_steps import (
    BINDINGS,
    LogoutAtProvider,
    assert_not_confirmed,
    event_under,
    handmade_stand,
    sign_out,
)


@pytest.fixture(scope="module")
def stand(shared):
    return handmade_stand(shared)


@pytest.fixture(scope="module")
def gateway(stand):
    return stand.gateway


@pytest.fixture(params=BINDINGS)
def back(request):
    return request.param


def begun(stand):
    return LogoutAtProvider(stand, stand.provider.signed_in(stand.gateway, Person()))


def assert_unconfirmed(stand, out, page, code: str) -> dict:
    """The page tells, and has a reference to why; the event. Nothing of the provider's own words is shown."""
    assert page.path == "/logout/saml/okta" and "PROVIDER-TEXT" not in page.text, page
    assert not out.agent.session_cookies()
    return assert_not_confirmed(stand.gateway, page, code)


# Not all of it


@pytest.mark.parametrize(
    "status",
    [
        ("Success", "PartialLogout"),
        ("Responder",),
        ("Responder", "PartialLogout"),
        ("Requester", "RequestDenied"),
        ("Responder", "UnknownPrincipal"),
        ("VersionMismatch",),
        ("success",),
        ("Success ",),
    ],
    ids="-".join,
)
def test_a_status_that_is_not_success(status, back, stand):
    """Rightly signed, and bad news: whoever is shown the page finds in the trail what the provider said."""
    out = begun(stand)
    event = assert_unconfirmed(stand, out, out.answered(back, *status), "logout_incomplete")
    assert status[0] in event["detail"], event


def test_a_confirmed_sign_out_leaves_no_refusal(back, stand):
    """The positive twin."""
    before = len(events(stand.gateway, "logout.refused"))
    page = begun(stand).answered(back, "Success")
    assert page.status == 200 and "did not confirm" not in page.page.text and "eference" not in page.page.text
    assert len(events(stand.gateway, "logout.refused")) == before


def test_what_the_provider_says_is_not_on_the_page(back, stand):
    out = begun(stand)
    page = out.answered(back, "Responder", message="PROVIDER-TEXT <b>call me</b>")
    assert "PROVIDER-TEXT" not in assert_unconfirmed(stand, out, page, "logout_incomplete")["detail"]


# Not the provider's word

STRANGER = SAMLKey("unpublished")

# name: (changes of the answer, how it is signed, the reason by redirect, by form)
WRONG = {
    "unsigned": ({}, None, "logout_signature_missing", "logout_signature_missing"),
    "a-key-that-is-not-published": ({}, {"key": STRANGER}, "signature_invalid", "key_not_pinned"),
    "hmac-with-the-certificate": ({}, {"method": "hmac-sha256"}, "signature_algorithm_symmetric", "signature_algorithm_symmetric"),
    "rsa-with-sha1": ({}, {"method": "rsa-sha1"}, "signature_algorithm_sha1", "signature_algorithm_sha1"),
    "an-answer-to-another-request": ({"in_response_to": "_" + 32 * "0"}, {}, "in_response_to_mismatch", "in_response_to_mismatch"),
    "an-answer-to-none": ({"in_response_to": None}, {}, "in_response_to_missing", "in_response_to_missing"),
    "another-destination": ({"destination": "https://sso.example.org/logout/saml/okta"}, {}, "destination_mismatch", "destination_mismatch"),
    "no-destination": ({"destination": None}, {}, "logout_destination_missing", "logout_destination_missing"),
    "another-issuer": ({"issuer": "http://www.okta.com/exkanother"}, {}, "issuer_mismatch", "issuer_mismatch"),
    "version-1.1": ({"version": "1.1"}, {}, "version_unsupported", "version_unsupported"),
    "too-old": ({"issued": -400}, {}, "logout_too_old", "logout_too_old"),
    "from-the-future": ({"issued": 400}, {}, "logout_issued_in_future", "logout_issued_in_future"),
    "something-more": ({"more": texted("saml2:Audience", None, "x")}, {}, "logout_message_malformed", "logout_message_malformed"),
    "a-comment": ({"more": "<!-- x -->"}, {}, "xml_comment", "xml_comment"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_an_answer_that_has(name, back, stand):
    changes, signature, code, form_code = WRONG[name]
    out = begun(stand)
    options = None if signature is None else dict(signature)
    page = out.answered(back, signature=options, **changes)
    assert_unconfirmed(stand, out, page, code if back == "redirect" else form_code)


def test_a_flipped_bit(back, stand):
    out = begun(stand)
    damage = {"damage": True} if back == "redirect" else {"damage": "signature"}
    assert_unconfirmed(stand, out, out.answered(back, signature=damage), "signature_invalid")


def test_a_request_in_place_of_an_answer(stand):
    """It is no answer, but what it is: a request by the provider to end what is over already."""
    out = begun(stand)
    xml = stand.provider.logout_request(stand.gateway, Person())
    page = out.deliver(query("SAMLResponse", xml, stand.provider.key, out.request.relay_state))
    assert_unconfirmed(stand, out, page, "logout_message_unexpected")


def test_a_bomb_for_an_answer(stand, gateway):
    out = begun(stand)
    page = out.deliver(query("SAMLResponse", deflated(b" " * (10 << 20)), stand.provider.key, out.request.relay_state))
    assert page.status == 400 and event_under(gateway, page)["reason"] == "inflated_too_much"


def test_the_answer_to_somebody_elses_sign_out(back, stand):
    """Rightly signed, and taken into another browser's way back."""
    theirs, ours = begun(stand), begun(stand)
    message = theirs.response(back, relay_state=ours.request.relay_state)
    assert_unconfirmed(stand, ours, ours.deliver(message), "in_response_to_mismatch")


# Not of this browser


def test_a_relay_state_that_is_not_ours(back, stand, gateway):
    for state in ("made-up", "A" * 43, "", None, "x" * 4000):
        out = begun(stand)
        answer = out.deliver(out.response(back, relay_state=state))
        assert answer.status == 400 and event_under(gateway, answer)["reason"] == "logout_state_unknown", answer
        assert not out.agent.session_cookies()


def test_a_browser_that_did_not_begin_it(stand, gateway):
    out = begun(stand)
    answer = out.deliver(out.response("redirect"), agent=gateway.browser())
    assert answer.status == 400 and event_under(gateway, answer)["reason"] == "browser_mismatch"
    assert "signed out" in out.answered("redirect").page.text.lower(), "not spoilt by it"


def test_after_more_than_ten_minutes(stage):
    stand = handmade_stand(stage, start=False)
    clock = MovableClock(stage.directory())
    stand.gateway.env = clock.env
    stand.gateway.start()
    out = begun(stand)
    clock.advance(700)
    answer = out.answered("redirect", issued=700)
    assert answer.status == 400 and event_under(stand.gateway, answer)["reason"] == "logout_state_unknown", answer


def test_the_answer_at_another_providers_address(stand, gateway):
    """Signed by one provider, brought to where the other's would come."""
    out = begun(stand)
    address = f"{gateway.url}/logout/saml/other"
    message = out.response("redirect", destination=address)
    answer = out.agent.get(f"{address}?{message}", referrer=stand.provider.origin + "/")
    assert_not_confirmed(gateway, answer, "provider_mismatch")


# With a second provider to visit


def test_a_bad_answer_does_not_keep_the_browser_from_the_next_provider(stage):
    openid = stage.provider(kind=RotatingProvider)
    realms = {"infraon": realm("okta", home=None), "ssp": realm("openid", title="Portal", home=None)}
    stand = handmade_stand(stage, realms=realms, start=False)
    okta = stand.gateway.settings["providers"]["okta"]
    stand.gateway.write(providers={"okta": okta, "openid": openid.settings()})
    stand.gateway.start()
    agent = stand.provider.signed_in(stand.gateway, Person())
    assert stand.gateway.sign_in(agent, "ssp").status == 303
    out = LogoutAtProvider(stand, agent, sign_out(stand.gateway, agent, query=""))
    answer = out.answered("post", signature={"key": STRANGER})
    assert answer.status == 303 and answer.location.startswith(f"{openid.base}/logout?"), answer
    page = agent.follow(answer)
    assert page.status == 200 and len(openid.received("logout")) == 1
    assert "did not confirm" in page.page.text, "what the first provider left open is not forgotten"


def test_extensions_and_a_message_beside_success_are_fine(back, stand):
    """SAML Core §3.2.2 has room for them."""
    out = begun(stand)
    extensions = inner("saml2p:Extensions", None, texted("saml2:Audience", None, "x"))
    page = out.answered(back, "Success", message="Bye", before=extensions)
    assert page.status == 200 and "did not confirm" not in page.page.text and "Bye" not in page.text
