"""What the keys of `kind: saml` do: attributes become groups, e-mail and name; several certificates; and a configuration that
is read again (SIGHUP) changes a provider while people are signed in.
"""

from urllib.parse import unquote

import pytest

from gateway import realm
from handmade_provider import HandmadeProvider, Person, received
from handmade_saml import EMAIL, UNSPECIFIED
from rotating_provider import RotatingProvider
from saml_idp_metadata import document, entity
from saml_keys import SAMLKey
from saml_logout_steps import event_under, handmade_stand, inline, sign_out
from waiting import wait_until


def known(stage, settings: dict, person: Person | None = None, **assertion):
    """Signs somebody in; what the check says of them, or the failed login's answer."""
    stand = handmade_stand(stage, provider=settings)
    agent = stand.gateway.browser()
    answer = stand.provider.sign_in(stand.gateway, agent, person or Person(), **assertion)
    if answer.status != 303:
        return stand, answer
    return stand, stand.gateway.check(agent)


def roles(answer) -> set:
    return set(filter(None, answer.header("X-Auth-Roles").split(",")))


# Groups

JOINED = ["Everyone,infraon-admins,infraon-tech-berlin"]


def test_groups_joined_in_one_text_give_roles_when_split(stage):
    _, answer = known(stage, {"split_groups": ","}, attributes={"groups": JOINED})
    assert answer.status == 200 and roles(answer) == {"admin", "technician"}, answer
    assert set(answer.header("X-Auth-Groups").split(",")) == set(JOINED[0].split(","))


def test_groups_joined_in_one_text_are_one_group_otherwise(stage):
    """And nobody gets in without a role."""
    _, answer = known(stage, {}, attributes={"groups": JOINED})
    assert answer.status == 403, answer


@pytest.mark.parametrize(
    ("separator", "text"),
    [(";", "a;infraon-admins"), (", ", "a, infraon-admins"), ("||", "a||infraon-admins"), (" ", "a infraon-admins")],
)
def test_other_separators(separator, text, stage):
    _, answer = known(stage, {"split_groups": separator}, attributes={"groups": [text]})
    assert roles(answer) == {"admin"}, answer


@pytest.mark.parametrize("text", ["infraon-admins", ",infraon-admins,", " a , infraon-admins ", "a,,infraon-admins"])
def test_loose_separators_and_blanks_do_no_harm(text, stage):
    _, answer = known(stage, {"split_groups": ","}, attributes={"groups": [text]})
    assert answer.status == 200 and roles(answer) == {"admin"}, answer
    assert "" not in answer.header("X-Auth-Groups").split(",")


def test_several_values_are_split_each(stage):
    _, answer = known(stage, {"split_groups": ","}, attributes={"groups": ["a,infraon-admins", "infraon-tech-x"]})
    assert roles(answer) == {"admin", "technician"}


def test_groups_of_another_attribute(stage):
    given = {"groups": ["infraon-tech-berlin"], "memberOf": ["infraon-admins"]}
    _, answer = known(stage, {"groups_attribute": "memberOf"}, attributes=given)
    assert roles(answer) == {"admin"}


def test_an_attribute_named_by_a_urn(stage):
    name = "http://schemas.xmlsoap.org/claims/Group"
    _, answer = known(stage, {"groups_attribute": name}, attributes={"groups": [], name: ["infraon-admins"]})
    assert roles(answer) == {"admin"}


def test_attribute_names_compare_exactly(stage):
    _, answer = known(stage, {}, attributes={"groups": [], "Groups": ["infraon-admins"]})
    assert answer.status == 403, answer


# E-mail and name


def test_the_email_of_another_attribute(stage):
    given = {"email": ["wrong@example.com"], "mail": ["right@example.com"]}
    _, answer = known(stage, {"email_attribute": "mail"}, attributes=given)
    assert answer.header("X-Auth-Email") == "right@example.com"


def test_without_the_attribute_a_name_of_the_email_format_will_do(stage):
    _, answer = known(stage, {}, Person("byname@example.com"), attributes={"email": []}, format=EMAIL)
    assert answer.header("X-Auth-Email") == "byname@example.com"


def test_a_name_of_another_format_is_no_email(stage):
    """Whatever it looks like."""
    _, answer = known(stage, {}, Person("byname@example.com"), attributes={"email": []}, format=UNSPECIFIED)
    assert answer.header("X-Auth-Email") == ""


NAMES = {
    "displayName": ({}, {"displayName": ["Ada Lovelace"]}, "Ada Lovelace"),
    "displayName-before-the-parts": ({}, {"displayName": ["A. L."], "firstName": ["Ada"], "lastName": ["Lovelace"]}, "A. L."),
    "first-and-last": ({}, {"firstName": ["Ada"], "lastName": ["Lovelace"]}, "Ada Lovelace"),
    "another-attribute": ({"name_attribute": "cn"}, {"cn": ["Ada L"], "displayName": ["wrong"]}, "Ada L"),
    "another-attribute-that-did-not-come": ({"name_attribute": "cn"}, {"firstName": ["Ada"], "lastName": ["L"]}, "Ada L"),
    "first-only": ({}, {"firstName": ["Ada"], "lastName": []}, "Ada"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_persons_name(name, stage):
    settings, attributes, wanted = NAMES[name]
    _, answer = known(stage, settings, attributes=attributes)
    assert unquote(answer.header("X-Auth-Name")) == wanted


# Certificates


def test_any_of_several_certificates_will_do(stage):
    old, new, foreign = SAMLKey("provider-okta"), SAMLKey("provider-okta-next"), SAMLKey("unpublished")
    stand = handmade_stand(stage, provider={"certificates": [old.pem, new.base64]})
    for key, status in ((old, 303), (new, 303), (foreign, 400)):
        stand.provider.key = key
        assert stand.provider.sign_in(stand.gateway, stand.gateway.browser(), Person()).status == status, key.name


def test_a_certificate_that_has_ended_goes_on_working(stage):
    """The key is what is pinned; administrators are told (test_saml_providers_verify.py)."""
    ended = SAMLKey("provider-okta", days=-400)
    stand = handmade_stand(stage, provider={"certificates": [ended.pem]})
    stand.provider.signed_in(stand.gateway, Person())


def test_requests_ask_for_a_format_only_where_one_is_configured(stage):
    stand = handmade_stand(stage, provider={"name_id_format": EMAIL})
    ours = lambda provider: received(stand.gateway.begin(stand.gateway.browser(), provider=provider), "SAMLRequest")
    assert f'Format="{EMAIL}"' in ours("okta").xml and "NameIDPolicy" not in ours("other").xml


# SIGHUP


def reload(gateway, **settings):
    """Changes keys of the provider okta; None takes one out."""
    providers = gateway.settings["providers"]
    changed = {name: value for name, value in (providers["okta"] | settings).items() if value is not None}
    gateway.write(providers=providers | {"okta": changed})
    gateway.reload()


def asked_at(stand) -> str:
    """Where a login leads at the moment."""
    answer = stand.gateway.begin(stand.gateway.browser(), provider="okta")
    return answer.location.split("?")[0] if answer.status == 303 else ""


def test_a_new_certificate_is_taken_up_and_the_old_one_no_more(stage):
    stand = handmade_stand(stage)
    agent = stand.provider.signed_in(stand.gateway, Person())
    new = SAMLKey("provider-okta-next")
    reload(stand.gateway, certificates=[new.pem])
    old, stand.provider.key = stand.provider.key, new
    login = lambda: stand.provider.sign_in(stand.gateway, stand.gateway.browser(), Person()).status
    wait_until(lambda: login() == 303, 5, "the new certificate", every=0.1)
    stand.provider.key = old
    assert login() == 400
    assert stand.gateway.check(agent).status == 200, "who is signed in stays so"


def test_new_addresses_are_taken_up(stage):
    stand = handmade_stand(stage)
    agent = stand.provider.signed_in(stand.gateway, Person())
    moved = stand.provider.sso_url.replace("idp.example.com", "login.example.org")
    reload(stand.gateway, sso_url=moved, slo_url="https://login.example.org/slo")
    wait_until(lambda: asked_at(stand) == moved, 5, "the new address", every=0.1)
    assert sign_out(stand.gateway, agent).location.startswith("https://login.example.org/slo?")


def test_a_login_begun_before_the_reload_ends_well_after_it(stage):
    stand = handmade_stand(stage)
    agent = stand.gateway.browser()
    begun = stand.gateway.begin(agent, provider="okta")
    moved = stand.provider.sso_url.replace("idp.example.com", "login.example.org")
    reload(stand.gateway, sso_url=moved)
    wait_until(lambda: asked_at(stand) == moved, 5, "the new address", every=0.1)
    assert stand.provider.answer_login(stand.gateway, agent, begun, Person()).status == 303


def test_metadata_in_a_file_is_read_again(stage):
    provider, file = HandmadeProvider(), stage.directory() / "okta.xml"
    write = lambda key: file.write_text(document(entity(provider.issuer, key.base64, sso_url=provider.sso_url)))
    write(provider.key)
    settings = {"kind": "saml", "metadata": {"file": str(file)}} | inline()
    gateway = stage.gateway({"okta": settings}, {"infraon": realm("okta", home=None)})
    provider.signed_in(gateway, Person())
    write(new := SAMLKey("provider-okta-next"))
    provider.key = new
    answer = provider.sign_in(gateway, gateway.browser(), Person())
    assert answer.status == 400 and event_under(gateway, answer)["reason"] == "key_not_pinned"
    gateway.reload()
    login = lambda: provider.sign_in(gateway, gateway.browser(), Person()).status
    wait_until(lambda: login() == 303, 5, "the new metadata", every=0.1)


def test_a_bad_change_is_refused_and_the_old_one_stays(stage):
    stand = handmade_stand(stage)
    reload(stand.gateway, certificates=["MIIDnonsense"])
    wait_until(lambda: "certificates" in stand.gateway.log, 5, "the complaint in the log")
    stand.provider.signed_in(stand.gateway, Person())


def test_attributes_are_read_the_new_way_from_the_next_login_on(stage):
    stand = handmade_stand(stage)
    stand.provider.signed_in(stand.gateway, Person())
    reload(stand.gateway, split_groups=",")
    login = lambda: stand.provider.sign_in(
        stand.gateway, stand.gateway.browser(), Person(), attributes={"groups": JOINED}
    )
    wait_until(lambda: login().status == 303, 5, "the new reading", every=0.1)


# Another provider under the same name


def over(gateway, agent) -> bool:
    return gateway.check(agent).status == 401


def test_another_issuer_under_the_same_name_is_nobody_who_vouched(stage):
    stand = handmade_stand(stage)
    agent = stand.provider.signed_in(stand.gateway, Person())
    reload(stand.gateway, issuer="http://www.okta.com/exkanother")
    wait_until(lambda: over(stand.gateway, agent), 5, "the end of the session's worth", every=0.1)
    reload(stand.gateway, issuer=None)
    wait_until(lambda: not over(stand.gateway, agent), 5, "the one who vouched to be back", every=0.1)


def test_a_saml_provider_that_becomes_an_openid_provider(stage):
    stand = handmade_stand(stage)
    openid = stage.provider(kind=RotatingProvider)
    agent = stand.provider.signed_in(stand.gateway, person := Person())
    stand.gateway.write(providers=stand.gateway.settings["providers"] | {"okta": openid.settings()})
    stand.gateway.reload()
    wait_until(lambda: over(stand.gateway, agent), 5, "the end of the session's worth", every=0.1)
    assert stand.gateway.send("GET", "/login/saml/okta/metadata").status == 404
    assert stand.provider.log_out(stand.gateway, person).status == 404
    # The new one learns nothing of whom the old one signed in.
    answer = sign_out(stand.gateway, agent)
    assert person.name_id not in (answer.location or "") and "name_id" not in (answer.location or ""), answer
    assert not openid.received("logout")
    assert stand.gateway.sign_in(stand.gateway.browser(), provider="okta").status == 303


def test_an_openid_provider_that_becomes_a_saml_provider(stage):
    openid, saml = stage.provider(kind=RotatingProvider), HandmadeProvider()
    gateway = stage.gateway({"okta": openid}, {"infraon": realm("okta", home=None)})
    agent = gateway.signed_in()
    gateway.write(providers={"okta": saml.settings(**inline())})
    gateway.reload()
    wait_until(lambda: over(gateway, agent), 5, "the end of the session's worth", every=0.1)
    answer = sign_out(gateway, agent)
    assert (answer.status, answer.location) == (303, gateway.url + "/"), "the new one cannot know the session"
    assert gateway.check(saml.signed_in(gateway, Person())).header("X-Auth-Provider") == "okta"


def test_another_saml_issuer_is_not_told_of_the_old_ones_people(stage):
    stand = handmade_stand(stage)
    agent = stand.provider.signed_in(stand.gateway, person := Person())
    reload(stand.gateway, issuer="http://www.okta.com/exkanother", slo_url="https://login.example.org/slo")
    wait_until(lambda: over(stand.gateway, agent), 5, "the end of the session's worth", every=0.1)
    answer = sign_out(stand.gateway, agent)
    assert (answer.status, answer.location) == (303, stand.gateway.url + "/"), f"{person.name_id} was told to another"
