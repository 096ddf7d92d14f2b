"""The device grant where the person who approves signs in by SAML."""

import pytest

from api_sign_in import DeviceLogin, bearer, decide, look_at_device
from gateway import assert_login_failed, realm, reference_on
from saml_apps import App, assert_refused, choose, deliver, saml_stand, to_organization, trail


@pytest.fixture(scope="module", params=["redirect", "post"])
def stand(request, shared):
    return saml_stand(shared, provider={"request_binding": request.param}, cross_site=True)


def to_answer(stand, agent, device, email="ada@example.com"):
    """From the form of /device to the organisation's answer."""
    asked = look_at_device(stand.gateway, agent, device.user_code)
    assert asked.status == 200, asked
    begun = decide(stand.gateway, agent, asked, "/device/approve")
    return choose(agent, to_organization(agent, begun), email)


def approve(stand, agent, device, email="ada@example.com"):
    return deliver(agent, to_answer(stand, agent, device, email))


def test_an_approved_code_brings_a_session_of_its_own_once(stand):
    device, agent = DeviceLogin(stand.gateway), stand.browser()
    last = approve(stand, agent, device)
    assert last.status == 200 and "go back" in last.page.text.lower() and "lab-3" in last.page.text, last
    assert not agent.session_cookies(), "no session of the browser is made"
    token = device.poll().json["access_token"]
    own = stand.gateway.send("GET", "/api/v1/session", bearer(token)).json
    assert (own["kind"], own["host"], own["provider"]) == ("cli", "lab-3", "okta-saml")
    assert own["user"]["email"] == "ada@example.com"
    assert stand.gateway.check(headers=bearer(token)).status == 200


def test_the_browsers_own_session_stays(stand):
    agent = stand.signed_in("grace@example.com")
    held = agent.session_cookies()
    device = DeviceLogin(stand.gateway)
    agent.forget("sid")
    assert approve(stand, agent, device).status == 200
    assert agent.session_cookies() == held
    assert stand.gateway.check(agent).header("X-Auth-Email") == "grace@example.com"


def test_a_failed_sign_in_leaves_the_code_to_be_approved_again(stand):
    device, agent = DeviceLogin(stand.gateway), stand.browser()
    stand.app.tamper(signature="digest")
    assert_refused(approve(stand, agent, device), agent, stand, "digest_mismatch")
    assert device.error() == "authorization_pending"
    assert approve(stand, stand.browser(), device).status == 200


def test_a_person_without_a_role_cannot_approve(stand):
    device = DeviceLogin(stand.gateway)
    page = approve(stand, stand.browser(), device, "mallory@example.com")
    assert page.status == 403 and "mallory@example.com" in page.page.text and reference_on(page)
    assert device.error() in ("authorization_pending", "access_denied")


def test_another_browser_cannot_finish_the_approval(stand):
    """An attacker begins the approval of their own device and lets the victim's browser finish it."""
    device, attacker, victim = DeviceLogin(stand.gateway), stand.browser(), stand.browser()
    page = to_answer(stand, attacker, device)
    reference = assert_login_failed(deliver(victim, page), victim, stand.gateway)
    assert trail(stand.gateway, reference)["reason"] == "browser_mismatch"
    assert device.error() == "authorization_pending"


def test_two_answers_approve_one_device_once(stand):
    device, first, second = DeviceLogin(stand.gateway), stand.browser(), stand.browser()
    pages = [to_answer(stand, agent, device) for agent in (first, second)]
    assert deliver(first, pages[0]).status == 200
    late = deliver(second, pages[1])
    assert_refused(late, second, stand, "device_code_unknown")
    assert device.poll().status == 200


def test_the_person_chooses_between_providers(stage):
    stand = saml_stand(stage, realms={"infraon": realm("okta-saml", "other")}, start=False)
    other = App(stand.simulator, stand.gateway.url, provider="other", name="other_1")
    stand.gateway.settings["providers"]["other"] = other.by_metadata()
    stand.gateway.write()
    stand.gateway.start()
    device, agent = DeviceLogin(stand.gateway), stand.browser()
    asked = look_at_device(stand.gateway, agent, device.user_code)
    fields = {"user_code": device.user_code, "provider": "other"}
    begun = agent.post(f"{stand.gateway.url}/device/approve", form=fields, referrer=asked.url)
    assert deliver(agent, choose(agent, to_organization(agent, begun), "ada@example.com")).status == 200
    assert other.requests() and not stand.app.requests()
    assert device.poll().json["provider"] == "other"
