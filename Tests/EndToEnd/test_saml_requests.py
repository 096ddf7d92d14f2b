"""What the gateway asks: AuthnRequests signed or not, forced, passive, and of a class (SAML Core §3.4.1)."""

import base64
import re
import time
import zlib
from datetime import datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from audit_trail import session_of
from saml_apps import (
    PASSWORD,
    PHISHING_RESISTANT,
    SIGNING_KEY,
    TWO_FACTORS,
    answer_form,
    assert_refused,
    choose,
    deliver,
    saml_stand,
    signing,
    to_organization,
)
from saml_keys import METHODS, SAMLKey

BINDINGS = ["redirect", "post"]
FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
NO_PASSIVE = {
    "status": "urn:oasis:names:tc:SAML:2.0:status:Responder",
    "status_detail": "urn:oasis:names:tc:SAML:2.0:status:NoPassive",
}


@pytest.fixture(scope="module", params=BINDINGS)
def stand(request, shared):
    return saml_stand(shared, provider={"request_binding": request.param})


@pytest.fixture
def timed(stage):
    return saml_stand(stage, clock=True)


def request_xml(begun) -> str:
    """The request as it was sent, by either binding."""
    if begun.status == 303:
        (text,) = parse_qs(urlsplit(begun.location).query)["SAMLRequest"]
        return zlib.decompress(base64.b64decode(text), -15).decode()
    (form,) = begun.page.forms
    return base64.b64decode(form.fields["SAMLRequest"]).decode()


def attribute(xml: str, name: str) -> str | None:
    found = re.search(rf'<\w+:AuthnRequest[^>]*\s{name}="([^"]*)"', xml)
    return found.group(1) if found else None


# The plain request


def test_the_request_says_who_asks_where_to_answer_and_no_more(stand):
    begun = stand.gateway.begin(stand.browser(), login_hint="ada@example.com")
    xml = request_xml(begun)
    assert re.fullmatch(r"_[0-9a-f]{32,}", attribute(xml, "ID")) and attribute(xml, "Version") == "2.0"
    assert attribute(xml, "Destination") == stand.app.sso_url
    assert attribute(xml, "AssertionConsumerServiceURL") == stand.app.acs
    assert attribute(xml, "ProtocolBinding") in (None, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")
    issued = datetime.fromisoformat(attribute(xml, "IssueInstant"))
    assert abs(issued.timestamp() - time.time()) < 30
    assert re.search(r"<\w+:Issuer[^>]*>([^<]*)</", xml).group(1) == stand.app.entity_id
    # Okta refuses a policy that is not the app's own setting, so there is none unless it is configured.
    assert "NameIDPolicy" not in xml and "RequestedAuthnContext" not in xml
    assert attribute(xml, "ForceAuthn") in (None, "false") and attribute(xml, "IsPassive") in (None, "false")
    assert "Signature" not in xml and "SigAlg" not in (begun.location or "")


def test_no_two_requests_have_the_same_id(stand):
    ids = {attribute(request_xml(stand.gateway.begin(stand.browser())), "ID") for _ in range(5)}
    assert len(ids) == 5


def test_the_organisation_reads_it_and_finds_it_unsigned(stand):
    agent = stand.browser()
    stand.begin(agent)
    seen = stand.app.requests()[-1]
    assert seen["signed"] is False and not seen["force_authn"] and not seen["is_passive"]
    assert seen["issuer"] == stand.app.entity_id and seen["acs_url"] == stand.app.acs and seen["context_classes"] == []


def test_a_name_id_format_is_asked_for_when_it_is_configured(stage):
    stand = saml_stand(stage, app={"name_id_format": "emailAddress"}, provider={"name_id_format": FORMAT})
    assert stand.sign_in(stand.browser()).status == 303
    assert stand.app.requests()[-1]["name_id_policy"] == FORMAT


# Signatures


@pytest.mark.parametrize("binding", BINDINGS)
def test_with_a_key_requests_are_signed_and_the_organisation_verifies_them(binding, stage):
    app = {"sp_certificate": SIGNING_KEY.pem, "signed_requests": True}
    stand = saml_stand(stage, app=app, provider={"request_binding": binding} | signing())
    assert stand.sign_in(stand.browser()).status == 303
    seen = stand.app.requests()[-1]
    assert (seen["signed"], seen["verified"]) == (True, True) and stand.app.errors() == []


def test_a_redirects_signature_is_over_the_octets_of_the_query(stage):
    """SAML Bindings §3.4.4.1, by another implementation: the message inside has no signature then."""
    stand = saml_stand(stage, provider=signing())
    begun = stand.gateway.begin(stand.browser())
    query = urlsplit(begun.location).query
    signed, _, signature = query.rpartition("&Signature=")
    assert re.fullmatch(r"SAMLRequest=[^&]+&RelayState=[^&]+&SigAlg=[^&]+", signed), "in this order"
    method = unquote(signed.rpartition("&SigAlg=")[2])
    assert method == METHODS["rsa-sha256"]
    assert SIGNING_KEY.verifies(base64.b64decode(unquote(signature)), signed.encode(), method)
    assert "Signature" not in request_xml(begun)


@pytest.mark.parametrize("binding", BINDINGS)
def test_the_organisation_refuses_another_keys_signature(binding, stage):
    """The twin of the tests above: what the simulator calls verified is verified."""
    app = {"sp_certificate": SAMLKey("somebody-else").pem, "signed_requests": True}
    stand = saml_stand(stage, app=app, provider={"request_binding": binding} | signing())
    page = stand.begin(stand.browser())
    assert page.status == 400 and stand.app.requests()[-1]["verified"] is False


@pytest.mark.parametrize("binding", BINDINGS)
def test_the_organisation_refuses_unsigned_requests_where_it_wants_signed_ones(binding, stage):
    app = {"sp_certificate": SIGNING_KEY.pem, "signed_requests": True}
    stand = saml_stand(stage, app=app, provider={"request_binding": binding})
    assert stand.begin(stand.browser()).status == 400


# Forced


@pytest.mark.parametrize("query", [{"max_age": "15m"}, {"prompt": "login"}, {"prompt": "select_account"}], ids=str)
def test_a_fresh_authentication_is_forced(query, stand):
    """Somebody whom the organisation remembers is asked once more."""
    agent = stand.signed_in()
    page = stand.begin(agent, **query)
    assert stand.app.requests()[-1]["force_authn"] is True
    assert answer_form(page) is None, "the sign-in page, although the organisation knows who it is"
    assert deliver(agent, choose(agent, page, "ada@example.com")).status == 303


def test_without_a_wish_the_organisations_session_is_enough(stand):
    agent = stand.signed_in()
    assert answer_form(stand.begin(agent)) is not None
    assert stand.app.requests()[-1]["force_authn"] is False


def test_an_organisation_that_does_not_heed_it_does_not_get_through(timed):
    """honorForceAuthn is a setting of each app; what counts is when the person authenticated."""
    timed.app.change(honor_force_authn=False)
    agent = timed.signed_in()
    timed.advance(1000)
    agent.cookies = [cookie for cookie in agent.cookies if "gatehouse" not in cookie.name]
    answer = timed.sign_in(agent, max_age="15m")
    event = assert_refused(answer, agent, timed, "authentication_too_old")
    assert event["trace"]["rule"] == 12 and event["trace"]["assertion"]["authn_instant"]
    timed.app.change(honor_force_authn=True)
    assert timed.sign_in(agent, max_age="15m").status == 303


def test_a_forced_authentication_is_one_since_the_request(stand):
    """That it was asked for (ForceAuthn, SAML Core §3.4.1) proves nothing: the AuthnInstant is after it, but for the skew."""
    agent = stand.browser()
    stand.app.tamper(members={"authn_instant_seconds": -90})
    answer = stand.sign_in(agent, prompt="login")
    assert stand.app.requests()[-1]["force_authn"] is True
    event = assert_refused(answer, agent, stand, "authentication_too_old")
    assert event["trace"]["rule"] == 12 and event["trace"]["expected"] and event["trace"]["found"], event
    stand.app.tamper(members={"authn_instant_seconds": -45})
    assert stand.sign_in(agent, prompt="login").status == 303


def test_an_old_authentication_is_good_where_none_was_forced(stand):
    stand.app.tamper(members={"authn_instant_seconds": -3600})
    agent = stand.signed_in()
    assert stand.app.requests()[-1]["force_authn"] is False and stand.gateway.check(agent).status == 200


def test_a_forced_authentication_that_takes_its_time_is_good(timed):
    """It is the request's moment that counts, not the answer's."""
    agent = timed.browser()
    page = timed.begin(agent, prompt="login")
    timed.advance(300)
    assert deliver(agent, choose(agent, page, "ada@example.com")).status == 303


def test_a_step_up_by_age_through_the_session_check(timed):
    """max_age on the check: 401 with a Location that makes the organisation ask again, and then 200."""
    agent = timed.signed_in()
    rule = "realm=infraon&max_age=15m"
    assert timed.gateway.check(agent, rule).status == 200
    timed.advance(1000)
    unmet = timed.gateway.check(agent, rule)
    assert unmet.status == 401 and timed.gateway.check(agent).status == 200
    before = session_of(timed.gateway, agent)["authenticated_at"]
    page = to_organization(agent, agent.get(unmet.location))
    assert timed.app.requests()[-1]["force_authn"] is True and answer_form(page) is None
    assert deliver(agent, choose(agent, page, "ada@example.com")).status == 303
    assert timed.gateway.check(agent, rule).status == 200
    after = session_of(timed.gateway, agent)["authenticated_at"]
    assert datetime.fromisoformat(after) - datetime.fromisoformat(before) >= timedelta(seconds=990)


# Passive


def test_a_silent_sign_in_asks_nothing_of_somebody_known(stand):
    agent = stand.signed_in()
    page = stand.begin(agent, prompt="none", return_to="https://app.example.com/a")
    assert stand.app.requests()[-1]["is_passive"] is True
    answer = deliver(agent, page)
    assert (answer.status, answer.location) == (303, "https://app.example.com/a")


def test_a_silent_sign_in_that_fails_begins_again_with_the_page(stand):
    """NoPassive is no failure: the person is asked, once, for the same as before."""
    agent = stand.browser()
    wish = {"return_to": "https://app.example.com/a?b=c", "acr": TWO_FACTORS}
    page = stand.begin(agent, prompt="none", **wish)
    assert answer_form(page) is not None, "an answer at once, which says no"
    answer = deliver(agent, page)
    assert answer.status == 303 and urlsplit(answer.location).path == "/login", answer
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    assert asked == {"realm": "infraon", "provider": "okta-saml"} | wish
    page = to_organization(agent, agent.get(answer.location))
    assert answer_form(page) is None
    seen = stand.app.requests()[-1]
    assert not seen["is_passive"] and seen["context_classes"] == [TWO_FACTORS]
    answer = deliver(agent, choose(agent, page, "ada@example.com"))
    assert (answer.status, answer.location) == (303, wish["return_to"])
    assert len(stand.app.errors()) == len([error for error in stand.app.errors() if "NoPassive" in error])


def test_no_passive_to_a_request_that_was_not_is_a_failure(stand):
    """Nobody turns an ordinary sign-in into a round of redirects."""
    agent = stand.browser()
    stand.app.tamper(members=NO_PASSIVE)
    assert_refused(stand.sign_in(agent), agent, stand, "no_passive")


# Of a class


def test_a_class_is_requested_and_must_be_met(stand):
    agent = stand.browser()
    answer = stand.sign_in(agent, acr=TWO_FACTORS)
    assert answer.status == 303 and stand.app.requests()[-1]["context_classes"] == [TWO_FACTORS]
    assert session_of(stand.gateway, agent)["acr"] == TWO_FACTORS
    assert stand.gateway.check(agent, f"realm=infraon&acr={TWO_FACTORS}").status == 200


def test_several_classes_are_requested_together(stand):
    agent = stand.browser()
    assert stand.sign_in(agent, acr=f"{PHISHING_RESISTANT},{TWO_FACTORS}").status == 303
    assert stand.app.requests()[-1]["context_classes"] == [PHISHING_RESISTANT, TWO_FACTORS]


def test_another_class_than_the_requested_is_refused(stand):
    agent = stand.browser()
    stand.app.tamper(members={"context_class": PASSWORD})
    answer = stand.sign_in(agent, acr=TWO_FACTORS)
    event = assert_refused(answer, agent, stand, "context_class_mismatch", (403,))
    assert (event["trace"]["expected"], event["trace"]["found"]) == (TWO_FACTORS, PASSWORD)
    assert "stronger" in answer.page.text


def test_somebody_without_a_second_factor_is_told_so(stand):
    """NoAuthnContext: the organisation cannot do what was asked."""
    agent = stand.browser()
    stand.simulator.change_person("grace@example.com", highest_acr="urn:okta:loa:1fa:any")
    try:
        answer = stand.sign_in(agent, "grace@example.com", acr=TWO_FACTORS)
    finally:
        stand.simulator.change_person("grace@example.com", highest_acr=None)
    event = assert_refused(answer, agent, stand, "status_not_success", range(400, 500))
    assert "NoAuthnContext" in event["detail"] + (event["trace"]["response"]["status"] or "")


def test_a_step_up_by_class_through_the_session_check(stand):
    agent = stand.signed_in()
    rule = f"realm=infraon&acr={TWO_FACTORS}"
    unmet = stand.gateway.check(agent, rule)
    assert unmet.status == 401 and stand.gateway.check(agent).status == 200
    page = to_organization(agent, agent.get(unmet.location))
    assert stand.app.requests()[-1]["context_classes"] == [TWO_FACTORS]
    assert deliver(agent, choose(agent, page, "ada@example.com")).status == 303
    assert stand.gateway.check(agent, rule).status == 200
