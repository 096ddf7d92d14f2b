"""Providers that are added while the gateway runs: in use at once and everywhere, never showing their secret, gone with
all their sessions."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from api_sign_in import bearer, command_line_session, post, problem
from gateway import realm
from rotating_provider import RotatingProvider
from terminal import Terminal
from user_agent import UserAgent
from waiting import wait_until

TECHNICIAN = {"sub": "00u1cem", "email": "cem@example.com", "name": "Cem", "groups": ["infraon-tech-x"]}


@pytest.fixture
def stand(stage):
    """A gateway with one provider in its file, and a second provider to be added."""
    first, extra = stage.provider(), stage.provider()
    gateway = stage.gateway({"okta": first})
    return SimpleNamespace(
        gateway=gateway, first=first, extra=extra, admin=gateway.admin_token(), terminal=Terminal(stage.directory())
    )


def description(provider, name="extra", **changes) -> dict:
    base = {
        "name": name,
        "kind": "oidc",
        "url": provider.issuer,
        "client_id": provider.client_id,
        "client_secret": provider.client_secret,
        "realms": ["infraon"],
    }
    return {key: value for key, value in (base | changes).items() if value is not None}


def add(stand, **changes):
    return post(stand.gateway, "/api/v1/providers", description(stand.extra, **changes), bearer(stand.admin))


def call(stand, method, path):
    return stand.gateway.send(method, path, bearer(stand.admin))


def sign_in_through(gateway, name="extra") -> UserAgent:
    agent = gateway.browser()
    answer = gateway.sign_in(agent, provider=name)
    assert answer.status == 303 and agent.session_cookies(), f"{answer}\n{gateway.process.tail()}"
    return agent


def events(stand, query: str) -> list[dict]:
    return call(stand, "GET", f"/api/v1/audit?{query}").json["events"]


# In use


def test_a_login_through_an_added_provider_works_at_once(stand):
    answer = add(stand)
    assert answer.status == 201, answer
    agent = sign_in_through(stand.gateway)
    assert stand.gateway.check(agent).header("X-Auth-Provider") == "extra"
    assert len(stand.extra.received("token")) == 1


def test_the_chooser_offers_it_and_then_no_more(stand):
    """With one provider /login goes straight on; with two a person chooses."""
    gateway = stand.gateway
    assert gateway.begin(gateway.browser()).status == 303
    add(stand)
    page = gateway.begin(gateway.browser())
    assert page.status == 200 and "extra" in page.text
    assert call(stand, "DELETE", "/api/v1/providers/extra").status == 204
    assert gateway.begin(gateway.browser()).status == 303


def test_command_lines_use_it_too(stand):
    add(stand)
    session = command_line_session(stand.gateway, provider="extra")
    assert session["provider"] == "extra"


def test_it_serves_the_named_realms_only(stage):
    first, extra = stage.provider(), stage.provider()
    realms = {"infraon": realm("okta"), "ssp": realm("okta", title="Portal")}
    gateway = stage.gateway({"okta": first}, realms)
    stand = SimpleNamespace(gateway=gateway, first=first, extra=extra, admin=gateway.admin_token())
    assert add(stand, realms=["ssp"]).status == 201
    agent = gateway.browser()
    assert gateway.sign_in(agent, "ssp", provider="extra").status == 303
    assert gateway.begin(gateway.browser(), "infraon", provider="extra").status == 400


def test_it_survives_a_restart(stand):
    add(stand)
    agent = sign_in_through(stand.gateway)
    stand.gateway.stop()
    stand.gateway.start()
    assert stand.gateway.check(agent).status == 200
    sign_in_through(stand.gateway)


def test_it_survives_a_reload(stand):
    add(stand)
    stand.gateway.write(realms={"infraon": realm("okta", title="Renamed")})
    stand.gateway.reload()
    shown = lambda: stand.gateway.browser().get(f"{stand.gateway.url}/login").text
    wait_until(lambda: "Renamed" in shown(), 5, "the new title", every=0.1)
    sign_in_through(stand.gateway)


def test_a_second_process_on_the_same_store_follows_within_seconds(stage, stand):
    twin = stage.twin(stand.gateway)
    assert add(stand).status == 201
    wait_until(lambda: twin.begin(twin.browser(), provider="extra").status == 303, 5, "the provider", every=0.1)
    agent = sign_in_through(twin)
    assert stand.gateway.check(agent).header("X-Auth-Provider") == "extra"
    assert call(stand, "DELETE", "/api/v1/providers/extra").status == 204
    assert stand.gateway.check(agent).status == 401
    wait_until(lambda: twin.check(agent).status == 401, 6, "the end of the session in the other process", every=0.1)
    wait_until(lambda: twin.begin(twin.browser(), provider="extra").status == 400, 5, "its removal", every=0.1)


# Shown


def test_list_and_show_tell_everything_but_secrets(stand):
    add(stand, scopes=["openid", "email", "groups"], groups_claim="grp", dpop=False, pushed_authorization=False)
    rows = {row["name"]: row for row in call(stand, "GET", "/api/v1/providers").json["providers"]}
    assert list(rows) == sorted(rows) and set(rows) == {"okta", "extra"}
    assert (rows["okta"]["source"], rows["extra"]["source"]) == ("file", "store")
    shown = call(stand, "GET", "/api/v1/providers/extra")
    assert shown.status == 200 and shown.json == rows["extra"]
    assert shown.json["client_secret"] == "set" and shown.json["client_id"] == stand.extra.client_id
    assert shown.json["url"] == stand.extra.issuer and shown.json["kind"] == "oidc"
    assert (shown.json["scopes"], shown.json["groups_claim"]) == (["openid", "email", "groups"], "grp")
    assert shown.json["realms"] == ["infraon"]
    for answer in (call(stand, "GET", "/api/v1/providers"), shown):
        assert stand.extra.client_secret not in answer.text and stand.first.client_secret not in answer.text


def test_the_answer_to_adding_is_what_show_says(stand):
    answer = add(stand)
    assert answer.json == call(stand, "GET", "/api/v1/providers/extra").json
    assert stand.extra.client_secret not in answer.text


def test_the_secret_is_nowhere_in_clear(stand):
    """Not in the store, not in its write-ahead log, not in the audit trail, not in the log; also after use."""
    add(stand)
    sign_in_through(stand.gateway)
    secret = stand.extra.client_secret
    trail = call(stand, "GET", "/api/v1/audit").text
    assert "/api/v1/providers" in trail and secret not in trail
    assert secret.encode() not in stand.gateway.stored_bytes()
    stand.gateway.stop()
    assert secret.encode() not in stand.gateway.stored_bytes() and secret not in stand.gateway.log


def test_the_stored_secret_is_bound_to_its_row(stand):
    """Somebody who can write the store must not move a sealed secret to a provider of their own."""
    add(stand)
    stand.gateway.stop()
    with sqlite3.connect(stand.gateway.directory / "gatehouse.db") as store:
        tables = [row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert "providers" in tables
        store.execute("UPDATE providers SET name = 'moved' WHERE name = 'extra'")
    stand.gateway.start()
    before = len(stand.extra.received("token"))
    agent = stand.gateway.browser()
    answer = stand.gateway.begin(agent, provider="moved")
    if answer.status == 303:
        answer = stand.gateway.finish(agent, answer)
    assert answer.status >= 400 and not agent.session_cookies(), answer
    secrets = [request.headers.get("authorization") for request in stand.extra.received("token")[before:]]
    assert secrets == [], "the secret was opened under another name"


# Refused


def test_a_name_that_is_taken_is_a_conflict(stand):
    assert add(stand).status == 201
    again = add(stand)
    assert (again.status, problem(again)) == (409, "provider_exists")


def test_a_name_of_the_file_is_a_conflict(stand):
    answer = add(stand, name="okta")
    assert answer.status == 409 and problem(answer) in ("provider_exists", "provider_in_file")


def test_the_files_providers_are_read_only(stand):
    answer = call(stand, "DELETE", "/api/v1/providers/okta")
    assert (answer.status, problem(answer)) == (409, "provider_in_file")
    assert stand.gateway.signed_in()


def test_the_file_wins_on_a_clash(stand, stage):
    """An administrator writes the same name into the file later on."""
    add(stand)
    third = stage.provider()
    providers = stand.gateway.settings["providers"] | {"extra": third.settings()}
    stand.gateway.write(providers=providers, realms={"infraon": realm("okta", "extra")})
    stand.gateway.reload()
    source = lambda: call(stand, "GET", "/api/v1/providers/extra").json["source"]
    wait_until(lambda: source() == "file", 5, "the file's word", every=0.1)
    sign_in_through(stand.gateway)
    assert third.received("token") and not stand.extra.received("token")
    answer = call(stand, "DELETE", "/api/v1/providers/extra")
    assert (answer.status, problem(answer)) == (409, "provider_in_file")


WRONG = {
    "no-name": {"name": None},
    "a-name-with-a-slash": {"name": "a/b"},
    "a-name-that-is-long": {"name": "x" * 300},
    "an-empty-name": {"name": ""},
    "a-kind-that-is-none": {"kind": "ldap"},
    "no-url": {"url": None},
    "a-url-that-is-none": {"url": "nonsense of a url"},
    "plain-http-elsewhere": {"url": "http://id.example.com"},
    "a-url-with-a-query": {"url": "https://id.example.com/?x=y"},
    "a-script": {"url": "javascript:alert(1)"},
    "a-url-with-a-password": {"url": "https://user:password@id.example.com"},
    "a-secret-of-the-gateways-own-files": {"client_secret": {"file": "gatehouse.yaml"}},
    "a-secret-of-its-environment": {"client_secret": {"env": "HOME"}},
    "a-key-in-a-file": {"client_key": {"file": "gatehouse.yaml"}},
    "no-client-id": {"client_id": None},
    "no-secret": {"client_secret": None},
    "an-empty-secret": {"client_secret": ""},
    "an-unknown-realm": {"realms": ["nowhere"]},
    "realms-that-are-none": {"realms": "infraon"},
    "scopes-without-openid": {"scopes": ["email"]},
    "a-number-for-a-flag": {"dpop": 1},
    "an-unknown-member": {"client_sceret": "x"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_description_is_refused_with_a_sentence(name, stand):
    answer = add(stand, **WRONG[name])
    assert answer.status == 400 and problem(answer), answer
    assert stand.extra.client_secret not in answer.text
    assert [row["name"] for row in call(stand, "GET", "/api/v1/providers").json["providers"]] == ["okta"]


def test_what_is_not_there_is_a_404(stand):
    for method, path in (("GET", "nowhere"), ("DELETE", "nowhere"), ("POST", "nowhere/verify")):
        answer = call(stand, method, f"/api/v1/providers/{path}")
        assert (answer.status, problem(answer)) == (404, "provider_unknown"), answer


def test_of_many_who_add_the_same_name_one_succeeds(stand):
    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(lambda _: add(stand).status, range(6)))
    assert statuses == [201] + [409] * 5
    sign_in_through(stand.gateway)


# Removed


def test_sessions_of_a_removed_provider_are_over_at_the_next_check(stand):
    add(stand)
    through_extra, line = sign_in_through(stand.gateway), command_line_session(stand.gateway, provider="extra")
    through_file = stand.gateway.browser()
    stand.gateway.sign_in(through_file, provider="okta")
    assert call(stand, "DELETE", "/api/v1/providers/extra").status == 204
    assert stand.gateway.check(through_extra).status == 401
    assert stand.gateway.check(headers=bearer(line["token"])).status == 401
    assert stand.gateway.check(through_file).status == 200
    reasons = [event["reason"] for event in events(stand, "event=session.ended")]
    assert reasons == ["provider_removed"] * 2
    assert call(stand, "GET", "/api/v1/sessions?provider=extra").json["sessions"] == []


def test_refresh_tokens_of_a_removed_provider_are_given_back(stage):
    """While there is still a provider to tell."""
    first, extra = stage.provider(), stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"okta": first})
    stand = SimpleNamespace(gateway=gateway, extra=extra, admin=gateway.admin_token())
    assert add(stand, scopes=["openid", "profile", "email", "groups", "offline_access"]).status == 201
    sign_in_through(gateway)
    command_line_session(gateway, provider="extra")
    assert call(stand, "DELETE", "/api/v1/providers/extra").status == 204
    wait_until(lambda: all(family.revoked for family in extra.families), 10, "two revocations", every=0.1)
    assert len(extra.families) == 2


def test_a_login_under_way_ends_in_a_page_when_its_provider_goes(stand):
    add(stand)
    gateway, agent = stand.gateway, stand.gateway.browser()
    begun = gateway.begin(agent, provider="extra")
    call(stand, "DELETE", "/api/v1/providers/extra")
    answer = gateway.finish(agent, begun)
    assert 400 <= answer.status < 600 and answer.status != 500 and not agent.session_cookies()
    assert not stand.extra.received("token")


def test_removed_and_added_again_is_a_new_provider(stand):
    add(stand)
    old = sign_in_through(stand.gateway)
    call(stand, "DELETE", "/api/v1/providers/extra")
    assert add(stand).status == 201
    assert stand.gateway.check(old).status == 401, "the old session stays over"
    sign_in_through(stand.gateway)


# Rights and trail


def test_only_administrators_may(stand):
    stand.first.behave(person=TECHNICIAN)
    technician = bearer(command_line_session(stand.gateway)["token"])
    for method, path, body in (
        ("GET", "/api/v1/providers", None),
        ("POST", "/api/v1/providers", description(stand.extra)),
        ("GET", "/api/v1/providers/okta", None),
        ("DELETE", "/api/v1/providers/okta", None),
        ("POST", "/api/v1/providers/okta/verify", {}),
    ):
        raw = None if body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if raw else {}
        assert stand.gateway.send(method, path, kind, body=raw).status == 401, (method, path)
        answer = stand.gateway.send(method, path, kind | technician, body=raw)
        assert (answer.status, problem(answer)) == (403, "not_an_administrator"), (method, path)
    assert [row["name"] for row in call(stand, "GET", "/api/v1/providers").json["providers"]] == ["okta"]
    assert not stand.extra.requests


def test_an_administrators_browser_may_but_not_for_another_site(stand):
    agent = stand.gateway.signed_in()
    cookie = agent.session_cookies()[0]
    headers = {"Cookie": f"{cookie.name}={cookie.value}"}
    foreign = headers | {"Origin": "https://evil.example.org", "Sec-Fetch-Site": "cross-site"}
    answer = post(stand.gateway, "/api/v1/providers", description(stand.extra), foreign)
    assert (answer.status, problem(answer)) == (403, "cross_site_request")
    assert post(stand.gateway, "/api/v1/providers", description(stand.extra), headers).status == 201


def test_each_act_is_in_the_trail_with_who_did_it(stand):
    administrator = command_line_session(stand.gateway)
    headers = bearer(administrator["token"])
    assert post(stand.gateway, "/api/v1/providers", description(stand.extra), headers).status == 201
    assert stand.gateway.send("DELETE", "/api/v1/providers/extra", headers).status == 204
    acts = [
        event
        for event in events(stand, "event=administration.request")
        if event["actor"] == administrator["user"]["id"]
    ]
    details = [event["detail"] for event in acts]
    assert any(detail.startswith("POST /api/v1/providers") for detail in details), details
    assert any(detail.startswith("DELETE /api/v1/providers/extra") for detail in details), details


# The command line


def command(stand, *arguments, **options):
    env = {"GATEHOUSE_SERVER": stand.gateway.url, "GATEHOUSE_TOKEN": stand.admin}
    return stand.terminal.run("providers", *arguments, env=env, **options)


def add_by_command(stand, *more, stdin=None, secret="-"):
    return command(
        stand, "add", "extra", "--kind", "oidc", "--url", stand.extra.issuer, "--client-id", stand.extra.client_id,
        "--client-secret", secret, "--realm", "infraon", *more,
        stdin=(stdin if stdin is not None else stand.extra.client_secret).encode(),
    )  # fmt: skip


def test_add_list_show_and_remove_by_command(stand):
    done = add_by_command(stand)
    assert done.returncode == 0 and "verify" in done.stdout, done
    assert stand.extra.client_secret not in done.stdout + done.stderr
    sign_in_through(stand.gateway)
    listed = command(stand, "list")
    assert listed.returncode == 0 and "extra" in listed.stdout and "okta" in listed.stdout
    shown = command(stand, "show", "extra")
    assert shown.returncode == 0 and stand.extra.issuer in shown.stdout
    as_json = json.loads(command(stand, "show", "extra", "--json").stdout)
    assert as_json["client_secret"] == "set" and as_json["source"] == "store"
    for done in (listed, shown):
        assert stand.extra.client_secret not in done.stdout + done.stderr
    assert command(stand, "remove", "extra").returncode == 0
    assert command(stand, "show", "extra").returncode == 1


def test_the_contracts_form_with_the_secret_as_an_argument(stand):
    """`--client-secret SECRET` is in the contract; that others can see it is said."""
    done = add_by_command(stand, secret=stand.extra.client_secret)
    assert done.returncode == 0, done
    assert stand.extra.client_secret not in done.stdout + done.stderr and done.stderr.strip(), "a warning"
    sign_in_through(stand.gateway)


def test_refusals_by_command_are_sentences(stand):
    for arguments in (["remove", "okta"], ["remove", "nowhere"], ["show", "nowhere"], ["verify", "nowhere"]):
        done = command(stand, *arguments)
        assert done.returncode == 1 and done.stderr.strip() and not done.stdout.strip(), done
        assert len(done.stderr.strip().splitlines()) <= 3


def test_wrong_usage_is_64(stand):
    for arguments in (
        ["add"],
        ["add", "x"],
        ["add", "x", "--kind", "ldap"],
        ["show"],
        ["remove"],
        ["verify"],
        ["nonsense"],
    ):
        done = command(stand, *arguments)
        assert done.returncode == 64 and done.stderr.strip(), done


def test_the_loopback_address_is_one_of_the_redirect_uris(stand):
    add(stand)
    command_line_session(stand.gateway, provider="extra")
    assert urlsplit(stand.extra.received("authorize")[-1].query["redirect_uri"]).port == 8301
