"""How responses are protected: which parts are signed, and assertions encrypted as Okta encrypts them."""

import pytest

from gateway import reference_on
from saml_apps import SIGNING_KEY, assert_refused, deliver, saml_stand, signing, trail, xml_of
from saml_keys import SAMLKey

CIPHERS = ["aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm"]
OURS = SAMLKey("decryption")


@pytest.fixture(scope="module")
def stand(shared):
    """A gateway with a key to decrypt with; the app encrypts for it where a test says so."""
    app = {"sp_encryption_certificate": OURS.pem}
    provider = {"decryption_key": OURS.private_pem, "decryption_certificate": OURS.pem}
    return saml_stand(shared, app=app, provider=provider | signing())


@pytest.fixture(scope="module")
def keyless(shared):
    return saml_stand(shared, app={"sp_encryption_certificate": OURS.pem})


def sign_in(stand, **settings):
    """A sign-in whose response is made with these settings of the app; the answer, the browser, the response."""
    stand.app.tamper(settings=settings)
    agent = stand.browser()
    page = stand.answered(agent)
    return deliver(agent, page), agent, xml_of(page)


# Signatures


@pytest.mark.parametrize("response, assertion", [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("prefix_list", [True, False])
def test_one_signature_is_enough_and_it_may_stand_at_either(response, assertion, prefix_list, keyless):
    answer, agent, xml = sign_in(
        keyless, sign_response=response, sign_assertion=assertion, prefix_list=prefix_list, typed_values=prefix_list
    )
    assert xml.count("<ds:Signature ") == response + assertion, "as ordered"
    assert answer.status == 303 and keyless.gateway.check(agent).header("X-Auth-Email") == "ada@example.com"


def test_no_signature_at_all_is_refused(keyless):
    answer, agent, _ = sign_in(keyless, sign_response=False, sign_assertion=False)
    assert assert_refused(answer, agent, keyless, "signature_missing")["trace"]["rule"] == 6


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_longer_digests_are_fine(digest, keyless):
    answer, *_ = sign_in(keyless, signature_algorithm=f"rsa-{digest}", digest_algorithm=digest)
    assert answer.status == 303


SHA1 = {
    "signature_algorithm_sha1": {"signature_algorithm": "rsa-sha1"},
    "digest_algorithm_sha1": {"digest_algorithm": "sha1"},
}


@pytest.mark.parametrize("code", SHA1)
def test_sha1_is_refused_unless_the_provider_is_allowed_it(code, keyless, stage):
    answer, agent, _ = sign_in(keyless, **SHA1[code])
    event = assert_refused(answer, agent, keyless, code)
    assert event["trace"]["rule"] == 8 and "sha1" in str(event["trace"]["signatures"])
    tolerant = saml_stand(stage, provider={"insecure_allow_sha1": True})
    answer, *_ = sign_in(tolerant, **SHA1[code])
    assert answer.status == 303


# Encryption


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("placement", ["sibling", "nested"])
@pytest.mark.parametrize("transport", ["rsa-oaep-mgf1p", "rsa-oaep-sha256"])
def test_an_encrypted_assertion_signs_in(cipher, placement, transport, stand):
    answer, agent, xml = sign_in(stand, encryption=cipher, encrypted_key=placement, key_transport=transport)
    assert "EncryptedAssertion" in xml and "ada@example.com" not in xml, "it is encrypted"
    assert ("RetrievalMethod" in xml) == (placement == "sibling")
    assert answer.status == 303
    known = stand.gateway.check(agent)
    assert known.header("X-Auth-Email") == "ada@example.com" and "infraon-admins" in known.header("X-Auth-Groups")


def test_a_signing_key_alone_decrypts_nothing(stage):
    """Two keys for two jobs; the metadata tell Okta which certificate is for what."""
    stand = saml_stand(stage, app={"sp_encryption_certificate": SIGNING_KEY.pem}, provider=signing())
    answer, agent, _ = sign_in(stand, encryption="aes256-gcm")
    assert_refused(answer, agent, stand, "decryption_key_missing")
    document = stand.gateway.send("GET", "/login/saml/okta-saml/metadata").text
    assert 'use="signing"' in document and 'use="encryption"' not in document


def test_the_metadata_publish_the_certificate_to_encrypt_for(stand):
    document = "".join(stand.gateway.send("GET", "/login/saml/okta-saml/metadata").text.split())
    before, _, after = document.partition('use="encryption"')
    assert OURS.base64 in after and SIGNING_KEY.base64 in before


# Each with the status of its positive twin: the same with one setting changed.
SIGNED = [
    ("aes256-cbc", {"sign_assertion": False}, None),
    ("aes256-cbc", {"sign_response": False}, "encryption_cbc_unsigned"),
    ("aes128-cbc", {"sign_response": False}, "encryption_cbc_unsigned"),
    ("aes256-gcm", {"sign_assertion": False}, None),
    ("aes256-gcm", {"sign_response": False}, None),
    ("aes256-gcm", {"sign_response": False, "sign_assertion": False}, "encrypted_assertion_unsigned"),
    ("aes256-cbc", {"sign_response": False, "sign_assertion": False}, "encryption_cbc_unsigned"),
    ("aes256-cbc", {"key_transport": "rsa-1_5"}, "key_transport_rsa15"),
    ("aes256-gcm", {"key_transport": "rsa-1_5"}, "key_transport_rsa15"),
]


@pytest.mark.parametrize("cipher, settings, code", SIGNED, ids=str)
def test_encryption_proves_nothing(cipher, settings, code, stand):
    """CBC only under the response's signature; GCM also with the assertion's own."""
    answer, agent, _ = sign_in(stand, encryption=cipher, **settings)
    if code is None:
        assert answer.status == 303, answer
        return
    event = assert_refused(answer, agent, stand, code)
    assert event["trace"]["rule"] == 11 and cipher[:6] in event["trace"]["encrypted"]["algorithm"]


def test_without_a_key_the_refusal_says_which_to_configure(keyless):
    answer, agent, _ = sign_in(keyless, encryption="aes256-gcm")
    event = assert_refused(answer, agent, keyless, "decryption_key_missing")
    assert "decryption_key" in event["detail"]


@pytest.mark.parametrize("cipher", CIPHERS)
def test_encrypted_for_another_key_it_fails_in_one_way(cipher, stand):
    """Whatever went wrong inside, the answer is the same: no oracle."""
    answer, agent, _ = sign_in(stand, encryption=cipher, sp_encryption_certificate=SAMLKey("somebody-else").pem)
    event = assert_refused(answer, agent, stand, "decryption_failed")
    again, other, _ = sign_in(stand, encryption=cipher, sp_encryption_certificate=SAMLKey("a-third").pem)
    assert trail(stand.gateway, reference_on(again))["detail"] == event["detail"] and not other.session_cookies()


def test_what_was_encrypted_stays_out_of_log_and_trail(stand):
    """A good signature around, a wrong audience inside."""
    stand.app.tamper(members={"audience": "https://other.example.com"}, settings={"encryption": "aes256-gcm"})
    agent = stand.browser()
    event = assert_refused(stand.sign_in(agent), agent, stand, "audience_mismatch")
    for secret in ("ada@example.com", "infraon-tech-berlin", "Lovelace"):
        assert secret not in str(event) and secret not in stand.gateway.log
