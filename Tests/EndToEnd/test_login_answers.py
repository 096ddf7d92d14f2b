"""What the provider may say at the end of a login: errors, form_post, and `iss` against mix-up attacks."""

import pytest

from gateway import assert_login_failed, realm
from login_steps import altered, redeemed, to_callback
from tokens import REMOVED


@pytest.fixture(scope="module")
def posting(shared, provider):
    """A gateway that asks for form_post; the provider is on another site (127.0.0.1, not localhost)."""
    return shared.gateway({"okta": provider.settings(response_mode="form_post")})


ERRORS = ["access_denied", "login_required", "server_error", "temporarily_unavailable", "invalid_scope", "x'\"<script>"]


@pytest.mark.parametrize("form_post", [False, True])
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_answer_shows_a_sentence_of_ours(error, form_post, gateway, posting, provider):
    gateway = posting if form_post else gateway
    description = "PROVIDER-TEXT <script>alert(1)</script>"
    provider.behave(callback_error={"error": error, "error_description": description}, form_post=form_post)
    agent = gateway.browser()
    answer = gateway.sign_in(agent)
    reference = assert_login_failed(answer, agent, gateway, [*range(400, 500), 502])
    assert "<script" not in answer.text
    assert gateway.logged(reference, "PROVIDER-TEXT"), "the log holds the provider's own words"


def test_an_error_answer_without_a_state_of_ours_is_refused_too(gateway):
    agent = gateway.browser()
    answer = agent.get(f"{gateway.url}/login/callback?error=access_denied&state=unknown")
    assert 400 <= answer.status < 500


def test_form_post_from_another_site_works_when_asked_for(posting):
    """The provider posts from its own site: without SameSite=None the binding cookie would stay behind."""
    agent = posting.browser()
    answer = posting.sign_in(agent, return_to="https://app.example.com/posted")
    assert (answer.status, answer.location) == (303, "https://app.example.com/posted")
    assert posting.check(agent).status == 200


def test_form_post_of_another_browser_fails(posting, provider):
    attacker, victim = posting.browser(), posting.browser()
    page = attacker.follow(posting.begin(attacker))
    before = redeemed(provider)
    assert_login_failed(victim.submit(page, page.page.forms[0]), victim, posting)
    assert redeemed(provider) == before


def test_form_post_works_unasked_too(stage):
    """The callback takes both ways of answering, whichever the provider prefers; here from the same site."""
    provider = stage.provider(host="localhost")
    gateway = stage.gateway({"okta": provider})
    provider.behave(form_post=True)
    gateway.signed_in()


@pytest.mark.parametrize("iss", ["https://evil.example.org", "null", "HTTPS://EVIL"])
def test_a_wrong_iss_in_the_callback_fails_the_login(iss, gateway, provider):
    """RFC 9207 §2.4, checked when present whatever discovery says: the mix-up attack."""
    provider.behave(callback={"iss": iss})
    agent = gateway.browser()
    before = redeemed(provider)
    assert_login_failed(gateway.sign_in(agent), agent, gateway, [*range(400, 500), 502])
    assert redeemed(provider) == before


def test_the_right_iss_in_the_callback_is_welcome(gateway, provider):
    provider.behave(callback={"iss": provider.issuer})
    gateway.signed_in()


def test_iss_is_required_when_discovery_announces_it(stage):
    provider = stage.provider()
    announced = {"authorization_response_iss_parameter_supported": True}
    provider.behave(discovery=announced)
    gateway = stage.gateway({"okta": provider})
    agent = gateway.browser()
    assert_login_failed(gateway.sign_in(agent), agent, gateway, [*range(400, 500), 502])
    assert redeemed(provider) == 0
    provider.behave(discovery=announced, callback={"iss": provider.issuer})
    gateway.signed_in()


def test_a_code_of_one_provider_is_never_taken_to_another(stage):
    """Two providers on one gateway: the attempt says which one the answer must be of."""
    honest, other = stage.provider(), stage.provider()
    gateway = stage.gateway({"honest": honest, "other": other}, {"infraon": realm("honest", "other")})
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent, provider="other"))
    agent.get(altered(url, iss=honest.issuer))
    assert honest.received("token") == [] and not agent.session_cookies()


def test_a_response_instead_of_a_code_is_refused(gateway, provider):
    """Implicit-flow answers are none of ours."""
    provider.behave(callback={"code": REMOVED, "id_token": "x.y.z", "access_token": "x"})
    agent = gateway.browser()
    assert_login_failed(gateway.sign_in(agent), agent, gateway, [*range(400, 500), 502])
