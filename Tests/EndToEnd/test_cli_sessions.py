"""Sessions of command lines among a person's sessions: seen by host name, with life-times of their own, gone with the
person."""

import json
import time
from types import SimpleNamespace

import pytest

import tokens
from api_sign_in import bearer, command_line_session
from gateway import realm
from movable_clock import gateway_with_clock
from rotating_provider import RotatingProvider
from waiting import wait_until

DAY = 24 * 3600
BEA = {"sub": "00u1bea", "email": "bea@example.com", "name": "Bea", "groups": ["infraon-tech-x"]}


@pytest.fixture
def admin(gateway):
    return bearer(gateway.admin_token())


def alive(gateway, session: dict) -> bool:
    status = gateway.check(headers=bearer(session["token"])).status
    assert status in (200, 401)
    return status == 200


# Seen


def test_the_start_page_shows_the_command_line_with_its_host_and_signs_it_out(gateway, provider):
    provider.behave(person=BEA)
    session, agent = command_line_session(gateway, host="build-7"), gateway.signed_in()
    page = agent.get(f"{gateway.url}/")
    assert "build-7" in page.page.text
    forms = [form for form in page.page.forms if session["session_id"] in form.fields.values()]
    assert len(forms) == 1, "one button ends it"
    answer = agent.submit(page, forms[0], forms[0].buttons[0])
    assert answer.status == 303 and answer.location == f"{gateway.url}/"
    assert not alive(gateway, session) and gateway.check(agent).status == 200


def test_the_list_tells_kind_host_and_last_use(gateway, provider, admin):
    provider.behave(person=BEA)
    session = command_line_session(gateway, host="build-7")
    gateway.signed_in()
    answer = gateway.send("GET", "/api/v1/sessions?user=bea@example.com", admin)
    rows = {row["id"]: row for row in answer.json["sessions"]}
    row = rows[session["session_id"]]
    assert (row["kind"], row["host"]) == ("cli", "build-7") and row["last_seen_at"]
    browser_rows = [row for row in rows.values() if row["kind"] == "browser"]
    assert browser_rows and all(row["host"] is None for row in browser_rows)
    assert session["token"] not in answer.text


def test_sessions_list_shows_the_host(gateway, provider):
    provider.behave(person=BEA)
    command_line_session(gateway, host="build-9")
    done = gateway.command("sessions", "list", "--user", "bea@example.com", token=gateway.admin_token())
    assert done.returncode == 0 and "build-9" in done.stdout, done


def test_a_command_line_does_not_replace_the_browsers_session_nor_another_command_lines(gateway, provider):
    provider.behave(person=BEA)
    agent = gateway.signed_in()
    first, second = command_line_session(gateway), command_line_session(gateway)
    assert alive(gateway, first) and alive(gateway, second) and gateway.check(agent).status == 200


# Life-times


LONG = {"infraon": realm("okta", cli_session={"idle": "7d", "absolute": "30d"})}


def test_life_times_are_the_command_lines_own(stage):
    """A browser's half hour of idleness is nothing to a command line with seven days."""
    gateway, clock = gateway_with_clock(stage, {"okta": stage.provider()}, LONG)
    session, agent = command_line_session(gateway), gateway.signed_in()
    clock.advance(6 * DAY)
    assert gateway.check(agent).status == 401 and alive(gateway, session)
    clock.advance(6 * DAY)
    assert alive(gateway, session), "used six days ago"
    clock.advance(7 * DAY + 60)
    assert not alive(gateway, session), "idle for more than seven days"


def test_the_absolute_end_comes_however_much_it_is_used(stage):
    gateway, clock = gateway_with_clock(stage, {"okta": stage.provider()}, LONG)
    session = command_line_session(gateway)
    for _ in range(5):
        clock.advance(6 * DAY - 60)
        assert alive(gateway, session)
    clock.advance(600)
    assert not alive(gateway, session)


def test_the_answer_tells_the_absolute_end(stage):
    gateway, clock = gateway_with_clock(stage, {"okta": stage.provider()}, LONG)
    from datetime import datetime

    ends = datetime.fromisoformat(command_line_session(gateway)["expires_at"].replace("Z", "+00:00")).timestamp()
    assert abs(ends - (time.time() + 30 * DAY)) < 60


def test_without_life_times_of_their_own_the_realms_count(stage):
    gateway, clock = gateway_with_clock(stage, {"okta": stage.provider()})
    session = command_line_session(gateway)
    clock.advance(1700)
    assert alive(gateway, session)
    clock.advance(1900)
    assert not alive(gateway, session)


def test_bad_life_times_are_told_by_check_config(stage):
    """An unknown key, a wrong type, and an idle time beyond the absolute end."""
    from gateway import run

    for bad in (
        {"idle": "7d"},
        {"idle": "30d", "absolute": "7d"},
        {"idle": "soon", "absolute": "7d"},
        {"revalidate": "1h"},
    ):
        gateway = stage.gateway({"okta": stage.provider()}, {"infraon": realm("okta", cli_session=bad)}, start=False)
        done = run("check-config", str(gateway.file), directory=gateway.directory)
        if bad == {"idle": "7d"} and done.returncode == 0:
            continue  # the other one may come from the realm's session
        assert done.returncode == 78 and "cli_session" in done.stderr + done.stdout or "gatehouse.yaml:" in done.stderr


# Gone with the person


@pytest.fixture
def bea(gateway, provider):
    """Two command lines and a browser of one person, and a command line of somebody else."""
    cem = {"sub": "00u1cem", "email": "cem@example.com", "name": "Cem", "groups": ["infraon-tech-x"]}
    provider.behave(person=cem)
    other = command_line_session(gateway)
    provider.behave(person=BEA)
    lines = [command_line_session(gateway, host=name) for name in ("one", "two")]
    return SimpleNamespace(lines=lines, agent=gateway.signed_in(), other=other)


def everything_of(gateway, bea) -> list[bool]:
    return [alive(gateway, line) for line in bea.lines] + [gateway.check(bea.agent).status == 200]


def test_revoking_a_person_ends_their_command_lines(gateway, bea):
    assert everything_of(gateway, bea) == [True, True, True]
    done = gateway.command("sessions", "revoke", "--user", "bea@example.com", token=gateway.admin_token())
    assert done.returncode == 0, done
    assert everything_of(gateway, bea) == [False, False, False] and alive(gateway, bea.other)


def test_revoking_one_ends_one(gateway, bea):
    done = gateway.command("sessions", "revoke", bea.lines[0]["session_id"], token=gateway.admin_token())
    assert done.returncode == 0, done
    assert everything_of(gateway, bea) == [False, True, True]


def test_universal_logout_ends_their_command_lines(gateway, provider, bea):
    """Okta's own "clear user sessions" reaches the terminals, too."""
    endpoint, now = f"{gateway.url}/logout/universal/okta", int(time.time())
    claims = {
        "iss": provider.issuer, "aud": endpoint, "sub": provider.client_id, "jti": f"jti-{time.time_ns()}",
        "iat": now, "nbf": now, "exp": now + 120,
    }  # fmt: skip
    token = tokens.token(claims, provider.signing_key, {"typ": "global-token-revocation+jwt"})
    body = json.dumps({"sub_id": {"format": "iss_sub", "iss": provider.issuer, "sub": "00u1bea"}}).encode()
    headers = bearer(token) | {"Content-Type": "application/json"}
    answer = gateway.send("POST", "/logout/universal/okta", headers, body=body)
    assert answer.status == 204, answer
    assert everything_of(gateway, bea) == [False, False, False] and alive(gateway, bea.other)


def test_a_command_line_signs_only_itself_out(gateway, bea):
    answer = gateway.send("DELETE", "/api/v1/session", bearer(bea.lines[0]["token"]))
    assert answer.status == 204 and answer.body == b"", answer
    assert everything_of(gateway, bea) == [False, True, True]
    assert gateway.send("DELETE", "/api/v1/session", bearer(bea.lines[0]["token"])).status == 401


def test_groups_taken_away_reach_command_lines_too(stage):
    """Revalidated like every session: without a role left it is not let in any more."""
    provider = stage.provider(kind=RotatingProvider)
    session = {"idle": "30m", "absolute": "12h", "revalidate": "1s"}
    gateway = stage.gateway({"okta": provider}, {"infraon": realm("okta", session=session)})
    line = command_line_session(gateway)
    assert gateway.check(headers=bearer(line["token"])).header("X-Auth-Roles").split(",") == ["admin", "technician"]
    provider.change_person("00u1ada", groups=["infraon-tech-x"])
    roles = lambda: gateway.check(headers=bearer(line["token"])).header("X-Auth-Roles")
    wait_until(lambda: roles() == "technician", 10, "the role that is left", every=0.1)


def test_several_realms_have_several_command_line_sessions(stage):
    provider = stage.provider()
    realms = {"infraon": realm("okta"), "ssp": realm("okta", title="Portal", roles=[], default_role="requester")}
    gateway = stage.gateway({"okta": provider}, realms)
    first, second = command_line_session(gateway), command_line_session(gateway, realm="ssp")
    assert gateway.check(query="realm=ssp", headers=bearer(second["token"])).header("X-Auth-Roles") == "requester"
    assert gateway.check(query="realm=ssp", headers=bearer(first["token"])).status in (401, 403)
