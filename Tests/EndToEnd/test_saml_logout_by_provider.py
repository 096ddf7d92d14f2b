"""Single logout that the identity provider begins: its request comes in a hidden frame, so there is no cookie, and what it
names is what ends. Each by redirect and by form; what is refused: test_saml_logout_refused.py.
"""

from urllib.parse import parse_qsl, urlsplit

import pytest

from api_sign_in import CommandLineLogin, DeviceLogin, bearer, decide, look_at_device
from audit_trail import asked, end_of, event, session_of
from handmade_provider import FRAME, Person, received
from handmade_saml import EMAIL, new_id
from saml_logout_steps import BINDINGS, handmade_stand


@pytest.fixture(scope="module")
def stand(shared):
    return handmade_stand(shared)


@pytest.fixture(scope="module")
def gateway(stand):
    return stand.gateway


@pytest.fixture(params=BINDINGS)
def binding(request):
    return request.param


def is_in(gateway, agent, realm="infraon") -> bool:
    return gateway.check(agent, f"realm={realm}").status == 200


# What ends


def test_a_session_is_over_at_the_very_next_check_without_any_cookie(stand, gateway, binding):
    person = Person()
    agent = stand.provider.signed_in(gateway, person)
    number = session_of(gateway, agent)["id"]
    assert is_in(gateway, agent), "and the answer is in memory now"
    answer = stand.provider.log_out(gateway, person, binding=binding)
    assert answer.status == (303 if binding == "redirect" else 200), answer
    assert not is_in(gateway, agent)
    assert end_of(gateway, number) == "saml_logout"
    assert event(gateway, "session.ended", session=number)["provider"] == "okta"


def test_other_sessions_of_the_same_person_live(stand, gateway, binding):
    person = Person()
    agent = stand.provider.signed_in(gateway, person)
    elsewhere = stand.provider.signed_in(gateway, person.again())
    stand.provider.log_out(gateway, person, binding=binding)
    assert not is_in(gateway, agent) and is_in(gateway, elsewhere)


def test_other_peoples_sessions_live_even_of_the_same_index(stand, gateway, binding):
    one = Person()
    two = Person(session_index=one.session_index)
    agents = [stand.provider.signed_in(gateway, person) for person in (one, two)]
    stand.provider.log_out(gateway, one, binding=binding)
    assert [is_in(gateway, agent) for agent in agents] == [False, True]


def test_a_session_at_the_provider_is_one_in_every_realm(stand, gateway, binding):
    person = Person()
    agent = stand.provider.signed_in(gateway, person)
    assert stand.provider.sign_in(gateway, agent, person, "ssp").status == 303
    assert is_in(gateway, agent, "infraon") and is_in(gateway, agent, "ssp")
    stand.provider.log_out(gateway, person, binding=binding)
    assert not is_in(gateway, agent, "infraon") and not is_in(gateway, agent, "ssp")


def test_several_indexes_end_several_sessions(stand, gateway, binding):
    people = [first := Person(), first.again(), first.again()]
    agents = [stand.provider.signed_in(gateway, person) for person in people]
    named = [people[0].session_index, new_id(), people[2].session_index]
    stand.provider.log_out(gateway, first, *named, binding=binding)
    assert [is_in(gateway, agent) for agent in agents] == [False, True, False]


def test_a_thousand_indexes_are_looked_through(stand, gateway):
    person = Person()
    agent = stand.provider.signed_in(gateway, person)
    indexes = [new_id() for _ in range(999)] + [person.session_index]
    assert stand.provider.log_out(gateway, person, *indexes).status == 200
    assert not is_in(gateway, agent)


def test_without_an_index_all_of_the_persons_sessions_end(stand, gateway, binding):
    people = [first := Person(), first.again(), Person()]
    agents = [stand.provider.signed_in(gateway, person) for person in people]
    stand.provider.log_out(gateway, first, None, binding=binding)
    assert [is_in(gateway, agent) for agent in agents] == [False, False, True]


def test_without_an_index_sessions_through_another_provider_live(stand, gateway, binding):
    """People of two providers may be called the same, and are not."""
    person = Person()
    here = stand.provider.signed_in(gateway, person)
    there = stand.other.signed_in(gateway, person)
    stand.provider.log_out(gateway, person, None, binding=binding)
    assert not is_in(gateway, here) and is_in(gateway, there)
    stand.other.log_out(gateway, person, None, binding=binding)
    assert not is_in(gateway, there)


def test_an_index_at_another_provider_is_another_session(stand, gateway, binding):
    person = Person()
    there = stand.other.signed_in(gateway, person)
    stand.provider.log_out(gateway, person, binding=binding)
    assert is_in(gateway, there)


def test_a_session_whose_index_was_never_told_ends_with_any_of_its_person(stand, gateway, binding):
    """It may be the one that is meant, and it is the safe way to be wrong."""
    person = Person(session_index=None)
    agent = stand.provider.signed_in(gateway, person)
    stand.provider.log_out(gateway, person, new_id(), binding=binding)
    assert not is_in(gateway, agent)


def test_nobody_of_that_name_is_over_already(stand, gateway, binding):
    answer = stand.provider.log_out(gateway, Person(), binding=binding)
    told = received(answer, "SAMLResponse")
    assert told.status == ["Success"]


@pytest.mark.parametrize("name_id", ["ADA@EXAMPLE.COM", "ada@example.com ", "ada@example.co", "аda@example.com"])
def test_names_compare_byte_by_byte(name_id, stand, gateway):
    """Who is called nearly so is somebody else."""
    person = Person("ada@example.com")
    agent = stand.provider.signed_in(gateway, person)
    stand.provider.log_out(gateway, Person(name_id, person.session_index))
    assert is_in(gateway, agent)


@pytest.mark.parametrize("format", [None, EMAIL])
def test_a_name_of_the_format_that_it_had(format, stand, gateway, binding):
    person = Person()
    options = {"format": format} if format else {}
    agent = stand.provider.signed_in(gateway, person, **options)
    stand.provider.log_out(gateway, person, binding=binding, format=format)
    assert not is_in(gateway, agent)


NAMES = ['Zoë Müller, 100% <Ops> & "co"', "名前", "x" * 512, "a+b%20c@example.com"]


@pytest.mark.parametrize("name_id", NAMES, ids=["european", "japanese", "long", "escapes"])
def test_names_of_any_letters(name_id, stand, gateway, binding):
    person = Person(name_id)
    agent = stand.provider.signed_in(gateway, person, attributes={"email": ["someone@example.com"]})
    stand.provider.log_out(gateway, person, binding=binding)
    assert not is_in(gateway, agent)


def test_the_next_login_works_and_is_a_session_of_its_own(stand, gateway, binding):
    person = Person()
    stand.provider.signed_in(gateway, person)
    stand.provider.log_out(gateway, person, binding=binding)
    assert is_in(gateway, stand.provider.signed_in(gateway, person))


# Programs' sessions


def command_line(stand, person: Person) -> dict:
    """A session of a command line, through the provider; what the gateway says of it."""
    gateway = stand.gateway
    login = CommandLineLogin(gateway, provider="okta")
    agent = gateway.browser()
    begun = agent.get(login.authorize_url)
    answer = stand.provider.answer_login(gateway, agent, begun, person)
    assert answer.status in (302, 303) and answer.location.startswith("http://localhost:8301/?"), answer
    done = login.complete(dict(parse_qsl(urlsplit(answer.location).query)))
    assert done.status == 200, done
    return done.json


def knows(gateway, token: str) -> bool:
    return gateway.check(headers=bearer(token)).status == 200


def test_a_command_lines_session_ends_too(stand, gateway, binding):
    person = Person()
    token = command_line(stand, person)["token"]
    other = command_line(stand, person.again())["token"]
    agent = stand.provider.signed_in(gateway, person)
    assert knows(gateway, token) and knows(gateway, other)
    stand.provider.log_out(gateway, person, binding=binding)
    assert (knows(gateway, token), knows(gateway, other), is_in(gateway, agent)) == (False, True, False)


def test_a_devices_session_ends_too(stand, gateway, binding):
    person = Person()
    device = DeviceLogin(gateway)
    agent = gateway.browser()
    begun = decide(gateway, agent, look_at_device(gateway, agent, device.user_code), "/device/approve")
    if begun.status == 200:
        [link] = [link.href for link in begun.page.links if "provider=okta" in link.href]
        begun = agent.get(gateway.url + link, referrer=begun.url)
    assert stand.provider.answer_login(gateway, agent, begun, person).status == 200
    token = device.poll().json["access_token"]
    assert knows(gateway, token)
    stand.provider.log_out(gateway, person, binding=binding)
    assert not knows(gateway, token)


# Cookies, when there are some after all


def test_cookies_that_came_along_are_taken_back(stand, gateway):
    """A redirect in the browser's own window brings them."""
    person = Person()
    agent = stand.provider.signed_in(gateway, person)
    xml = stand.provider.logout_request(gateway, person)
    stand.provider.send(gateway, xml, "redirect", agent=agent)
    assert not agent.session_cookies()


def test_cookies_of_another_session_stay(stand, gateway):
    agent, person = stand.provider.signed_in(gateway, Person()), Person()
    stand.provider.signed_in(gateway, person)
    stand.provider.send(gateway, stand.provider.logout_request(gateway, person), "redirect", agent=agent)
    assert agent.session_cookies() and is_in(gateway, agent)


# The answer


def test_the_answer_is_a_signed_response_that_goes_back_with_the_relay_state(stand, gateway, binding):
    state = "a state/of=the & provider's+own %41 é"
    xml = stand.provider.logout_request(gateway, person := Person(), id="id4711" + new_id())
    answer = stand.provider.send(gateway, xml, binding, relay_state=state)
    told = received(answer, "SAMLResponse")
    assert (told.url, told.relay_state, told.binding) == (stand.provider.slo_url, state, binding)
    assert told.root.get("Destination") == stand.provider.slo_url
    assert f'ID="{told.root.get("InResponseTo")}"' in xml
    assert told.text("Issuer") == f"{gateway.url}/login/saml/okta/metadata"
    assert told.status == ["Success"] and told.root.get("Version") == "2.0"
    if binding == "redirect":
        assert told.is_signed_by(stand.key)
    assert person.name_id not in answer.text and answer.header("Cache-Control") == "no-store"


def test_without_a_relay_state_there_is_none_in_the_answer(stand, gateway, binding):
    answer = stand.provider.log_out(gateway, Person(), binding=binding)
    assert received(answer, "SAMLResponse").relay_state is None


def test_the_page_that_posts_the_answer_may_be_framed_by_the_provider_and_by_nobody_else(stand, gateway):
    answer = stand.provider.log_out(gateway, Person(), binding="post")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.header("Content-Security-Policy").split(";"))
    assert policy["frame-ancestors"] == stand.provider.origin
    assert answer.header("X-Frame-Options") is None, "it would forbid what the policy allows"
    assert policy["default-src"] == "'none'" and "unsafe" not in answer.header("Content-Security-Policy")


def test_markup_in_a_relay_state_stays_text(stand, gateway):
    evil = '"><script>alert(1)</script>'
    answer = stand.provider.log_out(gateway, Person(), binding="post", relay_state=evil)
    assert "<script>alert" not in answer.text and received(answer, "SAMLResponse").relay_state == evil


def test_every_answer_has_an_id_of_its_own(stand, gateway):
    answers = [stand.provider.log_out(gateway, Person()) for _ in range(5)]
    assert len({received(answer, "SAMLResponse").root.get("ID") for answer in answers}) == 5


# Elsewhere


def test_at_the_address_of_another_kind_of_provider_or_of_none_there_is_nothing(stand, gateway):
    for name in ("nowhere", "okta/x", ""):
        answer = gateway.send("POST", f"/logout/saml/{name}", FRAME, form={"SAMLRequest": "x"})
        assert answer.status == 404, answer


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(method, gateway):
    assert gateway.send(method, "/logout/saml/okta").status == 405


def test_the_administrators_list_of_sessions_knows_it_too(stand, gateway):
    person = Person()
    agent = stand.provider.signed_in(gateway, person)
    number = session_of(gateway, agent)["id"]
    numbers = lambda: [row["id"] for row in asked(gateway, "/api/v1/sessions", limit=1000)["sessions"]]
    assert number in numbers()
    stand.provider.log_out(gateway, person)
    assert number not in numbers()


def test_a_session_ended_at_one_process_is_over_at_the_very_next_check_at_the_other(stage):
    stand = handmade_stand(stage)
    twin = stage.twin(stand.gateway)
    for _ in range(5):
        person = Person()
        agent = stand.provider.signed_in(stand.gateway, person)
        assert twin.check(agent).status == 200
        stand.provider.log_out(stand.gateway, person)
        assert (twin.check(agent).status, stand.gateway.check(agent).status) == (401, 401)
