"""Metadata documents of identity providers in a file, through `gatehouse check-config`: Okta's and others', with one change
each; and the example of the outer contract.
"""

import re
from pathlib import Path

import pytest

from gateway import new_master_key, run
from saml_configuration import GOOD, ISSUER, check, lines_named, make_files, okta_key, put
from saml_idp_metadata import descriptor, document, entities, entity, service
from saml_keys import SAMLKey

KEY = okta_key()
LINE = next(number for number, line in enumerate(GOOD.split("\n"), 1) if "metadata:" in line)
SP = (
    '<md:EntityDescriptor entityID="https://sp.example.com" xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">'
    '<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"></md:SPSSODescriptor>'
    "</md:EntityDescriptor>"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return make_files(tmp_path_factory.mktemp("saml-metadata"))


def checked(place, text: str | bytes, configuration: str = GOOD):
    (place / "okta.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return check(place, configuration)


def good(**changes) -> str:
    return entity(ISSUER, KEY.base64, **changes)


# fmt: off
GOOD_ONES = {
    "okta's": document(good(slo_url="https://acme.okta.com/slo")),
    "without-declaration": good(),
    "with-a-byte-order-mark": "\ufeff" + document(good()),
    "with-windows-line-ends": document(good()).replace("\n", "\r\n"),
    "a-key-for-both-purposes": entity(ISSUER, KEY.base64, use=None),
    "two-certificates": entity(ISSUER, KEY.base64, SAMLKey("okta-second").base64),
    "a-certificate-for-encryption-beside": good(more="").replace("<md:NameIDFormat>", descriptor(SAMLKey("short", "RSA1024").base64, "encryption") + "<md:NameIDFormat>"),
    "one-entity-in-entities": entities(good()),
    "one-identity-provider-beside-a-service-provider": entities(SP, good()),
    "by-redirect-only": good(bindings=("Redirect",)),
    "by-form-only": good(bindings=("POST",)),
    "other-bindings-beside": good(more="").replace("<md:NameIDFormat>", service("SingleLogoutService", "http://insecure.example.com/soap", bindings=("Artifact",)) + "<md:NameIDFormat>"),
    "an-address-for-answers": good(slo_url="https://acme.okta.com/slo", slo_response_url="https://acme.okta.com/slo/return"),
    "wishes-for-signed-requests": good().replace('WantAuthnRequestsSigned="false"', 'WantAuthnRequestsSigned="true"'),
    "an-end-in-the-past": good().replace(" entityID=", ' validUntil="2020-01-01T00:00:00Z" entityID='),
    "on-loopback": good(sso_url="http://127.0.0.1:8302/sso"),
    "an-address-with-a-query": good(sso_url="https://idp.example.com/sso?tenant=7&x=y"),
    "several-protocols": good(protocol="urn:oasis:names:tc:SAML:1.1:protocol urn:oasis:names:tc:SAML:2.0:protocol"),
}

# name: (the document, what the message must mention)
BROKEN = {
    "a-document-type": ("<!DOCTYPE x>" + good(), "DOCTYPE|document type"),
    "an-entity": ('<!DOCTYPE x [<!ENTITY y "z">]>' + good(), "DOCTYPE|document type"),
    "a-comment": (good().replace("<md:NameIDFormat>", "<!-- the old app --><md:NameIDFormat>"), "comment.*download"),
    "a-processing-instruction": ("<?xml-stylesheet href='x'?>" + good(), "processing instruction.*download"),
    "no-xml": ("not xml at all", "XML"),
    "html": ("<html><body><p>Sign in</p></body></html>", "metadata"),
    "a-cut": (good()[:-40], "XML"),
    "binary": (b"\x00\x01\x02\xff" * 50, "XML|UTF-8"),
    "latin-1": (good().replace("unspecified", "unspecifi\xe9").encode("latin-1"), "UTF-8|XML"),
    "utf-16": (document(good()).encode("utf-16"), "UTF-8|XML"),
    "another-encoding-declared": (document(good()).replace('encoding="UTF-8"', 'encoding="ISO-8859-1"'), "encoding"),
    "a-response": ('<saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol"/>', "metadata"),
    "another-namespace": (good().replace("SAML:2.0:metadata", "SAML:1.1:metadata"), "metadata"),
    "a-service-provider's": (SP, "identity provider"),
    "saml-1.1-only": (good(protocol="urn:oasis:names:tc:SAML:1.1:protocol"), "identity provider|SAML 2.0"),
    "nobody-in-entities": (entities(), "identity provider"),
    "two-identity-providers": (entities(good(), entity("http://www.okta.com/exk2example", KEY.base64)), "several.*issuer"),
    "no-certificate": (entity(ISSUER), "certificate"),
    "a-certificate-for-encryption-only": (entity(ISSUER, KEY.base64, use="encryption"), "certificate"),
    "a-certificate-that-is-none": (entity(ISSUER, "MIIDnonsense"), "certificate"),
    "an-empty-certificate": (entity(ISSUER, ""), "certificate"),
    "a-certificate-with-a-short-key": (entity(ISSUER, SAMLKey("short", "RSA1024").base64), "1024|2048"),
    "no-sign-on-address": (good(sso_url=None), "SingleSignOnService"),
    "a-sign-on-address-of-another-binding-only": (good(bindings=("SOAP",)), "SingleSignOnService"),
    "a-sign-on-address-over-plain-http": (good(sso_url="http://acme.okta.com/sso"), "https"),
    "a-sign-on-address-that-is-a-script": (good(sso_url="javascript:alert(1)"), "https"),
    "a-sign-on-address-that-is-relative": (good(sso_url="/sso"), "https"),
    "a-sign-on-address-with-a-user": (good(sso_url="https://acme.okta.com@evil.example.org/"), "https"),
    "a-logout-address-over-plain-http": (good(slo_url="http://acme.okta.com/slo"), "https"),
    "an-address-for-answers-over-plain-http": (good(slo_url="https://acme.okta.com/slo", slo_response_url="http://acme.okta.com/x"), "https"),
    "no-entity-id": (good().replace(f'entityID="{ISSUER}" ', ""), "entityID"),
    "an-empty-entity-id": (good().replace(ISSUER, ""), "entityID"),
    "a-prefix-that-is-not-declared": (good().replace(' xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"', ""), "XML|metadata"),
    "many-megabytes": (good().replace("<md:NameIDFormat>", " " * (2 << 20) + "<md:NameIDFormat>"), "XML|large|MiB|bytes"),
    "many-elements": (good(more="<x/>" * 60_000), "XML|nodes|many"),
    "a-deep-nest": (good(more="<x>" * 100 + "</x>" * 100), "XML|deep"),
}
# fmt: on


@pytest.mark.parametrize("name", GOOD_ONES)
def test_is_accepted(name, place):
    done = checked(place, GOOD_ONES[name])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", BROKEN)
def test_is_refused_with_file_line_and_fix(name, place):
    text, wanted = BROKEN[name]
    done = checked(place, text)
    assert done.returncode == 78, f"exit {done.returncode}: {done.stdout}{done.stderr}"
    assert LINE in lines_named(done), done.stderr
    assert re.search(wanted, done.stderr, re.S | re.I), f"no {wanted!r} in: {done.stderr}"
    assert "Fatal error" not in done.stderr and len(done.stderr) < 2000


def test_another_issuer_than_the_configured_one(place):
    configuration = put("    kind: saml\n", "    kind: saml\n    issuer: http://www.okta.com/exk9other\n")
    done = checked(place, good(), configuration)
    assert done.returncode == 78 and "issuer" in done.stderr, done.stderr
    assert (
        checked(place, entities(entity("http://www.okta.com/exk9other", KEY.base64), good()), configuration).returncode
        == 0
    )


def test_issuers_compare_byte_by_byte(place):
    for issuer in (ISSUER + "/", ISSUER.upper(), ISSUER.replace("http:", "https:")):
        configuration = put("    kind: saml\n", f"    kind: saml\n    issuer: {issuer}\n")
        assert checked(place, good(), configuration).returncode == 78, issuer


# The contract

EXAMPLE = """\
url: https://sso.example.com          # the gateway's own origin; links are built from this, never from a Host header
listen: 127.0.0.1:8300
tls: {certificate: certs/server.pem, key: certs/server.key}            # optional
store: sqlite:data/gatehouse.db       # or postgres://user:password@host:5432/gatehouse for several replicas
master_key: {file: certs/master.key}  # 32 bytes, base64; encrypts secrets and tokens at rest. A list [new, old] rotates.
trusted_proxies: [127.0.0.1, "::1"]   # only these may say X-Forwarded-*; none listed, none believed
administrators: {realm: infraon, role: admin}   # who may administer the gateway

providers:
  okta:
    kind: okta                        # okta | oidc | saml
    url: https://acme.okta.com        # org or custom authorization server (…/oauth2/default); a bare domain is fine
    client_id: 0oa1example
    client_secret: {file: certs/okta-client-secret}    # or client_key: {file: certs/okta-client.pem} for private_key_jwt
    scopes: [openid, profile, email, groups, offline_access]
    groups_claim: groups
  okta-saml:
    kind: saml
    metadata: {file: certs/okta-saml.xml}              # or {url: https://…}, or the three keys below
    issuer: http://www.okta.com/exk1example
    sso_url: https://acme.okta.com/app/acme_gatehouse_1/exk1example/sso/saml
    certificates: [{file: certs/okta-saml.pem}]        # several while Okta rolls its certificate
    slo_url: https://acme.okta.com/app/acme_gatehouse_1/exk1example/slo/saml   # optional, when there is no metadata
    groups_attribute: groups          # split_groups: "," when Okta sends one joined string
    email_attribute: email            # else the NameID when its format is emailAddress
    name_attribute: displayName       # else firstName and lastName
    idp_initiated: false              # true, where the provider serves one realm; else the realm's name
«
realms:
  infraon:                            # Infraon users: technicians and administrators
    title: Infraon
    providers: [okta]
    home: https://infraon.example.com/
    return_hosts: [infraon.example.com, "*.infraon.example.com"]   # where a login may send the browser back to: host or *.host,
                                      # with :port when it is not the scheme's own; https only, http where `url` is http. A fragment survives.
    cookie_domain: example.com        # optional; without it the cookie is host-only
    session: {idle: 30m, absolute: 12h, revalidate: 15m}
    roles:                            # all that match are granted; groups are exact names or globs
      - {groups: [infraon-admins], role: admin}
      - {groups: ["infraon-tech-*"], role: technician}
                                      # nobody gets in without a role
  ssp:                                # Self-Service Portal requesters
    title: Self-Service Portal
    providers: [okta-saml, okta]
    session: {idle: 8h, absolute: 24h, revalidate: 1h}
    default_role: requester           # everyone the provider vouches for
    roles:
      - {groups: [ssp-approvers], role: approver}
"""
KEYS = {
    "": "",
    "signing": "    signing_key: {file: certs/ours.key}\n",
    "signing-with-certificate": "    signing_key: {file: certs/ours.key}\n    signing_certificate: {file: certs/ours.pem}\n",
    "decryption": "    decryption_key: {file: certs/ours.key}\n",
    "all-three": "    signing_key: {file: certs/ours.key}\n    signing_certificate: {file: certs/ours.pem}\n"
    "    decryption_key: {file: certs/ours.key}\n",
}


@pytest.fixture(scope="module")
def as_in_the_contract(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("contract")
    (place / "certs").mkdir()
    make_files(place / "certs")
    server = SAMLKey("server", subject="sso.example.com")
    for name, text in {
        "server.pem": server.pem,
        "server.key": server.private_pem,
        "master.key": new_master_key(),
        "okta-client-secret": "a-client-secret-of-some-length",
        "okta-saml.xml": document(good()),
        "okta-saml.pem": KEY.pem,
    }.items():
        (place / "certs" / name).write_text(text)
    return place


@pytest.mark.parametrize("keys", KEYS)
def test_the_contracts_example_is_good(keys, as_in_the_contract):
    file = as_in_the_contract / "gatehouse.yaml"
    file.write_text(EXAMPLE.replace("«\n", KEYS[keys] + "\n"))
    done = run("check-config", str(file), directory=as_in_the_contract)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("left", ["metadata", "issuer, sso_url, certificates", "sso_url, certificates"])
def test_the_contracts_alternatives_are_good(left, as_in_the_contract):
    """'or the three keys below': each way alone."""
    dropped = {"metadata", "issuer", "sso_url", "certificates"} - set(left.split(", "))
    lines = EXAMPLE.replace("«\n", "\n").splitlines(keepends=True)
    file = as_in_the_contract / "gatehouse.yaml"
    file.write_text("".join(line for line in lines if line.strip().split(":")[0] not in dropped))
    done = run("check-config", str(file), directory=as_in_the_contract)
    assert done.returncode == 0, done.stderr
