"""The pages of `gatehouse login` in a real Chromium: what the person sees when the browser comes back to localhost:8301."""

import pytest
from selenium.webdriver.common.by import By

from browser import arrive, chromium, console_errors, photograph, text_of, wait
from loopback_port import REDIRECT
from terminal import Terminal


@pytest.fixture(scope="module")
def driver(shared):
    with chromium(shared.directory()) as driver:
        yield driver


@pytest.fixture
def terminal(stage):
    return Terminal(stage.directory())


def assert_a_page_of_ours(driver, name: str):
    """Photographed in light and dark; one heading, a language, no script, nothing that the policy refused."""
    light, dark = photograph(driver, name)
    assert light != dark, "dark and light look the same"
    assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang")
    assert len(driver.find_elements(By.TAG_NAME, "h1")) == 1 and len(driver.find_elements(By.TAG_NAME, "main")) == 1
    assert driver.title.strip() and driver.find_elements(By.TAG_NAME, "script") == []
    assert driver.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert console_errors(driver) == []


def test_success_is_seen(driver, gateway, terminal):
    """Chromium takes localhost for ::1 or 127.0.0.1 as it likes, and asks for a favicon on top."""
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        driver.get(command.printed_url())
        arrive(driver, REDIRECT)
        wait(driver, lambda: "You are signed in" in text_of(driver), "the success page")
        assert command.wait() == 0, command
    assert "ada@example.com" in text_of(driver)
    assert_a_page_of_ours(driver, "cli-signed-in")


def test_a_refusal_is_seen(driver, gateway, provider, terminal):
    provider.behave(callback_error={"error": "access_denied", "error_description": "PROVIDER-TEXT"})
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        driver.get(command.printed_url())
        arrive(driver, REDIRECT)
        wait(driver, lambda: "not signed in" in text_of(driver), "the failure page")
        assert command.wait() == 1, command
    assert "PROVIDER-TEXT" not in text_of(driver)
    assert_a_page_of_ours(driver, "cli-refused")


def test_too_many_sign_ins_are_told_on_a_page(driver, stage):
    gateway = stage.gateway(
        {"okta": stage.provider()},
        trusted_proxies=["127.0.0.1"],
        rate_limits={"logins_per_address": 1, "logins_per_account": 100, "device_per_address": 100},
    )
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {"X-Forwarded-For": "203.0.113.7"}})
    try:
        for _ in range(2):
            driver.get(f"{gateway.url}/login?realm=infraon")
        wait(driver, lambda: "again" in text_of(driver).lower(), "the page of a limit")
        assert_a_page_of_ours(driver, "too-many-requests")
    finally:
        driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {}})
