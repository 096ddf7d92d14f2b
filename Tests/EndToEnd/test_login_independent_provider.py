"""The same login against oidc-provider-mock, whose authors know nothing of this project."""

import pytest

from independent_provider import independent_provider
from waiting import free_port


@pytest.fixture(scope="module")
def independent():
    with independent_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def mocked(shared, independent):
    port = free_port()
    settings = independent.register(f"http://localhost:{port}/login/callback")
    return shared.gateway({"mock": settings}, port=port)


def test_a_member_signs_in_with_roles_from_the_group_claim(independent, mocked):
    agent = mocked.browser()
    answer = independent.consent(agent, mocked.begin(agent, return_to="https://app.example.com/a"), "mock-1")
    answer = mocked.finish(agent, answer)
    assert (answer.status, answer.location) == (303, "https://app.example.com/a")
    known = mocked.check(agent)
    assert known.status == 200
    assert known.header("X-Auth-Email") == "member@example.org"
    assert known.header("X-Auth-Name") == "Mock Member"
    assert set(known.header("X-Auth-Roles").split(",")) == {"admin", "technician"}


def test_a_stranger_without_groups_is_refused(independent, mocked):
    agent = mocked.browser()
    answer = mocked.finish(agent, independent.consent(agent, mocked.begin(agent), "mock-2"))
    assert answer.status == 403 and not agent.session_cookies()


def test_a_denied_consent_is_a_failed_login_with_our_own_words(independent, mocked):
    agent = mocked.browser()
    answer = mocked.finish(agent, independent.consent(agent, mocked.begin(agent), None))
    assert 400 <= answer.status < 500 and not agent.session_cookies()


def test_a_wrong_client_secret_is_reported_as_a_provider_problem(independent, shared):
    """An administrator's mistake, found at the first login: a page with a reference, not a crash."""
    port = free_port()
    settings = independent.register(f"http://localhost:{port}/login/callback") | {"client_secret": "not-the-secret-0"}
    gateway = shared.gateway({"mock": settings}, port=port)
    agent = gateway.browser()
    answer = gateway.finish(agent, independent.consent(agent, gateway.begin(agent), "mock-1"))
    assert 400 <= answer.status < 600 and answer.status != 500 and not agent.session_cookies(), answer
