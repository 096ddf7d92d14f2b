"""Signing keys of the provider: every algorithm, kid rules, rotation, and how often the gateway asks for keys.

Each test has its own gateway and provider, for the keys are cached.
"""

import threading

import pytest

import tokens
from gateway import assert_login_failed
from tokens import ALGORITHMS, REMOVED, Key

REFUSED = [*range(400, 500), 502]


@pytest.fixture
def pair(stage):
    provider = stage.provider()
    return provider, lambda: stage.gateway({"okta": provider})


def login(gateway):
    agent = gateway.browser()
    return agent, gateway.sign_in(agent)


def test_every_algorithm_of_the_list_is_accepted(pair):
    """One key per algorithm, all published at once; the token's kid picks."""
    provider, start = pair
    keys = [Key(alg, "all") for alg in ALGORITHMS]
    provider.published = keys
    gateway = start()
    for key in keys:
        provider.signing_key = key
        agent, answer = login(gateway)
        assert answer.status == 303 and gateway.check(agent).status == 200, f"{key.alg}: {answer}"


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_without_kid_the_only_fitting_key_is_used(pair, alg):
    provider, start = pair
    provider.signing_key = Key(alg, "only")
    provider.published = [Key("ES256" if alg == "RS256" else "RS256", "other"), provider.signing_key]
    provider.behave(header={"kid": REMOVED})
    _, answer = login(start())
    assert answer.status == 303, answer


def test_without_kid_and_with_several_fitting_keys_the_login_fails(pair):
    provider, start = pair
    provider.published = [provider.signing_key, Key("RS256", "second")]
    provider.behave(header={"kid": REMOVED})
    gateway = start()
    agent, answer = login(gateway)
    assert_login_failed(answer, agent, gateway, REFUSED)


def test_an_unpublished_key_is_refused(pair):
    provider, start = pair
    provider.behave(make_token=lambda claims, key: tokens.token(claims, Key("RS256", "stranger")))
    gateway = start()
    agent, answer = login(gateway)
    assert_login_failed(answer, agent, gateway, REFUSED)


def test_a_rotated_key_is_fetched_when_its_kid_is_unknown(pair):
    provider, start = pair
    gateway = start()
    assert login(gateway)[1].status == 303
    provider.rotate("rotated")
    agent, answer = login(gateway)
    assert answer.status == 303 and gateway.check(agent).status == 200, answer


def test_a_key_rotated_right_before_signing_is_fetched(pair):
    provider, start = pair
    gateway = start()
    assert login(gateway)[1].status == 303
    provider.behave(before_signing=lambda: provider.rotate("just-now"))
    assert login(gateway)[1].status == 303


def test_a_key_added_beside_the_old_one_is_fetched(pair):
    provider, start = pair
    gateway = start()
    assert login(gateway)[1].status == 303
    provider.signing_key = Key("ES384", "added")
    provider.published = [*provider.published, provider.signing_key]
    assert login(gateway)[1].status == 303


def test_unknown_kids_cause_at_most_one_fetch_a_minute(pair):
    """Otherwise anyone with a forged token can make the gateway hammer Okta."""
    provider, start = pair
    gateway = start()
    assert login(gateway)[1].status == 303
    before = len(provider.received("keys"))
    for count in range(5):
        provider.behave(make_token=lambda claims, key: tokens.token(claims, key, {"kid": f"unknown-{count}"}))
        assert login(gateway)[1].status in REFUSED
    assert len(provider.received("keys")) - before <= 1


def test_ten_logins_at_once_after_a_rotation_share_one_fetch(pair):
    provider, start = pair
    gateway = start()
    assert login(gateway)[1].status == 303
    before = len(provider.received("keys"))
    provider.rotate("shared")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(login(gateway)[1].status)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [303] * 10
    assert len(provider.received("keys")) - before == 1


def test_keys_and_discovery_are_cached_between_logins(pair):
    provider, start = pair
    gateway = start()
    for _ in range(3):
        assert login(gateway)[1].status == 303
    assert len(provider.received("keys")) == 1
    assert len(provider.received("discovery")) == 1


BAD_KEYS = {
    "for-encryption": lambda key: [key.jwk(use="enc")],
    "for-another-algorithm": lambda key: [key.jwk(alg="RS512")],
    "of-1024-bits": lambda key: [Key("RS256", "small", kid=key.kid, kind="RSA1024").jwk()],
    "symmetric": lambda key: [{"kty": "oct", "kid": key.kid, "k": tokens.b64(b"x" * 32), "alg": "HS256"}],
    "without-modulus": lambda key: [key.jwk(n=REMOVED)],
    "with-exponent-one": lambda key: [key.jwk(e="AQ")],
    "with-an-even-exponent": lambda key: [key.jwk(e="Ag")],
    "not-an-object": lambda key: ["key"],
    "none-at-all": lambda key: [],
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_a_published_key_is_of_no_use_when_it_is(pair, name):
    provider, start = pair
    provider.behave(keys=BAD_KEYS[name](provider.signing_key))
    gateway = start()
    agent, answer = login(gateway)
    assert_login_failed(answer, agent, gateway, REFUSED)


def test_keys_of_unknown_kinds_do_not_spoil_the_others(pair):
    """Providers add new key types before relying parties know them; RFC 7517 §5 says to ignore those."""
    provider, start = pair
    strange = [
        {"kty": "AKP", "kid": "pq", "alg": "ML-DSA-65"},
        {"kty": "EC", "crv": "secp256k1", "kid": "k", "x": "AA", "y": "AA"},
    ]
    provider.behave(keys=[*strange, provider.signing_key.jwk()])
    assert login(start())[1].status == 303


def test_a_key_without_alg_and_use_serves(pair):
    provider, start = pair
    provider.behave(keys=[provider.signing_key.jwk(alg=REMOVED, use=REMOVED)])
    assert login(start())[1].status == 303


def test_an_ec_key_does_not_verify_an_rsa_algorithm_under_its_kid(pair):
    provider, start = pair
    ec = Key("ES256", "pinned")
    provider.behave(
        keys=[ec.jwk(alg=REMOVED)], make_token=lambda claims, key: tokens.token(claims, key, {"kid": ec.kid})
    )
    gateway = start()
    agent, answer = login(gateway)
    assert_login_failed(answer, agent, gateway, REFUSED)


def test_es256_with_a_key_of_another_curve_is_refused(pair):
    provider, start = pair
    wrong = Key("ES256", "wrong-curve", kind="P-384")
    provider.signing_key = wrong
    provider.behave(keys=[wrong.jwk(alg=REMOVED)])
    gateway = start()
    agent, answer = login(gateway)
    assert_login_failed(answer, agent, gateway, REFUSED)
