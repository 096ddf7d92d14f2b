"""`gatehouse inspect id-token`: the server's own judgement of a captured token, offline."""

import json
import random
import re
import time
from types import SimpleNamespace

import pytest

import tokens
from gateway import run
from id_token_cases import BAD_CLAIMS, BAD_TOKENS, GOOD_CLAIMS, computed
from tokens import ALGORITHMS, REMOVED, Key, good_claims

ISSUER = "https://acme.okta.com/oauth2/default"
CLIENT = "0oa1gatehouse"
NONCE = "the-nonce-of-this-login"
PLACE = SimpleNamespace(issuer=ISSUER)


class Inspection:
    """One judgement: exit code, the JSON object, both outputs."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def verdict(self) -> dict:
        return json.loads(self.out)

    def __str__(self):
        return f"exit {self.code}, stdout {self.out[:500]!r}, stderr {self.err[:500]!r}"


@pytest.fixture
def inspect(tmp_path):
    """Judges `token`; options as keyword arguments, None leaves one out, `keys` are the published JWKs."""

    def judge(token, *more, keys=None, stdin=None, file=None, json_output=True, **options):
        jwks = tmp_path / "jwks.json"
        key_list = [Key().jwk()] if keys is None else [key.jwk() if isinstance(key, Key) else key for key in keys]
        jwks.write_text(json.dumps({"keys": key_list}))
        if file is None and stdin is None:
            file = tmp_path / "token"
            file.write_bytes(token if isinstance(token, bytes) else token.encode())
        arguments = {"jwks": jwks, "issuer": ISSUER, "client_id": CLIENT} | options
        flat = [x for n, v in arguments.items() if v is not None for x in (f"--{n.replace('_', '-')}", str(v))]
        given = ["-" if stdin is not None else file, *flat, *(["--json"] if json_output else []), *more]
        return Inspection(run("inspect", "id-token", *given, directory=tmp_path, stdin=stdin or b"", timeout=20))

    return judge


def accepted(inspection):
    assert inspection.code == 0, str(inspection)
    assert inspection.verdict["accepted"] is True
    return inspection.verdict


def refused(inspection):
    """Exit 1, and a reason that a program and one that a person can use."""
    assert inspection.code == 1, str(inspection)
    verdict = inspection.verdict
    assert verdict["accepted"] is False
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", verdict["reason"]), verdict
    assert len(verdict["detail"].split()) >= 3, verdict
    return verdict


def claims(**changes):
    return good_claims(ISSUER, CLIENT, nonce=NONCE, at_hash=REMOVED, **changes)


# The verdict


def test_a_good_token_is_accepted_with_subject_groups_and_attributes(inspect):
    verdict = accepted(inspect(tokens.token(claims(), Key()), nonce=NONCE))
    assert verdict["subject"] == "00u1ada"
    assert sorted(verdict["groups"]) == ["Everyone", "infraon-admins", "infraon-tech-berlin"]
    attributes = verdict["attributes"]
    assert attributes["email"] == ["ada@example.com"]
    assert sorted(attributes["groups"]) == ["Everyone", "infraon-admins", "infraon-tech-berlin"]
    assert all(isinstance(values, list) for values in attributes.values())


def test_without_json_the_verdict_is_said_in_words(inspect):
    good = inspect(tokens.token(claims(), Key()), json_output=False)
    assert good.code == 0 and "00u1ada" in good.out
    bad = inspect(tokens.token(claims(aud="x"), Key()), json_output=False)
    assert bad.code == 1 and (bad.out + bad.err).strip()
    with pytest.raises(ValueError):
        json.loads(good.out)


def test_different_faults_have_different_reasons(inspect):
    key = Key()
    now = int(time.time())
    faults = {
        "issuer": tokens.token(claims(iss="https://other.example.com"), key),
        "audience": tokens.token(claims(aud="other"), key),
        "expiry": tokens.token(claims(exp=now - 600), key),
        "nonce": tokens.token(claims() | {"nonce": "other"}, key),
        "signature": tokens.token(claims(), Key("RS256", "stranger", kid=key.kid)),
        "kid": tokens.token(claims(), key, {"kid": "unknown"}),
        "algorithm": tokens.compact({"alg": "none"}, claims(), None),
        "form": "garbage",
    }
    reasons = {name: refused(inspect(token, nonce=NONCE))["reason"] for name, token in faults.items()}
    assert len(set(reasons.values())) == len(reasons), reasons


# Claims and forms: the same table as the running logins


@pytest.mark.parametrize("name", [name for name in BAD_CLAIMS if not name.startswith("at_hash")])
def test_a_token_is_refused_when_it_has(name, inspect):
    changes = computed(BAD_CLAIMS[name], PLACE)
    token = tokens.token(tokens.changed(claims(), changes), Key())
    refused(inspect(token, nonce=NONCE))


@pytest.mark.parametrize("name", GOOD_CLAIMS)
def test_a_token_is_accepted_when_it_has(name, inspect):
    changes = computed(GOOD_CLAIMS[name], PLACE)
    accepted(inspect(tokens.token(tokens.changed(claims(), changes), Key()), nonce=NONCE))


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_token_is_refused_when_it_is(name, inspect):
    refused(inspect(BAD_TOKENS[name](claims(), Key()), nonce=NONCE))


# Keys and algorithms


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_the_algorithm_is_accepted(alg, inspect):
    key = Key(alg)
    accepted(inspect(tokens.token(claims(), key), keys=[Key("RS256", "another"), key]))


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_one_changed_bit_of_the_signature_is_refused_with(alg, inspect):
    key = Key(alg)
    signed, signature = tokens.token(claims(), key).rsplit(".", 1)
    raw = bytearray(tokens.unb64(signature))
    raw[len(raw) // 2] ^= 1
    refused(inspect(f"{signed}.{tokens.b64(bytes(raw))}", keys=[key]))


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("secret", ["public-key", "modulus", "jwk-oct"])
def test_a_symmetric_algorithm_is_refused(alg, secret, inspect):
    key = Key()
    oct_key = {"kty": "oct", "k": tokens.b64(b"s" * 64), "kid": key.kid, "alg": alg}
    value = {"public-key": key.public_pem(), "modulus": tokens.unb64(key.jwk()["n"]), "jwk-oct": b"s" * 64}[secret]
    token = tokens.compact({"alg": alg, "kid": key.kid}, claims(), value)
    refused(inspect(token, keys=[oct_key] if secret == "jwk-oct" else [key.jwk(alg=REMOVED)]))


BAD_KEYS = {
    "1024-bit-rsa": lambda: Key("RS256", "small", kind="RSA1024"),
    "es256-on-p384": lambda: Key("ES256", "curve", kind="P-384"),
    "es384-on-p256": lambda: Key("ES384", "curve", kind="P-256"),
}


@pytest.mark.parametrize("name", BAD_KEYS)
@pytest.mark.parametrize("with_alg", [True, False])
def test_a_well_signed_token_is_refused_under_a_key_that_is(name, with_alg, inspect):
    key = BAD_KEYS[name]()
    refused(inspect(tokens.token(claims(), key), keys=[key.jwk() if with_alg else key.jwk(alg=REMOVED)]))


@pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "RS384"}, {"alg": "RSA-OAEP"}, {"kty": "EC"}, {"n": "!"}])
def test_a_well_signed_token_is_refused_under_a_key_published_with(change, inspect):
    refused(inspect(tokens.token(claims(), Key()), keys=[Key().jwk(**change)]))


def test_a_point_off_the_curve_is_no_key(inspect):
    key = Key("ES256")
    refused(inspect(tokens.token(claims(), key), keys=[key.jwk(y=key.jwk()["x"])]))


def test_a_der_signature_in_place_of_the_jose_form_is_refused(inspect):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = Key("ES256")
    signed = tokens.token(claims(), key).rsplit(".", 1)[0]
    der = key.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    refused(inspect(f"{signed}.{tokens.b64(der)}", keys=[key]))


@pytest.mark.parametrize("r_and_s", [b"\0" * 64, b"\xff" * 64, b"", b"\0" * 63 + b"\1"])
def test_a_degenerate_ecdsa_signature_is_refused(r_and_s, inspect):
    """CVE-2022-21449: zeros passed as a signature of anything."""
    key = Key("ES256")
    signed = tokens.token(claims(), key).rsplit(".", 1)[0]
    refused(inspect(f"{signed}.{tokens.b64(r_and_s)}", keys=[key]))


def test_kid_picks_among_several_keys(inspect):
    keys = [Key("RS256", name) for name in ("a", "b", "c")]
    for key in keys:
        accepted(inspect(tokens.token(claims(), key), keys=keys))


def test_without_kid_one_fitting_key_is_enough_and_several_are_too_many(inspect):
    rsa, other, ec = Key("RS256", "a"), Key("RS256", "b"), Key("ES256")
    token = tokens.token(claims(), rsa, {"kid": REMOVED})
    accepted(inspect(token, keys=[rsa, ec]))
    refused(inspect(token, keys=[rsa, other]))
    refused(inspect(token, keys=[ec]))


def test_a_kid_that_two_different_keys_share_never_helps_a_stranger(inspect):
    ours, twin = Key("RS256", "a", kid="same"), Key("RS256", "b", kid="same")
    refused(inspect(tokens.token(claims(), Key("RS256", "stranger", kid="same")), keys=[ours, twin]))


@pytest.mark.parametrize("kid", [7, None, "", ["first-RS256"], "../../etc/passwd", "x" * 100_000])
def test_a_strange_kid_is_refused(kid, inspect):
    refused(inspect(tokens.token(claims(), Key(), {"kid": kid}), keys=[Key(), Key("RS256", "second")]))


def test_no_single_changed_character_is_accepted(inspect):
    """One value has one spelling: not even the unused bits at the end of a base64url part may differ."""
    source = random.Random(7519)
    token = tokens.token(claims(), Key("ES256"))
    ends = [place - 1 for place, character in enumerate(token) if character == "."] + [len(token) - 1]
    for place in ends + [source.randrange(len(token)) for _ in range(40)]:
        other = source.choice([c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef-_.~+/=" if c != token[place]])
        refused(inspect(token[:place] + other + token[place + 1 :], keys=[Key("ES256")]))


# Time


def test_at_moves_the_clock_of_the_judgement(inspect):
    then = 1_700_000_000  # 2023-11-14T22:13:20Z
    token = tokens.token(good_claims(ISSUER, CLIENT, now=then), Key())
    refused(inspect(token))
    accepted(inspect(token, at="2023-11-14T22:30:00Z"))
    accepted(inspect(token, at="2023-11-14T23:30:00+01:00"))
    refused(inspect(token, at="2023-11-14T21:00:00Z"))
    refused(inspect(token, at="2023-11-15T22:13:20Z"))


def test_the_clock_skew_is_60_s_unless_told(inspect):
    then = 1_700_000_000
    token = tokens.token(good_claims(ISSUER, CLIENT, now=then, exp=then + 600), Key())  # ends 22:23:20
    accepted(inspect(token, at="2023-11-14T22:24:10Z"))
    refused(inspect(token, at="2023-11-14T22:24:30Z"))
    accepted(inspect(token, at="2023-11-14T22:24:30Z", clock_skew=120))
    refused(inspect(token, at="2023-11-14T22:23:30Z", clock_skew=0))
    accepted(inspect(token, at="2023-11-14T22:23:10Z", clock_skew=0))


# Nonce and access token


def test_a_nonce_is_compared_when_given_and_only_then(inspect):
    token = tokens.token(claims(), Key())
    accepted(inspect(token))
    accepted(inspect(token, nonce=NONCE))
    refused(inspect(token, nonce=NONCE.upper()))
    refused(inspect(tokens.token(tokens.changed(claims(), {"nonce": REMOVED}), Key()), nonce=NONCE))


@pytest.mark.parametrize("alg", ["RS256", "RS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"])
def test_at_hash_is_compared_with_the_access_token(alg, inspect, tmp_path):
    key = Key(alg)
    file = tmp_path / "access-token"
    file.write_text("an-access-token")
    good = tokens.token(claims() | {"at_hash": tokens.half_hash("an-access-token", alg)}, key)
    accepted(inspect(good, keys=[key], access_token=file))
    file.write_text("another-access-token")
    refused(inspect(good, keys=[key], access_token=file))
    accepted(inspect(tokens.token(claims(), key), keys=[key], access_token=file))
    accepted(inspect(good, keys=[key]))


# Input


def test_a_dash_reads_the_token_from_standard_input(inspect):
    accepted(inspect(None, stdin=tokens.token(claims(), Key()).encode()))


@pytest.mark.parametrize("ending", ["\n", "\r\n", " \n\n"])
def test_the_line_end_that_an_editor_adds_does_no_harm(ending, inspect):
    accepted(inspect(tokens.token(claims(), Key()) + ending))


HOSTILE = {
    "nothing": b"",
    "a-line-end": b"\n",
    "zero-bytes": b"\0" * 1000,
    "dots": b"." * 100_000,
    "random-bytes": bytes((i * 197 + 71) % 256 for i in range(5000)),
    "not-utf8": b"\xff\xfe.\xff.\xff",
    "ten-megabytes": b"eyJhbGciOiJSUzI1NiJ9." + b"A" * 10_000_000 + b".AAAA",
    "empty-objects": b"e30.e30.e30",
    "deep-header": (tokens.b64(b'{"alg":' + b"[" * 50_000 + b"]" * 50_000 + b"}") + ".e30.AA").encode(),
    "standard-base64": b"eyJhbGciOiJSUzI1NiJ9.++//.++//",
    "json-serialisation": b'{"payload":"e30","protected":"e30","signature":"AA"}',
    "huge-number": (tokens.b64(b'{"alg":"RS256"}') + "." + tokens.b64(b'{"exp":1e999999999}') + ".AA").encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("way", ["file", "stdin"])
def test_hostile_input_is_refused_and_nothing_worse(name, way, inspect):
    started = time.monotonic()
    refused(inspect(HOSTILE[name], stdin=HOSTILE[name] if way == "stdin" else None))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("exp", ["1e999", "-1e999", "9" * 400, "1.5e18", "true", "{}", "[]"])
def test_a_strange_number_as_time_never_crashes(exp, inspect):
    body = tokens.encode(claims(exp=REMOVED))[:-1] + f',"exp":{exp}}}'.encode()
    inspection = inspect(tokens.token(body, Key()))
    assert inspection.code in (0, 1), str(inspection)
    if exp in ("true", "{}", "[]", "-1e999"):
        refused(inspection)


# Exit codes


def test_a_file_that_cannot_be_read_is_66(inspect, tmp_path):
    for unreadable in (tmp_path / "missing", tmp_path):
        inspection = inspect(None, file=unreadable)
        assert inspection.code == 66 and inspection.err.strip(), str(inspection)
    token = tokens.token(claims(), Key())
    assert inspect(token, jwks=tmp_path / "missing").code == 66
    assert inspect(token, access_token=tmp_path / "missing").code == 66


def test_wrong_usage_is_64(inspect, tmp_path):
    token = tokens.token(claims(), Key())
    assert inspect(token, jwks=None).code == 64
    assert inspect(token, issuer=None).code == 64
    assert inspect(token, client_id=None).code == 64
    assert inspect(token, "--no-such-option").code == 64
    assert inspect(token, at="yesterday").code == 64
    assert inspect(token, clock_skew="-5").code == 64
    assert inspect(token, clock_skew="long").code == 64
    assert inspect(token, "one-file-too-many").code == 64


@pytest.mark.parametrize("content", ["", "not json", "[]", "{}", '{"keys":7}'])
def test_a_jwks_file_that_is_none_is_64(content, inspect, tmp_path):
    file = tmp_path / "bad-jwks"
    file.write_text(content)
    inspection = inspect(tokens.token(claims(), Key()), jwks=file)
    assert inspection.code == 64 and inspection.err.strip(), str(inspection)


def test_the_token_itself_is_never_printed(inspect):
    """Somebody pastes the output into a ticket."""
    good, bad = tokens.token(claims(), Key()), tokens.token(claims(aud="x"), Key())
    for token in (good, bad):
        for as_json in (True, False):
            inspection = inspect(token, json_output=as_json)
            assert token.split(".")[2] not in inspection.out + inspection.err
