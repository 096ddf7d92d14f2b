"""Login attempts: one-time, bound to the browser that began them, and independent of each other."""

import threading
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit, urlunsplit

import pytest

from gateway import HOME, assert_login_failed, realm
from tokens import REMOVED
from user_agent import UserAgent


def to_callback(gateway, agent, begun):
    """Follows the provider's answer up to, not into, our callback; its URL."""
    answer = agent.follow(begun, until=lambda a: a.location.startswith(f"{gateway.url}/login/callback"))
    return answer.location


def altered(url: str, **changes) -> str:
    parts = urlsplit(url)
    query = {name: value for name, value in (dict(parse_qsl(parts.query)) | changes).items() if value is not REMOVED}
    return urlunsplit(parts._replace(query=urlencode(query, doseq=True)))


@pytest.fixture(scope="module")
def posting(shared, provider):
    """A gateway that asks for form_post; the provider is on another site (127.0.0.1, not localhost)."""
    return shared.gateway({"okta": provider.settings(response_mode="form_post")})


def redeemed(provider) -> int:
    return len(provider.received("token"))


# Tabs and browsers


def test_ten_tabs_of_one_browser_all_work(gateway):
    agent = gateway.browser()
    begun = [gateway.begin(agent, return_to=f"https://app.example.com/tab/{tab}") for tab in range(10)]
    # The last first: none may have pushed out an earlier one.
    for tab in reversed(range(10)):
        answer = gateway.finish(agent, begun[tab])
        assert (answer.status, answer.location) == (303, f"https://app.example.com/tab/{tab}")
    assert gateway.check(agent).status == 200


def test_ten_tabs_that_come_back_at_the_same_moment_all_work(gateway):
    agent = gateway.browser()
    begun = [gateway.begin(agent) for _ in range(10)]
    statuses = []
    threads = [threading.Thread(target=lambda b=b: statuses.append(gateway.finish(agent, b).status)) for b in begun]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [303] * 10
    assert gateway.check(agent).status == 200


def test_cookies_of_many_abandoned_attempts_stay_small(gateway):
    """A browser whose tabs reload all night must not outgrow the header limits of proxies."""
    agent = gateway.browser()
    for _ in range(60):
        assert gateway.begin(agent).status == 303
    sent = agent.cookie_header(f"{gateway.url}/login/callback", "GET", "cross-site")
    assert len(sent) < 4096
    assert gateway.sign_in(agent).status == 303


def test_a_finished_attempt_leaves_no_cookie_behind(gateway):
    agent = gateway.signed_in()
    assert [cookie.name for cookie in agent.cookies] == [agent.session_cookies()[0].name]


def test_a_callback_in_another_browser_fails_and_redeems_nothing(gateway, provider):
    """Login CSRF: an attacker hands the victim the end of the attacker's own login."""
    attacker, victim = gateway.browser(), gateway.browser()
    url = to_callback(gateway, attacker, gateway.begin(attacker))
    before = redeemed(provider)
    assert_login_failed(victim.get(url), victim, gateway)
    assert redeemed(provider) == before


def test_a_callback_in_a_browser_with_an_attempt_of_its_own_fails(gateway, provider):
    attacker, victim = gateway.browser(), gateway.browser()
    gateway.begin(victim)
    url = to_callback(gateway, attacker, gateway.begin(attacker))
    before = redeemed(provider)
    assert_login_failed(victim.get(url), victim, gateway)
    assert redeemed(provider) == before


def test_a_stolen_callback_does_not_spoil_the_rightful_one_or_is_final(gateway):
    """Either answer is safe; what is not is a session in the wrong browser."""
    owner, thief = gateway.browser(), gateway.browser()
    url = to_callback(gateway, owner, gateway.begin(owner))
    thief.get(url)
    assert not thief.session_cookies()
    assert owner.get(url).status in (303, *range(400, 500))


# State


def test_a_state_works_once(gateway, provider):
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent))
    kept = list(agent.cookies)
    assert agent.get(url).status == 303
    again = UserAgent(agent.resolve)
    again.cookies = kept
    before = redeemed(provider)
    assert_login_failed(again.get(url), again, gateway)
    assert redeemed(provider) == before


def test_a_reloaded_callback_shows_a_page_and_leaves_the_session_alone(gateway):
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent))
    assert agent.get(url).status == 303
    assert agent.get(url).status in (303, *range(400, 500))
    assert gateway.check(agent).status == 200


def test_of_two_callbacks_at_the_same_moment_one_wins(gateway, provider):
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent))
    before = redeemed(provider)
    twins = []
    for _ in range(6):
        twin = UserAgent(agent.resolve)
        twin.cookies = list(agent.cookies)
        twins.append(twin)
    statuses = []
    threads = [threading.Thread(target=lambda t=t: statuses.append(t.get(url).status)) for t in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses.count(303) == 1, statuses
    assert redeemed(provider) == before + 1


STATES = {
    "missing": REMOVED,
    "empty": "",
    "made-up": "A" * 43,
    "very-long": "A" * 20_000,
    "with-a-zero-byte": "\0",
    "sql": "' OR '1'='1",
    "not-ascii": "ü" * 20,
}


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_refused_before_anything_is_redeemed_when_it_is(name, gateway, provider):
    agent = gateway.browser()
    url = altered(to_callback(gateway, agent, gateway.begin(agent)), state=STATES[name])
    before = redeemed(provider)
    answer = agent.get(url)
    assert 400 <= answer.status < 500, answer
    assert not agent.session_cookies()
    assert redeemed(provider) == before


def test_one_changed_character_in_the_state_is_enough(gateway, provider):
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent))
    state = dict(parse_qsl(urlsplit(url).query))["state"]
    other = ("B" if state[5] == "A" else "A").join([state[:5], state[6:]])
    before = redeemed(provider)
    assert_login_failed(agent.get(altered(url, state=other)), agent, gateway)
    assert redeemed(provider) == before


@pytest.mark.parametrize("name", ["state", "code", "error", "iss"])
def test_a_parameter_that_comes_twice_is_refused(name, gateway, provider):
    """RFC 6749 §3.1: parameters must not be included more than once."""
    agent = gateway.browser()
    url = to_callback(gateway, agent, gateway.begin(agent))
    value = dict(parse_qsl(urlsplit(url).query)).get(name, "x")
    twice = f"{url}&{name}={quote(value)}" + ("" if name in ("state", "code") else f"&{name}={quote(value)}")
    before = redeemed(provider)
    answer = agent.get(twice)
    assert 400 <= answer.status < 500 and not agent.session_cookies(), answer
    assert redeemed(provider) == before


@pytest.mark.parametrize("change", [{"code": REMOVED}, {"code": ""}, {"code": REMOVED, "error": ""}])
def test_a_callback_without_a_code_is_refused(change, gateway, provider):
    agent = gateway.browser()
    url = altered(to_callback(gateway, agent, gateway.begin(agent)), **change)
    before = redeemed(provider)
    assert_login_failed(agent.get(url), agent, gateway)
    assert redeemed(provider) == before


def test_a_code_that_the_provider_does_not_know_fails_the_login(gateway, provider):
    agent = gateway.browser()
    url = altered(to_callback(gateway, agent, gateway.begin(agent)), code="not-a-code")
    assert_login_failed(agent.get(url), agent, gateway, [*range(400, 500), 502])


# What the provider says


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
    lines = [line for line in gateway.log.splitlines() if reference in line]
    assert any("PROVIDER-TEXT" in line for line in lines), "the log holds the provider's own words"


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


# How it begins


def test_no_step_of_a_login_is_cached_anywhere(gateway):
    agent = gateway.browser()
    begun = gateway.begin(agent)
    done = gateway.finish(agent, begun)
    assert begun.header("Cache-Control") == done.header("Cache-Control") == "no-store"


def test_login_hint_passes_through(gateway):
    answer = gateway.begin(gateway.browser(), login_hint="ada+test@example.com")
    assert parse_qs(urlsplit(answer.location).query)["login_hint"] == ["ada+test@example.com"]


def test_third_party_initiated_login(gateway, provider):
    agent = gateway.browser()
    query = urlencode({"iss": provider.issuer, "login_hint": "ada", "target_link_uri": "https://app.example.com/tile"})
    answer = agent.get(f"{gateway.url}/login/initiate?{query}", referrer=provider.origin + "/")
    assert answer.status == 303
    assert parse_qs(urlsplit(answer.location).query)["login_hint"] == ["ada"]
    answer = gateway.finish(agent, answer)
    assert answer.location == "https://app.example.com/tile"


def test_third_party_initiated_login_without_target_ends_at_home(gateway, provider):
    agent = gateway.browser()
    answer = gateway.finish(agent, agent.get(f"{gateway.url}/login/initiate?{urlencode({'iss': provider.issuer})}"))
    assert answer.location == HOME


@pytest.mark.parametrize("iss", ["https://evil.example.org", "", "x", None])
def test_third_party_initiated_login_from_an_unknown_issuer_is_refused(iss, gateway):
    query = "" if iss is None else urlencode({"iss": iss})
    answer = gateway.browser().get(f"{gateway.url}/login/initiate?{query}")
    assert 400 <= answer.status < 500 and answer.header("Location") is None


def test_third_party_initiated_login_with_several_realms_shows_the_chooser(stage):
    provider = stage.provider()
    realms = {"infraon": realm("okta"), "ssp": realm("okta", title="Self-Service Portal")}
    gateway = stage.gateway({"okta": provider}, realms)
    agent = gateway.browser()
    query = urlencode({"iss": provider.issuer, "target_link_uri": "https://app.example.com/tile"})
    answer = agent.get(f"{gateway.url}/login/initiate?{query}")
    assert answer.status == 200 and "Self-Service Portal" in answer.page.text and "Infraon" in answer.page.text
    named = agent.get(f"{gateway.url}/login/initiate?{query}&realm=ssp")
    assert gateway.finish(agent, named).location == "https://app.example.com/tile"


@pytest.mark.parametrize("query", ["realm=nowhere", "realm=infraon&provider=nowhere", "realm=infraon&realm=infraon", "realm=%ff", "realm=infraon&provider=../okta"])
def test_a_malformed_or_unknown_wish_is_a_4xx(query, gateway):
    agent = gateway.browser()
    answer = agent.get(f"{gateway.url}/login?{query}")
    assert 400 <= answer.status < 500, answer
    assert not agent.cookies


def test_one_provider_is_gone_to_straight_several_are_offered(stage):
    one, two = stage.provider(), stage.provider()
    realms = {"infraon": realm("one"), "ssp": realm("one", "two", title="Portal")}
    gateway = stage.gateway({"one": one, "two": two}, realms)
    agent = gateway.browser()
    assert gateway.begin(agent, realm="infraon").status == 303
    chooser = gateway.begin(agent, realm="ssp", return_to="https://app.example.com/kept")
    assert chooser.status == 200
    links = [link.href for link in chooser.page.links if "provider=two" in link.href]
    assert links, chooser.text
    answer = gateway.finish(agent, agent.get(gateway.url + links[0] if links[0].startswith("/") else links[0]))
    assert answer.location == "https://app.example.com/kept", "the chooser carries the return address"
    assert two.received("token") and not one.received("token")
    assert gateway.begin(agent, realm="infraon", provider="two").status in range(400, 500), "not of this realm"


def test_someone_who_opens_the_gateway_itself_finds_the_login(gateway):
    agent = gateway.browser()
    answer = agent.get(gateway.url + "/")
    assert answer.status in (200, 302, 303)
    if answer.status != 200:
        answer = agent.follow(answer, until=lambda a: "/authorize" in a.location)
        assert answer.status == 303 and "/authorize" in answer.location
    agent = gateway.signed_in()
    home = agent.get(gateway.url + "/")
    assert home.status == 200 and "ada@example.com" in home.page.text
    assert home.header("Cache-Control") == "no-store"
