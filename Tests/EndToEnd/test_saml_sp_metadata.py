"""GET /login/saml/{provider}/metadata: what an administrator gives to Okta, in the eyes of independent readers. The
signature is judged by xmlsec and signxml, the document by lxml.
"""

import base64

import pytest

from audit_trail import events
from gateway import realm
from handmade_provider import HandmadeProvider, Person, received
from handmade_saml import EMAIL
from saml_keys import SAMLKey
from saml_logout_steps import OURS, LogoutAtProvider, handmade_stand, inline

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"


@pytest.fixture(scope="module")
def gateway(shared):
    """Providers with every combination of keys."""
    key, other = SAMLKey("decryption"), SAMLKey("gateway-elliptic", "P-256")
    files = shared.directory()
    (files / "decryption.key").write_text(key.private_pem)
    (files / "decryption.pem").write_text(key.pem)
    decryption = {"decryption_key": {"file": str(files / "decryption.key")}}
    certificate = {"decryption_certificate": {"file": str(files / "decryption.pem")}}
    kinds = {
        "plain": {},
        "signing": OURS.files(files),
        "signing-without-certificate": {"signing_key": OURS.private_pem},
        "elliptic": inline(other),
        "both": inline() | decryption | certificate,
        "one-key-for-both": inline() | {"decryption_key": OURS.private_pem},
        "decryption-only": decryption | certificate,
        "with-format": inline() | {"name_id_format": EMAIL},
        "local": inline() | {"logout": "local"},
    }
    providers = {name: HandmadeProvider(name).settings(**settings) for name, settings in kinds.items()}
    openid = shared.provider()
    providers["openid"] = openid.settings()
    return shared.gateway(providers, {"infraon": realm(*providers)})


def fetch(gateway, provider) -> bytes:
    answer = gateway.send("GET", f"/login/saml/{provider}/metadata")
    assert answer.status == 200, answer
    return answer.body


def read(gateway, provider):
    from lxml import etree

    return etree.fromstring(fetch(gateway, provider))


def role(gateway, provider):
    [descriptor] = read(gateway, provider).findall(f"{MD}SPSSODescriptor")
    return descriptor


def certificates(gateway, provider) -> dict[str, list[str]]:
    """By use: the certificates as Okta would take them."""
    found: dict[str, list[str]] = {}
    for descriptor in role(gateway, provider).findall(f"{MD}KeyDescriptor"):
        for element in descriptor.iter(f"{DS}X509Certificate"):
            found.setdefault(descriptor.get("use"), []).append("".join(element.text.split()))
    return found


ALL = [
    "plain", "signing", "signing-without-certificate", "elliptic", "both", "one-key-for-both", "decryption-only",
    "with-format", "local",
]  # fmt: skip
SIGNED = [name for name in ALL if name not in ("plain", "decryption-only")]


@pytest.mark.parametrize("name", ALL)
def test_the_entity_is_the_address_of_its_metadata(name, gateway):
    entity = read(gateway, name)
    assert entity.tag == f"{MD}EntityDescriptor"
    assert entity.get("entityID") == f"{gateway.url}/login/saml/{name}/metadata"
    assert "urn:oasis:names:tc:SAML:2.0:protocol" in role(gateway, name).get("protocolSupportEnumeration").split()


@pytest.mark.parametrize("name", ALL)
def test_assertions_are_taken_by_form_at_one_address(name, gateway):
    [service] = role(gateway, name).findall(f"{MD}AssertionConsumerService")
    assert service.get("Binding") == BINDING + "POST"
    assert service.get("Location") == f"{gateway.url}/login/saml/{name}"
    assert (service.get("isDefault"), service.get("index").isdigit()) == ("true", True)
    assert role(gateway, name).get("WantAssertionsSigned") == "true"


@pytest.mark.parametrize("name", ALL)
def test_single_logout_is_offered_where_there_is_a_key(name, gateway):
    services = role(gateway, name).findall(f"{MD}SingleLogoutService")
    offered = {(service.get("Binding"), service.get("Location")) for service in services}
    address = f"{gateway.url}/logout/saml/{name}"
    wanted = {(BINDING + "Redirect", address), (BINDING + "POST", address)} if name in SIGNED else set()
    assert offered == wanted
    assert (role(gateway, name).get("AuthnRequestsSigned") == "true") == (name in SIGNED)


def test_the_keys_are_those_of_the_configuration(gateway):
    decryption = SAMLKey("decryption")
    assert certificates(gateway, "plain") == {}
    assert certificates(gateway, "signing") == {"signing": [OURS.base64]}
    assert certificates(gateway, "signing-without-certificate") == {}
    assert certificates(gateway, "both")["signing"] == [OURS.base64]
    [encryption] = certificates(gateway, "both")["encryption"]
    # The certificate is made anew for each object; the key within is what counts.
    assert public_key(encryption) == public_key(decryption.base64)
    assert certificates(gateway, "one-key-for-both") == {"signing": [OURS.base64], "encryption": [OURS.base64]}
    assert set(certificates(gateway, "decryption-only")) == {"encryption"}


def public_key(text: str):
    from cryptography import x509

    return x509.load_der_x509_certificate(base64.b64decode(text)).public_key().public_numbers()


def test_what_can_be_decrypted_is_said_with_the_key(gateway):
    methods = [method.get("Algorithm") for method in role(gateway, "both").iter(f"{MD}EncryptionMethod")]
    assert any(method.endswith("#aes256-gcm") for method in methods)
    assert not any("rsa-1_5" in method or "tripledes" in method for method in methods)


def test_the_format_of_names_is_said_where_one_is_wanted(gateway):
    assert [element.text for element in role(gateway, "with-format").findall(f"{MD}NameIDFormat")] == [EMAIL]
    assert role(gateway, "signing").findall(f"{MD}NameIDFormat") == []


@pytest.mark.parametrize("name", ALL)
def test_the_order_of_the_parts_is_the_schemas(name, gateway):
    order = ["KeyDescriptor", "SingleLogoutService", "NameIDFormat", "AssertionConsumerService"]
    found = [order.index(child.tag.removeprefix(MD)) for child in role(gateway, name)]
    assert found == sorted(found)
    first = read(gateway, name)[0].tag
    assert first == (f"{DS}Signature" if name in SIGNED else f"{MD}SPSSODescriptor")


# The signature


@pytest.mark.parametrize("name", SIGNED)
def test_xmlsec_verifies_the_signature(name, gateway):
    key = SAMLKey("gateway-elliptic", "P-256") if name == "elliptic" else OURS
    document = fetch(gateway, name)
    root = verified_by_xmlsec(document, key)
    [reference] = root.iter(f"{DS}Reference")
    assert reference.get("URI") == "#" + root.get("ID"), "the whole document is signed"
    for spoilt, judge in ((document.replace(b"/login/", b"/l0gin/"), key), (document, SAMLKey("unpublished"))):
        with pytest.raises(Exception, match="(?i)verif|failed|invalid"):
            verified_by_xmlsec(spoilt, judge)


def verified_by_xmlsec(document: bytes, key: SAMLKey):
    """The document's root, whose own signature is good."""
    import xmlsec
    from lxml import etree

    root = etree.fromstring(document)
    xmlsec.tree.add_ids(root, ["ID"])
    judge = xmlsec.SignatureContext()
    judge.key = xmlsec.Key.from_memory(key.pem.encode(), xmlsec.KeyFormat.CERT_PEM)
    judge.verify(root.find(f"{DS}Signature"))
    return root


def test_signxml_verifies_the_signature(gateway):
    from signxml import XMLVerifier

    verified = XMLVerifier().verify(fetch(gateway, "signing"), x509_cert=OURS.pem).signed_xml
    assert verified.get("entityID") == f"{gateway.url}/login/saml/signing/metadata"


@pytest.mark.parametrize("name", ["signing", "both", "plain"])
def test_two_requests_get_the_same_octets(name, gateway):
    """The address is open to everybody, so nobody makes the gateway sign once more."""
    assert fetch(gateway, name) == fetch(gateway, name)


def test_a_restart_changes_nothing_and_another_key_does(stage):
    """The ID is of the content: an administrator sees by it whether Okta must be told anything."""
    stand = handmade_stand(stage)
    before = fetch(stand.gateway, "okta")
    stand.gateway.stop()
    stand.gateway.start()
    assert fetch(stand.gateway, "okta") == before
    stand.gateway.stop()
    providers = stand.gateway.settings["providers"]
    stand.gateway.write(providers=providers | {"okta": stand.provider.settings(**inline(SAMLKey("gateway-next")))})
    stand.gateway.start()
    assert read(stand.gateway, "okta").get("ID").encode() not in before


def test_no_two_providers_documents_have_the_same_id(gateway):
    assert len({read(gateway, name).get("ID") for name in ALL}) == len(ALL)


def test_xmlsec_verifies_what_goes_out_by_form(stage):
    """AuthnRequest, LogoutRequest and LogoutResponse; signed by query they are verified in the other tests."""
    stand = handmade_stand(stage, provider={"request_binding": "post"})
    person = Person()
    begun = stand.gateway.begin(stand.gateway.browser(), provider="okta")
    out = LogoutAtProvider(stand, stand.provider.signed_in(stand.gateway, person))
    told = stand.provider.log_out(stand.gateway, person)
    messages = [received(begun, "SAMLRequest"), out.request, received(told, "SAMLResponse")]
    roots = [verified_by_xmlsec(message.xml.encode(), OURS) for message in messages]
    assert [root.tag.split("}")[1] for root in roots] == ["AuthnRequest", "LogoutRequest", "LogoutResponse"]


# The answer


def test_how_it_is_sent(gateway):
    answer = gateway.send("GET", "/login/saml/signing/metadata")
    assert answer.header("Content-Type").startswith("application/samlmetadata+xml")
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert b"<!DOCTYPE" not in answer.body and b"PRIVATE" not in answer.body


def test_the_host_of_the_request_changes_nothing(gateway):
    """Addresses are built from `url` alone."""
    headers = {"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org"}
    assert b"evil" not in gateway.send("GET", "/login/saml/plain/metadata", headers).body


@pytest.mark.parametrize("name", ["nowhere", "openid", "", "plain%2f", "PLAIN", "x" * 300])
def test_what_is_no_saml_provider_has_none(name, gateway):
    answer = gateway.send("GET", f"/login/saml/{name}/metadata")
    assert answer.status == 404, answer
    assert b"EntityDescriptor" not in answer.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_405(method, gateway):
    assert gateway.send(method, "/login/saml/plain/metadata").status == 405


def test_whoever_asks_a_lot_does_not_fill_the_trail(gateway):
    before = len(events(gateway))
    for _ in range(20):
        fetch(gateway, "plain")
    assert len(events(gateway)) <= before + 2
