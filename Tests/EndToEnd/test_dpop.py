"""Proofs of possession (RFC 9449) for Okta apps that demand them: at the token endpoint, for refreshes, at userinfo, with
nonces, and with one key that survives restarts."""

from types import SimpleNamespace

import pytest

from api_sign_in import bearer, command_line_session
from demanding_provider import DemandingProvider
from gateway import assert_login_failed, realm
from waiting import wait_until

SHORT = {"idle": "30m", "absolute": "12h", "revalidate": "1s"}


def proving(stage, **demands):
    provider = stage.provider(kind=DemandingProvider, proofs=True, **demands)
    gateway = stage.gateway({"okta": provider.settings(dpop=True)})
    return SimpleNamespace(provider=provider, gateway=gateway)


def assert_no_complaint(stand):
    assert stand.provider.complaints == []


# The proof itself, judged by joserfc


def test_the_code_is_redeemed_with_a_proof(stage):
    stand = proving(stage)
    assert stand.gateway.signed_in()
    assert len(stand.provider.proofs) == 1
    proof = stand.provider.proofs[0]
    assert proof["header"]["jwk"]["crv"] == "P-256" and "nonce" not in proof["claims"]
    assert_no_complaint(stand)


def test_a_nonce_challenge_is_answered(stage):
    """RFC 9449 §8: the same request again, with the nonce and a new jti. The code is not used up by the challenge."""
    stand = proving(stage, nonce=True)
    assert stand.gateway.signed_in()
    first, second = (proof["claims"] for proof in stand.provider.proofs)
    assert "nonce" not in first and second["nonce"] == stand.provider.nonce and first["jti"] != second["jti"]
    assert_no_complaint(stand)


def test_the_nonce_is_remembered(stage):
    stand = proving(stage, nonce=True)
    for _ in range(3):
        assert stand.gateway.signed_in()
    assert stand.provider.challenges == 1
    stand.provider.nonce = "another-nonce-of-the-day"
    assert stand.gateway.signed_in()
    assert stand.provider.challenges == 2
    assert_no_complaint(stand)


def test_a_provider_that_challenges_for_ever_is_given_up(stage):
    stand = proving(stage, nonce=True)
    challenge = stand.provider.challenge

    def never(request, url, access_token=None):
        challenge(request, url, access_token)
        return "use_dpop_nonce"

    stand.provider.challenge = never
    agent = stand.gateway.browser()
    assert_login_failed(stand.gateway.sign_in(agent), agent, stand.gateway, statuses=(502, 504))
    assert len(stand.provider.received("token")) <= 3


def test_userinfo_is_asked_with_a_proof_of_the_access_token(stage):
    """`ath` ties the proof to the token (RFC 9449 §4.2)."""
    stand = proving(stage, nonce=True)
    stand.provider.behave(thin=True)
    agent = stand.gateway.signed_in()
    assert stand.gateway.check(agent).header("X-Auth-Email") == "ada@example.com"
    at_userinfo = [proof for proof in stand.provider.proofs if proof["url"].endswith("/userinfo")]
    assert at_userinfo and all("ath" in proof["claims"] for proof in at_userinfo)
    assert_no_complaint(stand)


def test_one_key_for_all_also_after_a_restart_and_in_a_second_process(stage):
    """Refresh tokens are bound to it: a new key would sign everybody out."""
    stand = proving(stage)
    stand.gateway.signed_in()
    twin = stage.twin(stand.gateway)
    assert twin.signed_in()
    stand.gateway.stop()
    stand.gateway.start()
    stand.gateway.signed_in()
    assert len(stand.provider.thumbprints) == 1 and len(stand.provider.proofs) == 3


def test_two_providers_have_two_keys(stage):
    """One provider must not be able to recognise, or use, what another has seen."""
    first, second = (stage.provider(kind=DemandingProvider, proofs=True) for _ in range(2))
    providers = {"first": first.settings(dpop=True), "second": second.settings(dpop=True)}
    gateway = stage.gateway(providers, {"infraon": realm("first", "second")})
    for name in providers:
        assert gateway.sign_in(gateway.browser(), provider=name).status == 303
    assert len(first.thumbprints | second.thumbprints) == 2


def test_a_bearer_token_in_answer_to_a_proof_is_refused(stage):
    """RFC 9449 §5: token_type must be DPoP; a downgrade would leave tokens that anybody can use."""
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider.settings(dpop=True)})
    agent = gateway.browser()
    assert_login_failed(gateway.sign_in(agent), agent, gateway, statuses=range(400, 505))


def test_without_the_setting_no_proof_is_sent(stage):
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    gateway.signed_in()
    assert "dpop" not in provider.received("token")[-1].headers


# Against the simulated Okta that demands it


@pytest.fixture(params=["", "/oauth2/default"], ids=["org", "custom"])
def okta(request, stage):
    simulator, gateway = stage.simulated(
        server=request.param, session=SHORT, client={"require_dpop": True}, provider={"dpop": True}
    )
    return SimpleNamespace(simulator=simulator, gateway=gateway)


def sign_in(okta, email="ada@example.com"):
    agent = okta.gateway.browser()
    answer = okta.simulator.sign_in(okta.gateway, agent, email)
    assert answer.status == 303 and agent.session_cookies(), f"{answer}\n{okta.gateway.process.tail()}"
    return agent


def families(okta) -> list[dict]:
    return okta.simulator.control("GET", "/simulator/families").json["families"]


def test_a_person_signs_in_at_an_okta_that_demands_proofs(okta):
    agent = sign_in(okta)
    assert okta.gateway.check(agent).status == 200
    errors = [entry["error"] for entry in okta.simulator.log() if entry["error"]]
    assert errors == ["use_dpop_nonce"], "one challenge and nothing else"
    assert families(okta)[0]["dpop_jkt"]


def test_refreshes_are_bound_to_the_same_key(okta):
    agent = sign_in(okta)
    wait_until(lambda: families(okta)[0]["refreshes"] >= 2, 15, "two refreshes", every=0.1)
    okta.simulator.change_person("ada@example.com", groups=["infraon-tech-x"])
    roles = lambda: okta.gateway.check(agent).header("X-Auth-Roles")
    wait_until(lambda: roles() == "technician", 10, "the role that is left", every=0.1)
    family = families(okta)[0]
    assert family["alive"] and len({entry["dpop_jkt"] for entry in okta.simulator.log() if entry["dpop_jkt"]}) == 1


def test_refreshes_go_on_after_a_restart(okta):
    agent = sign_in(okta)
    okta.gateway.stop()
    okta.gateway.start()
    before = families(okta)[0]["refreshes"]
    wait_until(lambda: families(okta)[0]["refreshes"] > before, 15, "a refresh", every=0.1)
    assert families(okta)[0]["alive"] and okta.gateway.check(agent).status == 200


def test_forgotten_nonces_are_asked_for_again(okta):
    """Okta's nonces live for a day."""
    sign_in(okta)
    okta.simulator.control("DELETE", "/simulator/dpop-nonces")
    agent = sign_in(okta)
    assert okta.gateway.check(agent).status == 200 and all(family["alive"] for family in families(okta))


def test_userinfo_with_a_nonce_of_its_own(okta):
    """250 groups do not fit into the token and come from userinfo."""
    okta.simulator.control("PATCH", "/simulator/settings", {"dpop_nonce_at_userinfo": True})
    agent = sign_in(okta, "max@example.com")
    assert len(okta.gateway.check(agent).header("X-Auth-Groups").split(",")) >= 250


def test_command_lines_work_with_proofs(stage):
    stand = proving(stage, nonce=True)
    session = command_line_session(stand.gateway)
    assert stand.gateway.check(headers=bearer(session["token"])).status == 200
    assert_no_complaint(stand)


def test_without_the_setting_such_an_okta_refuses(stage):
    """And the log says what to set."""
    simulator, gateway = stage.simulated(client={"require_dpop": True})
    agent = gateway.browser()
    answer = simulator.sign_in(gateway, agent)
    reference = assert_login_failed(answer, agent, gateway, statuses=range(400, 505))
    assert any("dpop" in line.lower() for line in gateway.logged(reference))


def test_the_key_is_not_in_the_store_in_clear(stage):
    """Neither as PEM nor as a JWK."""
    stand = proving(stage)
    stand.gateway.signed_in()
    stored = stand.gateway.stored_bytes()
    assert b"PRIVATE KEY" not in stored and b'"d":' not in stored
