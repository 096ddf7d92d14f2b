"""Signing out here signs out at the SAML provider too (SAML Profiles §4.4): the request that goes there, and the way back
across sites. Whatever the provider makes of it, the session here is over first. What incomplete answers are worth:
test_saml_logout_answers.py.
"""

import pytest

from audit_trail import end_of, session_of
from gateway import realm
from handmade_provider import Person
from handmade_saml import EMAIL, UNSPECIFIED
from rotating_provider import RotatingProvider
from saml_keys import SAMLKey
from saml_logout_steps import (
    BINDINGS,
    LogoutAtProvider,
    cookies_of,
    event_under,
    handmade_stand,
    inline,
    sign_out,
)
from tokens import unverified


@pytest.fixture(scope="module", params=BINDINGS)
def stand(request, shared):
    """By each binding of the request."""
    stand = handmade_stand(shared, provider={"request_binding": request.param})
    stand.binding = request.param
    return stand


@pytest.fixture(scope="module")
def gateway(stand):
    return stand.gateway


def begun(stand, person=None, **changes):
    """Somebody who has just pressed the button: their browser, and what went to the provider."""
    agent = stand.provider.signed_in(stand.gateway, person or Person(), **changes)
    return LogoutAtProvider(stand, agent)


# The request


def test_the_request_says_all_that_the_provider_needs(stand, gateway):
    person = Person()
    out = begun(stand, person, format=EMAIL)
    asked, root = out.request, out.request.root
    assert root.tag.endswith("}LogoutRequest") and root.get("Version") == "2.0"
    assert (asked.binding, asked.url) == (stand.binding, stand.provider.slo_url)
    assert root.get("Destination") == stand.provider.slo_url
    assert asked.text("Issuer") == f"{gateway.url}/login/saml/okta/metadata"
    assert asked.text("NameID") == person.name_id
    assert root.find("{urn:oasis:names:tc:SAML:2.0:assertion}NameID").get("Format") == EMAIL
    assert asked.texts("SessionIndex") == [person.session_index]
    assert root.get("ID")[0] in "_abcdefghijklmnopqrstuvwxyz" and len(root.get("ID")) >= 22
    assert root.get("IssueInstant") < root.get("NotOnOrAfter")
    assert len(asked.relay_state) >= 22 and person.name_id not in asked.relay_state
    assert root.get("ID") not in asked.relay_state


def test_the_request_is_signed_with_our_key(stand):
    asked = begun(stand).request
    if stand.binding == "redirect":
        assert asked.is_signed_by(stand.key) and "Signature" not in asked.xml
    else:
        children = [child.tag.split("}")[1] for child in asked.root]
        assert children[:3] == ["Issuer", "Signature", "NameID"], "directly after the Issuer"


def test_a_person_whose_index_was_never_told_signs_out_by_name(stand):
    out = begun(stand, Person(session_index=None))
    assert out.request.texts("SessionIndex") == []


@pytest.mark.parametrize("name_id", ['Zoë <Müller> & "co"', "名前", "x" * 512])
def test_names_of_any_letters(name_id, stand):
    out = begun(stand, Person(name_id), attributes={"email": ["someone@example.com"]})
    assert out.request.text("NameID") == name_id


def test_the_session_is_over_before_the_browser_is_anywhere_else(stand, gateway):
    agent = stand.provider.signed_in(gateway, Person())
    cookies, number = cookies_of(gateway, agent), session_of(gateway, agent)["id"]
    out = LogoutAtProvider(stand, agent)
    assert gateway.check(headers=cookies).status == 401
    assert not agent.session_cookies() and out.answer.header("Cache-Control") == "no-store"
    assert end_of(gateway, number) == "signed_out"


def test_other_sessions_of_the_same_person_live(stand, gateway):
    person = Person()
    elsewhere = stand.provider.signed_in(gateway, person.again())
    page = begun(stand, person).answered("post")
    assert page.status == 200 and gateway.check(elsewhere).status == 200


# The way back


@pytest.mark.parametrize("back", BINDINGS)
def test_the_way_back_ends_at_a_page_that_says_so(back, stand, gateway):
    out = begun(stand)
    page = out.answered(back)
    assert page.status == 200 and page.path == "/logout/saml/okta", page
    text = page.page.text.lower()
    assert "signed out" in text and "did not confirm" not in text
    assert page.header("Cache-Control") == "no-store"
    assert out.agent.cookies == [], "nothing is left behind"
    assert any(link.href == "/" or "/login" in link.href for link in page.page.links), "a way to sign in again"


def test_a_form_of_another_site_is_sent_once_more_from_here(stand, gateway):
    """It comes without our cookies, and what was begun in this browser is known by one."""
    out = begun(stand)
    page = out.deliver(out.response(), resubmit=False)
    [form] = page.page.forms
    assert page.status == 200 and form.action == f"{gateway.url}/logout/saml/okta", page
    assert form.fields["RelayState"] == out.request.relay_state
    assert page.header("Cache-Control") == "no-store" and "frame-ancestors 'none'" in policy(page)
    assert any(button.text for button in form.buttons), "for browsers without scripts"
    last = out.agent.submit(page, form)
    assert last.status == 200 and "signed out" in last.page.text.lower()


def policy(page) -> str:
    return page.header("Content-Security-Policy")


def test_it_is_sent_once_more_only_once(stand, gateway):
    """Whoever has no cookie at all gets an end, and not a page that sends itself for ever."""
    out = begun(stand)
    form = out.deliver(out.response(), resubmit=False).page.forms[0]
    stranger = gateway.browser()
    answer = stranger.post(form.action, form=form.fields, referrer=f"{gateway.url}/")
    assert answer.status == 400 and event_under(gateway, answer)["reason"] == "browser_mismatch"
    assert out.agent.post(form.action, form=form.fields, referrer=f"{gateway.url}/").status == 200, "not spoilt by it"


def test_the_way_back_works_once(stand, gateway):
    out = begun(stand)
    message, kept = out.response(), list(out.agent.cookies)
    assert out.deliver(message).status == 200
    out.agent.cookies = kept
    again = out.deliver(message)
    assert again.status == 400 and event_under(gateway, again)["reason"] == "logout_state_unknown", again


def test_a_way_back_signs_nobody_out(stand, gateway):
    """Somebody else's answer, posted into a browser that is signed in."""
    victim = stand.provider.signed_in(gateway, Person())
    for back in BINDINGS:
        out = begun(stand)
        out.deliver(out.response(back), agent=victim)
        assert gateway.check(victim).status == 200


def test_a_sign_in_right_after_the_sign_out_is_not_disturbed_by_the_way_back(stand, gateway):
    out = begun(stand)
    assert stand.provider.sign_in(gateway, out.agent, Person()).status == 303
    out.deliver(out.response())
    assert gateway.check(out.agent).status == 200


def test_a_restart_between_sign_out_and_way_back_costs_nothing(stage):
    stand = handmade_stand(stage)
    out = begun(stand)
    stand.gateway.stop()
    stand.gateway.start()
    assert "signed out" in out.answered("post").page.text.lower()


def test_another_process_may_take_the_answer(stage):
    stand = handmade_stand(stage)
    twin = stage.twin(stand.gateway)
    out = begun(stand)
    out.agent.resolve = {stand.gateway.url: twin.listening}
    page = out.answered("redirect")
    assert page.status == 200 and "signed out" in page.page.text.lower(), page


# Where there is no such way


def locally(stand, agent):
    cookies = cookies_of(stand.gateway, agent)
    answer = sign_out(stand.gateway, agent)
    assert (answer.status, answer.location) == (303, stand.gateway.url + "/"), answer
    assert stand.gateway.check(headers=cookies).status == 401 and not agent.session_cookies()


NOWHERE = {
    "no-signing-key": {"signing_key": None, "signing_certificate": None},
    "logout-local": {"logout": "local"},
    "no-logout-address": {"slo_url": None},
}


@pytest.mark.parametrize("name", NOWHERE)
def test_it_stays_here_with(name, stage):
    stand = handmade_stand(stage, provider=NOWHERE[name])
    locally(stand, stand.provider.signed_in(stand.gateway, Person()))


@pytest.mark.parametrize("name", NOWHERE)
def test_the_provider_can_still_begin_one_with(name, stage):
    """Without a key or an address there is a plain page in place of an answer."""
    stand = handmade_stand(stage, provider=NOWHERE[name])
    person = Person()
    agent = stand.provider.signed_in(stand.gateway, person)
    answer = stand.provider.log_out(stand.gateway, person)
    assert answer.status == 200 and stand.gateway.check(agent).status == 401
    if name != "logout-local":
        assert not answer.page.forms and "signed out" in answer.page.text.lower()
        assert "frame-ancestors" in policy(answer)


def test_ending_another_session_from_the_start_page_stays_here(stand, gateway):
    person = Person()
    there, here = stand.provider.signed_in(gateway, person), stand.provider.signed_in(gateway, person.again())
    fields = {"realm": "infraon", "session": session_of(gateway, there)["id"]}
    answer = here.post(f"{gateway.url}/logout", form=fields, referrer=gateway.url + "/")
    assert (answer.status, answer.location) == (303, gateway.url + "/")
    assert (gateway.check(there).status, gateway.check(here).status) == (401, 200)


def test_a_key_on_a_curve_signs_too(stage):
    key = SAMLKey("gateway-elliptic", "P-256")
    stand = handmade_stand(stage, provider=inline(key))
    assert begun(stand).request.is_signed_by(key)


# Two providers


def test_sessions_of_a_saml_and_an_openid_provider_end_in_one_sign_out(stage):
    openid = stage.provider(kind=RotatingProvider)
    for order in (("infraon", "ssp"), ("ssp", "infraon")):
        names = dict(zip(order, ("okta", "openid")))
        realms = {name: realm(names[name], title=name, home=None) for name in sorted(order)}
        stand = handmade_stand(stage, realms=realms, start=False)
        stand.gateway.write(
            providers={"okta": stand.gateway.settings["providers"]["okta"], "openid": openid.settings()}
        )
        stand.gateway.start()
        agent = stand.provider.signed_in(stand.gateway, person := Person(), order[0])
        assert stand.gateway.sign_in(agent, order[1]).status == 303
        cookies, before = cookies_of(stand.gateway, agent), len(openid.received("logout"))
        answer = sign_out(stand.gateway, agent, query="")
        for name in order:
            assert stand.gateway.check(query=f"realm={name}", headers=cookies).status == 401, "both are over at once"
        pages = []
        while answer.status in (302, 303):
            if answer.location.startswith(stand.provider.slo_url):
                out = LogoutAtProvider(stand, agent, answer)
                assert out.request.text("NameID") == person.name_id
                answer = out.answered("post")
            else:
                pages.append(answer.location)
                answer = agent.get(answer.location, referrer=answer.url)
        assert answer.status == 200 and "signed out" in answer.page.text.lower(), answer
        [asked] = openid.received("logout")[before:]
        assert unverified(asked.query["id_token_hint"])[1]["iss"] == openid.issuer and pages
        assert not openid.complaints


def test_two_saml_providers_are_both_visited(stage):
    realms = {"infraon": realm("okta", home=None), "ssp": realm("other", title="Portal", home=None)}
    stand = handmade_stand(stage, realms=realms)
    agent = stand.provider.signed_in(stand.gateway, Person())
    assert stand.other.sign_in(stand.gateway, agent, Person(), "ssp").status == 303
    answer, visited = sign_out(stand.gateway, agent, query=""), []
    while answer.status == 303:
        provider = next(p for p in (stand.provider, stand.other) if answer.location.startswith(p.slo_url + "?"))
        visited.append(provider.name)
        answer = LogoutAtProvider(stand, agent, answer, provider).answered("redirect")
    assert sorted(visited) == ["okta", "other"] and answer.status == 200, answer
    assert agent.cookies == []


def test_of_two_sessions_of_one_provider_the_provider_hears_once(stand, gateway):
    person = Person()
    agent = stand.provider.signed_in(gateway, person)
    assert stand.provider.sign_in(gateway, agent, person, "ssp").status == 303
    out = LogoutAtProvider(stand, agent, sign_out(gateway, agent, query=""))
    page = out.answered("post")
    assert page.status == 200 and "signed out" in page.page.text.lower() and agent.cookies == []


def test_the_format_of_a_name_that_had_none_is_unspecified_or_left_out(stand):
    [name_id] = begun(stand, Person()).request.root.iter("{urn:oasis:names:tc:SAML:2.0:assertion}NameID")
    assert name_id.get("Format") in (None, UNSPECIFIED)
