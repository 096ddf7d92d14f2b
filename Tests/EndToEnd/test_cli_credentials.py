"""What a command line keeps between commands, for several gateways, and what whoami, token and logout make of it."""

import json
import os
import stat

import pytest

from api_sign_in import approve, bearer
from gateway import realm
from movable_clock import gateway_with_clock
from processes import environment
from rotating_provider import RotatingProvider
from secrets_ledger import leaks
from terminal import CODE, Terminal, WaitingCommand


@pytest.fixture
def terminal(stage):
    return Terminal(stage.directory())


@pytest.fixture
def signed_in(gateway, terminal):
    terminal.sign_in(gateway)
    return terminal


@pytest.fixture(scope="module")
def second(shared, provider):
    """Another gateway beside the module's."""
    return shared.gateway({"okta": provider})


def own(gateway, token: str):
    return gateway.send("GET", "/api/v1/session", bearer(token))


# The file


def test_the_file_and_its_folder_are_private(gateway, signed_in):
    assert signed_in.modes() == (0o600, 0o700)


def test_they_are_private_whatever_the_umask(gateway, terminal):
    before = os.umask(0)
    try:
        terminal.sign_in(gateway)
    finally:
        os.umask(before)
    assert terminal.modes() == (0o600, 0o700)


def test_it_holds_what_the_design_says_and_no_more(gateway, signed_in):
    value = signed_in.credentials()
    assert value["current"] == gateway.url
    entry = value["servers"][gateway.url]
    assert {"token", "realm", "email", "expires_at", "session_id"} <= set(entry)
    assert (entry["realm"], entry["email"]) == ("infraon", "ada@example.com")
    assert own(gateway, entry["token"]).json["id"] == entry["session_id"]


def test_it_lies_where_xdg_says(gateway, stage):
    elsewhere = stage.directory()
    terminal = Terminal(stage.directory(), XDG_CONFIG_HOME=str(elsewhere))
    terminal.sign_in(gateway)
    assert terminal.credentials_file == elsewhere / "gatehouse" / "credentials.json"
    assert terminal.modes() == (0o600, 0o700)
    assert not (terminal.home / ".config" / "gatehouse").exists()


def test_without_xdg_it_lies_below_home(gateway, signed_in):
    """An empty XDG_CONFIG_HOME is none (XDG Base Directory Specification)."""
    done = signed_in.run("whoami", env={"XDG_CONFIG_HOME": ""})
    assert done.returncode == 0, done


def test_a_file_that_others_may_read_is_not_used(gateway, signed_in):
    signed_in.credentials_file.chmod(0o644)
    done = signed_in.run("whoami")
    assert done.returncode == 1 and "600" in done.stderr, done
    signed_in.credentials_file.chmod(0o600)
    assert signed_in.run("whoami").returncode == 0


BROKEN = {"empty": "", "no-json": "{", "a-list": "[]", "other-types": '{"current": 7, "servers": []}'}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_told_in_a_sentence(name, gateway, signed_in):
    signed_in.credentials_file.write_text(BROKEN[name])
    done = signed_in.run("whoami", "--server", gateway.url)
    assert done.returncode in (1, 66), done
    assert done.stderr.strip() and "Fatal error" not in done.stderr and len(done.stderr.strip().splitlines()) <= 3


def test_signing_in_again_replaces_the_entry(gateway, signed_in):
    old = signed_in.token(gateway)
    signed_in.sign_in(gateway)
    assert signed_in.token(gateway) != old and len(signed_in.credentials()["servers"]) == 1


# Several gateways


def test_two_gateways_side_by_side(gateway, second, signed_in):
    signed_in.sign_in(second)
    value = signed_in.credentials()
    assert set(value["servers"]) == {gateway.url, second.url} and value["current"] == second.url
    tokens = {url: entry["token"] for url, entry in value["servers"].items()}
    assert own(gateway, tokens[second.url]).status == 401, "each token is for its own gateway"
    by_default = signed_in.json("whoami")
    by_name = signed_in.json("whoami", "--server", gateway.url)
    by_variable = signed_in.json("whoami", env={"GATEHOUSE_SERVER": gateway.url})
    ids = [own(g, tokens[g.url]).json["id"] for g in (second, gateway, gateway)]
    assert [session_of(value) for value in (by_default, by_name, by_variable)] == ids


def session_of(whoami: dict) -> str:
    return whoami.get("session_id") or whoami["id"]


def test_the_url_may_be_spelled_with_a_slash(gateway, signed_in):
    assert signed_in.run("whoami", "--server", gateway.url + "/").returncode == 0


def test_leaving_one_gateway_keeps_the_other(gateway, second, signed_in):
    signed_in.sign_in(second)
    token = signed_in.token(gateway)
    done = signed_in.run("logout", "--server", second.url)
    assert done.returncode == 0, done
    assert set(signed_in.credentials()["servers"]) == {gateway.url}
    assert own(gateway, token).status == 200
    assert signed_in.run("whoami", "--server", gateway.url).returncode == 0


def test_the_token_of_one_gateway_is_never_sent_to_another(gateway, stage, signed_in):
    """A gateway named by mistake, or by somebody else, must not collect tokens."""
    stranger = stage.provider()
    done = signed_in.run("whoami", "--server", stranger.origin)
    assert done.returncode == 1 and "gatehouse login" in done.stderr, done
    assert not leaks(json.dumps([request.headers for request in stranger.requests]))


# whoami


def test_whoami_for_people(gateway, signed_in):
    done = signed_in.run("whoami")
    assert done.returncode == 0 and "ada@example.com" in done.stdout and gateway.url in done.stdout, done
    assert "admin" in done.stdout and not leaks(done.stdout)


def test_whoami_as_json(gateway, signed_in):
    value = signed_in.json("whoami")
    assert value["user"]["email"] == "ada@example.com" and value["realm"] == "infraon"
    assert set(value["roles"]) == {"admin", "technician"}


@pytest.mark.parametrize("command", ["whoami", "token"])
def test_nobody_is_told_how_to_sign_in(command, gateway, terminal):
    done = terminal.run(command, "--server", gateway.url)
    assert done.returncode == 1 and "gatehouse login" in done.stderr and not done.stdout.strip(), done


def test_nobody_without_a_server_is_told_what_is_missing(terminal):
    done = terminal.run("whoami")
    assert done.returncode in (1, 64) and "--server" in done.stderr, done


def test_the_variable_comes_before_the_file(gateway, provider, signed_in, stage):
    from api_sign_in import command_line_session

    provider.behave(person={"sub": "00u1cem", "email": "cem@example.com", "name": "Cem", "groups": ["infraon-tech-x"]})
    other = command_line_session(gateway)["token"]
    assert signed_in.json("whoami", env={"GATEHOUSE_TOKEN": other})["user"]["email"] == "cem@example.com"
    assert signed_in.run("token", env={"GATEHOUSE_TOKEN": other}).stdout.strip() == other


# token


def test_token_prints_the_token_and_nothing_else(gateway, signed_in):
    done = signed_in.run("token")
    assert done.returncode == 0 and done.stdout.strip() == signed_in.token(gateway), done.stderr
    assert gateway.check(headers=bearer(done.stdout.strip())).status == 200


def test_token_after_a_revocation_says_how_to_sign_in_again(gateway, signed_in):
    session = signed_in.credentials()["servers"][gateway.url]["session_id"]
    assert gateway.command("sessions", "revoke", session, token=gateway.admin_token()).returncode == 0
    done = signed_in.run("token")
    assert done.returncode == 1 and "gatehouse login" in done.stderr and not done.stdout.strip(), done
    assert signed_in.run("whoami").returncode == 1


def test_token_of_a_session_that_is_over_says_how_to_sign_in_again(stage, terminal):
    gateway, clock = gateway_with_clock(
        stage, {"okta": stage.provider()}, {"infraon": realm("okta", cli_session={"idle": "1h", "absolute": "2h"})}
    )
    terminal.sign_in(gateway)
    clock.advance(3700)
    done = terminal.run("token")
    assert done.returncode == 1 and "gatehouse login" in done.stderr and not done.stdout.strip(), done


def test_token_does_not_need_the_gateway_to_be_an_administrators(gateway, provider, terminal):
    provider.behave(person={"sub": "00u1cem", "email": "cem@example.com", "name": "Cem", "groups": ["infraon-tech-x"]})
    terminal.sign_in(gateway)
    assert terminal.run("token").returncode == 0
    done = terminal.run("sessions", "list")
    assert done.returncode == 1 and done.stderr.strip(), "everybody's sessions are for administrators"


def test_token_when_the_gateway_is_down_is_a_sentence(stage, terminal):
    gateway = stage.gateway({"okta": stage.provider()})
    terminal.sign_in(gateway)
    gateway.stop()
    done = terminal.run("token")
    assert "Fatal error" not in done.stderr
    assert done.returncode == 1 and str(gateway.port) in done.stderr and not done.stdout.strip(), done


def test_token_of_an_overdue_session_asks_the_provider_again(stage, terminal):
    """Past the grace nothing is believed; once the provider is back, the command revalidates and goes on."""
    provider = stage.provider(kind=RotatingProvider)
    session = {"idle": "8h", "absolute": "12h", "revalidate": "10m", "revalidate_grace": "20m"}
    gateway, clock = gateway_with_clock(stage, {"okta": provider}, {"infraon": realm("okta", session=session)})
    terminal.sign_in(gateway)
    token = terminal.token(gateway)
    provider.behave(refresh_fault="status-500")
    clock.advance(3000)
    assert gateway.check(headers=bearer(token)).status == 401
    done = terminal.run("token")
    assert done.returncode == 1 and done.stderr.strip() and not done.stdout.strip(), done
    assert gateway.url in terminal.credentials()["servers"], "it may come back"
    provider.behave()
    done = terminal.run("token")
    assert done.returncode == 0 and done.stdout.strip() == token, done
    assert gateway.check(headers=bearer(token)).status == 200


# logout


def test_logout_ends_the_session_and_forgets_the_token(gateway, signed_in):
    token = signed_in.token(gateway)
    done = signed_in.run("logout")
    assert done.returncode == 0, done
    assert gateway.check(headers=bearer(token)).status == 401 and own(gateway, token).status == 401
    assert gateway.url not in signed_in.credentials_file.read_text() or signed_in.credentials()["servers"] == {}
    assert signed_in.run("whoami", "--server", gateway.url).returncode == 1


def test_logout_of_a_session_that_is_over_already_is_done(gateway, signed_in):
    session = signed_in.credentials()["servers"][gateway.url]["session_id"]
    gateway.command("sessions", "revoke", session, token=gateway.admin_token())
    done = signed_in.run("logout")
    assert done.returncode == 0, done
    assert session not in signed_in.credentials_file.read_text()


def test_logout_twice_is_told(gateway, signed_in):
    assert signed_in.run("logout").returncode == 0
    done = signed_in.run("logout", "--server", gateway.url)
    assert done.returncode in (0, 1) and (done.stderr.strip() or done.stdout.strip())


def test_logout_is_in_the_audit_trail(gateway, signed_in):
    session = signed_in.credentials()["servers"][gateway.url]["session_id"]
    assert signed_in.run("logout").returncode == 0
    answer = gateway.send("GET", f"/api/v1/audit?session={session}&event=session.ended", bearer(gateway.admin_token()))
    assert [event["reason"] for event in answer.json["events"]] == ["signed_out"]


# Terminals


@pytest.mark.parametrize("name", ["\x1b[2J\x1b[31mroot", "\u009b31mroot", "\u202etoor", "a\nb: c"])
def test_names_from_elsewhere_cannot_write_to_the_terminal(name, gateway, provider, terminal):
    """A display name in a directory is text of somebody else's, with escape sequences when they like."""
    provider.behave(person={"sub": "00u1evil", "email": "evil@example.com", "name": name, "groups": ["infraon-admins"]})
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        command.browse()
        assert command.wait() == 0, command
    outputs = [command.output, terminal.run("whoami").stdout, terminal.run("sessions", "list").stdout]
    for output in outputs:
        assert not set("\x1b\u009b\u202e") & set(output), repr(output)
        assert "\nb: c" not in output


# Several commands at once


def test_two_sign_ins_at_once_keep_both_entries(gateway, second, terminal):
    """Each command rewrites the file; neither may lose what the other wrote."""
    commands = [
        WaitingCommand(terminal, ["login", "--device", "--server", g.url], {}, name=n)
        for g, n in ((gateway, "one"), (second, "two"))
    ]
    try:
        for g, command in zip((gateway, second), commands, strict=True):
            approve(g, g.browser(), command.printed(CODE).group(0))
        assert [command.wait(30) for command in commands] == [0, 0], commands
    finally:
        for command in commands:
            command.end()
    assert set(terminal.credentials()["servers"]) == {gateway.url, second.url}
    terminal.token(gateway), terminal.token(second)


def test_a_killed_command_blocks_no_later_one(gateway, terminal):
    with terminal.login("--server", gateway.url, "--no-browser") as command:
        command.printed_url()
        command.child.kill()
        command.child.wait(5)
    terminal.sign_in(gateway)
    assert terminal.run("whoami").returncode == 0


# What an administrator does with a session in place of an admin token


def test_an_administrators_command_line_may_administer(gateway, signed_in):
    sessions = signed_in.json("sessions", "list")["sessions"]
    assert any(session["kind"] == "cli" for session in sessions)
    mine = signed_in.credentials()["servers"][gateway.url]["session_id"]
    assert mine in {session["id"] for session in sessions}


def test_the_environment_of_the_suite_is_clean(tmp_path):
    """Nothing of the developer's own gatehouse can reach these tests."""
    known = environment(tmp_path)
    assert not [name for name in known if name.startswith("GATEHOUSE")] and known["HOME"] == str(tmp_path)


def test_help_and_wrong_usage_of_the_new_commands(gateway, terminal):
    for command in (["login"], ["logout"], ["whoami"], ["token"]):
        done = terminal.run(*command, "--help")
        assert done.returncode == 0 and "usage" in done.stdout.lower(), command
        done = terminal.run(*command, "--no-such-option")
        assert done.returncode == 64 and done.stderr.strip(), command


def test_the_file_is_replaced_as_a_whole(gateway, signed_in):
    """No moment at which it is half written: a new file takes the old one's place."""
    before = signed_in.credentials_file.stat().st_ino
    signed_in.sign_in(gateway)
    after = signed_in.credentials_file.stat()
    assert after.st_ino != before and stat.S_IMODE(after.st_mode) == 0o600
    assert [path.name for path in signed_in.credentials_file.parent.iterdir() if "tmp" in path.name.lower()] == []
