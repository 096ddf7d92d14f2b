"""The three faces of the session check: which status, which Location, for whom."""

from urllib.parse import parse_qs, urlsplit

import pytest

from gateway import realm
from user_agent import HTML

FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "app.example.com",
    "X-Forwarded-Uri": "/tickets?id=7&x=a%20b",
    "X-Forwarded-Method": "GET",
}
ORIGINAL = "https://app.example.com/tickets?id=7&x=a%20b"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]
NAVIGATION = {"Accept": HTML, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FACES = ["", "/forward", "/envoy/tickets"]


@pytest.fixture(scope="module")
def ada(gateway):
    return gateway.signed_in()


def return_to(answer) -> str | None:
    values = parse_qs(urlsplit(answer.header("Location")).query).get("return_to", [None])
    assert len(values) == 1
    return values[0]


def is_login_page(gateway, location: str) -> bool:
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{gateway.url}/login"


# Signed in


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("method", METHODS)
def test_any_method_is_answered_200_for_someone_signed_in(face, method, gateway, ada):
    query = "" if "envoy" in face else "realm=infraon"
    answer = gateway.check(ada, query, face, method=method)
    assert answer.status == 200, answer
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("X-Auth-Email") == "ada@example.com"


@pytest.mark.parametrize("face", FACES)
def test_someone_without_the_role_is_answered_403(face, gateway, ada):
    headers = {"X-Gatehouse-Check": "role=owner"}
    answer = gateway.check(ada, "" if "envoy" in face else "realm=infraon", face, headers=headers)
    assert answer.status == 403
    assert answer.header("Cache-Control") == "no-store"
    assert not any(name.lower().startswith("x-auth-") for name, _ in answer.headers)


def test_a_session_is_known_on_a_path_below_envoys_prefix_only(gateway, ada):
    assert gateway.check(ada, "realm=infraon", "/envoyish").status == 404


# Not signed in: /session/check


@pytest.mark.parametrize("method", METHODS)
def test_the_plain_face_answers_401_with_the_login_page_as_location(method, gateway):
    headers = {"X-Original-URL": ORIGINAL, "X-Original-Method": method}
    answer = gateway.check(headers=headers, method=method)
    assert answer.status == 401
    assert answer.header("Cache-Control") == "no-store"
    assert is_login_page(gateway, answer.header("Location"))
    assert return_to(answer) == ORIGINAL
    assert "realm=infraon" in answer.header("Location")
    assert answer.header("WWW-Authenticate"), "RFC 9110 §15.5.2 wants one on every 401"


def test_the_plain_face_understands_forwarded_headers_too(gateway):
    answer = gateway.check(headers=FORWARDED)
    assert (answer.status, return_to(answer)) == (401, ORIGINAL)


def test_the_plain_face_never_redirects_by_itself(gateway):
    """nginx makes an internal error of anything but 2xx, 401 and 403."""
    assert gateway.check(headers=FORWARDED | NAVIGATION).status == 401


def test_without_an_original_url_the_location_is_the_bare_login_page(gateway):
    answer = gateway.check()
    assert is_login_page(gateway, answer.header("Location"))
    assert return_to(answer) is None


# Not signed in: /session/check/forward and /session/check/envoy


@pytest.mark.parametrize("method, status", [("GET", 302), ("HEAD", 302), ("POST", 303), ("PUT", 303), ("DELETE", 303)])
def test_a_navigating_browser_is_redirected_to_the_login_page(method, status, gateway):
    answer = gateway.check(face="/forward", headers=FORWARDED | NAVIGATION | {"X-Forwarded-Method": method})
    assert answer.status == status
    assert is_login_page(gateway, answer.header("Location"))
    assert return_to(answer) == ORIGINAL
    assert answer.header("Cache-Control") == "no-store"


PROGRAMS = {
    "accepts-json": {"Accept": "application/json"},
    "accepts-nothing-in-particular": {"Accept": None},
    "accepts-an-image": {"Accept": "image/avif,image/webp,*/*;q=0.8"},
    "xhr": {"Accept": HTML, "X-Requested-With": "XMLHttpRequest"},
    "fetch": {"Accept": HTML, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    "fetch-of-the-own-origin": {"Accept": HTML, "Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty"},
    "websocket": {"Accept": HTML, "Sec-Fetch-Mode": "websocket", "Sec-Fetch-Dest": "empty"},
    "script": {"Accept": HTML, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("face", ["/forward", "/envoy/tickets"])
def test_a_program_gets_401_as_json(name, face, gateway):
    answer = gateway.check(
        query="" if "envoy" in face else "realm=infraon", face=face, headers=FORWARDED | PROGRAMS[name]
    )
    assert answer.status == 401, answer
    assert "json" in answer.header("Content-Type")
    assert isinstance(answer.json, dict)
    assert answer.header("Cache-Control") == "no-store"


BROWSERS = {
    "old-without-fetch-metadata": {"Accept": HTML},
    "new": NAVIGATION,
    "accept-in-other-case": {"Accept": "TEXT/HTML"},
}


@pytest.mark.parametrize("name", BROWSERS)
def test_a_browser_is_recognised_when_it_is(name, gateway):
    assert gateway.check(face="/forward", headers=FORWARDED | BROWSERS[name]).status == 302


@pytest.mark.parametrize("method, status", [("GET", 302), ("POST", 303), ("DELETE", 303)])
def test_envoys_own_method_path_and_host_make_the_return_address(method, status, gateway):
    headers = {"Host": "app.example.com", "X-Forwarded-Proto": "https"} | NAVIGATION
    answer = gateway.check(query="a=1&b=%2F", face="/envoy/tickets/x%20y", headers=headers, method=method)
    assert answer.status == status, answer
    assert is_login_page(gateway, answer.header("Location"))
    assert return_to(answer) == "https://app.example.com/tickets/x%20y?a=1&b=%2F"


def test_the_root_of_an_application_behind_envoy(gateway):
    headers = {"Host": "app.example.com", "X-Forwarded-Proto": "https"} | NAVIGATION
    assert return_to(gateway.check(query="", face="/envoy/", headers=headers)) == "https://app.example.com/"


def test_the_query_behind_envoys_prefix_belongs_to_the_application(gateway, ada):
    """An application's ?role=… or ?realm=… is neither a rule nor an error."""
    for query in ("role=owner", "realm=nowhere", "max_age=x", "headers=remote", "group=nobody"):
        answer = gateway.check(ada, query, "/envoy/tickets")
        assert answer.status == 200 and answer.header("X-Auth-Email") == "ada@example.com", query


# Rules of the question


def test_an_unknown_realm_is_400_on_every_face(gateway, ada):
    assert gateway.check(ada, "realm=nowhere").status == 400
    assert gateway.check(ada, "realm=nowhere", "/forward").status == 400
    assert gateway.check(ada, "", "/envoy/x", headers={"X-Gatehouse-Check": "realm=nowhere"}).status == 400


def test_one_realm_need_not_be_named(gateway, ada):
    assert gateway.check(ada, "").status == 200
    assert gateway.check(ada, "", "/forward").status == 200


def test_with_several_realms_one_must_be_named(stage):
    provider = stage.provider()
    realms = {"infraon": realm("okta"), "ssp": realm("okta", title="Portal")}
    gateway = stage.gateway({"okta": provider}, realms, trusted_proxies=["127.0.0.1"])
    agent = gateway.signed_in()
    for face in ("", "/forward", "/envoy/x"):
        answer = gateway.check(agent, "", face)
        assert answer.status == 400 and answer.header("Cache-Control") == "no-store", (face, answer)
    assert gateway.check(agent, "realm=infraon").status == 200
    assert gateway.check(agent, "realm=ssp").status == 401
    assert gateway.check(agent, "", "/envoy/x", headers={"X-Gatehouse-Check": "realm=infraon"}).status == 200


@pytest.mark.parametrize(
    "rule, status",
    [
        ("role=admin", 200),
        ("role=technician", 200),
        ("role=owner", 403),
        ("role=owner,admin", 200),
        ("role=owner,boss", 403),
        ("role=Admin", 403),
        ("role=adm", 403),
        ("group=Everyone", 200),
        ("group=everyone", 403),
        ("group=nobody,infraon-admins", 200),
        ("group=infraon-*", 403),
        ("role=admin&group=Everyone", 200),
        ("role=admin&group=nobody", 403),
        ("role=owner&group=Everyone", 403),
        ("max_age=15m", 200),
        ("max_age=1h&role=admin", 200),
    ],
)
def test_role_group_and_max_age_by_query_and_by_header(rule, status, gateway, ada):
    assert gateway.check(ada, f"realm=infraon&{rule}").status == status
    assert gateway.check(ada, "realm=infraon", headers={"X-Gatehouse-Check": rule}).status == status
    assert gateway.check(ada, "", "/envoy/x", headers={"X-Gatehouse-Check": f"realm=infraon&{rule}"}).status == status


@pytest.mark.parametrize(
    "query, header, status",
    [
        ("role=admin", "role=technician", 200),
        ("role=admin", "role=owner", 403),
        ("role=owner", "role=admin", 403),
        ("role=admin", "group=nobody", 403),
        ("max_age=15m", "max_age=1h", 200),
    ],
)
def test_query_and_header_must_both_hold(query, header, status, gateway, ada):
    assert gateway.check(ada, f"realm=infraon&{query}", headers={"X-Gatehouse-Check": header}).status == status


def test_two_different_realms_cannot_both_hold(gateway, ada):
    answer = gateway.check(ada, "realm=infraon", headers={"X-Gatehouse-Check": "realm=other"})
    assert answer.status in (400, 403)


@pytest.mark.parametrize(
    "query", ["max_age=abc", "max_age=-1s", "max_age=15", "max_age=", "headers=nonsense", "role=%zz", "role=%ff"]
)
def test_a_malformed_question_is_400(query, gateway, ada):
    answer = gateway.check(ada, f"realm=infraon&{query}")
    assert answer.status == 400, answer
    assert answer.header("Cache-Control") == "no-store"


@pytest.mark.parametrize("query", ["role=", "group=", "role=,", "role=,,", "role", "group=,"])
def test_an_empty_list_of_roles_allows_nobody(query, gateway, ada):
    """A template that left its variable empty must not open the door."""
    assert gateway.check(ada, f"realm=infraon&{query}").status in (400, 403)


@pytest.mark.parametrize("header", ["max_age=abc", "realm=infraon&realm=other", "%zz", "role=%ff"])
def test_a_malformed_check_header_of_a_trusted_proxy_is_400(header, gateway, ada):
    assert gateway.check(ada, "realm=infraon", headers={"X-Gatehouse-Check": header}).status in (400, 403)


@pytest.mark.parametrize(
    "path", ["/session", "/session/", "/session/checks", "/session/check/other", "/session/check2"]
)
def test_other_paths_are_404_and_never_200(path, gateway, ada):
    headers = {"Cookie": ada.cookie_header(gateway.url + "/", "GET", "none")}
    assert gateway.send("GET", path, headers).status == 404


@pytest.mark.parametrize(
    "path", ["/session//check", "/session/./check", "/x/../session/check", "/session/%63heck", "/session/check;x=1"]
)
def test_odd_spellings_of_the_path_are_the_check_or_nothing(path, gateway):
    """Without a session no spelling answers 200."""
    assert gateway.send("GET", path + "?realm=infraon").status in (400, 401, 404)


def test_a_head_answer_has_no_body(gateway):
    assert gateway.check(method="HEAD").body == b""


def test_a_body_sent_along_is_ignored(gateway, ada):
    assert gateway.check(ada, method="POST", body=b"x" * 1000).status == 200
