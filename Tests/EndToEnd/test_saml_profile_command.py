"""`gatehouse inspect saml-response` as a command: input, arguments, exit codes, and what it says to a person."""

import json
import socket

import pytest

from gateway import run
from saml_fixtures import BAD, FIXTURES
from saml_fixtures.catalogue import HERE
from saml_fixtures.inspection import inspected
from saml_fixtures.keys import Identity, idp, recipient
from saml_fixtures.messages import REQUEST, SUBJECT, response, status
from saml_fixtures.signing import okta


@pytest.fixture
def inspect(tmp_path):
    """Runs the command on `content`; options as keyword arguments, None leaves one out, a list repeats one."""

    def judge(content, *more, stdin=False, file=None, json_output=True, **options):
        data = content.encode() if isinstance(content, str) else content
        if file is None:
            file = "-" if stdin else tmp_path / "response"
            if not stdin:
                file.write_bytes(data)
        certificate, key = tmp_path / "idp.pem", tmp_path / "recipient.pem"
        certificate.write_text(idp().pem)
        key.write_text(recipient().private_pem)
        given = {"idp_certificate": certificate, "issuer": HERE.issuer, "entity_id": HERE.entity_id, "acs": HERE.acs}
        given |= {"request_id": REQUEST, "at": "2026-03-10T09:30:00Z", "decryption_key": key} | options
        flat = []
        for name, value in given.items():
            for one in value if isinstance(value, list) else [value]:
                flat += [] if one is None else [f"--{name.replace('_', '-')}", str(one)]
        words = [file, *flat, *(["--json"] if json_output else []), *more]
        return run("inspect", "saml-response", *words, directory=tmp_path, stdin=data if stdin else b"", timeout=30)

    return judge


def good() -> bytes:
    return FIXTURES["both-signed"].content()


def test_a_dash_reads_the_response_from_standard_input(inspect):
    for name in ("both-signed", "base64", "base64-in-lines"):
        done = inspect(FIXTURES[name].content(), stdin=True)
        assert done.returncode == 0 and json.loads(done.stdout)["subject"] == SUBJECT, done


def test_without_json_the_verdict_is_said_in_words(inspect):
    accepted = inspect(good(), json_output=False)
    assert accepted.returncode == 0 and SUBJECT in accepted.stdout, accepted
    refused = inspect(FIXTURES["audience-of-another"].content(), json_output=False)
    assert refused.returncode == 1, refused
    assert "audience_mismatch" in refused.stdout + refused.stderr, refused
    for done in (accepted, refused):
        with pytest.raises(ValueError):
            json.loads(done.stdout)


def test_the_answer_names_what_the_contract_names(inspect):
    accepted = json.loads(inspect(good()).stdout)
    assert {"accepted", "subject", "name_id_format", "groups", "attributes"} <= set(accepted)
    refused = json.loads(inspect(FIXTURES["recipient-of-another"].content()).stdout)
    assert {"accepted", "reason", "detail"} <= set(refused)


def test_a_file_that_cannot_be_read_is_66(inspect, tmp_path):
    for missing in (tmp_path / "missing", tmp_path):
        done = inspect(b"", file=missing)
        assert done.returncode == 66 and done.stderr.strip(), done
    assert inspect(good(), idp_certificate=tmp_path / "missing").returncode == 66
    assert inspect(good(), decryption_key=tmp_path / "missing").returncode == 66


def test_wrong_usage_is_64(inspect):
    for option in ("idp_certificate", "issuer", "entity_id", "acs"):
        assert inspect(good(), **{option: None}).returncode == 64, option
    assert inspect(good(), "--no-such-option").returncode == 64
    assert inspect(good(), "one-file-too-many").returncode == 64
    assert inspect(good(), at="yesterday").returncode == 64
    assert inspect(good(), clock_skew="-5").returncode == 64
    assert inspect(good(), clock_skew="long").returncode == 64
    assert inspect(good(), request_id="").returncode == 64


NO_CERTIFICATES = {
    "empty": lambda: "",
    "text": lambda: "not a certificate",
    "cut-short": lambda: idp().pem[:300],
    "wrong-base64": lambda: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "a-private-key": lambda: idp().private_pem,
    "a-public-key": lambda: idp().public_pem.decode(),
    "dsa": lambda: Identity("idp", "DSA").pem,
    "secp256k1": lambda: Identity("idp", "secp256k1").pem,
    "a-good-one-and-a-bad-one": lambda: idp().pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
}


@pytest.mark.parametrize("name", NO_CERTIFICATES)
def test_a_certificate_that_is_none_is_64(name, inspect, tmp_path):
    file = tmp_path / "bad.pem"
    file.write_text(NO_CERTIFICATES[name]())
    done = inspect(good(), idp_certificate=file)
    assert done.returncode == 64 and done.stderr.strip(), done
    assert idp().private_pem.splitlines()[1] not in done.stdout + done.stderr


NO_KEYS = {
    "empty": lambda: "",
    "text": lambda: "not a key",
    "a-certificate": lambda: recipient().pem,
    "an-elliptic-key": lambda: Identity("recipient", "P-256").private_pem,
    "cut-short": lambda: recipient().private_pem[:400],
}


@pytest.mark.parametrize("name", NO_KEYS)
def test_a_decryption_key_that_is_none_is_64(name, inspect, tmp_path):
    file = tmp_path / "bad-key.pem"
    file.write_text(NO_KEYS[name]())
    done = inspect(good(), decryption_key=file)
    assert done.returncode == 64 and done.stderr.strip(), done
    assert recipient().private_pem.splitlines()[1] not in done.stdout + done.stderr


def test_several_certificates_may_be_given_in_one_file_or_in_several(inspect, tmp_path):
    one, both = tmp_path / "one.pem", tmp_path / "both.pem"
    one.write_text(Identity("idp-next").pem)
    both.write_text(Identity("idp-next").pem + idp().pem)
    assert inspect(good(), idp_certificate=one).returncode == 1
    assert inspect(good(), idp_certificate=both).returncode == 0
    ours = tmp_path / "ours.pem"
    ours.write_text(idp().pem)
    assert inspect(good(), idp_certificate=[one, ours]).returncode == 0
    assert inspect(good(), idp_certificate=[ours, ours]).returncode == 0


def test_at_moves_the_clock_of_the_judgement(inspect):
    assert inspect(good(), at="2026-03-10T10:30:00+01:00").returncode == 0
    assert inspect(good(), at="2026-03-10T09:36:00Z").returncode == 1
    assert inspect(good(), at="2026-03-10T09:36:00Z", clock_skew=120).returncode == 0
    assert inspect(good(), at=None).returncode == 1


@pytest.mark.parametrize("skew", ["0", "86400", str(2**31), str(2**63 - 1), str(2**63), "9" * 40])
@pytest.mark.parametrize("at", ["2026-03-10T09:30:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_no_clock_and_no_skew_is_too_strange(skew, at, inspect):
    for name in ("both-signed", "not-on-or-after-in-the-year-9999", "authenticated-in-the-year-1"):
        done = inspect(FIXTURES[name].content(), at=at, clock_skew=skew)
        assert done.returncode in (0, 1, 64), done
        assert done.stdout.strip() or done.stderr.strip()


def test_a_message_cannot_write_to_the_terminal(inspect):
    """XML forbids ESC, but not its one-character twin, nor what turns the direction of a line."""
    words = "<saml2p:StatusMessage>\u009b31mred\u202e\u2066 accepted&#10;subject: root</saml2p:StatusMessage>"
    failed = status("urn:oasis:names:tc:SAML:2.0:status:Responder", words)
    accepted = okta().replace("Ada Lovelace", "Ada\u009b31m")
    for content in (okta("", status_=failed, signs="none"), response(status_=failed), accepted):
        done = inspect(content, json_output=False)
        said = done.stdout + done.stderr
        assert done.returncode == 1, done
        assert not {"\u009b", "\u202e", "\u2066"} & set(said), repr(said)
        assert "subject: root" not in said.splitlines(), repr(said)


def test_no_message_makes_it_fetch_anything():
    """Everything in the fixtures that points somewhere points to a listener for once; a call would wait in its queue."""
    pointing = [fixture for fixture in BAD if b"127.0.0.1:9/" in fixture.content()]
    assert len(pointing) >= 6
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = b"127.0.0.1:%d/" % listener.getsockname()[1]
        for fixture in pointing:
            inspected(fixture.content().replace(b"127.0.0.1:9/", address), fixture.place)
        with pytest.raises(BlockingIOError):
            listener.accept()
