"""Signing in through Okta's SAML apps, begun here: by redirect and by form, on one site and across two."""

from urllib.parse import parse_qs, urlsplit

import pytest

from audit_trail import end_of, session_of
from gateway import HOME, realm, reference_on
from saml_apps import (
    ADA_GROUPS,
    App,
    Stand,
    answer_form,
    asks_to_resubmit,
    assert_refused,
    choose,
    deliver,
    resubmit,
    saml_stand,
    to_organization,
)
from simulator import Simulator
from user_agent import UserAgent
from waiting import free_port

BINDINGS = ["redirect", "post"]
SITES = {"same-site": False, "cross-site": True}
RETURN_TO = "https://app.example.com/tickets?id=7"


@pytest.fixture(scope="module", params=[(b, s) for b in BINDINGS for s in SITES], ids=lambda way: "-".join(way))
def way(request, shared):
    """Every way from the gateway to the organisation and back."""
    binding, site = request.param
    return saml_stand(shared, provider={"request_binding": binding}, cross_site=SITES[site])


@pytest.fixture(scope="module")
def stand(shared):
    """Across sites, where cookies are hardest to keep."""
    return saml_stand(shared, cross_site=True)


def attempt_cookies(agent) -> list:
    return [cookie for cookie in agent.cookies if "gatehouse-login-" in cookie.name]


# The main job


def test_a_person_signs_in_and_the_check_knows_who_they_are(way):
    agent = way.browser()
    answer = way.sign_in(agent, return_to=RETURN_TO)
    assert (answer.status, answer.location) == (303, RETURN_TO), answer
    known = way.gateway.check(agent)
    assert known.status == 200
    assert known.header("X-Auth-Email") == "ada@example.com"
    assert known.header("X-Auth-Name") == "Ada Lovelace"
    assert set(known.header("X-Auth-Roles").split(",")) == {"admin", "technician"}
    assert set(known.header("X-Auth-Groups").split(",")) == ADA_GROUPS
    assert (known.header("X-Auth-Provider"), known.header("X-Auth-Realm")) == ("okta-saml", "infraon")
    assert way.app.errors() == [], "the organisation had nothing to complain of"


def test_without_a_return_address_the_person_lands_at_the_realms_home(stand):
    assert stand.sign_in(stand.browser()).location == HOME


def test_the_fragment_of_the_return_address_survives(stand):
    assert stand.sign_in(stand.browser(), return_to=RETURN_TO + "#row-3").location == RETURN_TO + "#row-3"


def test_a_return_address_elsewhere_starts_nothing(stand):
    before = len(stand.app.requests())
    assert stand.gateway.begin(stand.browser(), return_to="https://evil.example.org/").status == 400
    assert len(stand.app.requests()) == before


def test_a_second_person_gets_their_own_roles(stand):
    agent = stand.signed_in("grace@example.com")
    assert stand.gateway.check(agent).header("X-Auth-Roles") == "technician"
    assert stand.gateway.check(agent, "realm=infraon&role=admin").status == 403


def test_a_person_without_a_role_is_refused_with_a_page_and_gets_no_session(stand):
    agent = stand.browser()
    answer = stand.sign_in(agent, "mallory@example.com")
    assert answer.status == 403 and "mallory@example.com" in answer.page.text and reference_on(answer)
    assert not agent.session_cookies() and stand.gateway.check(agent).status == 401


def test_someone_refused_can_come_back_as_somebody_else(stand):
    """The organisation remembers Mallory; a request that does not force would end at the same refusal for ever."""
    agent = stand.browser()
    refused = stand.sign_in(agent, "mallory@example.com")
    again = next(link.href for link in refused.page.links if "/login" in link.href)
    page = to_organization(agent, agent.get(stand.gateway.url + urlsplit(again).path + "?" + urlsplit(again).query))
    assert answer_form(page) is None, "the sign-in page, not the refusal again"


def test_two_realms_keep_separate_sessions(stage):
    realms = {
        "infraon": realm("okta-saml"),
        "ssp": realm("okta-saml", title="Self-Service Portal", default_role="requester", home=None, roles=[]),
    }
    stand = saml_stand(stage, realms=realms)
    agent = stand.browser()
    stand.sign_in(agent, "mallory@example.com", realm="ssp")
    assert stand.gateway.check(agent, "realm=ssp").header("X-Auth-Roles") == "requester"
    assert stand.gateway.check(agent, "realm=infraon").status == 401
    # The organisation remembers Mallory in this browser; another person takes the seat.
    agent.cookies = agent.session_cookies()
    stand.sign_in(agent, realm="infraon")
    assert stand.gateway.check(agent, "realm=infraon").header("X-Auth-Email") == "ada@example.com"
    assert stand.gateway.check(agent, "realm=ssp").header("X-Auth-Email") == "mallory@example.com"


def test_saml_and_openid_sign_people_in_side_by_side(stage):
    """The same person is another user at each: whom one provider names is not the other's to say."""
    port = free_port()
    okta = Simulator(stage.directory(), [f"http://localhost:{port}/login/callback"]).start()
    stage.ending.append(okta.stop)
    app = App(okta, f"http://localhost:{port}")
    gateway = stage.gateway({"okta": okta.settings(), "okta-saml": app.by_metadata()}, port=port)
    stand = Stand(okta, app, gateway)
    by_saml, by_openid = gateway.browser(), gateway.browser()
    assert stand.sign_in(by_saml, provider="okta-saml").status == 303
    assert okta.sign_in(gateway, by_openid, provider="okta").status == 303
    users = [gateway.check(agent).header("X-Auth-User") for agent in (by_saml, by_openid)]
    assert all(users) and users[0] != users[1]


# The browser's cookies


def test_the_attempts_cookie_is_lax_and_only_for_the_gateway(way):
    """It needs no SameSite=None: what another site's form leaves out comes along when our own page sends it again."""
    agent = way.browser()
    begun = way.gateway.begin(agent)
    (line,) = begun.all("Set-Cookie")
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    assert attributes == {"path=/", "httponly", "samesite=lax", "max-age=600"}, line
    (cookie,) = attempt_cookies(agent)
    assert cookie.name.startswith("gatehouse-login-") and len(cookie.value) >= 22


def test_on_https_both_cookies_are_host_cookies(stage):
    stand = saml_stand(stage, url="https://sso.example.com")
    agent = stand.browser()
    (line,) = stand.gateway.begin(agent).all("Set-Cookie")
    assert line.startswith("__Host-gatehouse-login-") and "; Secure" in line and "SameSite=Lax" in line
    answer = stand.sign_in(agent)
    assert answer.status == 303, answer
    (session,) = [line for line in answer.all("Set-Cookie") if line.startswith("__Host-gatehouse-infraon=")]
    assert "; Secure" in session and "; HttpOnly" in session and "SameSite=Lax" in session
    assert stand.gateway.check(agent).status == 200


def test_the_attempts_cookie_goes_with_the_attempt(way):
    agent = way.signed_in()
    assert attempt_cookies(agent) == []


def test_the_answer_is_taken_in_two_steps_only_across_sites(way):
    """Between sites the browser leaves our cookies out, and a page of ours sends the form again with them."""
    agent = way.browser()
    page = way.answered(agent)
    first = agent.submit(page, answer_form(page))
    if "127.0.0.1" not in way.gateway.url:
        assert first.status == 303
        return
    assert asks_to_resubmit(first), first
    assert not agent.session_cookies() and not first.all("Set-Cookie"), "nothing has happened yet"
    assert first.header("Cache-Control") == "no-store" and first.header("X-Content-Type-Options") == "nosniff"
    (form,) = first.page.forms
    assert form.fields["SAMLResponse"] == answer_form(page).fields["SAMLResponse"]
    assert [button.text.strip() for button in form.buttons] == ["Continue"]
    policy = first.header("Content-Security-Policy")
    assert "frame-ancestors 'none'" in policy and "unsafe" not in policy, policy
    assert agent.submit(first, form).status == 303


def test_the_form_is_sent_again_once_and_no_more(stand):
    """A browser that keeps no cookies is told so; it does not go round in circles."""
    agent = stand.browser()
    page = stand.answered(agent)
    agent.cookies = []
    answer = agent.submit(page, answer_form(page))
    assert asks_to_resubmit(answer)
    answer = resubmit(agent, answer)
    assert_refused(answer, agent, stand, "browser_mismatch")
    assert "cookies" in answer.page.text


def test_the_resubmission_page_quotes_what_it_repeats(stand):
    """The form's values are a stranger's text."""
    agent = stand.browser()
    hostile = '"><script>alert(1)</script>'
    answer = agent.post(
        stand.app.acs, form={"SAMLResponse": hostile, "RelayState": hostile}, referrer="http://evil.example/"
    )
    assert asks_to_resubmit(answer), answer
    assert hostile not in answer.text and answer.page.forms[0].fields["RelayState"] == hostile


def test_tabs_do_not_disturb_each_other(stand):
    agent = stand.browser()
    pages = [stand.answered(agent, return_to=f"https://app.example.com/{n}") for n in range(3)]
    for n in (2, 0, 1):
        answer = deliver(agent, pages[n])
        assert (answer.status, answer.location) == (303, f"https://app.example.com/{n}")


# Sessions


def test_a_new_sign_in_ends_the_sessions_that_it_replaces(way):
    """The session's cookie must be seen for that, also where the answer came from another site."""
    agent = way.signed_in()
    old, (cookie,) = session_of(way.gateway, agent)["id"], agent.session_cookies()
    assert way.sign_in(agent).status == 303
    (new,) = agent.session_cookies()
    assert new.value != cookie.value and session_of(way.gateway, agent)["id"] != old
    assert end_of(way.gateway, old) == "replaced_by_new_login"
    copied = UserAgent()
    copied.cookies.append(cookie)
    assert way.gateway.check(copied).status == 401


def test_an_attempt_ends_after_ten_minutes(stage):
    stand = saml_stand(stage, clock=True)
    agent = stand.browser()
    page = stand.begin(agent)
    stand.advance(601)
    answer = deliver(agent, choose(agent, page, "ada@example.com"))
    assert_refused(answer, agent, stand, "attempt_unknown")


def test_the_relay_state_is_a_handle_and_says_nothing(stand):
    """SAML Bindings §3.4.3: at most 80 bytes, and nobody reads from it where the person is going."""
    states = []
    for _ in range(2):
        begun = stand.gateway.begin(stand.browser(), return_to=RETURN_TO)
        (state,) = parse_qs(urlsplit(begun.location).query)["RelayState"]
        states.append(state)
        assert len(state) <= 80 and "example" not in state and "tickets" not in begun.location
    assert states[0] != states[1]
