"""Responses with one thing wrong: a page with a reference for the person, the precise reason for the administrator, and
nobody's data anywhere."""

import json

import pytest

from gateway import assert_login_failed
from saml_apps import SIGNING_KEY, answer_form, assert_refused, choose, deliver, saml_stand, signing, trail
from saml_keys import SAMLKey

# Words that stand in the response and nowhere else.
PRIVATE = ["zora.private@example.com", "Zora", "Privatelastname", "group-that-nobody-sees", "zora"]
ZORA = {
    "name": "Zora Privatelastname",
    "email": "zora.private@example.com",
    "groups": ["infraon-admins", "group-that-nobody-sees"],
}
EVIL = "https://evil.example.org/sp"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"


@pytest.fixture(scope="module")
def stand(shared):
    key = SAMLKey("decryption")
    provider = {"decryption_key": key.private_pem} | signing()
    return saml_stand(shared, people=[ZORA], app={"sp_encryption_certificate": key.pem}, provider=provider)


def refused(stand, **change):
    """A sign-in whose answer has this wrong; the page, the browser and the captured form."""
    stand.app.tamper(**change)
    agent = stand.browser()
    page = choose(agent, stand.begin(agent), "zora.private@example.com")
    return deliver(agent, page), agent, answer_form(page).fields


def test_the_good_twin_signs_in(stand):
    agent = stand.signed_in("zora.private@example.com")
    assert stand.gateway.check(agent).header("X-Auth-Email") == "zora.private@example.com"


def entity(stand):
    return stand.app.entity_id


def acs(stand):
    return stand.app.acs


def issuer(stand):
    return stand.app.issuer


def pinned(stand):
    return stand.app.active()["fingerprint"]


# name: (what is wrong, rule, code, what was expected, what was found); None: not looked at
KINDS = {
    "audience": ({"members": {"audience": EVIL}}, 12, "audience_mismatch", entity, EVIL),
    "two-audiences": ({"members": {"audience": [EVIL, "b"]}}, 12, "audience_mismatch", entity, f"{EVIL}, b"),
    "no-audience": ({"members": {"audience": None}}, 12, "audience_missing", entity, None),
    "recipient": ({"members": {"recipient": EVIL}}, 12, "recipient_mismatch", acs, EVIL),
    "no-recipient": ({"members": {"recipient": None}}, 12, "recipient_missing", acs, None),
    "destination": ({"members": {"destination": EVIL}}, 12, "destination_mismatch", acs, EVIL),
    "issuer": ({"members": {"issuer": EVIL}}, 12, "issuer_mismatch", issuer, EVIL),
    "issuer-of-the-response": ({"members": {"response_issuer": EVIL}}, 12, "issuer_mismatch", issuer, EVIL),
    "issuer-of-the-assertion": ({"members": {"assertion_issuer": EVIL}}, 12, "issuer_mismatch", issuer, EVIL),
    "another-request": ({"members": {"in_response_to": "_other"}}, 13, "in_response_to_mismatch", None, "_other"),
    "no-request": ({"members": {"in_response_to": None}}, 13, "in_response_to_missing", None, None),
    "request-of-the-response-alone": (
        {"members": {"response_in_response_to": "_other"}}, 13, "in_response_to_mismatch", None, "_other"),
    "long-past": ({"members": {"skew_seconds": -4000}}, 12, "expired", None, None),
    "not-yet": ({"members": {"skew_seconds": 400}}, 12, "not_yet_valid", None, None),
    "confirmation-over": (
        {"members": {"confirmation_not_on_or_after_seconds": -61}}, 12, "confirmation_expired", None, None),
    "confirmation-without-end": (
        {"members": {"confirmation_not_on_or_after_seconds": None}}, 12, "confirmation_expiry_missing", None, None),
    "session-over": ({"members": {"session_not_on_or_after_seconds": -61}}, 12, "session_expired", None, None),
    "authenticated-in-the-future": ({"members": {"authn_instant_seconds": 4000}}, 12, None, None, None),
    "version": ({"members": {"assertion_version": "1.1"}}, 12, "version_unsupported", "2.0", "1.1"),
    "nobody": ({"members": {"name_id": None}}, 12, "name_id_missing", None, None),
    "refused-there": (
        {"members": {"status": STATUS + "Responder", "status_detail": STATUS + "AuthnFailed"}},
        10, "status_not_success", STATUS + "Success", f"{STATUS}Responder / {STATUS}AuthnFailed"),
    "flipped": ({"signature": "flipped"}, 9, "signature_invalid", pinned, None),
    "flipped-at-the-assertion": ({"signature": "flipped", "at": "assertion"}, 9, "signature_invalid", pinned, None),
    "digest": ({"signature": "digest"}, 9, "digest_mismatch", None, None),
    "foreign-key": ({"signature": "unpublished-key"}, 9, "key_not_pinned", pinned, None),
    "hmac": ({"signature": "hmac"}, 8, "signature_algorithm_symmetric", None, None),
    "sha1": ({"settings": {"signature_algorithm": "rsa-sha1"}}, 8, "signature_algorithm_sha1", None, None),
    "stripped": ({"signature": "stripped"}, 6, "signature_missing", None, None),
    "two-assertions": ({"structure": "duplicate-assertion"}, 5, "id_duplicate", None, None),
    "forged-assertion": ({"structure": "forged-assertion-first"}, 5, "id_duplicate", None, None),
    "no-assertion": ({"structure": "no-assertion"}, 4, "assertion_missing", None, None),
    "encrypted-by-rsa15": (
        {"settings": {"encryption": "aes256-gcm", "key_transport": "rsa-1_5"}}, 11, "key_transport_rsa15", None, None),
    "encrypted-and-signed-inside-only": (
        {"settings": {"encryption": "aes256-cbc", "sign_response": False}}, 11, "encryption_cbc_unsigned", None, None),
    "huge-name": ({"members": {"attributes": {"displayName": ["x" * 5000]}}}, 12, "attribute_too_large", None, None),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_refusal_is_explained(kind, stand):
    change, rule, code, expected, found = KINDS[kind]
    answer, agent, form = refused(stand, **change)
    reference = assert_login_failed(answer, agent, stand.gateway, (400,))
    event = trail(stand.gateway, reference)
    trace = event["trace"]
    assert code in (event["reason"], None) and trace["code"] == event["reason"] and trace["rule"] == rule, event
    if expected is not None:
        assert trace["expected"] == (expected(stand) if callable(expected) else expected)
    if found is not None:
        assert trace["found"] == found
    assert event["event"] == "login.failed" and event["provider"] == "okta-saml" and event["realm"] == "infraon"
    assert len(event["detail"]) > 20 and event["detail"][-1] != ":", "a sentence that an administrator can act on"
    assert [p["fingerprint"] for p in trace["pinned"]] == [pinned(stand)] and trace["pinned"][0]["not_after"]
    # The person sees none of it.
    text = answer.page.text
    assert (code or "_") not in text and EVIL not in answer.text and "audience" not in text.lower()
    # The log has the same reason under the same reference.
    (record,) = [record for record in stand.gateway.log_records(reference) if record.get("reference") == reference]
    assert record["reason"] == event["reason"] and record["detail"] == event["detail"]
    assert_private(stand, form, answer.text, json.dumps(event), stand.gateway.log)


def assert_private(stand, form: dict, *texts: str):
    """No attribute's value, no NameID, not the response, no handle of the attempt."""
    message = form["SAMLResponse"]
    pieces = [message[start : start + 48] for start in range(0, len(message) - 48, 480)]
    secrets = [*PRIVATE, form.get("RelayState", "-" * 40), "saml2:", "SAMLResponse=", *pieces]
    for text in texts:
        assert not [secret for secret in secrets if secret in text]


# What else the administrator gets


def test_clocks_that_differ_are_measured(stand):
    answer, agent, _ = refused(stand, members={"skew_seconds": -4000})
    trace = assert_refused(answer, agent, stand, "expired")["trace"]
    assert 3999 <= trace["clock_difference_seconds"] <= 4010
    assert trace["now"] > trace["response"]["issue_instant"] and trace["assertion"]["not_on_or_after"] < trace["now"]
    answer, agent, _ = refused(stand, members={"skew_seconds": 4000})
    trace = assert_refused(answer, agent, stand, "not_yet_valid")["trace"]
    assert -4000 <= trace["clock_difference_seconds"] <= -3990


@pytest.mark.parametrize("seconds", [-350, 350])
def test_a_minute_between_the_clocks_is_forgiven(seconds, stand):
    """Okta's five minutes, and one for the clocks."""
    answer, agent, _ = refused(stand, members={"skew_seconds": seconds})
    assert answer.status == 303


def test_the_trace_shows_names_and_counts_of_attributes(stand):
    answer, agent, _ = refused(stand, members={"recipient": EVIL})
    trace = assert_refused(answer, agent, stand, "recipient_mismatch")["trace"]
    counts = {attribute["name"]: attribute["values"] for attribute in trace["assertion"]["attributes"]}
    assert counts == {"email": 1, "firstName": 1, "lastName": 1, "displayName": 1, "groups": 2}
    assert trace["assertion"]["name_id_format"].endswith(":unspecified") and trace["bytes"] > 4000
    assert [signature["of"] for signature in trace["signatures"]] == ["Response", "Assertion"]
    assert all(signature["algorithm"].endswith("#rsa-sha256") for signature in trace["signatures"])


def test_gatehouse_audit_show_tells_it_at_the_command_line(stand):
    answer, agent, form = refused(stand, members={"audience": EVIL})
    event = assert_refused(answer, agent, stand, "audience_mismatch")
    token = stand.gateway.admin_token()
    shown = stand.gateway.command("audit", "show", event["reference"].lower(), "--json", token=token)
    assert shown.returncode == 0 and json.loads(shown.stdout)["events"] == [event]
    read = stand.gateway.command("audit", "show", event["reference"], token=token)
    assert read.returncode == 0, read
    for word in ("audience_mismatch", stand.app.entity_id, EVIL, pinned(stand), "12", event["detail"], "okta-saml"):
        assert word in read.stdout, f"{word} in {read.stdout}"
    assert_private(stand, form, read.stdout, shown.stdout)


def test_an_unknown_reference_is_an_error(stand):
    done = stand.gateway.command("audit", "show", "AAAAAAAA", token=stand.gateway.admin_token())
    assert done.returncode == 1 and "AAAAAAAA" in done.stderr and not done.stdout


def test_nobody_else_reads_the_trail(stand):
    answer, agent, _ = refused(stand, members={"audience": EVIL})
    event = assert_refused(answer, agent, stand, "audience_mismatch")
    path = f"/api/v1/audit?reference={event['reference']}"
    assert stand.gateway.send("GET", path).status == 401


@pytest.mark.parametrize(
    "text", ["a\nb", "\u202egpj.exe", "<script>alert(1)</script>", "x" * 3000, "\u0085\u2028z"], ids=ascii
)
def test_a_strangers_text_is_told_without_harm(text, stand):
    """It reaches a log of lines, a terminal and perhaps a web page."""
    answer, agent, _ = refused(stand, members={"audience": text})
    event = assert_refused(answer, agent, stand, "audience_mismatch")
    assert len(event["trace"]["found"]) <= 300
    assert all(record["level"] for record in stand.gateway.log_records()), "each line is one record"
    shown = stand.gateway.command("audit", "show", event["reference"], token=stand.gateway.admin_token()).stdout
    assert not set(shown) & set("\u202e\x1b\u0085\u2028") and "a\nb" not in shown


def test_failures_are_counted_by_reason(stand):
    def counted() -> float:
        lines = [line for line in stand.gateway.metrics().splitlines() if line.startswith("gatehouse_logins_total{")]
        found = [line for line in lines if 'provider="okta-saml"' in line and 'outcome="recipient_mismatch"' in line]
        return sum(float(line.rpartition(" ")[2]) for line in found)

    before = counted()
    refused(stand, members={"recipient": EVIL})
    assert counted() == before + 1


def test_a_sign_in_that_works_leaves_no_personal_data_in_the_log_either(stand):
    agent = stand.browser()
    page = choose(agent, stand.begin(agent), "zora.private@example.com")
    assert deliver(agent, page).status == 303
    assert_private(stand, answer_form(page).fields, stand.gateway.log)
    cookies = [cookie.value for cookie in agent.cookies if "gatehouse" in cookie.name]
    assert cookies and not any(value in stand.gateway.log for value in cookies)


def test_keys_of_ours_are_in_no_log_and_no_answer(stand):
    document = stand.gateway.send("GET", "/login/saml/okta-saml/metadata").text
    token = {"Authorization": f"Bearer {stand.gateway.admin_token()}"}
    listed = stand.gateway.send("GET", "/api/v1/providers", token).text
    for key in (SIGNING_KEY, SAMLKey("decryption")):
        # The first third is the modulus, which the certificate has too.
        lines = [line for line in key.private_pem.splitlines()[10:] if len(line) == 64]
        found = [line for line in lines for text in (document, listed, stand.gateway.log) if line in text]
        assert len(lines) >= 14 and not found
