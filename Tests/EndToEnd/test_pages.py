"""Every page in a real browser: pictures in light and dark for people, and the basics of accessibility for machines."""

import re
from types import SimpleNamespace

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import arrive, chromium, console_errors, photograph, press, text_of, wait
from gateway import realm
from user_agent import UserAgent

ADA = {"sub": "00u1ada", "email": "ada@example.com", "name": "Ada Lovelace", "groups": ["infraon-admins"]}
NOBODY = {"sub": "00u1nobody", "email": "nobody@example.com", "name": "Norma Nobody", "groups": []}


@pytest.fixture(scope="module")
def stand(shared):
    """Two realms, one with two providers, and one browser for all pages."""
    first, second = shared.provider(), shared.provider()
    realms = {
        "infraon": realm("first", home=None),
        "ssp": realm("first", "second", title="Self-Service Portal", home=None),
    }
    gateway = shared.gateway({"first": first, "second": second}, realms)
    with chromium(shared.directory()) as driver:
        yield SimpleNamespace(gateway=gateway, first=first, second=second, driver=driver)


def sign_in(stand, person=ADA):
    stand.driver.delete_all_cookies()
    stand.driver.get(stand.gateway.url + "/healthz")
    stand.driver.delete_all_cookies()
    stand.first.behave(person=person)
    stand.driver.get(stand.gateway.url + "/login?realm=infraon")


def fresh(stand, path):
    stand.driver.get(stand.gateway.url + "/healthz")
    stand.driver.delete_all_cookies()
    stand.driver.get(stand.gateway.url + path)


def failure(stand):
    stand.driver.get(stand.gateway.url + "/healthz")
    stand.driver.delete_all_cookies()
    stand.first.behave(callback_error={"error": "access_denied", "error_description": "PROVIDER-TEXT"})
    stand.driver.get(stand.gateway.url + "/login?realm=infraon")


def home(stand):
    sign_in(stand)
    # A second session of the same person, elsewhere, so that there is a list to show.
    stand.gateway.signed_in("infraon")
    stand.driver.get(stand.gateway.url + "/")


def signed_out(stand):
    sign_in(stand, {"sub": "00u1leaving", "email": "leaving@example.com", "groups": ["infraon-admins"]})
    stand.driver.get(stand.gateway.url + "/")
    press(stand.driver, "Sign out")
    wait(stand.driver, lambda: "leaving@example.com" not in text_of(stand.driver), "the page after signing out")
    assert not stand.driver.get_cookie("gatehouse-infraon"), text_of(stand.driver)


def confirmation(stand):
    """A link on a foreign page: 127.0.0.1 is another site than localhost."""
    sign_in(stand)
    target = f"{stand.gateway.url}/logout?realm=infraon"
    stand.driver.get(f"{stand.first.origin}/nowhere")
    stand.driver.execute_script(f"location.href = {target!r}")
    arrive(stand.driver, target)


# name: (how to get there, the status that a plain request gets, what the page must say)
PAGES = {
    "realm-chooser": (lambda stand: fresh(stand, "/login"), ["Infraon", "Self-Service Portal"]),
    "provider-chooser": (lambda stand: fresh(stand, "/login?realm=ssp"), ["Self-Service Portal"]),
    "home": (home, ["ada@example.com", "Sign out"]),
    "refusal": (lambda stand: sign_in(stand, NOBODY), ["nobody@example.com", "administrator"]),
    "failure": (failure, ["eference"]),
    "signed-out": (signed_out, []),
    "logout-confirmation": (confirmation, ["Sign out"]),
    "error-400": (lambda stand: fresh(stand, "/login?realm=nowhere"), []),
    "error-404": (lambda stand: fresh(stand, "/no/such/page"), []),
}


@pytest.fixture(params=PAGES)
def page(request, stand):
    go, words = PAGES[request.param]
    go(stand)
    yield SimpleNamespace(name=request.param, driver=stand.driver, words=words, gateway=stand.gateway)
    stand.first.behave()


def main_button(driver):
    """What a person came for: the first button or button-like link inside main."""
    found = driver.find_elements(By.CSS_SELECTOR, "main button, main input[type=submit], main a[href]")
    assert found, "nothing to press"
    return found[0]


def luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in re.findall(r"[\d.]+", colour)[:3] for part in [part.split(".")[0]]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# For each visible text: its colour, the background behind it, and its size.
TEXTS = """
const seen = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode.textContent.trim();
  const element = walker.currentNode.parentElement;
  if (!text || !element.checkVisibility()) continue;
  let background = element, colour = 'rgba(0, 0, 0, 0)';
  while (background && /, 0\\)$/.test(colour = getComputedStyle(background).backgroundColor))
    background = background.parentElement;
  if (/, 0\\)$/.test(colour))
    colour = matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(18, 18, 18)' : 'rgb(255, 255, 255)';
  const style = getComputedStyle(element);
  seen.push([text, style.color, colour, parseFloat(style.fontSize), parseInt(style.fontWeight)]);
}
return seen;
"""


def test_is_photographed_in_light_and_dark(page):
    light, dark = photograph(page.driver, page.name)
    assert light != dark, "dark and light look the same"


def test_says_what_it_must(page):
    shown = text_of(page.driver)
    for word in page.words:
        assert word in shown, shown
    assert "PROVIDER-TEXT" not in shown


def test_has_language_title_one_heading_and_a_main_part(page):
    driver = page.driver
    assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang")
    assert driver.title.strip()
    assert len(driver.find_elements(By.TAG_NAME, "h1")) == 1
    assert len(driver.find_elements(By.TAG_NAME, "main")) == 1
    assert driver.find_elements(By.CSS_SELECTOR, "meta[name=viewport]")


def test_labels_every_input_and_names_every_control(page):
    unlabelled = page.driver.execute_script(
        "return [...document.querySelectorAll('input:not([type=hidden]):not([type=submit]), select, textarea')]"
        ".filter(e => !e.labels.length && !e.getAttribute('aria-label')).map(e => e.outerHTML)"
    )
    assert unlabelled == []
    nameless = page.driver.execute_script(
        "return [...document.querySelectorAll('button, a[href]')]"
        ".filter(e => !(e.innerText.trim() || e.getAttribute('aria-label'))).map(e => e.outerHTML)"
    )
    assert nameless == []
    doubles = page.driver.execute_script(
        "const ids = [...document.querySelectorAll('[id]')].map(e => e.id);"
        "return ids.filter((id, place) => ids.indexOf(id) !== place)"
    )
    assert doubles == []


def test_tells_controls_apart(page):
    """A screen reader reads the list of buttons alone: two that do different things must not sound alike."""
    names = page.driver.execute_script(
        "return [...document.querySelectorAll('main button, main a[href]')]"
        ".map(e => (e.getAttribute('aria-label') || e.innerText.trim()) + (e.getAttribute('aria-describedby') || ''))"
    )
    if page.name == "home":  # sessions of two browsers of a kind may sound alike, but not like a bare "Sign out"
        assert "Sign out" not in names, names
    else:
        assert len(names) == len(set(names)), names


def test_has_no_script_and_no_external_asset(page):
    driver = page.driver
    assert driver.find_elements(By.TAG_NAME, "script") == []
    handlers = driver.execute_script(
        "return [...document.querySelectorAll('*')].flatMap(e => [...e.attributes])"
        ".map(a => a.name).filter(n => n.startsWith('on'))"
    )
    assert handlers == []
    loaded = driver.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert all(name.startswith(page.gateway.url + "/") for name in loaded), loaded
    sources = driver.execute_script(
        "return [...document.querySelectorAll('[src], link[href]')].map(e => e.src || e.href)"
    )
    assert all(name.startswith((page.gateway.url + "/", "data:")) for name in sources), sources
    assert console_errors(driver) == [], "the policy refused something of our own"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_has_enough_contrast(page, dark):
    """WCAG 2.2 §1.4.3: 4.5 to 1, 3 to 1 for large text."""
    from browser import scheme

    scheme(page.driver, dark)
    try:
        texts = page.driver.execute_script(TEXTS)
    finally:
        scheme(page.driver, False)
    assert texts
    for text, colour, background, size, weight in texts:
        lighter, darker = sorted([luminance(colour), luminance(background)], reverse=True)
        ratio = (lighter + 0.05) / (darker + 0.05)
        wanted = 3 if size >= 24 or (size >= 18.66 and weight >= 700) else 4.5
        assert ratio >= wanted, f"{text!r}: {colour} on {background} is {ratio:.2f}"


def test_is_reached_by_keyboard(page):
    """The main control comes within a few presses of Tab and shows that it has the focus."""
    driver = page.driver
    controls = driver.find_elements(By.CSS_SELECTOR, "main button, main input[type=submit], main a[href]")
    if not controls:
        assert page.name.startswith(("error", "signed-out", "failure", "refusal")), "nothing to press"
        return
    driver.execute_script("document.activeElement.blur()")
    for _ in range(5):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        if driver.switch_to.active_element == controls[0]:
            break
    assert driver.switch_to.active_element == controls[0], "not reached in five presses"
    outline = driver.execute_script(
        "const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth, s.boxShadow]"
    )
    assert (outline[0] != "none" and outline[1] != "0px") or outline[2] != "none", outline


def test_fits_a_narrow_screen_and_large_text(page):
    """WCAG 2.2 §1.4.10: 320 CSS pixels wide without scrolling sideways."""
    driver = page.driver
    metrics = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        width = driver.execute_script("return document.documentElement.scrollWidth")
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width <= 320


# Headers, for which no browser is needed


def answers(stand):
    gateway = stand.gateway
    agent = UserAgent()
    yield agent.get(gateway.url + "/login")
    yield agent.get(gateway.url + "/login?realm=ssp")
    yield agent.get(gateway.url + "/login?realm=nowhere")
    yield agent.get(gateway.url + "/nowhere")
    yield agent.get(gateway.url + "/login/callback")
    signed_in = gateway.signed_in()
    yield signed_in.get(gateway.url + "/")
    yield signed_in.get(gateway.url + "/logout?realm=infraon", referrer="https://evil.example.org/")
    stand.first.behave(person=NOBODY)
    yield gateway.sign_in(agent)
    stand.first.behave()


def test_every_page_carries_a_strict_policy(stand):
    for answer in answers(stand):
        assert answer.header("Content-Type").lower().replace(" ", "") == "text/html;charset=utf-8", answer
        policy = dict(part.strip().partition(" ")[::2] for part in answer.header("Content-Security-Policy").split(";"))
        assert policy.get("default-src") == "'none'", answer
        assert "unsafe" not in str(policy.get("script-src", "")) and "'unsafe-inline'" not in str(policy)
        assert policy.get("frame-ancestors") == "'none'"
        assert policy.get("base-uri") == "'none'"
        # A sign-out goes on to the provider, and browsers hold form-action against every step of it.
        targets = policy.pop("form-action").split()
        assert targets[0] == "'self'" and set(targets[1:]) <= {stand.first.origin, stand.second.origin}, answer
        assert "*" not in str(policy) and "http:" not in str(policy)
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("Referrer-Policy") in ("no-referrer", "same-origin", "strict-origin")
        assert answer.header("X-Frame-Options") == "DENY"
        assert answer.header("Cache-Control") == "no-store"
        assert (
            not re.search(r"<(script|style)[\s>]|\son\w+=|style=", answer.text)
            or "nonce-" in str(policy)
            or "sha256-" in str(policy)
        )


@pytest.mark.parametrize(
    "payload",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'><svg/onload=alert(1)>", "</title><script>"],
)
def test_nothing_that_comes_in_comes_out_as_markup(payload, stand):
    from urllib.parse import quote

    gateway = stand.gateway
    agent = UserAgent()
    for path in (
        f"/login?realm={quote(payload)}",
        f"/{quote(payload)}",
        f"/login?realm=ssp&return_to={quote('https://app.example.com/?' + payload)}",
        f"/login/callback?error={quote(payload)}&state=x",
        f"/login?realm=ssp&login_hint={quote(payload)}",
    ):
        assert payload not in agent.get(gateway.url + path).text, path
    stand.first.behave(
        person={"sub": "00u1evil", "email": f"{payload}@example.com", "name": payload, "groups": ["infraon-admins"]}
    )
    signed_in = gateway.signed_in()
    assert payload not in signed_in.get(gateway.url + "/").text
    stand.first.behave(person={"sub": "00u1evil", "email": f"{payload}@example.com", "name": payload, "groups": []})
    assert payload not in gateway.sign_in(UserAgent()).text
    stand.first.behave()
