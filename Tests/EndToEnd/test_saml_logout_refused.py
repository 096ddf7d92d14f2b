"""Requests to sign out that are no identity provider's word: each is a good one with one change, by redirect and by form.
Every refusal is a page with a reference, the reason is in the audit trail, and the sessions are as they were.
"""

import pytest

import handmade_saml
from handmade_provider import Person, deliver
from handmade_saml import ASSERTION, STATUS, element, form_value, inner, new_id, query, texted
from saml_keys import SAMLKey
from saml_logout_steps import BINDINGS, assert_logout_refused, handmade_stand


@pytest.fixture(scope="module")
def stand(shared):
    return handmade_stand(shared)


@pytest.fixture(scope="module")
def gateway(stand):
    return stand.gateway


@pytest.fixture(scope="module")
def held(stand):
    """Somebody signed in whom no refused request may sign out, and their browser."""
    person = Person()
    return person, stand.provider.signed_in(stand.gateway, person)


def refused(stand, held, answer, code) -> dict:
    person, agent = held
    event = assert_logout_refused(stand.gateway, answer, code)
    assert stand.gateway.check(agent).status == 200, "the session is as it was"
    assert person.name_id not in answer.text
    return event


# The signature

UNSIGNED = "logout_signature_missing"
OF_A_STRANGER = SAMLKey("unpublished")
ELLIPTIC = SAMLKey("elliptic", "P-256")

# name: (how it is signed by redirect, by form, the reason by redirect, by form)
SIGNATURES = {
    "a-flipped-bit-of-the-signature": ({"damage": True}, {"damage": "signature"}, "signature_invalid", "signature_invalid"),
    "a-key-that-is-not-published": ({"key": OF_A_STRANGER}, {"key": OF_A_STRANGER}, "signature_invalid", "key_not_pinned"),
    "a-key-of-another-kind": ({"key": ELLIPTIC}, {"key": ELLIPTIC}, "key_algorithm_mismatch", "key_algorithm_mismatch"),
    "hmac-with-the-certificate": ({"method": "hmac-sha256"},) * 2 + ("signature_algorithm_symmetric",) * 2,
    "hmac-with-sha1": ({"method": "hmac-sha1"},) * 2 + ("signature_algorithm_symmetric",) * 2,
    "rsa-with-sha1": ({"method": "rsa-sha1"},) * 2 + ("signature_algorithm_sha1",) * 2,
}  # fmt: skip


@pytest.mark.parametrize("binding", BINDINGS)
@pytest.mark.parametrize("name", SIGNATURES)
def test_a_signature_that_does_not_count(name, binding, stand, held):
    by_redirect, by_form, code, form_code = SIGNATURES[name]
    signature = by_redirect if binding == "redirect" else by_form
    xml = stand.provider.logout_request(stand.gateway, held[0])
    answer = stand.provider.send(stand.gateway, xml, binding, **signature)
    refused(stand, held, answer, code if binding == "redirect" else form_code)


def test_a_flipped_bit_of_the_digest(stand, held):
    xml = stand.provider.logout_request(stand.gateway, held[0])
    refused(stand, held, stand.provider.send(stand.gateway, xml, "post", damage="digest"), "digest_mismatch")


def test_a_sha1_digest(stand, held):
    xml = stand.provider.logout_request(stand.gateway, held[0])
    refused(stand, held, stand.provider.send(stand.gateway, xml, "post", digest="sha1"), "digest_algorithm_sha1")


def test_without_a_signature_by_redirect(stand, held):
    xml = stand.provider.logout_request(stand.gateway, held[0])
    refused(stand, held, deliver(stand.gateway, query("SAMLRequest", xml, None)), UNSIGNED)


def test_without_a_signature_by_form(stand, held):
    xml = handmade_saml.unsigned(stand.provider.logout_request(stand.gateway, held[0]))
    refused(stand, held, deliver(stand.gateway, {"SAMLRequest": form_value(xml)}), UNSIGNED)


def test_a_signature_within_does_not_count_in_a_query(stand, held):
    """SAML Bindings §3.4.4.1: it is to be taken out; the query's own is the one that counts."""
    xml = stand.provider.sign(stand.provider.logout_request(stand.gateway, held[0]))
    refused(stand, held, deliver(stand.gateway, query("SAMLRequest", xml, None)), UNSIGNED)
    answer = deliver(stand.gateway, query("SAMLRequest", xml, stand.provider.key))
    refused(stand, held, answer, "query_message_signed_inside")


def test_a_signature_beside_does_not_count_in_a_form(stand, held):
    xml = handmade_saml.unsigned(stand.provider.logout_request(stand.gateway, held[0]))
    beside = dict(pair.split("=") for pair in query("SAMLRequest", xml, stand.provider.key).split("&"))
    form = {"SAMLRequest": form_value(xml), "SigAlg": beside["SigAlg"], "Signature": beside["Signature"]}
    refused(stand, held, deliver(stand.gateway, form), UNSIGNED)


def test_the_signature_of_another_message(stand, held):
    """Signature wrapping: a signed request for somebody else, within an unsigned one for the victim."""
    harmless = stand.provider.sign(stand.provider.logout_request(stand.gateway, Person()))
    xml = stand.provider.logout_request(stand.gateway, held[0], more=element("saml2p:Extensions", None, harmless))
    refused(stand, held, deliver(stand.gateway, {"SAMLRequest": form_value(handmade_saml.unsigned(xml))}), UNSIGNED)
    signature = harmless[harmless.index("<ds:Signature") : harmless.index("</ds:Signature>") + len("</ds:Signature>")]
    moved = xml.replace(handmade_saml.SIGNATURE_PLACE, signature)
    answer = deliver(stand.gateway, {"SAMLRequest": form_value(moved)})
    assert answer.status == 400 and stand.gateway.check(held[1]).status == 200, answer


def test_the_key_of_the_other_provider(stand, held):
    for binding in BINDINGS:
        xml = stand.provider.logout_request(stand.gateway, held[0])
        answer = stand.provider.send(stand.gateway, xml, binding, key=stand.other.key)
        assert answer.status == 400 and stand.gateway.check(held[1]).status == 200, answer


# The message

ENCRYPTED_ID = texted("saml2:EncryptedID", None, "x")
EMPTY_INDEX = inner("saml2p:SessionIndex")

# name: (what is changed, the reason)
MESSAGES = {
    "another-issuer": ({"issuer": "http://www.okta.com/exkanother"}, "issuer_mismatch"),
    "the-issuer-in-other-case": ({"issuer": "HTTP://www.okta.com/exkokta"}, "issuer_mismatch"),
    "the-issuer-with-a-slash-more": ({"issuer": "http://www.okta.com/exkokta/"}, "issuer_mismatch"),
    "another-destination": ({"destination": "https://sso.example.org/logout/saml/okta"}, "destination_mismatch"),
    "the-destination-of-another-provider": ({"destination": "{url}/logout/saml/other"}, "destination_mismatch"),
    "the-destination-of-logins": ({"destination": "{url}/login/saml/okta"}, "destination_mismatch"),
    "the-destination-with-a-slash-more": ({"destination": "{url}/logout/saml/okta/"}, "destination_mismatch"),
    "no-destination": ({"destination": None}, "logout_destination_missing"),
    "an-empty-destination": ({"destination": ""}, "destination_mismatch"),
    "too-old": ({"issued": -400, "ends": None}, "logout_too_old"),
    "much-too-old-and-long-lived": ({"issued": -86400, "ends": 86400}, "logout_too_old"),
    "from-the-future": ({"issued": 400}, "logout_issued_in_future"),
    "expired": ({"issued": -150, "ends": -90}, "logout_expired"),
    "expired-long-ago": ({"ends": -86400}, "logout_expired"),
    "a-time-that-is-none": ({"issued": "yesterday"}, "time_malformed"),
    "a-time-without-zone": ({"issued": "2026-11-22T12:00:00"}, "time_malformed"),
    "an-end-that-is-none": ({"ends": "soon"}, "time_malformed"),
    "version-1.1": ({"version": "1.1"}, "version_unsupported"),
    "no-version": ({"version": None}, "version_unsupported"),
    "nobody": ({"name_id": None}, "logout_name_id_missing"),
    "an-empty-name": ({"name_id": ""}, "name_id_malformed"),
    "a-name-that-is-too-long": ({"name_id": "x" * 513}, "name_id_malformed"),
    "an-encrypted-name": ({"name_id": None, "before": ENCRYPTED_ID}, "logout_name_id_encrypted"),
    "two-names": ({"more": texted("saml2:NameID", None, "x")}, "logout_message_malformed"),
    "something-more-at-the-end": ({"more": texted("saml2:Audience", None, "x")}, "logout_message_malformed"),
    "an-empty-index": ({"more": EMPTY_INDEX}, "logout_message_malformed"),
    "a-thousand-and-one-indexes": ({"more": 1000 * inner("saml2p:SessionIndex", None, "x")}, "logout_message_malformed"),
    "a-name-split-by-a-comment": ({"more": "<!-- x -->"}, "xml_comment"),
    "a-processing-instruction": ({"more": "<?x y?>"}, "xml_processing_instruction"),
    "character-data-sections": ({"more": "<![CDATA[x]]>"}, "xml_cdata"),
    "the-same-id-twice": ({"before": '<saml2p:Extensions><saml2:A xmlns:saml2="' + ASSERTION + '" ID="{id}"></saml2:A></saml2p:Extensions>'}, "id_duplicate"),
    "an-attribute-with-a-prefix": ({"before": '<saml2p:Extensions saml2p:ID="x"></saml2p:Extensions>'}, "attribute_prefixed"),
}  # fmt: skip


@pytest.mark.parametrize("binding", BINDINGS)
@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_that_has(name, binding, stand, held):
    changes, code = MESSAGES[name]
    changes, message_id = dict(changes), new_id()
    for key in ("destination", "before"):
        if isinstance(changes.get(key), str):
            changes[key] = changes[key].replace("{url}", stand.gateway.url).replace("{id}", message_id)
    xml = stand.provider.logout_request(stand.gateway, held[0], id=message_id, **changes)
    event = refused(stand, held, stand.provider.send(stand.gateway, xml, binding), code)
    assert held[0].name_id not in str(event), "who it is stays out of the trail"


@pytest.mark.parametrize("binding", BINDINGS)
def test_the_twin_of_all_these_is_good(binding, stand):
    person = Person()
    agent = stand.provider.signed_in(stand.gateway, person)
    xml = stand.provider.logout_request(stand.gateway, person, id=new_id(), before="", more="", issued=-200, ends=-30)
    assert stand.provider.send(stand.gateway, xml, binding).status in (200, 303)
    assert stand.gateway.check(agent).status == 401


def test_without_an_id(stand, held):
    xml = stand.provider.logout_request(stand.gateway, held[0], id="gone").replace(' ID="gone"', "")
    answer = deliver(stand.gateway, query("SAMLRequest", xml, stand.provider.key))
    refused(stand, held, answer, "id_missing")


def test_without_an_issuer(stand, held):
    """In a form there is then no place for the signature either."""
    xml = stand.provider.logout_request(stand.gateway, held[0], issuer=None)
    refused(stand, held, stand.provider.send(stand.gateway, xml, "redirect"), "issuer_missing")
    refused(stand, held, stand.provider.send(stand.gateway, xml, "post"), "signature_misplaced")


def test_document_types_are_refused_before_anything_is_parsed(stand, held):
    bomb = '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]>'
    xml = stand.provider.logout_request(stand.gateway, held[0])
    refused(stand, held, deliver(stand.gateway, query("SAMLRequest", bomb + xml, stand.provider.key)), "xml_doctype")
    form = {"SAMLRequest": form_value(bomb + stand.provider.sign(xml))}
    refused(stand, held, deliver(stand.gateway, form), "xml_doctype")


def test_a_response_in_place_of_a_request(stand, held):
    response = handmade_saml.logout_response(stand.provider.issuer, f"{stand.gateway.url}/logout/saml/okta", new_id())
    for binding in BINDINGS:
        answer = stand.provider.send(stand.gateway, response, binding)
        refused(stand, held, answer, "logout_message_unexpected")


def test_an_assertion_is_no_request_to_sign_out(stand, held):
    begun = stand.gateway.begin(stand.gateway.browser(), provider="okta")
    form = stand.provider.vouch(stand.gateway, begun, held[0])
    answer = deliver(stand.gateway, {"SAMLRequest": form["SAMLResponse"]})
    refused(stand, held, answer, "logout_message_unexpected")


def test_a_request_to_sign_out_is_no_assertion(stand, held):
    xml = stand.provider.logout_request(stand.gateway, held[0], destination=f"{stand.gateway.url}/login/saml/okta")
    agent = stand.gateway.browser()
    begun = stand.gateway.begin(agent, provider="okta")
    relay_state = stand.provider.vouch(stand.gateway, begun, held[0])["RelayState"]
    form = {"SAMLResponse": form_value(stand.provider.sign(xml)), "RelayState": relay_state}
    answer = agent.post(f"{stand.gateway.url}/login/saml/okta", form=form, referrer=f"{stand.gateway.url}/")
    assert answer.status == 400 and not agent.session_cookies(), answer


@pytest.mark.parametrize("binding", BINDINGS)
def test_a_request_of_the_other_providers_own_is_the_other_providers_affair(binding, stand, held):
    """The same name and index, rightly signed, at the address of another provider."""
    answer = stand.other.log_out(stand.gateway, held[0], binding=binding)
    assert answer.status in (200, 303), answer
    assert stand.gateway.check(held[1]).status == 200


def test_a_status_within_is_nothing_to_a_request(stand, held):
    status = inner("saml2p:Status", None, inner("saml2p:StatusCode", {"Value": STATUS + "Success"}))
    xml = stand.provider.logout_request(stand.gateway, held[0], more=status)
    refused(stand, held, stand.provider.send(stand.gateway, xml, "post"), "logout_message_malformed")
