"""A request to sign out is used up by its first use: within a process, across processes, restarts and bindings, until it
is too old to be believed anyway. A replayed one would end a session that began after it.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from audit_trail import events
from handmade_provider import Person, deliver, received
from handmade_saml import form_value, new_id, query
from movable_clock import MovableClock
from saml_keys import SAMLKey
from saml_logout_steps import BINDINGS, assert_logout_refused, handmade_stand

REPLAYED = "logout_replayed"


@pytest.fixture(scope="module")
def stand(shared):
    return handmade_stand(shared)


def sent(stand, person, binding, **changes):
    """A signed request, to be brought to the gateway more than once."""
    xml = stand.provider.logout_request(stand.gateway, person, **changes)
    if binding == "redirect":
        return query("SAMLRequest", xml, stand.provider.key)
    return {"SAMLRequest": form_value(stand.provider.sign(xml))}


def session(stand, person=None):
    person = person or Person()
    return person, stand.provider.signed_in(stand.gateway, person)


def assert_used_up(stand, message, agent, gateway=None):
    gateway = gateway or stand.gateway
    assert_logout_refused(gateway, deliver(gateway, message), REPLAYED)
    assert gateway.check(agent).status == 200


@pytest.mark.parametrize("binding", BINDINGS)
def test_a_replayed_request_does_not_end_a_newer_session(binding, stand):
    person, agent = session(stand)
    message = sent(stand, person, binding)
    deliver(stand.gateway, message)
    assert stand.gateway.check(agent).status == 401
    _, newer = session(stand, person)
    assert_used_up(stand, message, newer)
    assert_used_up(stand, message, newer)


@pytest.mark.parametrize("binding", BINDINGS)
def test_it_is_used_up_also_when_it_ended_nothing(binding, stand):
    person = Person()
    message = sent(stand, person, binding)
    assert deliver(stand.gateway, message).status in (200, 303)
    _, agent = session(stand, person)
    assert_used_up(stand, message, agent)


def test_it_is_used_up_for_the_other_binding_too(stand):
    person, _ = session(stand)
    number = new_id()
    xml = stand.provider.logout_request(stand.gateway, person, id=number)
    assert deliver(stand.gateway, query("SAMLRequest", xml, stand.provider.key)).status == 303
    _, agent = session(stand, person)
    assert_used_up(stand, {"SAMLRequest": form_value(stand.provider.sign(xml))}, agent)


def test_another_request_of_the_same_id_is_refused_too(stand):
    """Whoever gives one ID to two messages breaks SAML Core §1.3.4; it is the ID that is remembered."""
    number = new_id()
    deliver(stand.gateway, sent(stand, Person(), "post", id=number))
    person, agent = session(stand)
    assert_used_up(stand, sent(stand, person, "post", id=number), agent)


def test_another_providers_request_may_have_the_same_id(stand):
    number, person = new_id(), Person()
    agent = stand.other.signed_in(stand.gateway, person)
    deliver(stand.gateway, sent(stand, Person(), "post", id=number))
    assert received(stand.other.log_out(stand.gateway, person, id=number), "SAMLResponse").status == ["Success"]
    assert stand.gateway.check(agent).status == 401


@pytest.mark.parametrize("binding", BINDINGS)
def test_a_request_that_was_refused_has_used_nothing_up(binding, stand):
    """Or anybody could use up the ID of a request to come."""
    person, agent = session(stand)
    number = new_id()
    xml = stand.provider.logout_request(stand.gateway, person, id=number)
    assert stand.provider.send(stand.gateway, xml, binding, key=SAMLKey("unpublished")).status == 400
    assert stand.provider.send(stand.gateway, xml, binding).status in (200, 303)
    assert stand.gateway.check(agent).status == 401


@pytest.mark.parametrize("binding", BINDINGS)
def test_of_many_at_once_one_counts(binding, stand):
    person, agent = session(stand)
    message = sent(stand, person, binding)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: deliver(stand.gateway, message).status, range(16)))
    assert sorted(answers) == [200 if binding == "post" else 303] + 15 * [400], answers
    assert stand.gateway.check(agent).status == 401


def test_across_a_restart(stage):
    stand = handmade_stand(stage)
    person, _ = session(stand)
    messages = [sent(stand, person, binding) for binding in BINDINGS]
    for message in messages:
        deliver(stand.gateway, message)
    stand.gateway.stop()
    stand.gateway.start()
    _, agent = session(stand, person)
    for message in messages:
        assert_used_up(stand, message, agent)


def test_across_kill_9(stage):
    stand = handmade_stand(stage)
    person, _ = session(stand)
    message = sent(stand, person, "post")
    assert deliver(stand.gateway, message).status == 200
    stand.gateway.kill()
    stand.gateway.start()
    _, agent = session(stand, person)
    assert_used_up(stand, message, agent)


def test_across_processes_on_one_store(stage):
    stand = handmade_stand(stage)
    twin = stage.twin(stand.gateway)
    for binding in BINDINGS:
        person, _ = session(stand)
        message = sent(stand, person, binding)
        deliver(stand.gateway, message)
        _, agent = session(stand, person)
        assert_used_up(stand, message, agent, twin)


def test_of_many_at_once_at_two_processes_one_counts(stage):
    stand = handmade_stand(stage)
    gateways = [stand.gateway, stage.twin(stand.gateway)]
    for _ in range(3):
        person, _ = session(stand)
        message = sent(stand, person, "post")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n: deliver(gateways[n % 2], message).status, range(8)))
        assert sorted(answers) == [200] + 7 * [400], answers


# As long as it would be believed


def with_clock(stage):
    stand = handmade_stand(stage, start=False)
    clock = MovableClock(stage.directory())
    stand.gateway.env = clock.env
    stand.gateway.start()
    return stand, clock


@pytest.mark.parametrize("after", [30, 200, 299, 330, 357])
def test_it_is_remembered_as_long_as_it_would_be_believed(after, stage):
    """Five minutes, and one more for clocks that differ."""
    stand, clock = with_clock(stage)
    message = sent(stand, Person(), "post", ends=None)
    assert deliver(stand.gateway, message).status == 200
    clock.advance(after)
    assert_logout_refused(stand.gateway, deliver(stand.gateway, message), REPLAYED)


def test_after_that_its_age_is_what_it_is_refused_for(stage):
    stand, clock = with_clock(stage)
    message = sent(stand, Person(), "post", ends=None)
    assert deliver(stand.gateway, message).status == 200
    clock.advance(365)
    assert_logout_refused(stand.gateway, deliver(stand.gateway, message), "logout_too_old")


def test_an_end_of_its_own_counts_with_a_minute_for_the_clocks(stage):
    stand, clock = with_clock(stage)
    one, two = (sent(stand, Person(), "post", ends=30) for _ in range(2))
    assert deliver(stand.gateway, one).status == 200
    clock.advance(80)
    assert_logout_refused(stand.gateway, deliver(stand.gateway, one), REPLAYED)
    assert deliver(stand.gateway, two).status == 200, "late, and within the minute"
    clock.advance(15)
    for message in (one, two):
        assert_logout_refused(stand.gateway, deliver(stand.gateway, message), "logout_expired")


@pytest.mark.parametrize(("seconds", "is_believed"), [(-355, True), (-365, False), (355, True), (365, False)])
def test_the_age_that_is_believed(seconds, is_believed, stand):
    """Clocks of both sides may differ by a minute, and a message may take five."""
    person, agent = session(stand)
    stand.provider.log_out(stand.gateway, person, issued=seconds, ends=None)
    assert stand.gateway.check(agent).status == (401 if is_believed else 200)


def test_the_trail_has_each_attempt(stand):
    message = sent(stand, Person(), "post")
    before = len(events(stand.gateway, "logout.refused", reason=REPLAYED))
    for _ in range(4):
        deliver(stand.gateway, message)
    assert len(events(stand.gateway, "logout.refused", reason=REPLAYED)) == before + 3
