"""`providers verify`, the administrator's minute: nothing to say about a good set-up, and the screen to go to for each
single fault."""

import json
from types import SimpleNamespace

import pytest

from api_sign_in import bearer, post
from gateway import realm
from loopback_port import REDIRECT
from movable_clock import MovableClock
from simulator import CLIENT_SECRET, Simulator
from terminal import Terminal
from tls_servers import untrusted_server
from waiting import free_port

OKTA_SCREENS = ("Applications >", "Security >", "Customizations >")


@pytest.fixture(params=["", "/oauth2/default"], ids=["org", "custom"])
def server(request):
    """Okta's two kinds of authorization server."""
    return request.param


@pytest.fixture
def stand(stage):
    """A simulator that knows both redirect URIs, and a gateway that is set up right."""
    return standing(stage)


def standing(stage, server="", redirects=None, **provider):
    port = free_port()
    callback = f"http://localhost:{port}/login/callback"
    simulator = Simulator(stage.directory(), redirects or [callback, REDIRECT]).start()
    stage.ending.append(simulator.stop)
    settings = simulator.settings(server, **provider)
    gateway = stage.gateway({"okta": settings}, {"infraon": realm("okta")}, port=port, start=False)
    clock = MovableClock(stage.directory())
    gateway.env = clock.env
    gateway.start()
    return SimpleNamespace(
        gateway=gateway, simulator=simulator, clock=clock, admin=gateway.admin_token(), callback=callback
    )


def verify(stand, name="okta") -> dict:
    answer = post(stand.gateway, f"/api/v1/providers/{name}/verify", {}, bearer(stand.admin))
    assert answer.status == 200, answer
    assert CLIENT_SECRET not in answer.text
    value = answer.json
    assert value["provider"] == name
    assert value["good"] == all(check["outcome"] != "failed" for check in value["checks"])
    assert all(check["detail"] for check in value["checks"])
    return value


def outcomes(value: dict) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for check in value["checks"]:
        found.setdefault(check["name"], []).append(check["outcome"])
    return found


def assert_only_failure(value: dict, name: str, advice: str, okta=True) -> dict:
    """Exactly this check fails, and its advice leads somewhere. Checks that need it are skipped, none accuses another."""
    failed = [check for check in value["checks"] if check["outcome"] == "failed"]
    assert {check["name"] for check in failed} == {name}, value
    assert not value["good"] and advice in failed[0]["advice"], failed
    if okta:
        assert any(screen in failed[0]["advice"] for screen in OKTA_SCREENS), failed
    return failed[0]


def test_a_good_set_up_passes_every_check(stage, server):
    stand = standing(stage, server)
    value = verify(stand)
    assert value["good"], value
    found = outcomes(value)
    assert {"dns", "tls", "clock", "discovery", "keys", "client", "redirect_uri", "scopes", "groups_claim"} <= set(
        found
    )
    assert found.pop("tls") == ["skipped"], "plain http on this machine"
    assert all(outcome == "passed" for several in found.values() for outcome in several), value
    assert len(found["redirect_uri"]) == 2, "the browser's and the command line's"


def test_verifying_is_harmless(stand):
    """No code is redeemed, no token given out, nobody signed in, and the provider still works."""
    verify(stand)
    assert stand.simulator.control("GET", "/simulator/families").json["families"] == []
    assert stand.gateway.send("GET", "/api/v1/sessions", bearer(stand.admin)).json["sessions"] == []
    assert stand.simulator.sign_in(stand.gateway, stand.gateway.browser()).status == 303


def test_a_wrong_secret(stage, server):
    value = verify(standing(stage, server, client_secret="not-the-secret-at-all"))
    assert_only_failure(value, "client", "Client Credentials")
    assert "not-the-secret-at-all" not in json.dumps(value)


def test_a_wrong_client_id(stage, server):
    failed = assert_only_failure(verify(standing(stage, server, client_id="0oa1other")), "client", "Client ID")
    assert failed["detail"]


@pytest.mark.parametrize("missing", ["callback", "loopback"])
def test_a_redirect_uri_that_is_not_registered(missing, stage, server):
    stand = standing(stage, server)
    kept, absent = (REDIRECT, stand.callback) if missing == "callback" else (stand.callback, REDIRECT)
    stand.simulator.control("PATCH", "/simulator/clients/0oa1simulated", {"redirect_uris": [kept]})
    value = verify(stand)
    failed = assert_only_failure(value, "redirect_uri", "Sign-in redirect URIs")
    assert absent in failed["detail"] and absent in failed["advice"]
    assert outcomes(value)["redirect_uri"].count("passed") == 1


def test_a_scope_that_is_not_known(stage, server):
    value = verify(standing(stage, server, scopes=["openid", "profile", "email", "groups", "no-such-scope"]))
    assert_only_failure(value, "scopes", "no-such-scope", okta=bool(server))


def test_a_groups_claim_that_is_not_offered(stage, server):
    """Okta lists the claims that it may send; a name that is not among them is worth a look."""
    value = verify(standing(stage, server, groups_claim="team_memberships"))
    check = next(check for check in value["checks"] if check["name"] == "groups_claim")
    assert check["outcome"] in ("failed", "warning"), check
    assert "team_memberships" in check["advice"] and any(screen in check["advice"] for screen in OKTA_SCREENS)
    others = [check for check in value["checks"] if check["name"] not in ("groups_claim", "tls")]
    assert all(check["outcome"] == "passed" for check in others), value


def test_an_issuer_that_is_another(stand):
    stand.simulator.control(
        "POST",
        "/simulator/tampering",
        {"target": "discovery", "members": {"issuer": "https://another.example.org"}, "count": 5},
    )
    failed = assert_only_failure(verify(stand), "discovery", "Issuer")
    assert "another.example.org" in failed["detail"]


def test_an_authorization_server_that_is_not_there(stage):
    failed = assert_only_failure(verify(standing(stage, "/oauth2/nowhere")), "discovery", "Authorization Servers")
    assert "404" in failed["detail"]


def test_clocks_that_differ(stand):
    """This machine's clock is half an hour ahead: some tokens would look expired."""
    stand.clock.advance(1800)
    value = verify(stand)
    failed = assert_only_failure(value, "clock", "NTP", okta=False)
    assert any(f"{seconds} s ahead" in failed["detail"] for seconds in (1799, 1800, 1801)), failed


def test_clocks_that_differ_the_other_way(stand):
    stand.clock.advance(-3600)
    failed = assert_only_failure(verify(stand), "clock", "NTP", okta=False)
    assert "behind" in failed["detail"]


@pytest.mark.parametrize("mode", ["status-500", "garbage"])
def test_keys_that_do_not_come(mode, stand):
    stand.simulator.fault("jwks", mode, 10)
    value = verify(stand)
    stand.simulator.fault("jwks", mode, 0)
    assert "keys" in {check["name"] for check in value["checks"] if check["outcome"] == "failed"}
    assert outcomes(value)["client"] == ["passed"], "the rest is judged all the same"


def added(stand, url: str, **changes) -> dict:
    """Verifies a provider at another address, added at run time."""
    body = {
        "name": "other", "kind": "okta", "url": url, "client_id": "0oa1other", "client_secret": "some-other-secret-000",
        "realms": ["infraon"],
    } | changes  # fmt: skip
    assert post(stand.gateway, "/api/v1/providers", body, bearer(stand.admin)).status == 201
    return verify(stand, "other")


@pytest.mark.parametrize("name", ["localhost", "another-name.example.org"], ids=["self-signed", "another-name"])
def test_a_certificate_that_is_not_trusted(name, stand, stage):
    with untrusted_server(stage.directory(), name) as url:
        failed = assert_only_failure(added(stand, url), "tls", "certificate")
    assert failed["detail"]


def test_a_host_that_nobody_knows(stand):
    failed = assert_only_failure(added(stand, "https://no-such-host.invalid"), "dns", "Okta domain", okta=False)
    assert "no-such-host.invalid" in failed["detail"] + failed["advice"]


def test_a_host_that_does_not_answer(stand):
    url = f"https://localhost:{free_port()}"
    value = added(stand, url)
    assert not value["good"]
    failed = [check for check in value["checks"] if check["outcome"] == "failed"]
    assert len(failed) == 1 and failed[0]["name"] in ("tls", "discovery") and "firewall" in failed[0]["advice"], failed


def test_a_provider_that_hangs_does_not_hold_the_administrator_up(stand):
    """The minute is bounded."""
    stand.simulator.fault("discovery", "timeout", 10)
    value = verify(stand)
    stand.simulator.fault("discovery", "timeout", 0)
    assert not value["good"]


def test_every_failure_has_an_advice_and_every_pass_none(stage):
    for value in (verify(standing(stage)), verify(standing(stage, client_secret="not-the-secret-at-all"))):
        for check in value["checks"]:
            assert (check["advice"] is None) == (check["outcome"] == "passed"), check


def test_verifying_is_audited(stand):
    verify(stand)
    trail = stand.gateway.send("GET", "/api/v1/audit?event=administration.request", bearer(stand.admin)).json["events"]
    assert any(event["detail"].startswith("POST /api/v1/providers/okta/verify") for event in trail), trail


# The command


@pytest.fixture
def terminal(stage):
    return Terminal(stage.directory())


def command(stand, terminal, *arguments):
    return terminal.run(
        "providers", "verify", *arguments, env={"GATEHOUSE_SERVER": stand.gateway.url, "GATEHOUSE_TOKEN": stand.admin},
        timeout=60,
    )  # fmt: skip


def test_the_command_says_all_is_well(stand, terminal):
    done = command(stand, terminal, "okta")
    assert done.returncode == 0 and "redirect" in done.stdout.lower(), done


def test_the_command_names_screen_and_field(stage, terminal):
    stand = standing(stage)
    stand.simulator.control("PATCH", "/simulator/clients/0oa1simulated", {"redirect_uris": [REDIRECT]})
    done = command(stand, terminal, "okta")
    assert done.returncode == 1, done
    assert "Sign-in redirect URIs" in done.stdout and stand.callback in done.stdout
    as_json = command(stand, terminal, "okta", "--json")
    assert as_json.returncode == 1 and json.loads(as_json.stdout)["good"] is False
