"""ID-token rules (OpenID Connect Core §3.1.3.7) in running logins: a good token with one change, and its good twins.

The signing and keys rules are in test_provider_keys.py; the same judgement offline in test_inspect_id_token.py.
"""

import pytest

import tokens
from gateway import assert_login_failed
from id_token_cases import BAD_CLAIMS, BAD_TOKENS, GOOD_CLAIMS, computed
from tokens import REMOVED

# A provider that signs a bad token is at fault, but blaming the login (4xx) is as good.
REFUSED = [*range(400, 500), 502]


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_a_login_fails_when_the_id_token_has(name, gateway, provider):
    provider.behave(id_token=computed(BAD_CLAIMS[name], provider))
    agent = gateway.browser()
    answer = gateway.sign_in(agent)
    assert provider.received("token"), "the token was never fetched"
    assert_login_failed(answer, agent, gateway, REFUSED)


@pytest.mark.parametrize("name", GOOD_CLAIMS)
def test_a_login_works_when_the_id_token_has(name, gateway, provider):
    changes = computed(GOOD_CLAIMS[name], provider)
    provider.behave(id_token=changes, userinfo={"sub": changes["sub"]} if "sub" in changes else {})
    agent = gateway.signed_in()
    assert gateway.check(agent).status == 200


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_login_fails_when_the_id_token_is(name, gateway, provider):
    provider.behave(make_token=BAD_TOKENS[name])
    agent = gateway.browser()
    assert_login_failed(gateway.sign_in(agent), agent, gateway, REFUSED)


def test_a_login_fails_when_the_id_token_is_hs256_with_the_client_secret(gateway, provider):
    """For a confidential web client with an asymmetric registration (the gateway publishes no such wish) never HS*."""
    secret = provider.client_secret.encode()
    provider.behave(make_token=lambda claims, key: tokens.compact({"alg": "HS256"}, claims, secret))
    agent = gateway.browser()
    assert_login_failed(gateway.sign_in(agent), agent, gateway, REFUSED)


def test_a_login_fails_when_the_answer_has_no_id_token(gateway, provider):
    provider.behave(token={"id_token": REMOVED})
    agent = gateway.browser()
    assert_login_failed(gateway.sign_in(agent), agent, gateway, REFUSED)


def test_a_replayed_id_token_of_an_earlier_login_is_refused_by_its_nonce(gateway, provider):
    kept = []

    def keep(claims, key):
        kept.append(tokens.token(claims, key))
        return kept[-1]

    provider.behave(make_token=keep)
    gateway.signed_in()
    provider.behave(make_token=lambda claims, key: kept[0])
    agent = gateway.browser()
    assert_login_failed(gateway.sign_in(agent), agent, gateway, REFUSED)
