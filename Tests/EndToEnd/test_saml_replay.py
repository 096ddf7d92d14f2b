"""One response, one session: the same answer again, elsewhere, in another browser or at once."""

import threading

import pytest

from audit_trail import events
from gateway import reference_on
from saml_apps import Stand, answer_form, assert_refused, choose, deliver, resubmit, saml_stand, trail
from user_agent import UserAgent


@pytest.fixture(scope="module")
def stand(shared):
    return saml_stand(shared)


def send(agent: UserAgent, acs: str, fields: dict):
    """Posts a captured answer as its page would, to any address."""
    return resubmit(agent, agent.post(acs, form=fields, referrer="http://localhost:1/"))


def all_at_once(count: int, act) -> list:
    """The results of `act(n)`, begun together."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(n):
        barrier.wait()
        results[n] = act(n)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def statuses(answers) -> list[int]:
    return sorted(answer.status for answer in answers)


def reasons(stand, answers) -> set[str]:
    """Why those failed that did, by the references of their pages."""
    return {trail(stand.gateway, reference_on(answer))["reason"] for answer in answers if answer.status != 303}


# Again


def test_the_same_answer_again_is_over(stand):
    agent = stand.browser()
    page = stand.answered(agent)
    assert deliver(agent, page).status == 303
    held = agent.session_cookies()
    again = deliver(agent, page)
    assert again.status == 400 and "over" in again.page.text
    assert agent.session_cookies() == held and stand.gateway.check(agent).status == 200, "the session stays"
    assert events(stand.gateway, "login.failed")[0]["reason"] == "attempt_unknown"


def test_a_failed_answer_uses_the_attempt_up(stand):
    """Nobody tries variations of a response against one request."""
    agent = stand.browser()
    first = stand.begin(agent)
    stand.app.tamper(signature="digest")
    page = choose(agent, first, "ada@example.com")
    assert_refused(deliver(agent, page), agent, stand, "digest_mismatch")
    assert_refused(deliver(agent, page), agent, stand, "attempt_unknown")


def test_a_captured_assertion_is_worth_nothing_with_another_request(stand):
    """The assertion names the request that it answers, and the thief's own is another."""
    victim, thief = stand.browser(), stand.browser()
    captured = answer_form(stand.answered(victim)).fields
    own = answer_form(stand.answered(thief, "grace@example.com")).fields
    answer = send(thief, stand.app.acs, {"SAMLResponse": captured["SAMLResponse"], "RelayState": own["RelayState"]})
    event = assert_refused(answer, thief, stand, "in_response_to_mismatch")
    assert event["trace"]["expected"] != event["trace"]["found"]


def test_an_assertion_id_counts_once_whatever_request_it_answers(stand):
    """A provider that repeats an ID is wrong, or somebody found a way around the request's."""
    first, second = stand.browser(), stand.browser()
    stand.app.tamper(count=2, members={"assertion_id": "_the-same-twice"})
    assert stand.sign_in(first).status == 303
    assert_refused(stand.sign_in(second), second, stand, "assertion_replayed")


def test_a_person_without_a_role_uses_the_assertion_up_too(stage):
    stand = saml_stand(stage, provider={"idp_initiated": True})
    agent = stand.browser()
    page = stand.from_tile(agent, "mallory@example.com")
    assert deliver(agent, page).status == 403
    assert_refused(deliver(agent, page), agent, stand, "assertion_replayed")


def test_replays_are_known_after_a_restart_until_the_assertion_ends(stage):
    stand = saml_stand(stage, provider={"idp_initiated": True}, clock=True)
    page = stand.from_tile(stand.browser())
    assert deliver(stand.browser(), page).status == 303
    stand.gateway.stop()
    stand.gateway.start()
    thief = stand.browser()
    assert_refused(deliver(thief, page), thief, stand, "assertion_replayed")
    # Five minutes of the assertion and one for the clocks: to its last second it is known, and then it is too old.
    stand.advance(345)
    assert_refused(deliver(thief, page), thief, stand, "assertion_replayed")
    stand.advance(30)
    event = assert_refused(deliver(thief, page), thief, stand, "expired")
    assert event["trace"]["rule"] == 12


# At once


def test_concurrent_answers_to_one_request_give_one_session(stand):
    for _ in range(3):
        agent = stand.browser()
        page = stand.answered(agent)
        fields = answer_form(page).fields
        cookies = list(agent.cookies)

        def act(_, cookies=cookies, fields=fields):
            copy = stand.browser()
            copy.cookies = list(cookies)
            return send(copy, stand.app.acs, fields)

        answers = all_at_once(8, act)
        assert statuses(answers) == [303] + [400] * 7
        assert reasons(stand, answers) == {"attempt_unknown"}


def test_concurrent_replays_at_two_processes_give_one_session(stage):
    """The store decides, not a process's memory."""
    stand = saml_stand(stage, provider={"idp_initiated": True})
    twin = stage.twin(stand.gateway)
    for _ in range(3):
        page = stand.from_tile(stand.browser())
        before = len(events(stand.gateway, "session.created"))
        browsers = [(stand.gateway if n % 2 else twin).browser() for n in range(8)]
        answers = all_at_once(8, lambda n, browsers=browsers, page=page: deliver(browsers[n], page))
        assert statuses(answers) == [303] + [400] * 7
        assert reasons(stand, answers) == {"assertion_replayed"}
        assert len(events(stand.gateway, "session.created")) == before + 1


def test_concurrent_answers_to_one_request_at_two_processes_give_one_session(stage):
    stand = saml_stand(stage)
    twin = stage.twin(stand.gateway)
    agent = stand.browser()
    fields = answer_form(stand.answered(agent)).fields

    def act(n):
        copy = (stand.gateway if n % 2 else twin).browser()
        copy.cookies = list(agent.cookies)
        return send(copy, stand.app.acs, fields)

    answers = all_at_once(8, act)
    assert statuses(answers) == [303] + [400] * 7
    assert reasons(stand, answers) == {"attempt_unknown"}


def test_a_sign_in_begun_at_one_process_ends_at_another(stage):
    stand = saml_stand(stage)
    twin = Stand(stand.simulator, stand.app, stage.twin(stand.gateway))
    agent = stand.browser()
    page = stand.answered(agent)
    agent.resolve = twin.browser().resolve
    assert deliver(agent, page).status == 303
    assert stand.gateway.check(agent).status == 200 and twin.gateway.check(agent).status == 200


# Elsewhere


def test_another_browsers_answer_is_refused_and_spoils_nothing(stand):
    """Somebody is made to post the attacker's answer: they must not end up in the attacker's session."""
    attacker, victim = stand.browser(), stand.browser()
    page = stand.answered(attacker)
    answer = deliver(victim, page)
    assert_refused(answer, victim, stand, "browser_mismatch")
    assert deliver(attacker, page).status == 303, "the attempt was not used up by the other browser"


def test_a_wrong_cookie_is_another_browser(stand):
    agent = stand.browser()
    page = stand.answered(agent)
    (cookie,) = [cookie for cookie in agent.cookies if "login-" in cookie.name]
    cookie.value = "A" * len(cookie.value)
    answer = agent.submit(page, answer_form(page))
    assert_refused(answer, agent, stand, "browser_mismatch")
