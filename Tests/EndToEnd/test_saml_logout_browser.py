"""Single logout in a real Chromium: the gateway is at 127.0.0.1 and the organisation at localhost, which are two sites, so
that the browser keeps our cookies from the organisation's forms and frames. Scripts on and scripts off; pictures are left.
"""

from urllib.parse import urlencode

import pytest

from browser import arrive, chromium, console_errors, photograph, press, text_of, wait
from gateway import realm
from rotating_provider import RotatingProvider
from saml_apps import PROVIDER, App
from saml_logout_steps import BINDINGS, OURS, inline, simulated_stand
from test_saml_browser import scripts_off
from waiting import free_port

BACK = f"/logout/saml/{PROVIDER}"


@pytest.fixture(scope="module")
def driver(shared):
    with chromium(shared.directory()) as driver:
        yield driver


@pytest.fixture(scope="module", params=[(there, back) for there in BINDINGS for back in BINDINGS], ids="-and-".join)
def stand(request, shared):
    """Our requests by one binding, the organisation's messages by the other or the same."""
    there, back = request.param
    stand = simulated_stand(shared, provider={"request_binding": there}, app={"logout_binding": back}, cross_site=True)
    stand.name, stand.there, stand.back = f"saml-logout-{there}-{back}", there, back
    return stand


@pytest.fixture(autouse=True)
def fresh(driver):
    """The console is empty; whoever was signed in is forgotten by `seat`."""
    console_errors(driver)


def forget(driver, *addresses):
    for address in addresses:
        driver.get(address)
        driver.delete_all_cookies()


def seat(driver, stand, gateway=None) -> dict:
    """Ada signs in through the organisation's own page; her session as a program sends it."""
    gateway = gateway or stand.gateway
    forget(driver, gateway.url + "/healthz", stand.simulator.origin + "/simulator/clock")
    driver.get(f"{gateway.url}/login?realm=infraon")
    press(driver, "Ada Lovelace")
    return seated(driver, gateway)


def seated(driver, gateway) -> dict:
    wait(driver, lambda: driver.get_cookie("gatehouse-infraon"), "the session cookie")
    arrive(driver, gateway.url)
    headers = {"Cookie": f"gatehouse-infraon={driver.get_cookie('gatehouse-infraon')['value']}"}
    assert gateway.check(headers=headers).status == 200
    return headers


def is_over(gateway, headers) -> bool:
    return gateway.check(headers=headers).status == 401


def assert_asked_again(driver, stand):
    driver.get(f"{stand.gateway.url}/login?realm=infraon")
    arrive(driver, stand.simulator.origin)
    wait(driver, lambda: "Ada Lovelace" in text_of(driver), "Okta to ask who it is")


# Begun here


def test_the_button_of_the_start_page_leads_through_okta_and_back(driver, stand):
    headers = seat(driver, stand)
    driver.get(stand.gateway.url + "/")
    press(driver, "Sign out")
    arrive(driver, stand.gateway.url + BACK)
    wait(driver, lambda: "signed out" in text_of(driver).lower(), "the page that says so")
    assert "did not confirm" not in text_of(driver)
    assert console_errors(driver) == [], "the policy stopped something on the way"
    light, dark = photograph(driver, stand.name)
    assert light != dark
    assert driver.get_cookie("gatehouse-infraon") is None and is_over(stand.gateway, headers)
    assert stand.app.errors() == []
    assert_asked_again(driver, stand)


def test_without_scripts_a_button_leads_on(driver, stand):
    headers = seat(driver, stand)
    driver.get(stand.gateway.url + "/")
    with scripts_off(driver):
        press(driver, "Sign out")
        for _ in range(4):
            wait(driver, lambda: is_at_the_end(driver, stand) or "Continue" in driver.page_source, "a page of the way")
            if is_at_the_end(driver, stand):
                break
            press(driver, "Continue")
    assert "signed out" in text_of(driver).lower() and is_over(stand.gateway, headers)
    assert console_errors(driver) == []


def is_at_the_end(driver, stand) -> bool:
    return driver.current_url.startswith(stand.gateway.url) and "Sign in again" in driver.page_source


def test_a_link_on_another_site_asks_first_and_then_goes_the_same_way(driver, stand):
    headers = seat(driver, stand)
    driver.get(f"{stand.simulator.origin}/simulator/clock")
    driver.execute_script(f"location.href = {stand.gateway.url + '/logout?realm=infraon'!r}")
    arrive(driver, stand.gateway.url + "/logout?realm=infraon")
    assert not is_over(stand.gateway, headers), "a link alone does nothing"
    press(driver, "Sign out")
    arrive(driver, stand.gateway.url + BACK)
    wait(driver, lambda: "signed out" in text_of(driver).lower(), "the page that says so")
    assert console_errors(driver) == [] and is_over(stand.gateway, headers)


def test_an_answer_that_proves_nothing_is_said_to(driver, stand):
    headers = seat(driver, stand)
    order = {"target": "saml_logout_response", "count": 1, "signature": "unpublished-key"}
    stand.simulator.control("POST", "/simulator/tampering", order)
    driver.get(stand.gateway.url + "/")
    press(driver, "Sign out")
    arrive(driver, stand.gateway.url + BACK)
    wait(driver, lambda: "did not confirm" in text_of(driver), "the page that says so")
    assert is_over(stand.gateway, headers)
    photograph(driver, f"{stand.name}-unconfirmed")


# Begun by Okta


def test_oktas_sign_out_ends_the_session_in_a_hidden_frame(driver, stand):
    headers = seat(driver, stand)
    stand.simulator.control("DELETE", "/simulator/saml-logouts")
    driver.get(f"{stand.simulator.origin}/login/signout")
    wait(driver, lambda: is_over(stand.gateway, headers), "the end of the session")
    told = lambda: stand.simulator.control("GET", "/simulator/saml-logouts").json["requests"]
    wait(driver, lambda: told() and all(entry["answered"] for entry in told()), "our answer to reach Okta")
    assert all(entry["verified"] and entry["status"][0].endswith(":Success") for entry in told()), told()
    assert console_errors(driver) == [], "no page refused to be framed"


def test_a_request_that_is_not_oktas_is_a_page_that_says_so(driver, stand):
    headers = seat(driver, stand)
    order = {"target": "saml_logout_request", "client_id": stand.app.exk, "count": 10, "signature": "unpublished-key"}
    stand.simulator.control("POST", "/simulator/tampering", order)
    [message, *_] = log_out(stand)
    stand.simulator.control("DELETE", "/simulator/tampering")
    if stand.back == "redirect":
        driver.get(message["url"])
    else:
        post_from(driver, stand.simulator.origin + "/simulator/clock", message)
    wait(driver, lambda: "eference" in text_of(driver), "the page with the reference")
    photograph(driver, f"{stand.name}-refused")
    assert not is_over(stand.gateway, headers)


def log_out(stand) -> list[dict]:
    return stand.simulator.control("POST", "/simulator/saml-logout", {"email": "ada@example.com"}).json["messages"]


def post_from(driver, page: str, message: dict):
    """Submits a message as a form of `page`."""
    driver.get(page)
    script = """
        const form = document.createElement('form');
        form.method = 'post'; form.action = arguments[0];
        for (const [name, value] of Object.entries(arguments[1])) {
            const field = document.createElement('input');
            field.type = 'hidden'; field.name = name; field.value = value; form.append(field);
        }
        document.body.append(form); form.submit();
    """
    driver.execute_script(script, message["address"], message["parameters"])


# Two applications, and other people's frames


def test_a_sign_out_at_one_application_ends_the_other_ones_session(driver, stage):
    """One organisation, two gateways, two hosts; one browser."""
    stand = simulated_stand(stage, cross_site=True)
    port = free_port()
    origin = f"http://localhost:{port}"
    app = App(stand.simulator, origin, PROVIDER, sp_certificate=OURS.pem, logout_url=origin + BACK)
    second = stage.gateway({PROVIDER: app.by_metadata(**inline())}, {"infraon": realm(PROVIDER, home=None)}, port=port)
    first_session = seat(driver, stand)
    driver.get(f"{second.url}/login?realm=infraon")
    second_session = seated(driver, second)
    driver.get(stand.gateway.url + "/")
    press(driver, "Sign out")
    wait(driver, lambda: is_over(second, second_session), "the end of the second session")
    arrive(driver, stand.gateway.url + BACK)
    assert is_over(stand.gateway, first_session) and "did not confirm" not in text_of(driver)
    assert console_errors(driver) == []


@pytest.fixture(scope="module")
def plain(shared):
    """A gateway without a key: its answer in the frame is a plain page."""
    without = {"signing_key": None, "signing_certificate": None}
    return simulated_stand(shared, provider=without, app={"logout_binding": "redirect"}, cross_site=True)


def test_the_plain_page_of_a_gateway_without_a_key_loads_in_oktas_frame(driver, plain):
    headers = seat(driver, plain)
    driver.get(f"{plain.simulator.origin}/login/signout")
    wait(driver, lambda: is_over(plain.gateway, headers), "the end of the session")
    assert console_errors(driver) == []


def test_no_other_page_can_frame_it(driver, plain, stage):
    other = stage.provider(kind=RotatingProvider)
    seat(driver, plain)
    [message, *_] = log_out(plain)
    driver.get(f"{other.origin}/framed?{urlencode({'src': message['url']})}")
    wait(driver, lambda: any("frame" in complaint for complaint in console_errors(driver)), "the browser's refusal")


def test_pictures_of_our_own_pages_in_between(driver, stand):
    """With scripts off they stand still."""
    if stand.there == "redirect":
        pytest.skip("there is none on the way there")
    seat(driver, stand)
    driver.get(stand.gateway.url + "/")
    with scripts_off(driver):
        press(driver, "Sign out")
        wait(driver, lambda: "ontinue" in driver.page_source, "the page that leads on")
        photograph(driver, f"{stand.name}-on-the-way")
