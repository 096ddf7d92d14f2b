"""Who somebody is by an assertion: the attributes, the name and its format, groups in every shape, and for how long."""

import time
from datetime import datetime
from urllib.parse import unquote

import pytest

from audit_trail import asked, session_of
from gateway import realm
from saml_apps import ADA_GROUPS, assert_refused, saml_stand
from simulator import PEOPLE

FORMATS = ["unspecified", "emailAddress", "persistent", "transient", "x509SubjectName"]
AMELIE = {
    "name": "Amélie Łukasz-Ö'Hara",
    "email": "amelie@example.com",
    "groups": ["infraon-admins", "tech-münchen, ost"],
}


@pytest.fixture(scope="module")
def stand(shared):
    return saml_stand(shared, people=[*PEOPLE, AMELIE])


def known(stand, email="ada@example.com", **tampering):
    """What the session check says after a sign-in whose response had these members."""
    if tampering:
        stand.app.tamper(**tampering)
    return stand.gateway.check(stand.signed_in(email))


def listed(answer, header: str) -> set[str]:
    return {unquote(part) for part in answer.header(header).split(",")}


# Names


@pytest.mark.parametrize("name_id_format", FORMATS)
def test_every_name_id_format_is_taken(name_id_format, stand):
    with stand.app.changed(name_id_format=name_id_format):
        answer = known(stand)
    assert answer.header("X-Auth-Email") == "ada@example.com", "by the attribute"


def test_the_email_is_the_name_ids_only_when_its_format_says_so(stand):
    """An unspecified NameID may look like an address and be none; Okta's default is the login name."""
    without = {"members": {"attributes": {"email": None}}}
    assert known(stand, **without).header("X-Auth-Email") == ""
    with stand.app.changed(name_id_format="emailAddress"):
        assert known(stand, **without).header("X-Auth-Email") == "ada@example.com"


def test_the_name_is_put_together_when_there_is_none_to_display(stand):
    assert known(stand).header("X-Auth-Name") == "Ada Lovelace"
    without = {"members": {"attributes": {"displayName": None}}}
    assert known(stand, **without).header("X-Auth-Name") == "Ada Lovelace"
    nameless = {"members": {"attributes": {"displayName": None, "firstName": None, "lastName": None}}}
    assert known(stand, **nameless).header("X-Auth-Name") == ""


def test_letters_of_all_kinds_survive(stand):
    answer = known(stand, "amelie@example.com")
    assert listed(answer, "X-Auth-Name") == {AMELIE["name"]}
    assert listed(answer, "X-Auth-Groups") == set(AMELIE["groups"])


def test_attributes_may_have_other_names(stage):
    app = {"attributes": {"mail": "email", "memberOf": "groups", "cn": "displayName"}}
    provider = {"email_attribute": "mail", "groups_attribute": "memberOf", "name_attribute": "cn"}
    answer = known(saml_stand(stage, app=app, provider=provider))
    assert answer.header("X-Auth-Email") == "ada@example.com" and answer.header("X-Auth-Name") == "Ada Lovelace"
    assert listed(answer, "X-Auth-Groups") == ADA_GROUPS


# Who is who


def test_the_user_is_the_same_at_each_sign_in_and_differs_between_people(stand):
    ids = [
        known(stand, email).header("X-Auth-User")
        for email in ("ada@example.com", "ada@example.com", "grace@example.com")
    ]
    assert ids[0] == ids[1] != ids[2] and ids[0]


def test_the_user_is_the_name_ids_and_not_the_email_addresses(stand):
    """Whoever gets somebody's address later must not get their sessions and rights with it."""
    mine = known(stand).header("X-Auth-User")
    renamed = known(stand, members={"attributes": {"email": ["countess@example.com"]}})
    assert renamed.header("X-Auth-User") == mine and renamed.header("X-Auth-Email") == "countess@example.com"
    taken = known(stand, "grace@example.com", members={"attributes": {"email": ["ada@example.com"]}})
    assert taken.header("X-Auth-User") != mine


def test_names_that_differ_by_a_letters_case_are_two_people(stand):
    """SAML compares identifiers exactly (Core §8.3)."""
    users = {known(stand, members={"name_id": name}).header("X-Auth-User") for name in ("ada-1", "Ada-1", "ada-1 ")}
    assert len(users) >= 2


# Groups


def test_groups_come_as_values_or_joined_when_that_is_configured(stage):
    stand = saml_stand(stage, app={"groups_as": "joined"}, provider={"split_groups": ","})
    answer = known(stand)
    assert listed(answer, "X-Auth-Groups") == ADA_GROUPS and "admin" in listed(answer, "X-Auth-Roles")


def test_a_joined_value_is_one_strange_group_unless_it_is_split(stand):
    with stand.app.changed(groups_as="joined"):
        assert stand.sign_in(stand.browser()).status == 403, "no rule matches such a name"


def test_a_comma_in_a_groups_name_does_not_make_two_of_it(stand):
    answer = known(stand, members={"attributes": {"groups": ["a,infraon-admins", "infraon-tech-x"]}})
    assert listed(answer, "X-Auth-Groups") == {"a,infraon-admins", "infraon-tech-x"}
    assert answer.header("X-Auth-Roles") == "technician"


@pytest.mark.parametrize("count", [250, 500, 2000])
def test_many_groups_are_taken(count, stand):
    groups = ["infraon-admins", *(f"group-{n:04d}" for n in range(count - 1))]
    answer = known(stand, members={"attributes": {"groups": groups}})
    assert answer.header("X-Auth-Roles") == "admin"
    assert session_groups(stand) == count


def session_groups(stand) -> int:
    """As the store has them; a header may be shortened on its way."""
    users = asked(stand.gateway, "/api/v1/users", email="ada@example.com")["users"]
    return max(len(user["groups"]) for user in users)


def test_changed_groups_take_effect_at_the_next_sign_in(stand):
    assert known(stand, "grace@example.com").header("X-Auth-Roles") == "technician"
    stand.simulator.change_person("grace@example.com", groups=["infraon-admins"])
    try:
        assert known(stand, "grace@example.com").header("X-Auth-Roles") == "admin"
    finally:
        stand.simulator.change_person("grace@example.com", groups=["infraon-tech-night"])


def test_no_groups_at_all_are_no_role_and_a_default_role_where_there_is_one(stand, stage):
    nothing = {"members": {"attributes": {"groups": None}}}
    stand.app.tamper(**nothing)
    assert stand.sign_in(stand.browser()).status == 403
    open_to_all = saml_stand(stage, realms={"infraon": realm("okta-saml", default_role="requester")})
    assert known(open_to_all, **nothing).header("X-Auth-Roles") == "requester"


# How long


def test_the_session_ends_when_the_organisation_says_so(stand):
    """SessionNotOnOrAfter bounds the realm's own twelve hours (SAML Core §2.7.2)."""
    stand.app.tamper(members={"session_not_on_or_after_seconds": 3600})
    ends = datetime.fromisoformat(session_of(stand.gateway, stand.signed_in())["expires_at"]).timestamp()
    assert 3500 < ends - time.time() < 3700
    stand.app.tamper(members={"session_not_on_or_after_seconds": 30 * 86400})
    ends = datetime.fromisoformat(session_of(stand.gateway, stand.signed_in())["expires_at"]).timestamp()
    assert 12 * 3600 - 100 < ends - time.time() <= 12 * 3600 + 5, "and never prolongs them"


def test_a_session_that_the_organisation_ends_is_over_at_that_moment(stage):
    stand = saml_stand(stage, app={"session_lifetime": "10m"}, clock=True)
    agent = stand.signed_in()
    stand.advance(590)
    assert stand.gateway.check(agent).status == 200
    stand.advance(20)
    assert stand.gateway.check(agent).status == 401


def test_an_end_that_only_our_clock_has_passed_is_an_end_after_the_skew(stage):
    """The provider's clock may be a minute behind ours: by it the session has just begun, and is one."""
    stand = saml_stand(stage, clock=True)
    stand.app.tamper(members={"session_not_on_or_after_seconds": -15})
    agent = stand.signed_in()
    assert stand.gateway.check(agent).status == 200
    stand.advance(46)
    assert stand.gateway.check(agent).status == 401
    late = stand.browser()
    stand.app.tamper(members={"session_not_on_or_after_seconds": -61})
    assert_refused(stand.sign_in(late), late, stand, "session_expired")


def test_somebody_without_an_assertion_for_this_audience_is_nobody(stand):
    """The negative twin of all of the above."""
    agent = stand.browser()
    stand.app.tamper(members={"audience": "https://other.example.com"})
    assert_refused(stand.sign_in(agent), agent, stand, "audience_mismatch")
