"""`gatehouse login` through a browser: the redirect to http://localhost:8301, and the page that tells the truth."""

import json
import re
import socket
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

import loopback_port
from gateway import realm
from login_steps import altered
from loopback_port import REDIRECT, listening_addresses, taken
from secrets_ledger import leaks
from terminal import Terminal, over_ipv6
from tokens import REMOVED
from user_agent import UserAgent
from waiting import wait_until

SUCCESS = "You are signed in"
NOBODY = {"sub": "00u1nobody", "email": "nobody@example.com", "name": "Norma Nobody", "groups": []}
FAMILIES = {"ipv4": UserAgent, "ipv6": over_ipv6}


@pytest.fixture
def terminal(stage):
    return Terminal(stage.directory())


def assert_failure_page(page, command, provider_text="PROVIDER-TEXT"):
    """No word of success; what to do next, in our own words, and no credential anywhere."""
    assert 400 <= page.status < 600, page
    assert SUCCESS not in page.text and provider_text not in page.text
    assert "gatehouse login" in page.text or "administrators" in page.text, "it says what to do"
    assert not leaks(page.text)
    assert not command.terminal.credentials_file.exists() or command.terminal.credentials()["servers"] == {}


def assert_command_failed(command):
    assert command.wait() == 1, command
    complaint = command.errors.rpartition("gives up.")[2].strip()
    assert complaint and len(complaint.splitlines()) <= 3, command
    assert not leaks(command.output + command.errors.replace(command_url(command), "")), command


def command_url(command) -> str:
    """The printed address, whose state is no secret of ours."""
    found = re.search(r"https?://\S+[?&]\S*", command.output + command.errors)
    return found.group(0) if found else "\0"


# Success


@pytest.mark.parametrize("family", FAMILIES)
def test_a_person_signs_in_by_a_printed_address(family, gateway, terminal):
    """The browser may take localhost for 127.0.0.1 or for ::1."""
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        page = command.browse(FAMILIES[family]())
        assert page.status == 200 and SUCCESS in page.page.text, page
        assert command.wait() == 0, command
    assert "ada@example.com" in command.output, command
    assert terminal.json("whoami")["user"]["email"] == "ada@example.com"


def test_the_browser_is_opened_at_the_provider(gateway, provider, terminal):
    """BROWSER names it, as xdg-open and Python do it."""
    with terminal.login("--server", gateway.url, env={"BROWSER": terminal.browser}) as command:
        url = command.opened_url()
        assert url.startswith(provider.issuer), "straight to the provider, no page of ours between"
        agent = UserAgent()
        page = agent.get(command.redirect(agent, url=url))
        assert page.status == 200 and SUCCESS in page.page.text
        assert command.wait() == 0, command
    assert len(terminal.told.read_text().split()) == 1, "one address, opened once"


def test_through_the_simulated_okta_with_its_sign_in_page(stage, terminal):
    """The registered redirect URI has no path, and Okta compares exactly."""
    from simulator import Simulator

    simulator = Simulator(stage.directory(), [REDIRECT]).start()
    stage.ending.append(simulator.stop)
    gateway = stage.gateway({"okta": simulator.settings()})
    page = terminal.sign_in(gateway, choose=lambda agent, answer: simulator.choose(agent, answer, "grace@example.com"))
    assert page.status == 200
    who = terminal.json("whoami")
    assert who["user"]["email"] == "grace@example.com" and who["roles"] == ["technician"]
    assert [entry["error"] for entry in simulator.log() if entry["error"]] == []


def test_the_authorization_request_is_complete_and_bound_to_the_gateway(gateway, provider, terminal):
    """redirect_uri is fixed by the gateway; its PKCE pair at the provider is not the one of the command line."""
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(command.printed_url()).query).items()}
        assert asked["redirect_uri"] == REDIRECT
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 22 and len(asked["nonce"]) >= 22
        command.browse()
        assert command.wait() == 0, command
    redeemed = provider.received("token")[-1]
    assert redeemed.form["redirect_uri"] == REDIRECT
    assert redeemed.form["code_verifier"] and not leaks(command.output.replace(command_url(command), ""))


def test_the_page_is_shown_only_after_the_gateway_has_completed(gateway, provider, terminal):
    """While the code is being redeemed the browser waits: nobody is told of a success that may not come."""
    release = threading.Event()
    provider.behave(pause=release)
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        url = command.redirect()
        before, pages = len(provider.received("token")), []
        browser = threading.Thread(target=lambda: pages.append(UserAgent().get(url)))
        browser.start()
        wait_until(lambda: len(provider.received("token")) > before, 10, "the code to be redeemed")
        assert not pages and browser.is_alive() and not terminal.credentials_file.exists()
        release.set()
        browser.join(10)
        assert pages and pages[0].status == 200 and SUCCESS in pages[0].text
        assert command.wait() == 0, command


def test_the_credentials_are_on_the_disk_before_the_page_says_so(gateway, terminal):
    """A person may close the terminal the moment the page is there."""
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        page = command.browse()
        assert page.status == 200 and terminal.token(gateway)
        assert command.wait() == 0


def test_json_prints_one_object_and_no_token(gateway, terminal):
    with terminal.login("--server", gateway.url, "--no-browser", "--json") as command:
        command.browse()
        assert command.wait() == 0, command
    value = json.loads(command.output)
    assert value["user"]["email"] == "ada@example.com" and value["realm"] == "infraon"
    assert not leaks(json.dumps(value)), "the token is for the credentials file"


def test_it_listens_on_loopback_only(gateway, terminal):
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        command.printed_url()
        assert listening_addresses() == {"127.0.0.1", "::1"}
        command.end()
    assert listening_addresses() == set()


def test_the_page_keeps_the_rules_of_all_pages(gateway, terminal):
    """No script, nothing from elsewhere, not kept, not framed; the code leaves the address bar's history to nobody."""
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        page = command.browse()
        assert command.wait() == 0
    assert page.header("Content-Type").lower().replace(" ", "") == "text/html;charset=utf-8"
    assert "default-src 'none'" in page.header("Content-Security-Policy")
    assert page.header("Cache-Control") == "no-store" and page.header("Referrer-Policy") == "no-referrer"
    assert page.header("X-Content-Type-Options") == "nosniff"
    assert "<script" not in page.text and not leaks(page.text)


# Failure


def test_a_denied_sign_in_shows_no_success(gateway, provider, terminal):
    """The flaw of the command line before: a success page for error=access_denied."""
    provider.behave(callback_error={"error": "access_denied", "error_description": "PROVIDER-TEXT <b>no</b>"})
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        assert_failure_page(command.browse(), command)
        assert_command_failed(command)


def test_a_person_without_a_role_is_told_so_with_a_reference(gateway, provider, terminal):
    provider.behave(person=NOBODY)
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        page = command.browse()
        assert_failure_page(page, command)
        assert_command_failed(command)
    reference = re.search(r"\b[0-9A-HJKMNP-TV-Z]{8}\b", page.page.text)
    assert reference and gateway.logged(reference.group(0)), page.page.text


REFUSALS = {
    "code-refused": {"token_error": (400, {"error": "invalid_grant", "error_description": "PROVIDER-TEXT"})},
    "provider-broken": {"token_error": (500, {"error": "server_error"})},
    "wrong-nonce": {"id_token": {"nonce": "another-nonce-altogether"}},
    "wrong-audience": {"id_token": {"aud": "somebody-else"}},
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_the_gateway_refuses_is_a_failure_page_and_exit_code_1(name, gateway, provider, terminal):
    provider.behave(**REFUSALS[name])
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        assert_failure_page(command.browse(), command)
        assert_command_failed(command)


def test_a_gateway_that_went_away_meanwhile_is_a_failure_page(stage, terminal):
    gateway = stage.gateway({"okta": stage.provider()})
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        url = command.redirect()
        gateway.stop()
        assert_failure_page(UserAgent().get(url), command)
        assert_command_failed(command)


def test_a_wrong_state_is_refused_and_does_not_end_the_waiting(gateway, provider, terminal):
    """Any page in the person's browser can send something to port 8301; the real answer still counts."""
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        url = command.redirect()
        before = len(provider.received("token"))
        for wrong in (altered(url, state="x" * 43), altered(url, state=REMOVED), altered(url, state="")):
            page = UserAgent().get(wrong)
            assert page.status == 400 and SUCCESS not in page.text, page
        assert len(provider.received("token")) == before and command.running
        assert UserAgent().get(url).status == 200
        assert command.wait() == 0, command


def test_a_changed_code_fails(gateway, terminal):
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        url = command.redirect()
        assert_failure_page(UserAgent().get(altered(url, code="another-code-altogether")), command)
        assert_command_failed(command)


def test_code_and_error_together_are_no_answer(gateway, terminal):
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        url = command.redirect()
        assert UserAgent().get(altered(url, error="access_denied")).status == 400
        assert UserAgent().get(url + "&code=second").status == 400
        assert command.running and UserAgent().get(url).status == 200
        assert command.wait() == 0


# Who may come to the loopback address


@pytest.mark.parametrize("host", ["evil.example.com", "evil.example.com:8301", "localhost.evil.example.com:8301"])
def test_a_foreign_host_name_is_turned_away(host, gateway, provider, terminal):
    """DNS rebinding: a page of another origin makes its own name lead to 127.0.0.1."""
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        url = command.redirect()
        before = len(provider.received("token"))
        page = UserAgent().get(url, headers={"Host": host})
        assert 400 <= page.status < 500 and SUCCESS not in page.text
        assert len(provider.received("token")) == before and command.running
        assert UserAgent().get(url).status == 200
        assert command.wait() == 0


def test_other_paths_and_methods_change_nothing(gateway, terminal):
    """Browsers ask for /favicon.ico; a foreign page may POST."""
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        url = command.redirect()
        assert UserAgent().get(f"{REDIRECT}/favicon.ico").status == 404
        assert UserAgent().post(url, form={"x": "y"}).status == 405
        assert UserAgent().get(REDIRECT + "/").status == 400
        assert UserAgent().get(url).status == 200
        assert command.wait() == 0


def test_a_second_visit_with_the_same_code_redeems_nothing(gateway, provider, terminal):
    """A reload, or whoever saw the address: the code is used once, and the command is gone."""
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        url = command.redirect()
        before = len(provider.received("token"))
        assert UserAgent().get(url).status == 200
        assert command.wait() == 0
        with pytest.raises(OSError):
            UserAgent().get(url)
    assert len(provider.received("token")) == before + 1


# What stands in the way


TAKEN = {"ipv4": (socket.AF_INET, "127.0.0.1"), "ipv6": (socket.AF_INET6, "::1")}


@pytest.mark.parametrize("family", TAKEN)
def test_a_busy_port_is_told_with_the_device_way(family, gateway, provider, terminal):
    """Also when only one of the two addresses is taken: the browser could go to the other program with the code."""
    before = len(provider.received("authorize"))
    with loopback_port.reserved(), taken(*TAKEN[family]):
        done = terminal.run("login", "--server", gateway.url, "--no-browser")
    assert done.returncode == 1, done
    assert "8301" in done.stderr and "--device" in done.stderr and len(done.stderr.strip().splitlines()) <= 3
    assert len(provider.received("authorize")) == before and not terminal.credentials_file.exists()


def test_without_a_browser_the_address_and_the_device_way_are_told(gateway, terminal):
    """A server without a desktop: no BROWSER, no xdg-open on the path."""
    with terminal.login("--server", gateway.url, env={"PATH": str(terminal.home)}) as command:
        assert command.printed_url() and command.printed("--device")
        assert command.browse().status == 200, "the printed address works"
        assert command.wait() == 0


def test_a_browser_that_cannot_be_started_is_no_dead_end(gateway, terminal):
    with terminal.login("--server", gateway.url, env={"BROWSER": "/nonexistent/browser"}) as command:
        command.browse()
        assert command.wait() == 0, command


def test_interrupting_leaves_nothing_behind(gateway, terminal):
    import signal

    with terminal.login("--server", gateway.url, "--no-browser") as command:
        url = command.redirect()
        command.child.send_signal(signal.SIGINT)
        assert command.wait() != 0
        assert loopback_port.is_free() and not terminal.credentials_file.exists()
        with pytest.raises(OSError):
            UserAgent().get(url)


# Realms and providers


@pytest.fixture(scope="module")
def several(shared):
    first, second = shared.provider(), shared.provider()
    realms = {"infraon": realm("first"), "ssp": realm("first", "second", title="Portal")}
    return shared.gateway({"first": first, "second": second}, realms), first, second


def test_the_realm_is_asked_for_when_there_are_several(several, terminal):
    with loopback_port.reserved():
        done = terminal.run("login", "--server", several[0].url, "--no-browser")
    assert done.returncode in (1, 64) and "--realm" in done.stderr, done
    with loopback_port.reserved():
        done = terminal.run("login", "--server", several[0].url, "--no-browser", "--realm", "nowhere")
    assert done.returncode == 1 and done.stderr.strip(), done


def test_the_provider_is_asked_for_when_the_realm_has_several(several, terminal):
    with loopback_port.reserved():
        done = terminal.run("login", "--server", several[0].url, "--no-browser", "--realm", "ssp")
    assert done.returncode in (1, 64) and "--provider" in done.stderr, done


def test_realm_and_provider_are_taken(several, terminal):
    gateway, _, second = several
    before = len(second.received("token"))
    terminal.sign_in(gateway, "--realm", "ssp", "--provider", "second")
    who = terminal.json("whoami")
    assert (who["realm"], who["provider"]) == ("ssp", "second")
    assert len(second.received("token")) == before + 1


# Servers that are none


def test_a_server_that_is_not_there_is_told_in_one_sentence(terminal):
    from waiting import free_port

    url = f"http://localhost:{free_port()}"
    with loopback_port.reserved():
        done = terminal.run("login", "--server", url, "--no-browser")
    assert done.returncode == 1 and url.split("/")[-1] in done.stderr, done
    assert len(done.stderr.strip().splitlines()) <= 3


def test_something_else_at_the_address_is_no_gateway(provider, terminal):
    """A web site, or the provider by mistake."""
    with loopback_port.reserved():
        done = terminal.run("login", "--server", provider.issuer, "--no-browser")
    assert done.returncode == 1 and done.stderr.strip() and "Fatal error" not in done.stderr, done


def test_plain_http_to_another_machine_is_refused(terminal):
    """The token would cross the network in clear."""
    with loopback_port.reserved():
        done = terminal.run("login", "--server", "http://sso.example.com", "--no-browser")
    assert done.returncode in (1, 64) and "https" in done.stderr, done
