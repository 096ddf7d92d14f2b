"""Sign-ins that begin at the organisation, by a click on its dashboard: only where the configuration allows them."""

from urllib.parse import quote

import pytest

from audit_trail import end_of, session_of
from gateway import HOME, realm
from saml_apps import answer_form, asks_to_resubmit, assert_refused, deliver, resubmit, saml_stand

PORTAL = {"title": "Self-Service Portal", "default_role": "requester", "home": "https://portal.example.com/",
          "return_hosts": ["portal.example.com"], "roles": []}  # fmt: skip


@pytest.fixture(scope="module", params=[False, True], ids=["same-site", "cross-site"])
def stand(request, shared):
    return saml_stand(shared, provider={"idp_initiated": True}, cross_site=request.param)


@pytest.fixture(scope="module")
def closed(shared):
    """As it is unless the configuration says otherwise."""
    return saml_stand(shared)


def through_the_tile(stand, agent, email="ada@example.com", relay_state=None):
    return deliver(agent, stand.from_tile(agent, email, relay_state))


# Refused


def test_a_tile_is_refused_unless_it_is_allowed(closed):
    agent = closed.browser()
    answer = through_the_tile(closed, agent)
    event = assert_refused(answer, agent, closed, "unsolicited_response")
    assert "set idp_initiated" in event["detail"], "the administrator learns which setting it is"
    assert "not clear which realm" not in event["detail"]
    assert "not begun here" in answer.page.text


def test_false_is_the_same_as_nothing(stage):
    stand = saml_stand(stage, provider={"idp_initiated": False})
    agent = stand.browser()
    assert_refused(through_the_tile(stand, agent), agent, stand, "unsolicited_response")


@pytest.mark.parametrize("relay_state", ["", "x" * 5000, "https://evil.example.org/", "AAAA.BBBB"], ids=len)
def test_a_foreign_relay_state_makes_no_difference(relay_state, closed):
    agent = closed.browser()
    answer = through_the_tile(closed, agent, relay_state=quote(relay_state))
    assert_refused(answer, agent, closed, "unsolicited_response")


# Allowed


def test_a_tile_signs_in_and_lands_at_home(stand):
    agent = stand.browser()
    answer = through_the_tile(stand, agent)
    assert (answer.status, answer.location) == (303, HOME)
    known = stand.gateway.check(agent)
    assert known.header("X-Auth-Email") == "ada@example.com" and "admin" in known.header("X-Auth-Roles")


def test_a_person_without_a_role_gets_no_session_that_way(stand):
    agent = stand.browser()
    assert through_the_tile(stand, agent, "mallory@example.com").status == 403
    assert not agent.session_cookies()


LANDINGS = {
    "https://app.example.com/tickets?id=7": True,
    "https://app.example.com/#row-3": True,
    HOME + "start": True,
    "https://evil.example.org/": False,
    "https://app.example.com.evil.example.org/": False,
    "https://app.example.com@evil.example.org/": False,
    "ftp://app.example.com/": False,
    "//evil.example.org/": False,
    "/logout?realm=infraon": False,
    "javascript:alert(1)": False,
    "https://app.example.com/\r\nSet-Cookie: a=b": False,
    "https://app.example.com/\\evil": False,
    "tickets": False,
    "": False,
}


@pytest.mark.parametrize("relay_state", LANDINGS)
def test_it_lands_on_an_allowed_relay_state_only(relay_state, stand):
    answer = through_the_tile(stand, stand.browser(), relay_state=quote(relay_state))
    assert answer.status == 303
    assert answer.location == (relay_state if LANDINGS[relay_state] else HOME)
    assert not any("a=b" in line for line in answer.all("Set-Cookie"))


def test_a_relay_state_of_ours_is_no_unsolicited_answer(stand):
    """A tile's answer with the handle of a pending sign-in answers that sign-in, and does not fit it."""
    agent = stand.browser()
    pending = answer_form(stand.answered(agent)).fields["RelayState"]
    page = stand.from_tile(agent, relay_state=pending)
    answer = deliver(agent, page)
    assert_refused(answer, agent, stand, "in_response_to_missing")


def test_an_answer_to_a_request_is_none_without_its_relay_state(stand):
    """InResponseTo and no pending request: stolen from somebody's sign-in, or its RelayState was cut off."""
    agent = stand.browser()
    stand.app.tamper(members={"relay_state": None})
    answer = stand.sign_in(agent)
    event = assert_refused(answer, agent, stand, "in_response_to_unexpected")
    assert event["trace"]["rule"] == 13 and event["trace"]["response"]["in_response_to"]


def test_an_in_response_to_of_the_assertion_alone_is_refused_too(stand):
    agent = stand.browser()
    stand.app.tamper(members={"confirmation_in_response_to": "_made-up"})
    assert_refused(through_the_tile(stand, agent), agent, stand, "in_response_to_unexpected")


def test_the_same_answer_twice_signs_in_once(stand):
    agent, thief = stand.browser(), stand.browser()
    page = stand.from_tile(agent)
    assert deliver(agent, page).status == 303
    answer = deliver(thief, page)
    event = assert_refused(answer, thief, stand, "assertion_replayed")
    assert event["event"] == "login.failed" and stand.gateway.check(agent).status == 200


# The browser's earlier session


def test_ones_own_session_is_replaced(stand):
    agent = stand.signed_in()
    old = session_of(stand.gateway, agent)["id"]
    assert through_the_tile(stand, agent).status == 303
    assert session_of(stand.gateway, agent)["id"] != old
    assert end_of(stand.gateway, old) == "replaced_by_new_login"


def test_a_session_of_another_person_is_not_replaced(stand):
    """Login CSRF: whoever works on in a stranger's session gives away what they do."""
    agent, attacker = stand.signed_in(), stand.browser()
    held, known = agent.session_cookies(), session_of(stand.gateway, agent)["id"]
    page = stand.from_tile(attacker, "grace@example.com")
    # The attacker's page makes the victim's browser post it.
    answer = agent.post(stand.app.acs, form=answer_form(page).fields, referrer="http://evil.example/")
    assert asks_to_resubmit(answer), "the victim's cookies must be seen first"
    answer = resubmit(agent, answer)
    assert answer.status == 409 and "Somebody else" in answer.page.text
    assert agent.session_cookies() == held and session_of(stand.gateway, agent)["id"] == known
    assert stand.gateway.check(agent).header("X-Auth-Email") == "ada@example.com"


def test_the_refused_answer_can_be_used_after_signing_out(stand):
    """Nothing was used up, as the page says: sign out, and open the application again."""
    agent = stand.signed_in()
    agent.cookies = agent.session_cookies()
    assert through_the_tile(stand, agent, "grace@example.com").status == 409
    agent.post(f"{stand.gateway.url}/logout?realm=infraon", referrer=f"{stand.gateway.url}/")
    assert not agent.session_cookies()
    assert through_the_tile(stand, agent, "grace@example.com").status == 303
    assert stand.gateway.check(agent).header("X-Auth-Email") == "grace@example.com"


def test_a_form_that_claims_to_be_sent_again_is_not_believed_across_sites(stand):
    """The attacker writes the mark of our own page into their form."""
    agent, attacker = stand.signed_in(), stand.browser()
    held = agent.session_cookies()
    fields = answer_form(stand.from_tile(attacker, "grace@example.com")).fields | {"resubmitted": "1"}
    agent.post(stand.app.acs, form=fields, referrer="http://evil.example/")
    assert agent.session_cookies() == held
    assert stand.gateway.check(agent).header("X-Auth-Email") == "ada@example.com"


# Realms


def test_the_realms_name_says_where_when_there_are_several(stage):
    realms = {"infraon": realm("okta-saml"), "ssp": realm("okta-saml", **PORTAL)}
    stand = saml_stand(stage, provider={"idp_initiated": "ssp"}, realms=realms)
    agent = stand.browser()
    answer = through_the_tile(stand, agent, "mallory@example.com")
    assert (answer.status, answer.location) == (303, "https://portal.example.com/")
    assert stand.gateway.check(agent, "realm=ssp").header("X-Auth-Roles") == "requester"
    assert stand.gateway.check(agent, "realm=infraon").status == 401
    # An address of the other realm is none of this one's.
    answer = through_the_tile(stand, agent, "mallory@example.com", quote("https://app.example.com/"))
    assert answer.location == "https://portal.example.com/"


@pytest.mark.parametrize("value", [True, "nowhere"], ids=str)
def test_a_setting_that_means_no_realm_is_told_when_the_configuration_is_read(value, stage):
    realms = {"infraon": realm("okta-saml"), "ssp": realm("okta-saml", **PORTAL)}
    stand = saml_stand(stage, provider={"idp_initiated": value}, realms=realms, start=False)
    done = stand.gateway.command("check-config", str(stand.gateway.file))
    assert done.returncode == 78 and "idp_initiated" in done.stdout + done.stderr, done
