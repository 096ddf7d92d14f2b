"""`gatehouse login` by SAML: the organisation answers to the gateway, which hands the command line a one-time code."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from api_sign_in import CommandLineLogin, bearer, problem
from audit_trail import event, events
from gateway import assert_login_failed, realm
from loopback_port import REDIRECT
from saml_apps import answer_form, choose, deliver, saml_stand, to_organization, trail
from secrets_ledger import remember
from terminal import Terminal
from waiting import wait_until

SUCCESS = "You are signed in"


@pytest.fixture(scope="module", params=["redirect", "post"])
def stand(request, shared):
    """Across sites, so that the browser's part is at its hardest."""
    return saml_stand(shared, provider={"request_binding": request.param}, cross_site=True)


@pytest.fixture
def timed(stage):
    return saml_stand(stage, clock=True)


def to_answer(stand, login, agent, email="ada@example.com"):
    """The browser's way from the printed address to the organisation's answer."""
    return choose(
        agent, to_organization(agent, agent.follow(agent.get(login.authorize_url), until=leaves(stand))), email
    )


def leaves(stand):
    return lambda answer: not answer.location.startswith(stand.gateway.url)


def walk(stand, login, email="ada@example.com", agent=None) -> dict:
    """The browser's whole way; the query that it brings to the loopback address."""
    agent = agent or stand.browser()
    answer = deliver(agent, to_answer(stand, login, agent, email))
    assert answer.status == 303 and answer.location.startswith(REDIRECT + "/?"), answer
    assert not agent.session_cookies(), "the session is the command line's"
    query = dict(parse_qsl(urlsplit(answer.location).query))
    remember(query.get("code"))
    return query


def unknown(answer, codes=("attempt_unknown", "code_unknown")) -> bool:
    return answer.status == 400 and problem(answer) in codes


# The whole way


def test_a_command_line_signs_in_and_its_token_works(stand):
    login = CommandLineLogin(stand.gateway)
    assert login.begun.json["expires_in"] == 300
    assert login.authorize_url.startswith(f"{stand.gateway.url}/login/cli?state=")
    query = walk(stand, login)
    assert set(query) == {"code", "state"} and query["state"] == login.begun.json["state"]
    answer = login.complete(query)
    assert answer.status == 200, answer
    value = answer.json
    assert value["user"]["email"] == "ada@example.com" and set(value["roles"]) == {"admin", "technician"}
    assert (value["realm"], value["provider"]) == ("infraon", "okta-saml")
    own = stand.gateway.send("GET", "/api/v1/session", bearer(value["token"])).json
    assert (own["kind"], own["host"], own["id"]) == ("cli", "build-7", value["session_id"])
    known = stand.gateway.check(headers=bearer(value["token"]))
    assert known.status == 200 and known.header("X-Auth-Provider") == "okta-saml"


def test_the_browser_has_an_attempt_of_its_own(stand):
    """What the command line knows does not answer for the browser, nor the other way round."""
    login, agent = CommandLineLogin(stand.gateway), stand.browser()
    begun = agent.get(login.authorize_url)
    (line,) = begun.all("Set-Cookie")
    assert "gatehouse-login-" in line and "SameSite=Lax" in line and "HttpOnly" in line
    fields = answer_form(choose(agent, to_organization(agent, begun), "ada@example.com")).fields
    assert fields["RelayState"] != login.begun.json["state"]
    assert login.id not in fields["RelayState"]


# The code


def test_the_code_is_good_once(stand):
    login = CommandLineLogin(stand.gateway)
    query = walk(stand, login)
    assert login.complete(query).status == 200
    assert unknown(login.complete(query))


def test_another_verifier_gets_nothing_and_spoils_nothing(stand):
    """Whoever reads the browser's address line has the code, and not the verifier."""
    login, thief = CommandLineLogin(stand.gateway), CommandLineLogin(stand.gateway)
    query = walk(stand, login)
    assert unknown(login.complete(query, verifier=thief.pair.verifier), ("attempt_unknown",))
    assert unknown(thief.complete(query)), "nor with a sign-in of its own"
    assert login.complete(query).status == 200


def test_a_code_of_another_sign_in_is_refused(stand):
    first, second = CommandLineLogin(stand.gateway), CommandLineLogin(stand.gateway)
    mine, theirs = walk(stand, first), walk(stand, second, "grace@example.com")
    answer = first.complete(mine | {"code": theirs["code"]})
    assert unknown(answer, ("code_unknown",))
    done = second.complete(theirs)
    assert done.status == 200 and done.json["user"]["email"] == "grace@example.com"


def test_a_made_up_code_is_refused(stand):
    login = CommandLineLogin(stand.gateway)
    assert unknown(login.complete({"code": "A" * 43, "state": login.begun.json["state"]}), ("code_unknown",))


def test_only_one_browser_gets_through_for_a_command_line(stand):
    login = CommandLineLogin(stand.gateway)
    browsers = [stand.browser(), stand.browser()]
    pages = [to_answer(stand, login, agent) for agent in browsers]
    before = len(events(stand.gateway, "session.created"))
    answers = [deliver(agent, page) for agent, page in zip(browsers, pages)]
    queries = [dict(parse_qsl(urlsplit(answer.location).query)) for answer in answers if answer.location]
    assert [("code" in query) for query in queries].count(True) == 1
    assert len(events(stand.gateway, "session.created")) == before + 1
    assert login.complete(next(query for query in queries if "code" in query)).status == 200


def test_another_browser_cannot_finish_it(stand):
    login, agent, other = CommandLineLogin(stand.gateway), stand.browser(), stand.browser()
    page = to_answer(stand, login, agent)
    answer = deliver(other, page)
    reference = assert_login_failed(answer, other, stand.gateway)
    assert trail(stand.gateway, reference)["reason"] == "browser_mismatch"


# Time


def test_a_session_that_nobody_collects_ends_after_a_minute(timed):
    login = CommandLineLogin(timed.gateway)
    query = walk(timed, login)
    session = event(timed.gateway, "session.created")["session"]
    timed.advance(61)
    assert unknown(login.complete(query), ("code_unknown",))
    ended = wait_until(lambda: events(timed.gateway, "session.ended", session=session), 45, "its end", 0.5)
    assert ended[0]["reason"] == "login_code_expired"


def test_within_the_minute_it_is_collected_and_stays(timed):
    login = CommandLineLogin(timed.gateway)
    query = walk(timed, login)
    timed.advance(50)
    token = login.complete(query).json["token"]
    timed.advance(30)
    assert timed.gateway.check(headers=bearer(token)).status == 200


def test_after_five_minutes_nobody_waits_any_more(timed):
    login, late, later = CommandLineLogin(timed.gateway), timed.browser(), timed.browser()
    page = to_answer(timed, login, late)
    timed.advance(301)
    assert later.get(login.authorize_url).status == 400
    answer = deliver(late, page)
    assert "code" not in dict(parse_qsl(urlsplit(answer.location or "").query)), answer
    assert not late.session_cookies() and events(timed.gateway, "session.created") == []


# Failures


def test_a_failed_sign_in_reaches_the_command_line_with_the_reference(stand):
    login = CommandLineLogin(stand.gateway)
    stand.app.tamper(members={"audience": "https://other.example.com"})
    query = walk(stand, login)
    assert query["error"] == "access_denied" and "code" not in query and "audience" not in query["error_description"]
    answer = login.complete(query)
    assert answer.status == 403 and problem(answer) == "login_failed"
    failed = event(stand.gateway, "login.failed", reason="audience_mismatch")
    assert failed["reference"] in answer.json["detail"], "the person can say it to the administrator"
    assert failed["trace"]["expected"] == stand.app.entity_id
    assert unknown(login.complete(query)), "and it is over"


def test_a_person_without_a_role_is_told_at_the_command_line(stand):
    login = CommandLineLogin(stand.gateway)
    query = walk(stand, login, "mallory@example.com")
    answer = login.complete(query)
    assert answer.status == 403 and "role" in answer.json["detail"]
    references = [found["reference"] for found in events(stand.gateway) if found["reason"] == "no_role"]
    assert any(reference in answer.json["detail"] for reference in references)


@pytest.mark.parametrize("state", ["", "?state=", "?state=x", "?state=0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAA"])
def test_a_browser_without_a_waiting_command_line_is_told_so(state, stand):
    page = stand.browser().get(f"{stand.gateway.url}/login/cli{state}")
    assert page.status == 400 and "gatehouse login" in page.page.text and not page.all("Set-Cookie")


def test_a_picture_on_a_page_starts_nothing(stand):
    login = CommandLineLogin(stand.gateway)
    headers = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"}
    assert stand.browser().get(login.authorize_url, headers=headers).status == 403


# The program


@pytest.fixture
def terminal(stage):
    return Terminal(stage.directory())


def browser_for(stand, email="ada@example.com"):
    """What a person does in the browser that the command names."""

    def go(agent, answer):
        return deliver(agent, choose(agent, to_organization(agent, answer), email))

    return go


def test_gatehouse_login_signs_in_with_the_provider_that_is_named(stage, terminal):
    stand = saml_stand(
        stage, realms={"infraon": realm("okta-saml", "okta")}, more={"okta": {"kind": "okta", "url": "https://acme.okta.com",
        "client_id": "0oa1example", "client_secret": "not-needed-here"}}
    )  # fmt: skip
    page = terminal.sign_in(stand.gateway, "--provider", "okta-saml", choose=browser_for(stand))
    assert page.status == 200 and SUCCESS in page.page.text
    who = terminal.json("whoami")
    assert who["user"]["email"] == "ada@example.com" and who["provider"] == "okta-saml"
    token = terminal.run("token").stdout.strip()
    assert stand.gateway.check(headers=bearer(remember(token))).status == 200
    assert terminal.run("logout").returncode == 0
    assert stand.gateway.check(headers=bearer(token)).status == 401


def test_gatehouse_login_says_why_it_failed(stage, terminal):
    stand = saml_stand(stage)
    stand.app.tamper(signature="flipped")
    with terminal.login("--server", stand.gateway.url, "--no-browser") as command:
        page = command.browse(choose=browser_for(stand))
        assert page.status >= 400 and SUCCESS not in page.text
        assert command.wait() == 1, command
    reference = event(stand.gateway, "login.failed")["reference"]
    assert reference in command.errors and not terminal.credentials_file.exists()
    shown = stand.gateway.command("audit", "show", reference, "--json", token=stand.gateway.admin_token())
    assert json.loads(shown.stdout)["events"][0]["trace"]["rule"] == 9, shown
