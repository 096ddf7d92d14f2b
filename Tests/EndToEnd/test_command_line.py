"""The command line as scripts and administrators meet it: exit codes, JSON, and sessions that end at once."""

import json
import os
import stat

import pytest

from gateway import run
from tokens import unverified

COMMANDS = [
    [],
    ["serve"],
    ["check-config"],
    ["admin-token"],
    ["sessions"],
    ["sessions", "list"],
    ["sessions", "revoke"],
    ["inspect"],
    ["inspect", "id-token"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command) or "gatehouse")
def test_help_is_there(command, tmp_path):
    done = run(*command, "--help", directory=tmp_path)
    assert done.returncode == 0 and "usage" in done.stdout.lower()
    assert not done.stderr.strip()


WRONG = [
    ["no-such-command"],
    ["serve"],
    ["serve", "--config"],
    ["serve", "--no-such-option"],
    ["check-config"],
    ["check-config", "a", "b"],
    ["admin-token"],
    ["admin-token", "--config", "CONFIG", "--expires", "soon"],
    ["admin-token", "--config", "CONFIG", "--expires", "0s"],
    ["sessions", "revoke"],
    ["sessions", "revoke", "x", "--user", "ada@example.com"],
    ["sessions", "list", "surplus"],
    ["inspect", "id-token"],
]


@pytest.mark.parametrize("command", WRONG, ids=lambda command: "-".join(command))
def test_wrong_usage_is_64_with_a_sentence(command, gateway, admin):
    arguments = [str(gateway.file) if part == "CONFIG" else part for part in command]
    done = gateway.command(*arguments, token=admin)
    assert done.returncode == 64, done
    assert done.stderr.strip() and not done.stdout.strip()


def test_a_missing_or_bad_configuration_is_told_by_name(tmp_path):
    for command in ("admin-token", "serve"):
        done = run(command, "--config", "nowhere.yaml", directory=tmp_path)
        assert done.returncode in (66, 78) and "nowhere.yaml" in done.stderr
    (tmp_path / "bad.yaml").write_text("nonsense: true\n")
    assert run("admin-token", "--config", "bad.yaml", directory=tmp_path).returncode == 78


# Sessions


@pytest.fixture(scope="module")
def admin(gateway):
    return gateway.admin_token()


@pytest.fixture
def people(gateway, provider):
    """Two browsers of Bea and one of Cem."""

    def signed_in(sub, email):
        provider.behave(person={"sub": sub, "email": email, "name": email.split("@")[0], "groups": ["infraon-tech-x"]})
        return gateway.signed_in()

    return {
        "bea1": signed_in("00u1bea", "bea@example.com"),
        "bea2": signed_in("00u1bea", "bea@example.com"),
        "cem": signed_in("00u1cem", "cem@example.com"),
    }


def listed(done) -> list[dict]:
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    return value if isinstance(value, list) else value["sessions"]


def session_id(gateway, agent) -> str:
    return unverified(gateway.check(agent).header("X-Auth-Token"))[1]["sid"]


def statuses(gateway, people) -> dict:
    return {name: gateway.check(agent).status for name, agent in people.items()}


def test_admin_token_prints_one_token_that_works(gateway, admin):
    assert len(admin.split()) == 1
    answer = gateway.send("GET", "/api/v1/sessions", {"Authorization": f"Bearer {admin}"})
    assert answer.status == 200 and answer.header("Cache-Control") == "no-store"


def test_admin_token_can_be_json(gateway):
    done = run("admin-token", "--config", str(gateway.file), "--json", directory=gateway.directory)
    assert done.returncode == 0 and isinstance(json.loads(done.stdout), dict)


def test_an_admin_token_expires(gateway):
    from waiting import wait_until

    done = run("admin-token", "--config", str(gateway.file), "--expires", "1s", directory=gateway.directory)
    token = done.stdout.strip()
    ask = lambda: gateway.send("GET", "/api/v1/sessions", {"Authorization": f"Bearer {token}"}).status
    assert ask() in (200, 401)
    wait_until(lambda: ask() == 401, 5, "the token's end", every=0.1)


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "A" * 300, ""])
def test_without_a_good_token_nothing_is_told(token, gateway):
    answer = gateway.send("GET", "/api/v1/sessions", {"Authorization": f"Bearer {token}"})
    assert answer.status == 401
    assert answer.header("Content-Type").startswith("application/problem+json") and answer.json["type"]
    done = gateway.command("sessions", "list", token=token or None)
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) <= 3 and done.stderr.strip()


def test_the_session_of_someone_who_is_no_administrator_lists_nothing(gateway, people):
    cookie = people["cem"].session_cookies()[0]
    answer = gateway.send("GET", "/api/v1/sessions", {"Cookie": f"{cookie.name}={cookie.value}"})
    assert answer.status == 403 and "bea@example.com" not in answer.text


def test_an_administrators_own_session_may_ask_but_not_from_another_site(gateway, provider, people):
    """`administrators` in the configuration; a foreign page must not ride on the cookie."""
    provider.behave()
    ada = gateway.signed_in()
    cookie = ada.session_cookies()[0]
    headers = {"Cookie": f"{cookie.name}={cookie.value}"}
    assert gateway.send("GET", "/api/v1/sessions", headers).status == 200
    victim = session_id(gateway, people["cem"])
    foreign = headers | {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.org"}
    for method in ("DELETE", "POST"):
        gateway.send(method, f"/api/v1/sessions/{victim}", foreign)
    assert gateway.check(people["cem"]).status == 200


def test_the_identity_token_of_an_application_is_no_administrators(gateway):
    """Even an administrator's X-Auth-Token must not open the API: every application sees it."""
    token = gateway.check(gateway.signed_in()).header("X-Auth-Token")
    assert gateway.send("GET", "/api/v1/sessions", {"Authorization": f"Bearer {token}"}).status == 401


def test_sessions_list_as_json(gateway, admin, people):
    sessions = listed(gateway.command("sessions", "list", "--json", token=admin))
    ids = {session["id"] for session in sessions}
    assert {session_id(gateway, agent) for agent in people.values()} <= ids
    text = json.dumps(sessions)
    assert "bea@example.com" in text and "cem@example.com" in text
    for agent in people.values():
        assert agent.session_cookies()[0].value not in text


def test_sessions_list_of_one_person(gateway, admin, people):
    sessions = listed(gateway.command("sessions", "list", "--user", "bea@example.com", "--json", token=admin))
    assert {session_id(gateway, people["bea1"]), session_id(gateway, people["bea2"])} <= {s["id"] for s in sessions}
    assert "cem@example.com" not in json.dumps(sessions)


def test_sessions_list_for_people_to_read(gateway, admin, people):
    done = gateway.command("sessions", "list", token=admin)
    assert done.returncode == 0 and "cem@example.com" in done.stdout
    with pytest.raises(ValueError):
        json.loads(done.stdout)


def test_a_revoked_session_is_over_at_the_very_next_check(gateway, admin, people):
    assert set(statuses(gateway, people).values()) == {200}
    done = gateway.command("sessions", "revoke", session_id(gateway, people["bea1"]), token=admin)
    assert done.returncode == 0, done.stderr
    assert statuses(gateway, people) == {"bea1": 401, "bea2": 200, "cem": 200}


def test_all_sessions_of_one_person_are_over_at_the_very_next_check(gateway, admin, people):
    assert set(statuses(gateway, people).values()) == {200}
    done = gateway.command("sessions", "revoke", "--user", "bea@example.com", token=admin)
    assert done.returncode == 0, done.stderr
    assert statuses(gateway, people) == {"bea1": 401, "bea2": 401, "cem": 200}


def test_revoking_what_is_not_there_is_refused_with_a_sentence(gateway, admin):
    done = gateway.command("sessions", "revoke", "no-such-session", token=admin)
    assert done.returncode == 1 and done.stderr.strip()


def test_a_session_is_not_revoked_by_its_cookie_value(gateway, admin, people):
    """The public id is never the token."""
    gateway.command("sessions", "revoke", people["cem"].session_cookies()[0].value, token=admin)
    assert gateway.check(people["cem"]).status == 200


def test_server_and_token_may_be_options_and_are_missed_when_absent(gateway, admin):
    done = run(
        "sessions",
        "list",
        "--json",
        "--server",
        gateway.url,
        directory=gateway.directory,
        env={"GATEHOUSE_TOKEN": admin},
    )
    assert done.returncode == 0, done.stderr
    done = run("sessions", "list", directory=gateway.directory)
    assert done.returncode in (1, 64) and done.stderr.strip()


def test_a_server_that_is_not_there_is_told_in_one_sentence(tmp_path):
    from waiting import free_port

    url = f"http://localhost:{free_port()}"
    done = run("sessions", "list", "--server", url, directory=tmp_path, env={"GATEHOUSE_TOKEN": "x"})
    assert done.returncode == 1 and url.split("/")[-1] in done.stderr and len(done.stderr.strip().splitlines()) <= 3


def test_the_audit_trail_tells_of_logins_failures_and_revocations(gateway, admin, provider):
    from gateway import reference_on

    agent = gateway.signed_in()
    user, session = gateway.check(agent).header("X-Auth-User"), session_id(gateway, agent)
    assert gateway.command("sessions", "revoke", session, token=admin).returncode == 0
    provider.behave(callback_error={"error": "access_denied"})
    reference = reference_on(gateway.sign_in(gateway.browser()))
    answer = gateway.send("GET", "/api/v1/audit", {"Authorization": f"Bearer {admin}"})
    assert answer.status == 200
    assert reference in answer.text and user in answer.text
    assert answer.text.count(session) >= 2, "its beginning and its end"


def test_output_into_a_closed_pipe_is_no_crash(gateway, admin, tmp_path):
    import subprocess

    from paths import GATEHOUSE
    from processes import environment

    reading, writing = os.pipe()
    os.close(reading)
    env = environment(tmp_path, {"GATEHOUSE_SERVER": gateway.url, "GATEHOUSE_TOKEN": admin})
    done = subprocess.run(
        [str(GATEHOUSE), "sessions", "list"], stdout=writing, stderr=subprocess.PIPE, env=env, timeout=10
    )
    os.close(writing)
    assert b"Fatal error" not in done.stderr


def test_the_store_that_admin_token_makes_is_private(stage):
    """Break glass works on a machine whose gateway is down, and leaves no readable file behind."""
    gateway = stage.gateway({"okta": stage.provider()}, start=False)
    token = gateway.admin_token()
    for path in gateway.directory.glob("gatehouse.db*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    gateway.start()
    assert gateway.send("GET", "/api/v1/sessions", {"Authorization": f"Bearer {token}"}).status == 200
