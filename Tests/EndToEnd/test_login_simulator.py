"""The main job, end to end: an application's visitor signs in at the simulated Okta and the session check knows them.

Every test runs against both kinds of authorization server that Okta has: the organisation's own and a custom one.
"""

from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from gateway import HOME, Gateway, realm
from simulator import CLIENT_SECRET, Simulator
from user_agent import UserAgent
from waiting import free_port, wait_until

SERVERS = {"org": "", "custom": "/oauth2/default"}


@pytest.fixture(scope="module", params=SERVERS, ids=SERVERS)
def okta(request, shared):
    """A simulator, the gateway that trusts one of its authorization servers, and both started."""
    port = free_port()
    simulator = Simulator(shared.directory(), [f"http://localhost:{port}/login/callback"]).start()
    shared.ending.append(simulator.stop)
    providers = {"okta": simulator.settings(SERVERS[request.param])}
    gateway = shared.gateway(providers, port=port, trusted_proxies=["127.0.0.1", "::1"])
    return simulator, gateway


def test_a_person_signs_in_and_the_check_knows_who_they_are(okta):
    simulator, gateway = okta
    agent = gateway.browser()
    answer = simulator.sign_in(gateway, agent, return_to="https://app.example.com/tickets?id=7")
    assert answer.status == 303
    assert answer.location == "https://app.example.com/tickets?id=7"
    known = gateway.check(agent)
    assert known.status == 200
    assert known.header("X-Auth-Email") == "ada@example.com"
    assert known.header("X-Auth-Name") == "Ada Lovelace"
    assert set(known.header("X-Auth-Roles").split(",")) == {"admin", "technician"}
    assert set(known.header("X-Auth-Groups").split(",")) == {"Everyone", "infraon-admins", "infraon-tech-berlin"}
    assert known.header("X-Auth-Provider") == "okta"
    assert known.header("X-Auth-Realm") == "infraon"


def test_the_authorization_request_is_code_flow_with_pkce_state_and_nonce(okta):
    simulator, gateway = okta
    agent = gateway.browser()
    answer = gateway.begin(agent, login_hint="ada@example.com")
    assert answer.status == 303
    query = {name: values for name, values in parse_qs(urlsplit(answer.location).query).items()}
    assert all(len(values) == 1 for values in query.values()), query
    asked = {name: values[0] for name, values in query.items()}
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{gateway.url}/login/callback"
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 22 and len(asked["nonce"]) >= 22 and asked["state"] != asked["nonce"]
    assert "openid" in asked["scope"].split()
    assert asked["login_hint"] == "ada@example.com"
    assert CLIENT_SECRET not in answer.location


def test_without_a_return_address_the_person_lands_at_the_realms_home(okta):
    simulator, gateway = okta
    assert simulator.sign_in(gateway, gateway.browser()).location == HOME


def test_a_second_person_gets_their_own_roles(okta):
    simulator, gateway = okta
    agent = gateway.browser()
    simulator.sign_in(gateway, agent, "grace@example.com")
    known = gateway.check(agent)
    assert (known.status, known.header("X-Auth-Roles")) == (200, "technician")
    assert gateway.check(agent, "realm=infraon&role=admin").status == 403


def test_a_person_without_a_role_is_refused_with_a_page_and_gets_no_session(okta):
    simulator, gateway = okta
    agent = gateway.browser()
    answer = simulator.sign_in(gateway, agent, "mallory@example.com")
    assert answer.status == 403
    assert not agent.session_cookies()
    assert "mallory@example.com" in answer.page.text, "the page says as whom one was refused"
    assert gateway.check(agent).status == 401


def test_someone_refused_can_come_back_as_somebody_else(okta):
    """The organisation remembers Mallory; without `prompt` the way back would end at the same refusal for ever."""
    simulator, gateway = okta
    agent = gateway.browser()
    refused = simulator.sign_in(gateway, agent, "mallory@example.com")
    again = [link.href for link in refused.page.links if "/login" in link.href]
    assert again, refused.text
    answer = agent.follow(agent.get(urljoin(refused.url, again[0]), referrer=refused.url))
    assert answer.url.startswith(simulator.origin), "the sign-in page, not the refusal again"
    answer = gateway.finish(agent, simulator.choose(agent, answer, "ada@example.com"))
    assert answer.status == 303 and gateway.check(agent).header("X-Auth-Email") == "ada@example.com"


def test_the_user_id_is_the_same_at_the_next_login_and_differs_between_people(okta):
    simulator, gateway = okta
    ids = []
    for email in ("ada@example.com", "ada@example.com", "grace@example.com"):
        agent = gateway.browser()
        simulator.sign_in(gateway, agent, email)
        ids.append(gateway.check(agent).header("X-Auth-User"))
    assert ids[0] == ids[1] != ids[2] and ids[0]


def test_the_user_id_survives_a_changed_email_address(okta):
    """Users are keyed on (issuer, subject); e-mail is display data (CVE-2023-3128)."""
    simulator, gateway = okta
    before, after = gateway.browser(), gateway.browser()
    simulator.sign_in(gateway, before, "grace@example.com")
    simulator.change_person("grace@example.com", email="grace.hopper@example.com")
    try:
        simulator.sign_in(gateway, after, "grace.hopper@example.com")
    finally:
        simulator.change_person("grace.hopper@example.com", email="grace@example.com")
    known = gateway.check(after)
    assert known.header("X-Auth-Email") == "grace.hopper@example.com"
    assert known.header("X-Auth-User") == gateway.check(before).header("X-Auth-User")


def test_changed_groups_take_effect_at_the_next_login(okta):
    simulator, gateway = okta
    simulator.change_person("mallory@example.com", groups=["Everyone", "infraon-tech-new"])
    try:
        agent = gateway.browser()
        simulator.sign_in(gateway, agent, "mallory@example.com")
        assert gateway.check(agent).header("X-Auth-Roles") == "technician"
    finally:
        simulator.change_person("mallory@example.com", groups=["Everyone"])
    assert simulator.sign_in(gateway, gateway.browser(), "mallory@example.com").status == 403


def test_a_login_works_right_after_the_organisation_rotated_its_keys(okta):
    simulator, gateway = okta
    simulator.sign_in(gateway, gateway.browser())
    simulator.rotate_keys()
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    assert gateway.check(agent).status == 200


@pytest.mark.parametrize("mode", ["status-500", "garbage", "status-429"])
def test_a_failing_token_endpoint_ends_in_an_error_page_and_the_next_login_works(okta, mode):
    simulator, gateway = okta
    # More than once, for a gateway may well ask again after a 429 or a 500.
    simulator.fault("token", mode, 10)
    agent = gateway.browser()
    try:
        answer = simulator.sign_in(gateway, agent)
    finally:
        simulator.fault("token", mode, 0)
    assert answer.status in (502, 504), answer
    assert not agent.session_cookies()
    assert simulator.sign_in(gateway, gateway.browser()).status == 303


def test_signing_out_ends_the_session_here(okta):
    simulator, gateway = okta
    agent = gateway.browser()
    simulator.sign_in(gateway, agent)
    old = agent.session_cookies()[0]
    answer = agent.post(f"{gateway.url}/logout?realm=infraon", referrer=f"{gateway.url}/")
    agent.follow(answer, until=lambda answer: urlsplit(answer.location).netloc == "infraon.example.com")
    assert not agent.session_cookies(), "the cookie is taken back"
    copied = UserAgent()
    copied.cookies.append(old)
    assert gateway.check(copied).status == 401, "a copied cookie is dead too"


def test_the_simulated_organisation_sees_no_protocol_error_of_ours(okta):
    """The simulator logs what it refuses; a login that works must not contain a refused request."""
    simulator, gateway = okta
    before = len(simulator.log())
    simulator.sign_in(gateway, gateway.browser())
    new = simulator.log()[before:]
    assert new and [request["error"] for request in new if request["error"]] == []


def test_two_realms_keep_separate_sessions(stage):
    port = free_port()
    simulator = Simulator(stage.directory(), [f"http://localhost:{port}/login/callback"]).start()
    stage.ending.append(simulator.stop)
    realms = {
        "infraon": realm("okta"),
        "ssp": realm("okta", title="Self-Service Portal", default_role="requester", home=None, roles=[]),
    }
    gateway: Gateway = stage.gateway({"okta": simulator.settings()}, realms, port=port)
    agent = gateway.browser()
    simulator.sign_in(gateway, agent, "mallory@example.com", realm="ssp")
    assert gateway.check(agent, "realm=ssp").header("X-Auth-Roles") == "requester"
    assert gateway.check(agent, "realm=infraon").status == 401, "a session of one realm is none in another"
    # The organisation remembers Mallory in this browser and would not ask again; another person takes the seat.
    agent.cookies = agent.session_cookies()
    simulator.sign_in(gateway, agent, "ada@example.com", realm="infraon")
    assert gateway.check(agent, "realm=infraon").header("X-Auth-Email") == "ada@example.com"
    assert gateway.check(agent, "realm=ssp").header("X-Auth-Email") == "mallory@example.com"
    assert len(agent.session_cookies()) == 2


def test_the_gateway_starts_while_the_provider_is_down_and_works_once_it_is_up(stage):
    """An operator restarts machines in any order."""
    port = free_port()
    simulator = Simulator(stage.directory(), [f"http://localhost:{port}/login/callback"])
    simulator.start()
    stage.ending.append(simulator.stop)
    settings = simulator.settings()
    gateway = stage.gateway(
        {"okta": settings, "gone": settings | {"url": f"http://localhost:{free_port()}"}}, port=port
    )
    agent = gateway.browser()
    failed = gateway.begin(agent, provider="gone")
    assert failed.status in (502, 504), failed
    wait_until(lambda: simulator.sign_in(gateway, agent, provider="okta").status == 303, 10, "a login")
