"""`gatehouse login --device`, and a person who approves it in a real Chromium."""

import json
import re

import pytest
from selenium.webdriver.common.by import By

from api_sign_in import DeviceLogin, approve, refuse
from browser import chromium, console_errors, photograph, press, text_of, wait
from secrets_ledger import leaks, remember
from terminal import CODE, Terminal, WaitingCommand
from waiting import wait_until

# In a browser


@pytest.fixture(scope="module")
def driver(shared):
    with chromium(shared.directory()) as driver:
        yield driver


def type_code(driver, gateway, code: str):
    driver.get(f"{gateway.url}/device")
    field = driver.find_element(By.NAME, "user_code")
    field.send_keys(code)
    press(driver, driver.find_element(By.CSS_SELECTOR, "main button").text.strip())


def test_a_person_types_the_code_looks_and_approves(driver, gateway):
    device = DeviceLogin(gateway, host="lab-3")
    driver.get(f"{gateway.url}/device")
    light, dark = photograph(driver, "device-code")
    assert light != dark
    type_code(driver, gateway, device.user_code.replace("-", "").lower())
    wait(driver, lambda: "lab-3" in text_of(driver), "the asking machine")
    photograph(driver, "device-approval")
    assert device.user_code in text_of(driver) and "Infraon" in text_of(driver)
    press(driver, "Approve")
    wait(driver, lambda: "go back" in text_of(driver).lower(), "the end")
    photograph(driver, "device-approved")
    assert console_errors(driver) == [], "the policy refused something of our own"
    assert remember(device.poll().json["access_token"])
    assert not driver.get_cookie("gatehouse-infraon"), "no session of the browser"


def test_a_person_follows_the_complete_address_and_refuses(driver, gateway):
    device = DeviceLogin(gateway, host="stranger-9")
    driver.get(device.begun.json["verification_uri_complete"])
    assert driver.find_element(By.NAME, "user_code").get_attribute("value") == device.user_code
    press(driver, driver.find_element(By.CSS_SELECTOR, "main button").text.strip())
    wait(driver, lambda: "stranger-9" in text_of(driver), "the asking machine")
    press(driver, "Refuse")
    wait(driver, lambda: "stranger-9" not in text_of(driver) or "refused" in text_of(driver).lower(), "the end")
    photograph(driver, "device-refused")
    assert device.error() == "access_denied"


def test_a_wrong_code_is_told_on_a_page(driver, gateway):
    type_code(driver, gateway, "BBBB-BBBB")
    photograph(driver, "device-unknown")
    assert "BBBB" not in driver.current_url and len(driver.find_elements(By.TAG_NAME, "h1")) == 1


def test_the_pages_are_accessible(driver, gateway):
    """Labels, one heading, a language, and 320 pixels without scrolling sideways."""
    device = DeviceLogin(gateway, host="a-host-with-a-very-long-name-" + "x" * 70)
    for step in ("code", "approval"):
        if step == "code":
            driver.get(f"{gateway.url}/device")
        else:
            type_code(driver, gateway, device.user_code)
            wait(driver, lambda: "a-host-with" in text_of(driver), "the asking machine")
        assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang")
        assert len(driver.find_elements(By.TAG_NAME, "h1")) == 1 and len(driver.find_elements(By.TAG_NAME, "main")) == 1
        unlabelled = driver.execute_script(
            "return [...document.querySelectorAll('input:not([type=hidden])')]"
            ".filter(e => !e.labels.length && !e.getAttribute('aria-label')).map(e => e.outerHTML)"
        )
        assert unlabelled == [] and driver.find_elements(By.TAG_NAME, "script") == []
        metrics = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        try:
            assert driver.execute_script("return document.documentElement.scrollWidth") <= 320
        finally:
            driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


# The command


@pytest.fixture
def terminal(stage):
    return Terminal(stage.directory())


@pytest.fixture
def waiting(terminal, gateway):
    """A `gatehouse login --device` that has printed its code."""
    command = WaitingCommand(terminal, ["login", "--device", "--server", gateway.url], {})
    yield command
    command.end()


def test_login_with_device_prints_address_and_code_and_waits(waiting, gateway, terminal):
    code = waiting.printed(CODE).group(0)
    assert waiting.printed(re.escape(f"{gateway.url}/device"))
    assert waiting.running and not terminal.credentials_file.exists()
    assert approve(gateway, gateway.browser(), code).status == 200
    assert waiting.wait(30) == 0, waiting
    assert "ada@example.com" in waiting.output
    token = terminal.token(gateway)
    assert terminal.modes() == (0o600, 0o700)
    assert not leaks(waiting.output + waiting.errors)
    assert terminal.run("token").stdout.strip() == token
    assert terminal.json("whoami")["user"]["email"] == "ada@example.com"


def test_the_approval_page_shows_the_name_of_the_commands_machine(waiting, gateway):
    import socket

    from api_sign_in import look_at_device

    page = look_at_device(gateway, gateway.browser(), waiting.printed(CODE).group(0))
    assert socket.gethostname() in page.page.text


def test_a_refusal_ends_the_command(waiting, gateway, terminal):
    refuse(gateway, gateway.browser(), waiting.printed(CODE).group(0))
    assert waiting.wait(30) == 1 and waiting.errors.strip(), waiting
    assert not terminal.credentials_file.exists()


def test_interrupting_ends_the_command_at_once(waiting):
    import signal

    waiting.printed(CODE)
    waiting.child.send_signal(signal.SIGINT)
    assert waiting.wait(5) != 0


def test_a_gateway_that_is_away_for_a_moment_is_asked_again(stage, terminal):
    """Approving takes minutes; a restart meanwhile is no reason to begin again."""
    gateway = stage.gateway({"okta": stage.provider()})
    command = WaitingCommand(terminal, ["login", "--device", "--server", gateway.url], {})
    try:
        code = command.printed(CODE).group(0)
        gateway.stop()
        gateway.start()
        assert approve(gateway, gateway.browser(), code).status == 200
        assert command.wait(40) == 0, command
    finally:
        command.end()


def test_json_prints_one_object_at_the_end(gateway, terminal):
    command = WaitingCommand(terminal, ["login", "--device", "--json", "--server", gateway.url], {})
    try:
        code = command.printed(CODE).group(0)
        approve(gateway, gateway.browser(), code)
        assert command.wait(30) == 0, command
    finally:
        command.end()
    value = json.loads(command.output)
    assert value["user"]["email"] == "ada@example.com" and not leaks(command.output)


def test_it_needs_no_port(gateway, terminal):
    """The way out when 8301 is busy."""
    import socket

    import loopback_port

    with loopback_port.reserved(), loopback_port.taken(socket.AF_INET, "127.0.0.1"):
        command = WaitingCommand(terminal, ["login", "--device", "--server", gateway.url], {})
        try:
            assert command.printed(CODE)
            wait_until(lambda: command.running, 1, "the command to wait")
        finally:
            command.end()
