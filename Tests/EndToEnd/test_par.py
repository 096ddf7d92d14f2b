"""Pushed authorization requests (RFC 9126): what the gateway asks for goes to the provider directly; the browser carries a
reference."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from api_sign_in import CommandLineLogin, command_line_session, problem
from demanding_provider import REQUEST_URI, DemandingProvider
from gateway import assert_login_failed
from loopback_port import REDIRECT
from terminal import Terminal
from tokens import REMOVED


@pytest.fixture
def pushing(stage):
    """A provider whose metadata says that it takes nothing else."""
    provider = stage.provider(kind=DemandingProvider, pushes=True)
    stand = SimpleNamespace(provider=provider, gateway=stage.gateway({"okta": provider}))
    yield stand
    assert provider.complaints == []


def query_of(answer) -> dict:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}


def test_a_login_is_pushed_when_the_provider_demands_it(pushing):
    agent = pushing.gateway.browser()
    begun = pushing.gateway.begin(agent, login_hint="ada@example.com", return_to="https://app.example.com/x")
    assert begun.status == 303, begun
    assert set(query_of(begun)) == {"client_id", "request_uri"}
    assert query_of(begun)["request_uri"].startswith(REQUEST_URI)
    pushed = pushing.provider.received("par")[-1]
    for name in ("state", "nonce", "code_challenge", "scope", "redirect_uri"):
        assert pushed.form[name] and pushed.form[name] not in begun.location, name
    assert pushed.form["response_type"] == "code" and pushed.form["code_challenge_method"] == "S256"
    assert pushed.form["login_hint"] == "ada@example.com"
    answer = pushing.gateway.finish(agent, begun)
    assert (answer.status, answer.location) == (303, "https://app.example.com/x")
    assert pushing.gateway.check(agent).status == 200


def test_the_gateway_authenticates_itself_when_it_pushes(pushing):
    """RFC 9126 §2: as at the token endpoint."""
    pushing.gateway.begin(pushing.gateway.browser())
    pushed = pushing.provider.received("par")[-1]
    assert pushed.method == "POST" and pushed.headers["authorization"].startswith("Basic ")
    assert "client_secret" not in pushed.form


def test_each_login_pushes_anew(pushing):
    first, second = (query_of(pushing.gateway.begin(pushing.gateway.browser())) for _ in range(2))
    assert first["request_uri"] != second["request_uri"]


def test_the_configuration_may_ask_for_it(stage):
    """Where the provider takes both."""
    provider = stage.provider(kind=DemandingProvider, pushes=True)
    provider.behave(discovery={"require_pushed_authorization_requests": False})
    plain = stage.gateway({"okta": provider})
    asking = stage.gateway({"okta": provider.settings(pushed_authorization=True)})
    assert "state" in query_of(plain.begin(plain.browser()))
    assert set(query_of(asking.begin(asking.browser()))) == {"client_id", "request_uri"}


def test_private_key_jwt_is_used_there_too(stage):
    from tokens import Key

    provider = stage.provider(kind=DemandingProvider, pushes=True)
    provider.client_key = Key("ES256", "client")
    file = stage.directory() / "client.pem"
    file.write_bytes(provider.client_key.private_pem())
    settings = provider.settings(client_secret=REMOVED, client_key={"file": str(file)})
    gateway = stage.gateway({"okta": settings})
    assert gateway.signed_in()
    assert provider.received("par")[-1].form["client_assertion"]


REFUSALS = {
    "invalid-request": (400, {"error": "invalid_request", "error_description": "PROVIDER-TEXT"}),
    "redirect-uri-unknown": (400, {"error": "invalid_request", "error_description": "PROVIDER-TEXT redirect_uri"}),
    "client-unknown": (401, {"error": "invalid_client"}),
    "too-large": (413, {"error": "invalid_request"}),
    "too-many": (429, {"error": "too_many_requests"}),
    "broken": (500, {"error": "server_error"}),
    "no-request-uri": (201, {"expires_in": 60}),
    "a-request-uri-that-is-none": (201, {"request_uri": 7, "expires_in": 60}),
    "success-with-the-wrong-status": (302, {}),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refused_push_is_a_page_with_a_reference(name, pushing):
    pushing.provider.push_error = REFUSALS[name]
    agent = pushing.gateway.browser()
    answer = pushing.gateway.begin(agent)
    assert_login_failed(answer, agent, pushing.gateway, statuses=range(400, 505))
    assert not pushing.provider.received("authorize")
    pushing.provider.push_error = None
    assert pushing.gateway.signed_in()


@pytest.mark.parametrize("mode", ["status-500", "garbage", "reset", "redirect", "huge"])
def test_a_push_endpoint_that_misbehaves_is_the_providers_fault(mode, pushing):
    pushing.provider.behave(faults={"par": mode})
    agent = pushing.gateway.browser()
    assert_login_failed(pushing.gateway.begin(agent), agent, pushing.gateway, statuses=(502, 504))


def test_a_demand_without_an_endpoint_is_told(stage):
    """The metadata contradicts itself; sending everything through the browser would be a downgrade."""
    provider = stage.provider(kind=DemandingProvider)
    provider.behave(discovery={"require_pushed_authorization_requests": True})
    gateway = stage.gateway({"okta": provider})
    agent = gateway.browser()
    assert_login_failed(gateway.begin(agent), agent, gateway, statuses=(502, 504))


def test_asked_for_and_not_to_be_had_is_told(stage):
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider.settings(pushed_authorization=True)})
    agent = gateway.browser()
    assert_login_failed(gateway.begin(agent), agent, gateway, statuses=range(400, 505))
    assert not provider.received("authorize")


# Command lines


def test_a_command_lines_start_is_pushed(pushing):
    login = CommandLineLogin(pushing.gateway)
    assert set(parse_qs(urlsplit(login.authorize_url).query)) == {"client_id", "request_uri"}
    assert pushing.provider.received("par")[-1].form["redirect_uri"] == REDIRECT
    assert login.complete(login.walk()).status == 200


def test_a_command_lines_start_fails_with_the_push(pushing):
    pushing.provider.push_error = REFUSALS["broken"]
    begun = CommandLineLogin(pushing.gateway).begun
    assert begun.status in (502, 504) and problem(begun) and "PROVIDER-TEXT" not in begun.text


def test_gatehouse_login_works_and_still_knows_its_own_state(pushing, stage):
    """The address that the command prints does not tell the state; a wrong one must not end the waiting."""
    from login_steps import altered
    from user_agent import UserAgent

    terminal = Terminal(stage.directory())
    with terminal.login("--server", pushing.gateway.url, "--no-browser") as command:
        url = command.redirect()
        assert UserAgent().get(altered(url, state="x" * 43)).status == 400
        assert command.running, command
        assert UserAgent().get(url).status == 200
        assert command.wait() == 0, command


# Against the simulated Okta


@pytest.mark.parametrize("server", ["", "/oauth2/default"], ids=["org", "custom"])
def test_the_simulated_okta_demands_it(server, stage):
    simulator, gateway = stage.simulated(
        server=server,
        client={"require_pushed_authorization": True},
        provider={"pushed_authorization": True},
    )
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303 and gateway.check(agent).status == 200
    entries = simulator.log()
    pushed = [entry for entry in entries if entry["path"].endswith("/par")]
    assert pushed and pushed[0]["status"] == 201 and pushed[0]["client_authentication"]
    assert [entry["error"] for entry in entries if entry["error"]] == []


def test_without_pushing_such_an_okta_refuses(stage):
    """The positive twin's opposite: the demand is real."""
    simulator, gateway = stage.simulated(client={"require_pushed_authorization": True})
    agent = gateway.browser()
    answer = agent.follow(gateway.begin(agent))
    assert answer.status >= 400 and not agent.session_cookies(), answer


def test_session_of_a_command_line_through_a_demanding_provider(pushing):
    assert command_line_session(pushing.gateway)["user"]["email"] == "ada@example.com"
