"""Forms at the assertion consumer service that are no answers: each gets a clear 4xx, and the gateway goes on."""

import base64
import os
import socket
import time
import zlib

import pytest

from audit_trail import events
from gateway import realm, reference_on
from saml_apps import answer_form, resubmit, saml_stand, trail
from user_agent import UserAgent

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MIB = 1 << 20


@pytest.fixture(scope="module")
def stand(shared):
    """Unsolicited answers are allowed, so that everything is judged."""
    return saml_stand(shared, provider={"idp_initiated": True})


@pytest.fixture(autouse=True)
def goes_on(stand):
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 20
    assert stand.gateway.send("GET", "/healthz").status == 200


def post(stand, body: bytes, headers: dict = FORM, path="/login/saml/okta-saml"):
    """As a program, which needs no second form."""
    return stand.gateway.send("POST", path, headers, body=body)


def send(stand, message: bytes | str, **more):
    text = message if isinstance(message, str) else base64.b64encode(message).decode()
    return stand.gateway.send("POST", "/login/saml/okta-saml", form={"SAMLResponse": text} | more)


def good(stand) -> bytes:
    """A response that would be accepted."""
    return base64.b64decode(answer_form(stand.from_tile(stand.browser())).fields["SAMLResponse"])


def reason(stand, answer) -> str:
    return trail(stand.gateway, reference_on(answer))["reason"]


def test_the_good_twin_is_accepted(stand):
    assert send(stand, good(stand)).status == 303


# The request


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_is_taken(method, stand):
    answer = stand.gateway.send(method, "/login/saml/okta-saml?SAMLResponse=abc")
    assert answer.status == 405 and answer.header("Allow") == "POST"


def test_somebody_who_opens_the_address_sees_a_page(stand):
    answer = stand.browser().get(stand.app.acs)
    assert answer.status == 405 and answer.header("Content-Type").startswith("text/html") and answer.page.text.strip()


NOWHERE = ["nobody", "", "okta-saml/", "okta-saml/other", "OKTA-SAML", "okta-saml%2F", "okta-saml/metadata/", "."]


@pytest.mark.parametrize("path", ["/login/saml", *(f"/login/saml/{name}" for name in NOWHERE)])
def test_other_addresses_are_not_there(path, stand):
    assert post(stand, b"SAMLResponse=abc", path=path).status == 404


def test_a_provider_of_another_kind_has_no_such_address(stage):
    okta = {
        "kind": "okta",
        "url": "https://acme.okta.com",
        "client_id": "0oa1example",
        "client_secret": "never-used-here",
    }
    other = saml_stand(stage, realms={"infraon": realm("okta-saml", "okta")}, more={"okta": okta})
    assert post(other, b"SAMLResponse=abc", path="/login/saml/okta").status == 404
    assert other.gateway.send("GET", "/login/saml/okta/metadata").status == 404


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", None])
def test_other_bodies_than_forms_are_refused(kind, stand):
    answer = post(stand, b'{"SAMLResponse": "abc"}', {"Content-Type": kind} if kind else {})
    assert answer.status in (400, 415), answer


def test_a_form_without_a_response_is_told_so(stand):
    for body in (b"", b"RelayState=abc", b"SAMLRequest=abc", b"samlresponse=abc", b"&&&"):
        answer = post(stand, body)
        assert answer.status == 400 and reason(stand, answer) == "saml_response_missing", (body, answer)


DOUBLE = [
    b"SAMLResponse=a&SAMLResponse=b",
    b"SAMLResponse=a&RelayState=b&RelayState=c",
    b"SAMLResponse=a&%53AMLResponse=b",
]


@pytest.mark.parametrize("body", DOUBLE)
def test_a_field_that_is_there_twice_is_refused(body, stand):
    """Which of the two somebody before us has looked at is not to be known."""
    answer = post(stand, body)
    assert answer.status == 400 and reference_on(answer)


@pytest.mark.parametrize(
    "body", [b"SAMLResponse=%ff%fe", b"SAMLResponse=%zz", b"SAMLResponse=%", b"%00=%00&SAMLResponse=a"]
)
def test_a_form_that_cannot_be_read_is_refused(body, stand):
    assert post(stand, body).status == 400


# Size


def test_a_huge_form_gets_a_clean_answer(stand):
    answer = post(stand, b"SAMLResponse=" + b"A" * (4 * MIB))
    assert answer.status == 413 and answer.page.text.strip()


def test_a_huge_form_that_never_comes_is_not_waited_for(stand):
    head = (
        f"POST /login/saml/okta-saml HTTP/1.1\r\nHost: localhost\r\nContent-Length: {10**12}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nSAMLResponse="
    )
    with socket.create_connection(("127.0.0.1", stand.gateway.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).split()[1] in (b"408", b"413")


def test_a_huge_form_in_chunks_is_refused_when_it_has_become_too_long(stand):
    head = (
        "POST /login/saml/okta-saml HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", stand.gateway.port), timeout=10) as connection:
        connection.sendall(head.encode())
        block = b"%x\r\n" % MIB + b"A" * MIB + b"\r\n"
        try:
            for _ in range(64):
                connection.sendall(block)
        except ConnectionError:
            pass  # it has hung up on us, which is an answer too
        try:
            received = connection.recv(65536)
        except ConnectionError:
            received = b""
    assert received == b"" or b" 413 " in received.splitlines()[0]


def test_more_than_a_mebibyte_of_xml_is_refused_and_just_below_is_judged(stand):
    """The form may be larger than its XML: base64, and percent signs."""
    xml = good(stand)
    above = send(stand, xml + b" " * (MIB - len(xml) + 1))
    assert above.status == 400 and reason(stand, above) == "xml_too_large"
    assert send(stand, xml + b" " * (MIB - len(xml))).status == 303


# What stands for a response


BAD_TEXTS = {
    "empty": "",
    "not-base64": "<<<not base64>>>",
    "url-alphabet": "abc-_abc",
    "no-padding": "PHg-",
    "too-much-padding": "PHgvPg====",
    "bits-left-over": "PHgvPh==",
    "inside-padding": "PH==gvPg",
    "nul": "PHgv\0Pg==",
    "raw-xml": "<samlp:Response/>",
}


@pytest.mark.parametrize("kind", BAD_TEXTS)
def test_malformed_base64_is_told_by_its_name(kind, stand):
    answer = send(stand, BAD_TEXTS[kind])
    assert answer.status == 400
    assert reason(stand, answer) in ("base64_malformed", "form_malformed", "saml_response_missing", "xml_empty")


BAD_BYTES = {
    "garbage": (os.urandom(500), None),
    "nul": (b"<x>\0</x>", "xml_control_character"),
    "utf-16": ('<?xml version="1.0" encoding="UTF-16"?><x/>'.encode("utf-16"), None),
    "json": (b'{"a": 1}', None),
    "html": (b"<html><body>Sign in</body></html>", "root_unexpected"),
    "doctype": (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "xml_doctype"),
    "comment": (b"<x><!-- --></x>", "xml_comment"),
    "instruction": (b"<x><?php ?></x>", "xml_processing_instruction"),
    "cdata": (b"<x><![CDATA[a]]></x>", "xml_cdata"),
    "cut-short": (b"<x><y>", None),
    "deep": (b"<x>" * 100_000, "xml_too_deep"),
    "many-nodes": (b"<x>" + b"<y/>" * 60_000 + b"</x>", "xml_too_many_nodes"),
    "many-attributes": (b"<x " + b" ".join(b'a%d=""' % n for n in range(50_000)) + b"/>", "xml_too_many_attributes"),
    "deflated": (zlib.compress(b"<x/>" * 1000)[2:-4], None),
}


@pytest.mark.parametrize("kind", BAD_BYTES)
def test_bytes_that_are_no_response_are_refused(kind, stand):
    data, code = BAD_BYTES[kind]
    answer = send(stand, data)
    assert answer.status == 400
    assert code is None or reason(stand, answer) == code


def test_white_space_in_base64_is_forgiven(stand):
    """Okta wraps it at 76 characters."""
    text = base64.encodebytes(good(stand)).decode().replace("\n", "\r\n")
    assert send(stand, text).status == 303


def test_a_malformed_answer_to_a_request_uses_it_up(stand):
    agent = stand.browser()
    fields = answer_form(stand.answered(agent)).fields
    bad = agent.post(stand.app.acs, form=fields | {"SAMLResponse": "!"}, referrer=stand.simulator.origin + "/")
    assert bad.status == 400 and reason(stand, bad) == "base64_malformed"
    late = resubmit(agent, agent.post(stand.app.acs, form=fields, referrer=stand.simulator.origin + "/"))
    assert late.status == 400 and reason(stand, late) == "attempt_unknown"


@pytest.mark.parametrize(
    "state", ["x", "x" * 100_000, "\0", "ü", "../..", "0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAA"], ids=len
)
def test_a_strange_relay_state_is_harmless(state, stand):
    answer = send(stand, "PHgvPg==", RelayState=state)
    assert answer.status == 400 and answer.page.text.strip()


# Text that is slow to compare: one letter and thousands of accents, which a normal form would have to sort

ACCENTS = "a" + "\u0301\u0316" * 120_000
SLOW = {
    "a-fields-name": {ACCENTS: "x", "SAMLResponse": "PHgvPg=="},
    "the-relay-state": {"RelayState": ACCENTS, "SAMLResponse": "PHgvPg=="},
    "the-response": {"SAMLResponse": ACCENTS},
    "an-id": {"SAMLResponse": base64.b64encode(f'<x ID="{ACCENTS}" xmlns="urn:x"/>'.encode()).decode()},
    "a-name": {"SAMLResponse": base64.b64encode(f"<{ACCENTS}/>".encode()).decode()},
}


@pytest.mark.parametrize("place", SLOW)
def test_accents_without_end_cost_no_time(place, stand):
    start = time.monotonic()
    answer = stand.gateway.send("POST", "/login/saml/okta-saml", form=SLOW[place])
    assert answer.status in (400, 413) and answer.page.text.strip()
    assert time.monotonic() - start < 5


# Who sends too many


def test_too_many_from_one_address_are_refused_and_leave_no_trace(stage):
    """Or it would be the trail that somebody fills."""
    limits = {"logins_per_address": 5, "logins_per_account": 100, "device_per_address": 100}
    stand = saml_stand(stage, rate_limits=limits, provider={"idp_initiated": True})
    stranger = UserAgent(headers={"X-Forwarded-For": "203.0.113.7"})
    answers = [stranger.post(stand.app.acs, form={"SAMLResponse": "PHgvPg=="}, program=True) for _ in range(12)]
    assert [answer.status for answer in answers] == [400] * 5 + [429] * 7
    assert answers[-1].header("Retry-After")
    assert len(events(stand.gateway, "login.failed")) == 5
