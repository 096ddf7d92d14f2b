"""SAML sign-ins in a real Chromium, whose SameSite rules nobody has written for a test: scripts on and scripts off.

The gateway is at 127.0.0.1 and the organisation at localhost, which are two sites; once more with both at localhost.
"""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from selenium.webdriver.common.by import By

import loopback_port
from api_sign_in import DeviceLogin
from application import Application
from audit_trail import end_of, event
from browser import arrive, chromium, console_errors, photograph, press, text_of, wait
from gateway import realm
from saml_apps import saml_stand
from terminal import Terminal

SITES = {"cross-site": True, "same-site": False}
CHECKED = "being checked"


@pytest.fixture(scope="module")
def application(shared):
    application = Application().start()
    shared.ending.append(application.stop)
    return application


@pytest.fixture(scope="module")
def driver(shared):
    with chromium(shared.directory()) as driver:
        yield driver


@pytest.fixture(
    scope="module", params=[(s, b) for s in SITES for b in ("redirect", "post")], ids=lambda way: "-".join(way)
)
def stand(request, shared, application):
    site, binding = request.param
    host = "127.0.0.1" if SITES[site] else "localhost"
    home = f"http://{host}:{application.port}/"
    realms = {"infraon": realm("okta-saml", home=home, return_hosts=[f"{host}:{application.port}"])}
    made = saml_stand(
        shared, provider={"request_binding": binding, "idp_initiated": True}, realms=realms, cross_site=SITES[site]
    )
    return SimpleNamespace(
        all=made, gateway=made.gateway, app=made.app, home=home, is_cross_site=SITES[site], binding=binding,
        name=f"saml-{site}-{binding}",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def fresh(stand, driver):
    """Nobody is signed in anywhere; the console is empty."""
    forget(stand, driver)
    console_errors(driver)
    yield
    assert console_errors(driver) == [], "no page refused its own script, style or form"


def forget(stand, driver):
    for address in (stand.gateway.url + "/healthz", stand.all.simulator.origin + "/simulator/clock"):
        driver.get(address)
        driver.delete_all_cookies()


@contextmanager
def scripts_off(driver):
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        yield
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def session_cookie(stand, driver) -> dict:
    """As a program sends it; the browser must be on a page of the gateway's host."""
    found = driver.get_cookie("gatehouse-infraon")
    return {"Cookie": f"gatehouse-infraon={found['value']}"} if found else {}


def person(stand, driver) -> str | None:
    answer = stand.gateway.check(headers=session_cookie(stand, driver))
    return answer.header("X-Auth-Email") if answer.status == 200 else None


# Begun here


def test_a_person_signs_in_and_lands_where_they_were_going(stand, driver):
    driver.get(f"{stand.gateway.url}/login?realm=infraon&return_to={stand.home}tickets%3Fid%3D7")
    arrive(driver, stand.all.simulator.origin)
    press(driver, "Ada Lovelace")
    arrive(driver, f"{stand.home}tickets?id=7")
    photograph(driver, f"{stand.name}-arrived")
    answer = stand.gateway.check(headers=session_cookie(stand, driver))
    assert answer.status == 200 and answer.header("X-Auth-Email") == "ada@example.com"
    assert set(answer.header("X-Auth-Roles").split(",")) == {"admin", "technician"}
    assert "infraon-admins" in answer.header("X-Auth-Groups")
    assert stand.app.errors() == []


def test_with_scripts_off_every_step_has_a_button(stand, driver):
    with scripts_off(driver):
        driver.get(f"{stand.gateway.url}/login?realm=infraon&return_to={stand.home}tickets")
        if stand.binding == "post":
            assert driver.current_url.startswith(stand.gateway.url)
            photograph(driver, f"{stand.name}-to-the-provider")
            press(driver, "Continue")
        arrive(driver, stand.all.simulator.origin)
        press(driver, "Grace Hopper")
        press(driver, "Continue")
        if stand.is_cross_site:
            # The browser has left our cookies out, so the form is to be sent once more from here.
            arrive(driver, stand.app.acs)
            assert CHECKED in driver.find_element(By.TAG_NAME, "main").text
            assert session_cookie(stand, driver) == {}
            photograph(driver, f"{stand.name}-resubmission")
            press(driver, "Continue")
        arrive(driver, f"{stand.home}tickets")
    assert person(stand, driver) == "grace@example.com"


def test_a_second_sign_in_replaces_the_session(stand, driver):
    """Between sites the session's cookie is seen only because the form is sent once more."""
    sessions = []
    for _ in range(2):
        driver.get(f"{stand.gateway.url}/login?realm=infraon")
        if driver.current_url.startswith(stand.all.simulator.origin + "/") and "Choose a person" in text_of(driver):
            press(driver, "Ada Lovelace")
        arrive(driver, stand.home)
        answer = stand.gateway.send("GET", "/api/v1/session?realm=infraon", session_cookie(stand, driver))
        sessions.append(answer.json["id"])
    assert sessions[0] != sessions[1]
    assert end_of(stand.gateway, sessions[0]) == "replaced_by_new_login"


def test_the_back_button_finds_a_page_and_no_second_session(stand, driver):
    """Back into the form that was used: it says so, and the session stays."""
    driver.get(f"{stand.gateway.url}/login?realm=infraon")
    arrive(driver, stand.all.simulator.origin)
    press(driver, "Ada Lovelace")
    arrive(driver, stand.home)
    held = session_cookie(stand, driver)
    driver.execute_script("history.back()")
    wait(driver, lambda: not driver.current_url.startswith(stand.home), "the page before")
    wait(driver, lambda: text_of(driver).strip(), "some page")
    driver.get(stand.home)
    assert session_cookie(stand, driver) == held and person(stand, driver) == "ada@example.com"


# A failure


def test_a_failure_is_a_page_with_a_reference(stand, driver):
    stand.app.tamper(members={"audience": "https://other.example.com"})
    driver.get(f"{stand.gateway.url}/login?realm=infraon")
    arrive(driver, stand.all.simulator.origin)
    press(driver, "Ada Lovelace")
    wait(driver, lambda: "eference" in text_of(driver), "the page with the reference")
    photograph(driver, f"{stand.name}-failure")
    assert "audience" not in text_of(driver) and session_cookie(stand, driver) == {}
    assert event(stand.gateway, "login.failed", reason="audience_mismatch")["reference"] in text_of(driver)


# Begun at the organisation


def test_the_dashboards_tile_signs_in(stand, driver):
    driver.get(stand.app.tile_url)
    press(driver, "Ada Lovelace")
    arrive(driver, stand.home)
    assert person(stand, driver) == "ada@example.com"


def test_the_tile_does_not_replace_another_persons_session(stand, driver):
    driver.get(f"{stand.gateway.url}/login?realm=infraon")
    arrive(driver, stand.all.simulator.origin)
    press(driver, "Ada Lovelace")
    arrive(driver, stand.home)
    held = session_cookie(stand, driver)
    driver.get(stand.all.simulator.origin + "/simulator/clock")
    driver.delete_cookie("sid")
    driver.get(stand.app.tile_url)
    press(driver, "Grace Hopper")
    wait(driver, lambda: "Somebody else is signed in" in text_of(driver), "the refusal")
    photograph(driver, f"{stand.name}-somebody-else")
    assert session_cookie(stand, driver) == held and person(stand, driver) == "ada@example.com"


# Approving a device: the form leads to the organisation by a redirect, which form-action must allow


def test_a_device_is_approved_through_saml(stand, driver):
    device = DeviceLogin(stand.gateway)
    driver.get(device.begun.json["verification_uri_complete"])
    press(driver, "Continue")
    press(driver, "Approve")
    arrive(driver, stand.all.simulator.origin)
    press(driver, "Ada Lovelace")
    wait(driver, lambda: "go back" in text_of(driver).lower(), "the last page")
    photograph(driver, f"{stand.name}-device")
    assert device.poll().status == 200 and session_cookie(stand, driver) == {}, "the session is the device's"


# A command line on the browser's machine


def test_a_command_line_signs_in_through_the_browser(stand, driver, tmp_path):
    """The whole way with the real program: to the organisation, back to the gateway, and on to the loopback address."""
    terminal = Terminal(tmp_path)
    with terminal.login("--server", stand.gateway.url, "--no-browser") as command:
        driver.get(command.printed_url())
        arrive(driver, stand.all.simulator.origin)
        press(driver, "Ada Lovelace")
        arrive(driver, loopback_port.REDIRECT)
        wait(driver, lambda: "You are signed in" in text_of(driver), "the command line's own page")
        photograph(driver, f"{stand.name}-command-line")
        assert command.wait() == 0, command
    assert terminal.json("whoami")["user"]["email"] == "ada@example.com"
    assert terminal.token(stand.gateway) and session_cookie(stand, driver) == {}
