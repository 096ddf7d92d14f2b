"""The administration's API: who may, what comes back, page by page, and that each call is in the trail before it acts."""

import json
import sqlite3
import threading
import time
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from urllib.parse import quote, urlencode

import pytest

from api_sign_in import bearer, command_line_session, problem
from gateway import realm
from waiting import wait_until

CEM = {"sub": "00u1cem", "email": "cem@example.com", "name": "Cem", "groups": ["infraon-tech-x"]}


@pytest.fixture(scope="module")
def stand(shared):
    """Two realms, two providers; an administrator, somebody who is none, and a dozen people with two sessions each."""
    okta, other = shared.provider(), shared.provider()
    realms = {
        "infraon": realm("okta", "other"),
        "ssp": realm("okta", title="Portal", roles=[], default_role="requester"),
    }
    gateway = shared.gateway({"okta": okta, "other": other}, realms)
    stand = SimpleNamespace(gateway=gateway, okta=okta, other=other, admin=bearer(gateway.admin_token()))
    okta.behave(person=CEM)
    stand.technician = command_line_session(gateway, provider="okta")
    stand.technicians_browser = gateway.signed_in(provider="okta")
    okta.behave()
    stand.administrator = command_line_session(gateway, provider="okta")
    stand.administrators_browser = gateway.signed_in(provider="okta")
    for number in range(12):
        okta.behave(person=person(number))
        gateway.signed_in(provider="okta")
        command_line_session(gateway, realm="ssp", host=f"host-{number}")
    okta.behave()
    return stand


def person(number: int) -> dict:
    return {
        "sub": f"00u1p{number}", "email": f"p{number}@example.com", "name": f"Person {number}",
        "groups": ["infraon-tech-x", f"group-{number}"],
    }  # fmt: skip


def get(stand, path: str, **query):
    """GET as the holder of an admin token; the JSON."""
    answer = stand.gateway.send("GET", path + (f"?{urlencode(query)}" if query else ""), stand.admin)
    assert answer.status == 200, answer
    assert answer.header("Content-Type").startswith("application/json") and answer.header("Cache-Control") == "no-store"
    return answer.json


def walk(stand, path: str, member: str, between=lambda: None, **query) -> list[dict]:
    """All pages; `between` runs before each next one."""
    rows, cursor = [], None
    for _ in range(1000):
        page = get(stand, path, **query, **({"cursor": cursor} if cursor else {}))
        assert len(page[member]) <= int(query.get("limit", 200))
        rows += page[member]
        cursor = page["next"]
        if cursor is None:
            return rows
        between()
    raise AssertionError("the pages have no end")


# Who may

READS = [
    "/api/v1/sessions", "/api/v1/providers", "/api/v1/providers/okta", "/api/v1/realms", "/api/v1/realms/infraon",
    "/api/v1/realms/infraon/roles?group=x", "/api/v1/users", "/api/v1/audit",
]  # fmt: skip
ACTS = [
    ("DELETE", "/api/v1/sessions/ses_AAAAAAAAAAAAAAAA"),
    ("DELETE", "/api/v1/sessions?user=nobody@example.com"),
    ("POST", "/api/v1/providers"),
    ("DELETE", "/api/v1/providers/okta"),
]
ROUTES = [("GET", path) for path in READS] + ACTS


def ask(stand, method, path, headers=None):
    body = b"{}" if method == "POST" else None
    kind = {"Content-Type": "application/json"} if body else {}
    return stand.gateway.send(method, path, kind | (headers or {}), body=body)


def cookie_of(agent) -> dict:
    cookie = agent.session_cookies()[0]
    return {"Cookie": f"{cookie.name}={cookie.value}"}


@pytest.mark.parametrize("method,path", ROUTES)
def test_nobody_gets_nothing(method, path, stand):
    for headers in ({}, bearer("nonsense"), {"Authorization": "Basic eDp5"}, {"Cookie": "gatehouse-infraon=x"}):
        answer = ask(stand, method, path, headers)
        assert answer.status == 401 and problem(answer), answer
        assert answer.header("WWW-Authenticate").startswith("Bearer")
        assert "@example.com" not in answer.text


@pytest.mark.parametrize("method,path", ROUTES)
def test_who_is_no_administrator_gets_nothing(method, path, stand):
    for headers in (bearer(stand.technician["token"]), cookie_of(stand.technicians_browser)):
        answer = ask(stand, method, path, headers)
        assert (answer.status, problem(answer)) == (403, "not_an_administrator")
        assert "p1@example.com" not in answer.text


@pytest.mark.parametrize("path", READS)
def test_administrators_get_it_in_each_of_three_ways(path, stand):
    for headers in (stand.admin, bearer(stand.administrator["token"]), cookie_of(stand.administrators_browser)):
        assert ask(stand, "GET", path, headers).status == 200


def test_a_role_of_the_same_name_in_another_realm_is_nothing(stage):
    provider = stage.provider()
    realms = {"infraon": realm("okta"), "ssp": realm("okta", title="Portal", roles=[], default_role="admin")}
    gateway = stage.gateway({"okta": provider}, realms, administrators={"realm": "infraon", "role": "admin"})
    provider.behave(person=CEM)
    answer = gateway.send("GET", "/api/v1/sessions", bearer(command_line_session(gateway, realm="ssp")["token"]))
    assert (answer.status, problem(answer)) == (403, "not_an_administrator")


@pytest.mark.parametrize("method,path", ACTS)
def test_another_site_cannot_act_with_an_administrators_cookie(method, path, stand):
    foreign = cookie_of(stand.administrators_browser) | {
        "Sec-Fetch-Site": "cross-site",
        "Origin": "https://evil.example.org",
    }
    answer = ask(stand, method, path, foreign)
    assert (answer.status, problem(answer)) == (403, "cross_site_request")


def test_no_answer_may_be_read_by_another_site(stand):
    answer = ask(stand, "GET", "/api/v1/sessions", stand.admin | {"Origin": "https://evil.example.org"})
    assert not answer.all("Access-Control-Allow-Origin") and answer.header("X-Content-Type-Options") == "nosniff"


def test_an_ended_administrator_is_none(stage):
    gateway = stage.gateway({"okta": stage.provider()})
    session = command_line_session(gateway)
    headers = bearer(session["token"])
    assert gateway.send("GET", "/api/v1/users", headers).status == 200
    assert gateway.send("DELETE", f"/api/v1/sessions/{session['session_id']}", headers).status in (200, 204)
    assert gateway.send("GET", "/api/v1/users", headers).status == 401


# The caller's own session


def test_the_own_session_by_bearer_and_by_cookie(stand):
    by_bearer = stand.gateway.send("GET", "/api/v1/session", bearer(stand.technician["token"])).json
    assert by_bearer["id"] == stand.technician["session_id"] and by_bearer["kind"] == "cli"
    assert by_bearer["user"]["email"] == "cem@example.com" and by_bearer["roles"] == ["technician"]
    by_cookie = stand.gateway.send("GET", "/api/v1/session", cookie_of(stand.technicians_browser)).json
    assert by_cookie["kind"] == "browser" and by_cookie["host"] is None
    for value in (by_bearer, by_cookie):
        for name in ("created_at", "last_seen_at", "expires_at"):
            assert parsed(value[name])
        assert "validated_at" in value and "acr" in value


def parsed(text: str) -> datetime:
    assert text.endswith("Z"), text
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_the_own_session_needs_one(stand):
    for headers in ({}, bearer("nonsense"), stand.admin):
        answer = stand.gateway.send("GET", "/api/v1/session", headers)
        assert (answer.status, problem(answer)) == (401, "no_session")


def test_the_own_session_of_a_named_realm(stand):
    headers = bearer(stand.technician["token"])
    assert stand.gateway.send("GET", "/api/v1/session?realm=infraon", headers).status == 200
    assert stand.gateway.send("GET", "/api/v1/session?realm=ssp", headers).status == 401
    assert problem(stand.gateway.send("GET", "/api/v1/session?realm=nowhere", headers)) == "realm_unknown"


def test_revalidating_the_own_session(stage):
    """Asked now, whatever the period says; groups follow at once."""
    from rotating_provider import RotatingProvider

    provider = stage.provider(kind=RotatingProvider)
    session = {"idle": "30m", "absolute": "12h", "revalidate": "1h"}
    gateway = stage.gateway({"okta": provider}, {"infraon": realm("okta", session=session)})
    token = bearer(command_line_session(gateway)["token"])
    provider.change_person("00u1ada", groups=["infraon-tech-x"])
    answer = gateway.send("POST", "/api/v1/session/revalidate", token)
    assert answer.status == 200 and answer.json["roles"] == ["technician"], answer
    assert gateway.check(headers=token).header("X-Auth-Roles") == "technician"
    assert gateway.send("POST", "/api/v1/session/revalidate").status == 401


def test_revalidating_a_session_that_the_provider_has_ended(stage):
    from rotating_provider import RotatingProvider

    provider = stage.provider(kind=RotatingProvider)
    session = {"idle": "30m", "absolute": "12h", "revalidate": "1h"}
    gateway = stage.gateway({"okta": provider}, {"infraon": realm("okta", session=session)})
    token = bearer(command_line_session(gateway)["token"])
    provider.behave(refresh_error=(400, {"error": "invalid_grant"}))
    answer = gateway.send("POST", "/api/v1/session/revalidate", token)
    assert answer.status == 401 and problem(answer), answer
    assert gateway.check(headers=token).status == 401


def test_revalidating_while_the_provider_is_down_signs_nobody_out(stage):
    from rotating_provider import RotatingProvider

    provider = stage.provider(kind=RotatingProvider)
    session = {"idle": "30m", "absolute": "12h", "revalidate": "1h"}
    gateway = stage.gateway({"okta": provider}, {"infraon": realm("okta", session=session)})
    token = bearer(command_line_session(gateway)["token"])
    provider.behave(refresh_fault="status-500")
    answer = gateway.send("POST", "/api/v1/session/revalidate", token)
    assert answer.status in (502, 504) and problem(answer), answer
    assert gateway.check(headers=token).status == 200


# Sessions


def test_sessions_by_person_realm_and_provider(stand):
    def emails(**query):
        return {row["user"]["email"] for row in get(stand, "/api/v1/sessions", limit=1000, **query)["sessions"]}

    assert emails(user="p3@example.com") == {"p3@example.com"}
    assert emails(user="P3@Example.COM") == {"p3@example.com"}, "capitals do not matter"
    assert emails(user="nobody@example.com") == set()
    rows = get(stand, "/api/v1/sessions", realm="ssp", limit=1000)["sessions"]
    assert {row["realm"] for row in rows} == {"ssp"} and len(rows) >= 12
    assert {row["provider"] for row in get(stand, "/api/v1/sessions", provider="okta")["sessions"]} == {"okta"}
    assert get(stand, "/api/v1/sessions", provider="other")["sessions"] == []
    rows = get(stand, "/api/v1/sessions", user="p3@example.com", realm="ssp")["sessions"]
    assert len(rows) == 1 and rows[0]["host"] == "host-3"


def test_one_session(stand):
    row = get(stand, "/api/v1/sessions", user="p5@example.com", realm="ssp")["sessions"][0]
    one = get(stand, f"/api/v1/sessions/{row['id']}")
    assert one == row or row.items() <= one.items()
    for wrong in ("ses_AAAAAAAAAAAAAAAA", "x", "%00", stand.technician["token"], quote("' OR 1=1", safe="")):
        answer = stand.gateway.send("GET", f"/api/v1/sessions/{wrong}", stand.admin)
        assert answer.status in (400, 404) and problem(answer), answer


def test_sessions_come_the_newest_first(stand):
    times = [parsed(row["created_at"]) for row in get(stand, "/api/v1/sessions", limit=1000)["sessions"]]
    assert times == sorted(times, reverse=True)


# Pages


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
def test_pages_of_sessions_hold_each_row_once(limit, stand):
    rows = walk(stand, "/api/v1/sessions", "sessions", limit=limit)
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)) and len(ids) >= 24 + 4
    assert ids == [row["id"] for row in get(stand, "/api/v1/sessions", limit=1000)["sessions"]], "the same order"


def test_pages_with_a_filter(stand):
    rows = walk(stand, "/api/v1/sessions", "sessions", limit=5, realm="ssp")
    assert {row["realm"] for row in rows} == {"ssp"} and len({row["id"] for row in rows}) == len(rows) >= 12


@pytest.mark.parametrize(
    "path,member,key",
    [("/api/v1/sessions", "sessions", "id"), ("/api/v1/users", "users", "id"), ("/api/v1/audit", "events", None)],
)
def test_rows_that_come_and_go_meanwhile_disturb_no_walk(path, member, key, stage):
    """Every row that was there at the beginning and still is comes exactly once, though others come between pages."""
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    stand = SimpleNamespace(gateway=gateway, admin=bearer(gateway.admin_token()))
    count = iter(range(1000))

    def somebody():
        provider.behave(person=person(next(count)))
        return gateway.signed_in()

    for _ in range(12):
        somebody()
    identity = (lambda row: row[key]) if key else (lambda row: json.dumps(row, sort_keys=True))
    before = [identity(row) for row in get(stand, path, limit=1000)[member]]
    seen = [identity(row) for row in walk(stand, path, member, between=somebody, limit=4)]
    assert len(seen) == len(set(seen)), "nothing twice"
    assert set(before) <= set(seen), "nothing left out"
    assert [row for row in seen if row in set(before)] == before, "in order"


def test_sessions_that_end_meanwhile_disturb_no_walk(stage):
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    stand = SimpleNamespace(gateway=gateway, admin=bearer(gateway.admin_token()))
    for number in range(12):
        provider.behave(person=person(number))
        gateway.signed_in()
    before = [row["id"] for row in get(stand, "/api/v1/sessions", limit=1000)["sessions"]]
    page = get(stand, "/api/v1/sessions", limit=4)
    # The row that the cursor points at goes.
    assert gateway.send("DELETE", f"/api/v1/sessions/{page['sessions'][-1]['id']}", stand.admin).status in (200, 204)
    rest = [row["id"] for row in get(stand, "/api/v1/sessions", limit=1000, cursor=page["next"])["sessions"]]
    assert rest == before[4:]


def test_the_last_page_says_so_and_an_exact_fit_has_no_empty_page_after_it(stand):
    total = len(get(stand, "/api/v1/users", limit=1000)["users"])
    page = get(stand, "/api/v1/users", limit=total)
    assert len(page["users"]) == total and page["next"] is None


BAD_QUERIES = {
    "limit-zero": "limit=0",
    "limit-negative": "limit=-1",
    "limit-too-large": "limit=1001",
    "limit-no-number": "limit=ten",
    "limit-a-fraction": "limit=1.5",
    "limit-huge": "limit=99999999999999999999",
    "limit-twice": "limit=1&limit=2",
    "cursor-nonsense": "cursor=nonsense",
    "cursor-with-quotes": "cursor=%27%20OR%201%3D1",
    "cursor-long": "cursor=" + "A" * 5000,
    "broken-encoding": "limit=%zz",
}


@pytest.mark.parametrize("name", BAD_QUERIES)
@pytest.mark.parametrize("path", ["/api/v1/sessions", "/api/v1/users", "/api/v1/audit"])
def test_a_bad_page_is_refused(name, path, stand):
    answer = stand.gateway.send("GET", f"{path}?{BAD_QUERIES[name]}", stand.admin)
    assert answer.status == 400 and problem(answer), answer


def test_a_cursor_of_another_list_is_refused_or_harmless(stand):
    """It must never lead past a filter or into a crash."""
    cursor = get(stand, "/api/v1/sessions", limit=1)["next"]
    for path in ("/api/v1/users", "/api/v1/audit"):
        answer = stand.gateway.send("GET", f"{path}?cursor={cursor}", stand.admin)
        assert answer.status in (200, 400), answer


# Users


def test_users_by_address_and_by_id(stand):
    rows = get(stand, "/api/v1/users", email="P4@example.com")["users"]
    assert len(rows) == 1
    user = rows[0]
    assert (user["email"], user["name"], user["subject"]) == ("p4@example.com", "Person 4", "00u1p4")
    assert user["issuer"] == stand.okta.issuer and set(user["groups"]) == {"infraon-tech-x", "group-4"}
    assert parsed(user["created_at"]) <= parsed(user["last_sign_in_at"])
    assert get(stand, f"/api/v1/users/{user['id']}") == user
    for wrong in ("usr_AAAAAAAAAAAAAAAA", "x", "%00"):
        answer = stand.gateway.send("GET", f"/api/v1/users/{wrong}", stand.admin)
        assert answer.status in (400, 404) and problem(answer)


def test_users_are_those_that_came_once_each(stand):
    rows = walk(stand, "/api/v1/users", "users", limit=4)
    emails = [row["email"] for row in rows]
    assert len(emails) == len(set(emails)) and set(emails) >= {f"p{number}@example.com" for number in range(12)}


def test_two_people_with_one_address_are_two_users(stage):
    """Users are keyed on (issuer, subject): the address is for display."""
    first, second = stage.provider(), stage.provider()
    gateway = stage.gateway({"first": first, "second": second}, {"infraon": realm("first", "second")})
    stand = SimpleNamespace(gateway=gateway, admin=bearer(gateway.admin_token()))
    for name in ("first", "second"):
        gateway.signed_in(provider=name)
    rows = get(stand, "/api/v1/users", email="ada@example.com")["users"]
    assert {row["issuer"] for row in rows} == {first.issuer, second.issuer} and len({row["id"] for row in rows}) == 2


# Realms and providers


def test_realms_are_as_configured(stand):
    rows = {row["name"]: row for row in get(stand, "/api/v1/realms")["realms"]}
    assert set(rows) == {"infraon", "ssp"}
    assert rows["infraon"]["title"] == "Infraon" and rows["infraon"]["providers"] == ["okta", "other"]
    assert rows["ssp"]["default_role"] == "requester" and rows["infraon"]["default_role"] is None
    assert [rule["role"] for rule in rows["infraon"]["roles"]] == ["admin", "technician"]
    assert get(stand, "/api/v1/realms/ssp") == rows["ssp"]
    answer = stand.gateway.send("GET", "/api/v1/realms/nowhere", stand.admin)
    assert (answer.status, problem(answer)) == (404, "realm_unknown")


def test_no_secret_is_in_any_answer(stand):
    from secrets_ledger import leaks

    for path in READS:
        answer = ask(stand, "GET", path, stand.admin)
        assert not leaks(answer.text), path


# Audit


def events(stand, **query) -> list[dict]:
    return get(stand, "/api/v1/audit", limit=1000, **query)["events"]


def test_audit_by_each_filter(stand):
    user = get(stand, "/api/v1/users", email="p6@example.com")["users"][0]["id"]
    mine = events(stand, user=user)
    assert mine and {event["user"] for event in mine} == {user}
    session = next(event["session"] for event in mine if event["session"])
    assert {event["session"] for event in events(stand, session=session)} == {session}
    assert {event["event"] for event in events(stand, event="session.created")} == {"session.created"}
    assert {event["realm"] for event in events(stand, realm="ssp")} == {"ssp"}
    assert {event["provider"] for event in events(stand, provider="okta")} == {"okta"}
    assert events(stand, provider="other") == [] and events(stand, reason="no_such_reason") == []
    both = events(stand, user=user, realm="ssp", event="session.created")
    assert len(both) == 1 and (both[0]["user"], both[0]["realm"]) == (user, "ssp"), "filters add up"


def test_audit_by_reason_and_reference(stand):
    stand.okta.behave(id_token={"nonce": "x" * 43})
    stand.gateway.sign_in(stand.gateway.browser(), provider="okta")
    stand.okta.behave()
    found = events(stand, reason="nonce_mismatch")
    assert found and {event["reason"] for event in found} == {"nonce_mismatch"}
    reference = found[0]["reference"]
    assert [event["reference"] for event in events(stand, reference=reference)] == [reference]


def test_audit_between_times(stand):
    stand.gateway.signed_in(provider="okta")
    rows = events(stand)
    times = [parsed(row["at"]) for row in rows]
    assert times == sorted(times, reverse=True), "the newest first"
    middle = times[len(times) // 2]
    stamp = middle.isoformat().replace("+00:00", "Z")
    assert all(parsed(event["at"]) >= middle for event in events(stand, since=stamp))
    assert all(parsed(event["at"]) < middle for event in events(stand, until=stamp))
    future = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert events(stand, since=future) == []
    assert len(events(stand, until=future)) >= len(rows)
    for offset in ("+02:00", "-07:00"):
        local = middle.astimezone(timezone(timedelta(hours=int(offset[:3])))).isoformat()
        assert all(parsed(event["at"]) >= middle for event in events(stand, since=local))
    for wrong in ("yesterday", "2026-13-01T00:00:00Z", "1700000000", "2026-11-22"):
        answer = stand.gateway.send("GET", f"/api/v1/audit?since={quote(wrong)}", stand.admin)
        assert answer.status == 400 and problem(answer), answer


# The trail of the calls themselves


@pytest.mark.parametrize("method,path", ROUTES)
def test_each_administrative_call_is_audited(method, path, stand):
    began = len(administration(stand, stand.administrator["user"]["id"]))
    ask(stand, method, path, bearer(stand.administrator["token"]))
    recorded = administration(stand, stand.administrator["user"]["id"])
    assert len(recorded) == began + 1, recorded[:3]
    assert recorded[0]["detail"].startswith(f"{method} /api/v1/"), recorded[0]
    assert recorded[0]["address"] == "127.0.0.1"


def administration(stand, actor: str) -> list[dict]:
    return [event for event in events(stand, event="administration.request") if event["actor"] == actor]


def test_an_admin_tokens_calls_are_told_apart(stand):
    actors = {event["actor"] for event in events(stand, event="administration.request")}
    assert len([actor for actor in actors if actor and not actor.startswith("usr_")]) >= 1


def test_the_act_stands_after_its_audit(stand):
    stand.okta.behave(person=person(90))
    session = command_line_session(stand.gateway, provider="okta")["session_id"]
    stand.okta.behave()
    assert stand.gateway.send("DELETE", f"/api/v1/sessions/{session}", stand.admin).status in (200, 204)
    order = [event["event"] for event in events(stand) if event["event"] in ("administration.request", "session.ended")]
    ended = order.index("session.ended")
    assert order[ended + 1] == "administration.request", "the newest stands first"


def test_a_call_that_cannot_be_audited_is_not_done(stage):
    """The store takes no writes for a while: even a list, which writes nothing else, is not given out."""
    gateway = stage.gateway({"okta": stage.provider()})
    admin, agent = bearer(gateway.admin_token()), gateway.signed_in()
    session = gateway.send("GET", "/api/v1/sessions", admin).json["sessions"][0]["id"]
    store = sqlite3.connect(gateway.directory / "gatehouse.db", isolation_level=None, timeout=30)
    store.execute("BEGIN IMMEDIATE")
    try:
        answers = []
        calls = [("GET", "/api/v1/sessions"), ("GET", "/api/v1/users"), ("DELETE", f"/api/v1/sessions/{session}")]
        threads = [
            threading.Thread(target=lambda m=m, p=p: answers.append(gateway.send(m, p, admin, timeout=60)))
            for m, p in calls
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        store.execute("ROLLBACK")
        store.close()
    assert [answer.status for answer in answers] == [503] * 3, answers
    assert all("@example.com" not in answer.text and problem(answer) for answer in answers)
    wait_until(lambda: gateway.check(agent).status == 200, 5, "the session, which nobody ended")


# Addresses and methods


def test_what_is_not_there_is_a_problem(stand):
    for path in (
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v1/sessions/",
        "/api/v1/sessions/a/b",
        "/api/v1/users/a/b",
        "/api/v2/x",
    ):
        answer = stand.gateway.send("GET", path, stand.admin)
        assert answer.status == 404 and problem(answer), answer


def test_other_methods_are_405_with_allow(stand):
    for method, path, allowed in (
        ("PUT", "/api/v1/sessions", {"GET", "DELETE"}),
        ("POST", "/api/v1/session", {"GET", "DELETE"}),
        ("GET", "/api/v1/session/revalidate", {"POST"}),
        ("PATCH", "/api/v1/providers", {"GET", "POST"}),
        ("PUT", "/api/v1/providers/okta", {"GET", "DELETE"}),
        ("GET", "/api/v1/providers/okta/verify", {"POST"}),
        ("DELETE", "/api/v1/users", {"GET"}),
        ("DELETE", "/api/v1/audit", {"GET"}),
        ("GET", "/api/v1/cli/logins", {"POST"}),
        ("GET", "/api/v1/device/token", {"POST"}),
        ("POST", "/api/v1/openapi.json", {"GET"}),
    ):
        answer = stand.gateway.send(method, path, stand.admin, body=b"" if method in ("PUT", "POST", "PATCH") else None)
        assert answer.status == 405 and problem(answer) == "method_not_allowed", answer
        assert {name.strip() for name in answer.header("Allow").split(",")} - {"HEAD"} == allowed, answer


def test_many_calls_at_once_all_answer(stand):
    statuses = []
    threads = [
        threading.Thread(target=lambda: statuses.append(ask(stand, "GET", "/api/v1/sessions", stand.admin).status))
        for _ in range(24)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [200] * 24 and time.monotonic() - began < 20
