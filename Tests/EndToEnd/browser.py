"""A real headless Chromium, and pictures of what it shows."""

import os
from contextlib import contextmanager

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from paths import SCREENSHOTS


@contextmanager
def chromium(directory):
    """A browser with a profile of its own in `directory`."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in (
        "--headless=new",
        "--window-size=1000,800",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={directory / 'profile'}",
        # No name but localhost is ever looked up.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium refuses to run as root with it
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_page_load_timeout(20)
    try:
        yield driver
    finally:
        driver.quit()


def wait(driver, condition, what: str, within: float = 10):
    return WebDriverWait(driver, within, 0.05).until(
        lambda _: condition(), f"waited in vain for {what} at {driver.current_url}"
    )


def arrive(driver, start: str):
    """Waits until the address begins with `start`."""
    wait(driver, lambda: driver.current_url.startswith(start), start)


def press(driver, text: str):
    """Clicks the button or link that says `text`."""
    literal = f"contains(normalize-space(.), '{text}') or contains(@value, '{text}')"
    path = f"//button[{literal}] | //a[{literal}] | //input[@type='submit'][{literal}]"
    wait(driver, lambda: driver.find_elements(By.XPATH, path), f"a button {text!r}")[0].click()


def text_of(driver) -> str:
    """The page's visible text, also while one page gives way to the next."""
    return driver.execute_script("return document.body ? document.body.innerText : ''")


def scheme(driver, dark: bool):
    """Makes the browser say which colours the person prefers."""
    feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


BACKGROUNDS = "return [document.body, document.documentElement].map(e => getComputedStyle(e).backgroundColor).join(' ')"


def photograph(driver, name: str):
    """Keeps the page as name-light.png and name-dark.png; the two background colours."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    colours = []
    for dark in (False, True):
        scheme(driver, dark)
        driver.save_screenshot(str(SCREENSHOTS / f"{name}-{'dark' if dark else 'light'}.png"))
        colours.append(driver.execute_script(BACKGROUNDS))
    scheme(driver, False)
    return colours


def console_errors(driver) -> list[str]:
    """What the browser complained of: refused scripts and styles show here."""
    entries = driver.get_log("browser")
    return [entry["message"] for entry in entries if "Content Security Policy" in entry["message"]]
