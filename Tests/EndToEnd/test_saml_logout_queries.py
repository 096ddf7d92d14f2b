"""The redirect binding's query at /logout/saml/{provider}, and the form of the other binding, bent in every way that two
readers could see differently (CVE-2025-27773), and such as unpack to more than they are. Each is a good one with one change.
"""

import base64
import gzip
import re
import time
import zlib
from urllib.parse import quote, unquote

import pytest

from handmade_provider import FRAME, Person, deliver, received
from handmade_saml import deflated, form_value, logout_request, new_id, query
from saml_keys import METHODS
from saml_logout_steps import assert_logout_refused, handmade_stand
from waiting import wait_until

DEFLATE = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"


@pytest.fixture(scope="module")
def stand(shared):
    return handmade_stand(shared)


@pytest.fixture(scope="module")
def gateway(stand):
    return stand.gateway


@pytest.fixture
def somebody(stand):
    """A person who is signed in, their browser, and a good query that would sign them out."""
    person = Person()
    agent = stand.provider.signed_in(stand.gateway, person)
    xml = stand.provider.logout_request(stand.gateway, person)
    return agent, query("SAMLRequest", xml, stand.provider.key, relay_state="rs")


def parts(text: str) -> dict:
    """The parameters as they stand there."""
    return dict(pair.split("=", 1) for pair in text.split("&"))


def joined(values: dict) -> str:
    return "&".join(f"{name}={value}" for name, value in values.items())


def refused(stand, agent, text, code):
    event = assert_logout_refused(stand.gateway, deliver(stand.gateway, text), code)
    assert stand.gateway.check(agent).status == 200, "the session is as it was"
    return event


def other_request(stand, agent) -> str:
    """What somebody who can get signatures for themselves would like to have read in place of theirs."""
    xml = stand.provider.logout_request(stand.gateway, Person())
    return parts(query("SAMLRequest", xml, None))["SAMLRequest"]


# name: (what becomes of the query, the reason)
BENT = {
    "the-request-twice": (lambda q: q + "&SAMLRequest=" + parts(q)["SAMLRequest"], "query_parameter_repeated"),
    "another-request-first": (lambda q: "SAMLRequest=x&" + q, "query_parameter_repeated"),
    "the-relay-state-twice": (lambda q: q + "&RelayState=other", "query_parameter_repeated"),
    "the-algorithm-twice": (lambda q: q + "&SigAlg=x", "query_parameter_repeated"),
    "the-signature-twice": (lambda q: q + "&Signature=x", "query_parameter_repeated"),
    "a-parameter-of-nobodys-twice": (lambda q: q + "&x=1&x=2", "query_parameter_repeated"),
    "an-encoded-name-of-the-request": (lambda q: q.replace("SAMLRequest=", "SAMLReques%74="), "query_parameter_encoded"),
    "an-encoded-name-beside": (lambda q: q + "&SAMLReques%74=x", "query_parameter_encoded"),
    "an-encoded-name-of-the-relay-state": (lambda q: q.replace("RelayState=", "%52elayState="), "query_parameter_encoded"),
    "an-encoded-name-of-the-signature": (lambda q: q.replace("Signature=", "Signatur%65="), "query_parameter_encoded"),
    "an-encoded-name-of-the-algorithm": (lambda q: q.replace("SigAlg=", "Sig%41lg="), "query_parameter_encoded"),
    "a-plus-in-a-name": (lambda q: q + "&SAML+Request=x", "query_parameter_encoded"),
    "a-response-too": (lambda q: q + "&SAMLResponse=" + parts(q)["SAMLRequest"], "query_message_ambiguous"),
    "a-response-first": (lambda q: "SAMLResponse=x&" + q, "query_message_ambiguous"),
    "an-empty-response-too": (lambda q: q + "&SAMLResponse=", "query_message_ambiguous"),
    "another-relay-state": (lambda q: q.replace("RelayState=rs", "RelayState=sr"), "signature_invalid"),
    "no-relay-state": (lambda q: q.replace("&RelayState=rs", ""), "signature_invalid"),
    "an-empty-relay-state": (lambda q: q.replace("RelayState=rs", "RelayState="), "signature_invalid"),
    "other-escapes-after-signing": (lambda q: q.replace("RelayState=rs", "RelayState=%72s"), "signature_invalid"),
    "escapes-in-lower-case-after-signing": (lambda q: q.replace("%2F", "%2f").replace("%3A", "%3a"), "signature_invalid"),
    "another-algorithm": (lambda q: q.replace("rsa-sha256", "rsa-sha512"), "signature_invalid"),
    "an-algorithm-of-another-key": (lambda q: q.replace("rsa-sha256", "ecdsa-sha256"), "key_algorithm_mismatch"),
    "an-unknown-algorithm": (lambda q: q.replace("rsa-sha256", "rsa-md5"), "signature_algorithm_unsupported"),
    "an-algorithm-with-the-providers-key": (lambda q: q.replace("rsa-sha256", "hmac-sha256"), "signature_algorithm_symmetric"),
    "an-empty-algorithm": (lambda q: joined(parts(q) | {"SigAlg": ""}), "signature_algorithm_unsupported"),
    "no-algorithm": (lambda q: joined({k: v for k, v in parts(q).items() if k != "SigAlg"}), "query_signature_malformed"),
    "no-signature": (lambda q: q.split("&Signature=")[0], "query_signature_malformed"),
    "an-empty-signature": (lambda q: joined(parts(q) | {"Signature": ""}), "query_signature_malformed"),
    "a-signature-that-is-no-base64": (lambda q: joined(parts(q) | {"Signature": "***"}), "query_signature_malformed"),
    "a-signature-in-the-url-alphabet": (lambda q: joined(parts(q) | {"Signature": 43 * "-_a_"}), "query_signature_malformed"),
    "a-signature-cut-short": (lambda q: joined(parts(q) | {"Signature": quote(form_value("x" * 255), safe="")}), "signature_invalid"),
    "neither-algorithm-nor-signature": (lambda q: q.split("&SigAlg=")[0], "logout_signature_missing"),
    "another-encoding": (lambda q: q + "&SAMLEncoding=" + quote(DEFLATE + "64", safe=""), "query_encoding_unsupported"),
    "an-empty-encoding": (lambda q: q + "&SAMLEncoding=", "query_encoding_unsupported"),
    "nothing": (lambda q: "", "redirect_query_malformed"),
    "no-message": (lambda q: "RelayState=x", "query_message_missing"),
    "a-name-in-other-case": (lambda q: q.replace("SAMLRequest=", "samlrequest="), "query_message_missing"),
    "an-empty-request": (lambda q: joined(parts(q) | {"SAMLRequest": ""}), "deflate_malformed"),
    "a-request-without-a-value": (lambda q: "SAMLRequest&" + q.split("&", 1)[1], "redirect_query_malformed"),
    "an-ampersand-too-many": (lambda q: q + "&", "redirect_query_malformed"),
    "a-parameter-without-a-name": (lambda q: q + "&=x", "redirect_query_malformed"),
    "a-broken-escape": (lambda q: q.replace("RelayState=rs", "RelayState=%zz"), "redirect_query_malformed"),
    "bytes-that-are-no-utf-8": (lambda q: q.replace("RelayState=rs", "RelayState=%ff%fe"), "redirect_query_malformed"),
    "many-parameters": (lambda q: q + "".join(f"&x{n}=1" for n in range(40)), "query_too_long"),
    "a-relay-state-that-is-long": (lambda q: q.replace("RelayState=rs", "RelayState=" + "x" * 4097), "relay_state_too_long"),
}  # fmt: skip


@pytest.mark.parametrize("name", BENT)
def test_a_query_that_has(name, stand, somebody):
    agent, text = somebody
    change, code = BENT[name]
    assert change(text) != text
    refused(stand, agent, change(text), code)


def test_the_twin_of_all_these_is_good(stand, somebody):
    agent, text = somebody
    told = received(deliver(stand.gateway, text), "SAMLResponse")
    assert told.relay_state == "rs" and stand.gateway.check(agent).status == 401


def test_what_else_stands_in_the_query_is_nothing_to_it(stand, somebody):
    agent, text = somebody
    assert deliver(stand.gateway, f"utm=1&{text}&x=%zz&SAMLEncoding={quote(DEFLATE, safe='')}").status == 303
    assert stand.gateway.check(agent).status == 401


def test_the_order_of_the_parameters_is_nothing_to_it(stand, somebody):
    """What was signed has the order of the specification, wherever the parameters stand."""
    agent, text = somebody
    assert deliver(stand.gateway, joined(dict(reversed(parts(text).items())))).status == 303
    assert stand.gateway.check(agent).status == 401


def test_a_signature_over_another_order_is_none(stand, somebody):
    agent, text = somebody
    values = {name: parts(text)[name] for name in ("RelayState", "SAMLRequest", "SigAlg")}
    signature = stand.provider.key.sign(joined(values).encode())
    values["Signature"] = quote(base64.b64encode(signature).decode(), safe="")
    refused(stand, agent, joined(values), "signature_invalid")


@pytest.mark.parametrize("spelling", [str.lower, lambda escapes: escapes], ids=["lower", "upper"])
def test_another_encoders_escapes_are_as_good_when_they_were_signed(spelling, stand, somebody):
    """The octets count as they came: not everybody writes %2F."""
    agent, text = somebody
    values = {name: parts(text)[name] for name in ("SAMLRequest", "RelayState", "SigAlg")}
    values["RelayState"] = "%72%73"
    signed = "&".join(f"{name}={lower_escapes(value, spelling)}" for name, value in values.items())
    signature = quote(base64.b64encode(stand.provider.key.sign(signed.encode())).decode(), safe="")
    told = received(deliver(stand.gateway, f"{signed}&Signature={signature}"), "SAMLResponse")
    assert told.relay_state == "rs" and stand.gateway.check(agent).status == 401


def lower_escapes(text: str, spelling) -> str:
    return re.sub("%..", lambda match: spelling(match.group(0)), text)


@pytest.mark.parametrize("method", ["rsa-sha256", "rsa-sha384", "rsa-sha512"])
def test_signatures_of_every_allowed_method(method, stand, somebody):
    person = Person()
    agent = stand.provider.signed_in(stand.gateway, person)
    xml = stand.provider.logout_request(stand.gateway, person)
    assert deliver(stand.gateway, query("SAMLRequest", xml, stand.provider.key, method=method)).status == 303
    assert stand.gateway.check(agent).status == 401
    lying = query("SAMLRequest", xml, stand.provider.key, method=method, name="ecdsa-sha512")
    assert METHODS["ecdsa-sha512"] in unquote(lying)
    refused(stand, somebody[0], lying, "key_algorithm_mismatch")


def test_raw_bytes_that_no_url_holds(stand, somebody):
    agent, text = somebody
    answer = deliver(stand.gateway, text.replace("RelayState=rs", 'RelayState="<>"'))
    assert answer.status == 400 and stand.gateway.check(agent).status == 200


def test_a_query_of_half_a_megabyte(stand, somebody):
    agent, text = somebody
    try:
        assert deliver(stand.gateway, text + "&x=" + "y" * 500_000).status in (400, 413, 414, 431)
    except OSError:
        pass  # it hung up in the middle, which is an answer too
    assert stand.gateway.check(agent).status == 200


# Packed messages

MEBIBYTE = 1 << 20

PACKED = {
    "not-packed": (lambda xml: xml, "deflate_malformed"),
    "packed-with-a-header": (lambda xml: zlib.compress(xml), "deflate_malformed"),
    "packed-by-gzip": (lambda xml: gzip.compress(xml), "deflate_malformed"),
    "packed-twice": (lambda xml: deflated(deflated(xml)), None),
    "cut-short": (lambda xml: deflated(xml)[:-4], "deflate_malformed"),
    "more-after-the-end": (lambda xml: deflated(xml) + b"\0", "deflate_trailing_bytes"),
    "two-streams": (lambda xml: deflated(xml) * 2, "deflate_trailing_bytes"),
    "a-bomb-of-ten-megabytes": (lambda xml: deflated(xml + b" " * (10 * MEBIBYTE)), "inflated_too_much"),
    "nothing-packed": (lambda xml: deflated(b""), "xml_empty"),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_message_that_is(name, stand, somebody):
    agent, _ = somebody
    change, code = PACKED[name]
    xml = logout_request(stand.provider.issuer, f"{stand.gateway.url}/logout/saml/okta", "x")
    packed = change(xml.replace("<!signature!>", "").encode())
    started = time.monotonic()
    answer = deliver(stand.gateway, query("SAMLRequest", packed, stand.provider.key))
    assert time.monotonic() - started < 2
    assert answer.status == 400 and stand.gateway.check(agent).status == 200
    if code:
        assert_logout_refused(stand.gateway, answer, code)


def test_a_bomb_too_large_to_be_sent(stand, somebody):
    text = query("SAMLRequest", deflated(b" " * (100 * MEBIBYTE)), stand.provider.key)
    try:
        assert deliver(stand.gateway, text).status in (400, 414, 431)
    except OSError:
        pass  # it hung up in the middle
    assert stand.gateway.check(somebody[0]).status == 200


def test_a_message_of_more_than_a_mebibyte_that_is_no_bomb(stand, somebody):
    """Not by its ratio; the size alone is too much."""
    lines = b"".join(b"%06d" % (n % 997) + b"x" * 260 for n in range(4_500))
    assert len(lines) > MEBIBYTE and len(lines) / 95 < len(deflated(lines))
    refused(stand, somebody[0], query("SAMLRequest", deflated(lines), stand.provider.key), "inflated_too_large")


@pytest.mark.parametrize("change", [lambda text: text + "=", lambda text: text[:-1], lambda text: " " + text])
def test_base64_is_strict(change, stand, somebody):
    agent, text = somebody
    values = parts(text)
    values["SAMLRequest"] = quote(change(unquote(values["SAMLRequest"])), safe="")
    refused(stand, agent, joined(values), "base64_malformed")


# Forms


def test_forms_that_are_none(stand, somebody):
    agent, _ = somebody
    xml = stand.provider.sign(stand.provider.logout_request(stand.gateway, Person()))
    good = quote(form_value(xml), safe="")
    bodies = {
        "": "logout_message_unexpected",
        "RelayState=x": "logout_message_unexpected",
        f"SAMLRequest={good}&SAMLResponse={good}": "logout_message_unexpected",
        f"SAMLRequest={good}&SAMLRequest={good}": "logout_message_malformed",
        f"SAMLRequest={good}&RelayState=1&RelayState=2": "logout_message_malformed",
        "SAMLRequest=%zz": "logout_message_malformed",
        "SAMLRequest=***": "base64_malformed",
        "SAMLRequest=": "logout_message_unexpected",
    }
    for body, code in bodies.items():
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | FRAME
        answer = stand.gateway.send("POST", "/logout/saml/okta", headers, body=body.encode())
        assert answer.status == 400, (body[:40], answer)
        assert_logout_refused(stand.gateway, answer, code)
    assert stand.gateway.check(agent).status == 200


def test_a_form_is_never_unpacked(stand, somebody):
    """Rule 1: only the redirect binding packs."""
    xml = stand.provider.sign(stand.provider.logout_request(stand.gateway, Person()))
    form = {"SAMLRequest": base64.b64encode(deflated(xml.encode())).decode()}
    answer = deliver(stand.gateway, form)
    assert answer.status == 400, answer


def test_a_form_of_many_megabytes_is_not_read(stand, somebody):
    agent, _ = somebody
    try:
        answer = deliver(stand.gateway, {"SAMLRequest": "A" * (8 * MEBIBYTE)})
        assert answer.status in (400, 413), answer
    except OSError:
        pass  # it hung up in the middle
    assert stand.gateway.check(agent).status == 200


def test_a_message_in_the_query_of_a_form_is_not_looked_at(stand, somebody):
    agent, text = somebody
    answer = stand.gateway.send("POST", f"/logout/saml/okta?{text}", FRAME, form={"RelayState": "x"})
    assert answer.status == 400 and stand.gateway.check(agent).status == 200


def test_json_is_no_form(stand, somebody):
    headers = {"Content-Type": "application/json"}
    answer = stand.gateway.send("POST", "/logout/saml/okta", headers, body=b'{"SAMLRequest":"x"}')
    assert answer.status in (400, 415), answer


def test_after_all_that_the_gateway_is_as_it_was(stand, gateway):
    """No refusal has grown the process or stopped it; the log has a line for each."""
    person = Person()
    agent = stand.provider.signed_in(gateway, person)
    assert stand.provider.log_out(gateway, person, new_id(), person.session_index).status == 200
    assert gateway.check(agent).status == 401
    wait_until(lambda: "inflated_too_much" in gateway.log, 2, "the bombs in the log")
    size = int(next(line for line in open(f"/proc/{gateway.process.child.pid}/status") if "VmHWM" in line).split()[1])
    assert size < 600_000, f"{size} kB at the most"
