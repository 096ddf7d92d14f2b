"""Two organisations at one gateway, one of them an attacker's: nobody's answer is good at the other's address, and none
speaks for the other's people (mix-up).
"""

import pytest

from gateway import realm
from metadata_host import MetadataHost
from saml_apps import App, answer_form, assert_refused, choose, deliver, resubmit, saml_stand
from user_agent import UserAgent
from waiting import wait_until

TWO = {"infraon": realm("okta-saml", "other")}


def send(agent: UserAgent, acs: str, fields: dict):
    """Posts a captured answer as its page would, to any address."""
    return resubmit(agent, agent.post(acs, form=fields, referrer="http://localhost:1/"))


@pytest.fixture
def two(stage):
    """Two organisations' apps at one gateway, one of them the attacker's."""
    stand = saml_stand(stage, realms=TWO, start=False, more={"other": {"kind": "saml"}})
    other = App(stand.simulator, stand.gateway.url, provider="other", name="other_1")
    stand.gateway.settings["providers"]["other"] = other.by_metadata(idp_initiated=True)
    stand.gateway.write()
    stand.gateway.start()
    return stand, other


def test_both_providers_sign_people_in(two):
    stand, other = two
    for app in (stand.app, other):
        agent = stand.browser()
        assert stand.sign_in(agent, provider=app.provider).status == 303
        assert stand.gateway.check(agent).header("X-Auth-Provider") == app.provider


def test_an_answer_at_another_providers_address_is_refused(two):
    stand, other = two
    agent = stand.browser()
    fields = answer_form(stand.answered(agent, provider="okta-saml")).fields
    answer = send(agent, other.acs, fields)
    event = assert_refused(answer, agent, stand, "provider_mismatch")
    assert "okta-saml" in event["detail"] and "other" in event["detail"]


def others_answer(stand, other, **members):
    """The other provider's answer to a request of okta-saml's, at that one's address; the browser, and what it is told."""
    agent, elsewhere = stand.browser(), stand.browser()
    mine = answer_form(stand.answered(agent, provider="okta-saml"))
    request = stand.app.requests()[-1]["id"]
    addressed = {"recipient": stand.app.acs, "destination": stand.app.acs, "audience": stand.app.entity_id}
    other.tamper(members={"in_response_to": request} | addressed | members)
    theirs = answer_form(stand.answered(elsewhere, "ada@example.com", provider="other"))
    fields = {"SAMLResponse": theirs.fields["SAMLResponse"], "RelayState": mine.fields["RelayState"]}
    return agent, send(agent, stand.app.acs, fields)


def test_another_providers_answer_to_ones_request_is_refused(two):
    """The attacker's provider signs properly, names the victim's request, and posts to the victim's address."""
    stand, other = two
    agent, answer = others_answer(stand, other)
    event = assert_refused(answer, agent, stand, "issuer_mismatch")
    assert (event["trace"]["expected"], event["trace"]["found"]) == (stand.app.issuer, other.issuer)


def test_naming_the_others_issuer_does_not_help_without_its_key(two):
    stand, other = two
    agent, answer = others_answer(stand, other, issuer=stand.app.issuer)
    assert_refused(answer, agent, stand, "key_not_pinned")


def test_the_same_name_at_two_providers_is_two_people(two):
    """The attacker's provider may call its people what it likes."""
    stand, other = two
    users = []
    for app in (stand.app, other):
        agent = stand.browser()
        assert stand.sign_in(agent, provider=app.provider).status == 303
        users.append(stand.gateway.check(agent).header("X-Auth-User"))
    assert users[0] != users[1]


def assert_is_nobody_else(stand, impostor, victim: str):
    """The first provider works, and whoever signs in through the second is not the person of the first."""
    mine = stand.gateway.check(stand.signed_in(provider="okta-saml")).header("X-Auth-User")
    agent = stand.browser()
    begun = stand.gateway.begin(agent, provider="other")
    if begun.status == 303:
        impostor.tamper(members={"issuer": victim})
        answer = deliver(agent, choose(agent, agent.follow(begun), "ada@example.com"))
        assert answer.status >= 400 and not agent.session_cookies(), answer
    assert stand.gateway.check(agent).header("X-Auth-User") != mine


def test_metadata_that_name_another_providers_issuer_are_not_used(stage):
    """People are known by issuer and name: a partner who calls themselves the first provider would be its people."""
    stand = saml_stand(stage, realms=TWO, start=False, more={"other": {"kind": "saml"}})
    impostor = App(stand.simulator, stand.gateway.url, provider="other", name="other_1")
    document = UserAgent().get(impostor.metadata_url, program=True).text
    host = MetadataHost(document.replace(impostor.issuer, stand.app.issuer)).start()
    stage.ending.append(host.stop)
    host.status = 500
    stand.gateway.settings["providers"]["other"] = impostor.by_metadata(metadata={"url": host.url})
    stand.gateway.write()
    stand.gateway.start()
    wait_until(lambda: stand.gateway.begin(stand.browser(), provider="okta-saml").status == 303, 10, "the first's")
    host.status = 200
    for _ in range(2):
        assert_is_nobody_else(stand, impostor, stand.app.issuer)
        stand.gateway.stop()
        stand.gateway.start()
    assert host.fetches > 1


def test_two_providers_of_one_issuer_in_the_file_do_not_share_people(stage):
    stand = saml_stand(stage, realms=TWO, pasted=True, start=False, more={"other": {"kind": "saml"}})
    impostor = App(stand.simulator, stand.gateway.url, provider="other", name="other_1")
    stand.gateway.settings["providers"]["other"] = impostor.pasted(issuer=stand.app.issuer)
    stand.gateway.write()
    said = stand.gateway.command("check-config", str(stand.gateway.file))
    if said.returncode == 0:
        stand.gateway.start()
        assert_is_nobody_else(stand, impostor, stand.app.issuer)
    else:
        assert said.returncode == 78 and "issuer" in said.stdout + said.stderr, said


def test_an_openid_callback_does_not_take_a_saml_attempt(two):
    stand, _ = two
    agent = stand.browser()
    state = answer_form(stand.answered(agent, provider="okta-saml")).fields["RelayState"]
    answer = agent.get(f"{stand.gateway.url}/login/callback?code=abc&state={state}")
    assert answer.status == 400 and not agent.session_cookies()
