"""How a login begins: from a link, from the provider's dashboard, from the choosers."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from gateway import HOME, realm


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


@pytest.mark.parametrize(
    "query",
    [
        "realm=nowhere",
        "realm=infraon&provider=nowhere",
        "realm=infraon&realm=infraon",
        "realm=%ff",
        "realm=infraon&provider=../okta",
    ],
)
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
