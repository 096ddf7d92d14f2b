"""A real nginx with `auth_request` in front of an application, and a real Chromium in front of nginx."""

import html
import json
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By

from application import Application
from browser import arrive, chromium, press, text_of, wait
from gateway import realm
from nginx import Nginx
from simulator import Simulator
from tokens import unverified
from user_agent import UserAgent
from waiting import free_port


@pytest.fixture(scope="module")
def site(shared):
    """Simulator, gateway, application and nginx; the application's own origin is nginx."""
    gateway_port, nginx_port = free_port(), free_port()
    simulator = Simulator(shared.directory(), [f"http://localhost:{gateway_port}/login/callback"]).start()
    shared.ending.append(simulator.stop)
    origin = f"http://localhost:{nginx_port}"
    realms = {"infraon": realm("okta", home=origin + "/", return_hosts=[f"localhost:{nginx_port}"])}
    gateway = shared.gateway(
        {"okta": simulator.settings()}, realms, port=gateway_port, trusted_proxies=["127.0.0.1", "::1"]
    )
    application = Application().start()
    shared.ending.append(application.stop)
    directory = shared.directory()
    nginx = Nginx(directory, nginx_port, gateway.port, application.port).start()
    shared.ending.append(nginx.stop)
    return SimpleNamespace(simulator=simulator, gateway=gateway, nginx=nginx, shared=shared, application=application)


@pytest.fixture
def driver(tmp_path):
    with chromium(tmp_path) as driver:
        yield driver


def seen_by_application(driver) -> dict:
    element = wait(driver, lambda: driver.find_elements(By.ID, "seen"), "the application's page")[0]
    return json.loads(element.text)


def header(seen: dict, name: str) -> list[str]:
    return [value for key, value in seen["headers"] if key.lower() == name.lower()]


def test_a_person_opens_the_application_signs_in_and_is_back_where_they_wanted(site, driver):
    wanted = site.nginx.url + "/tickets/7?view=full&tag=a%20b#comment-3"
    driver.get(wanted)
    arrive(driver, site.simulator.origin)
    press(driver, "ada@example.com")
    arrive(driver, site.nginx.url)
    seen = seen_by_application(driver)
    assert seen["path"] == "/tickets/7?view=full&tag=a%20b"
    # Chromium carries a fragment over redirects, but a sign-in page in between ends that; both are right.
    assert driver.current_url.split("#")[0] == wanted.split("#")[0]
    assert header(seen, "X-Auth-Email") == ["ada@example.com"]
    assert header(seen, "X-Auth-Name") == ["Ada Lovelace"]
    assert header(seen, "X-Auth-Realm") == ["infraon"]
    assert set(header(seen, "X-Auth-Roles")[0].split(",")) == {"admin", "technician"}
    claims = unverified(header(seen, "X-Auth-Token")[0])[1]
    assert claims["email"] == "ada@example.com"
    assert urlsplit(site.nginx.url).netloc.startswith(
        claims["aud"] if isinstance(claims["aud"], str) else claims["aud"][0]
    )


def test_the_second_application_page_needs_no_login(site, driver):
    driver.get(site.nginx.url + "/first")
    press(driver, "ada@example.com")
    assert seen_by_application(driver)["path"] == "/first"
    requests = len(site.simulator.log())
    driver.get(site.nginx.url + "/second")
    assert seen_by_application(driver)["path"] == "/second"
    assert len(site.simulator.log()) == requests, "the provider was not asked again"


def test_signing_out_at_the_gateway_closes_the_application(site, driver):
    """As Grace, who has no other session, so that there is one button to press."""
    driver.get(site.nginx.url + "/")
    press(driver, "grace@example.com")
    seen_by_application(driver)
    kept = {cookie["name"]: cookie["value"] for cookie in driver.get_cookies() if cookie["name"] == "gatehouse-infraon"}
    assert kept
    driver.get(site.gateway.url + "/")
    press(driver, "Sign out")
    wait(driver, lambda: "grace@example.com" not in text_of(driver), "the page after signing out")
    headers = {"Cookie": f"gatehouse-infraon={kept['gatehouse-infraon']}"}
    assert UserAgent().get(site.nginx.url + "/again", headers=headers).status == 302


def test_a_person_without_a_role_meets_the_refusal_page(site, driver):
    driver.get(site.nginx.url + "/")
    press(driver, "mallory@example.com")
    arrive(driver, site.gateway.url)
    assert "mallory@example.com" in text_of(driver)
    driver.get(site.nginx.url + "/")
    assert not driver.find_elements(By.ID, "seen")


def signed_in(site) -> UserAgent:
    agent = site.gateway.browser()
    assert site.simulator.sign_in(site.gateway, agent).status == 303
    return agent


def through_nginx(answer) -> dict:
    return json.loads(html.unescape(answer.text.split("<pre id=seen>")[1].split("</pre>")[0]))


def test_forged_identity_headers_of_a_client_do_not_survive(site):
    forged = {
        f"X-Auth-{name}": "forged"
        for name in ("User", "Email", "Name", "Realm", "Roles", "Groups", "Provider", "Token")
    }
    answer = signed_in(site).get(site.nginx.url + "/", headers=forged)
    seen = through_nginx(answer)
    assert "forged" not in json.dumps(seen)
    assert header(seen, "X-Auth-Email") == ["ada@example.com"]


def test_a_client_that_forges_the_original_url_does_not_choose_the_return_address(site):
    headers = {"X-Original-URL": "http://localhost:1/evil", "X-Forwarded-Host": "evil.example.org"}
    answer = site.gateway.browser().get(site.nginx.url + "/x", headers=headers)
    assert answer.status == 302 and "evil" not in answer.location


def test_a_client_that_forges_the_check_header_does_not_open_a_door(site):
    """nginx passes client headers on: a client may only make its own check harder, never easier."""
    agent = signed_in(site)
    directory = site.shared.directory()
    strict = Nginx(directory, free_port(), site.gateway.port, site.application.port, query="&role=owner").start()
    site.shared.ending.append(strict.stop)
    answer = agent.get(strict.url + "/", headers={"X-Gatehouse-Check": "role=admin"})
    assert answer.status == 403


def test_a_person_with_hundreds_of_groups_gets_through(site):
    agent = site.gateway.browser()
    assert site.simulator.sign_in(site.gateway, agent, "max@example.com").status == 303
    seen = through_nginx(agent.get(site.nginx.url + "/"))
    assert len(header(seen, "X-Auth-Groups")[0].split(",")) == 251
    assert header(seen, "X-Auth-Roles") == ["admin"]


@pytest.mark.parametrize("length", [1000, 3000, 7000])
def test_a_long_address_still_leads_to_the_login(length, site):
    """The Location of the 401 must stay within what nginx reads, or the visitor gets a 500."""
    answer = site.gateway.browser().get(f"{site.nginx.url}/search?q={'x' * length}")
    assert answer.status == 302 and answer.location.startswith(site.gateway.url + "/login"), answer
    assert signed_in(site).get(f"{site.nginx.url}/search?q={'x' * length}").status == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_any_method_passes_with_its_body(method, site):
    agent = signed_in(site)
    body = None if method == "GET" else b"payload of the request"
    seen = through_nginx(agent.send(method, site.nginx.url + "/form", body=body))
    assert seen["method"] == method and seen["body"] == (body or b"").decode()


def test_a_revoked_session_is_out_at_the_next_request(site):
    agent = signed_in(site)
    assert agent.get(site.nginx.url + "/").status == 200
    token = site.gateway.admin_token()
    done = site.gateway.command("sessions", "revoke", "--user", "ada@example.com", token=token)
    assert done.returncode == 0, done.stderr
    assert agent.get(site.nginx.url + "/").status == 302


def test_form_post_from_another_site_works_in_a_real_browser(shared, driver):
    """localhost and 127.0.0.1 are different sites: only a SameSite=None cookie, or a bounce, survives the POST."""
    provider = shared.provider(host="127.0.0.1")
    settings = provider.settings(response_mode="form_post")
    gateway = shared.gateway(
        {"okta": settings},
        {"infraon": realm("okta", home=f"{provider.origin}/landed", return_hosts=[f"127.0.0.1:{provider.port}"])},
    )
    driver.get(gateway.url + "/login?realm=infraon")
    arrive(driver, provider.origin + "/landed")
    driver.get(gateway.url + "/")
    assert "ada@example.com" in text_of(driver)
