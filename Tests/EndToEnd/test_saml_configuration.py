"""Every way to get `kind: saml` wrong that we could think of: exit 78, FILE:LINE of the culprit, and the fix; and what
is right. Metadata documents: test_saml_configuration_metadata.py. `«` and `»` mark lines as in test_configuration.py.
"""

import re
from pathlib import Path

import pytest

from gateway import run
from saml_configuration import GOOD, NEVER_SHOWN, check, lines_named, make_files, marked, put, with_key


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return make_files(tmp_path_factory.mktemp("saml-configuration"))


def pasted(text: str) -> str:
    """Without metadata: sign-on address and certificate instead of it."""
    return put("    metadata: {file: okta.xml}\n", text)


SSO = "    sso_url: https://acme.okta.com/app/acme_gatehouse_1/exk1example/sso/saml\n"
ELSEWHERE = "    sso_url: https://idp.example.com/sso\n"
CERTIFICATES = "    certificates: [{file: okta.pem}]\n"


def anywhere(text: str) -> str:
    """The culprit is the provider as a whole: its name's line, or its first one."""
    return text.replace("  okta-saml:\n", "  okta-saml:«\n").replace("    kind: saml\n", "    kind: saml»\n")


# name: (text, what the message must mention)
# fmt: off
BROKEN = {
    # What describes the identity provider
    "nothing-at-all": (anywhere(pasted("")), "metadata.*sso_url"),
    "a-sign-on-address-without-certificate": (anywhere(pasted(SSO)), "certificates"),
    "a-certificate-without-sign-on-address": (anywhere(pasted(CERTIFICATES)), "sso_url"),
    "an-address-that-does-not-tell-the-issuer": (anywhere(pasted(ELSEWHERE + CERTIFICATES)), "issuer"),
    "metadata-of-both-kinds": (put("{file: okta.xml}", "{file: okta.xml, url: https://acme.okta.com/m}«"), "file.*url"),
    "metadata-of-neither-kind": (put("{file: okta.xml}", "{}«"), "file.*url"),
    "metadata-from-the-environment": (put("{file: okta.xml}", "{env: METADATA}«"), "env"),
    "metadata-as-a-bare-path": (put("{file: okta.xml}", "okta.xml«"), "file"),
    "metadata-as-a-bare-address": (put("{file: okta.xml}", "https://acme.okta.com/metadata«"), "url"),
    "metadata-as-a-list": (put("{file: okta.xml}", "[{file: okta.xml}]«"), "metadata"),
    "metadata-that-is-missing": (put("{file: okta.xml}", "{file: nowhere.xml}«"), r"nowhere\.xml"),
    "metadata-that-is-a-directory": (put("{file: okta.xml}", "{file: .}«"), "directory|read"),
    "metadata-that-is-empty": (put("{file: okta.xml}", "{file: empty}«"), "empty|no element"),
    "metadata-over-plain-http": (put("{file: okta.xml}", "{url: http://acme.okta.com/metadata}«"), "https"),
    "metadata-at-no-address": (put("{file: okta.xml}", "{url: acme.okta.com}«"), "https"),
    "metadata-at-a-script": (put("{file: okta.xml}", "{url: 'javascript:alert(1)'}«"), "https"),
    "metadata-with-a-password": (put("{file: okta.xml}", "{url: 'https://u:p@acme.okta.com/metadata'}«"), "https"),
    # Addresses
    "a-sign-on-address-over-plain-http": (pasted(SSO.replace("https:", "http:").replace("\n", "«\n") + CERTIFICATES), "https"),
    "a-sign-on-address-that-is-none": (pasted("    sso_url: acme.okta.com/sso«\n" + CERTIFICATES), "https"),
    "a-sign-on-address-that-is-a-script": (pasted("    sso_url: 'javascript:alert(1)'«\n" + CERTIFICATES), "https"),
    "a-sign-on-address-with-a-user": (pasted("    sso_url: 'https://acme.okta.com@evil.example.org/'«\n" + CERTIFICATES), "https|user"),
    "a-logout-address-over-plain-http": (with_key("slo_url: http://acme.okta.com/slo"), "https"),
    "a-logout-address-that-is-none": (with_key("slo_url: nowhere"), "https"),
    "a-logout-address-as-a-list": (with_key("slo_url: [https://acme.okta.com/slo]"), "slo_url"),
    "an-empty-issuer": (with_key('issuer: ""'), "issuer"),
    "an-issuer-as-a-list": (with_key("issuer: [x]"), "issuer"),
    # Certificates
    "no-certificate-in-the-list": (pasted(SSO + "    certificates: []«\n"), "certificates"),
    "a-certificate-that-is-missing": (pasted(SSO + "    certificates: [{file: nowhere.pem}]«\n"), r"nowhere\.pem"),
    "a-certificate-that-is-empty": (pasted(SSO + "    certificates: [{file: empty}]«\n"), "empty"),
    "a-certificate-that-is-none": (pasted(SSO + "    certificates: [{file: nonsense}]«\n"), "certificate"),
    "a-key-for-a-certificate": (pasted(SSO + "    certificates: [{file: ours.key}]«\n"), "certificate"),
    "a-certificate-that-was-cut": (pasted(SSO + "    certificates: [{file: cut.pem}]«\n"), "certificate"),
    "a-request-for-a-certificate": (pasted(SSO + "    certificates: [{file: request.pem}]«\n"), "certificate"),
    "metadata-for-a-certificate": (pasted(SSO + "    certificates: [{file: okta.xml}]«\n"), "certificate"),
    "a-certificate-with-a-short-key": (pasted(SSO + "    certificates: [{file: short.pem}]«\n"), "1024.*2048"),
    "a-short-one-beside-a-good-one": (pasted(SSO + "    certificates:\n      - {file: okta.pem}\n      - {file: short.pem}«\n"), "1024"),
    "pasted-nonsense": (pasted(SSO + "    certificates: [MIIDnonsense]«\n"), "certificate"),
    "a-certificate-on-an-unusual-curve": (pasted(SSO + "    certificates: [{file: ed25519.pem}]«\n"), "certificate|key|Ed25519"),
    # Attributes
    "an-empty-groups-attribute": (with_key('groups_attribute: ""'), "groups_attribute"),
    "a-list-of-groups-attributes": (with_key("groups_attribute: [groups]"), "groups_attribute"),
    "a-separator-that-is-a-sentence": (with_key('split_groups: "and the next one"'), "split_groups"),
    "an-empty-separator": (with_key('split_groups: ""'), "split_groups"),
    "an-empty-email-attribute": (with_key('email_attribute: ""'), "email_attribute"),
    "a-mapping-for-a-name-attribute": (with_key("name_attribute: {a: b}"), "name_attribute"),
    # Sign-ins that the provider starts
    "an-unknown-realm-to-land-in": (anywhere(with_key("idp_initiated: nowhere").replace("«", "")), "nowhere.*infraon"),
    "a-realm-without-the-provider-to-land-in": (anywhere(with_key("idp_initiated: other").replace("«", "")), "other.*infraon"),
    "a-list-of-realms-to-land-in": (with_key("idp_initiated: [infraon]"), "idp_initiated"),
    "no-clear-realm-to-land-in": (anywhere(with_key("idp_initiated: true").replace("«", "").replace("providers: [okta]", "providers: [okta, okta-saml]")), "several.*infraon.*other|infraon, other"),
    # Our own keys
    "a-signing-key-that-is-missing": (with_key("signing_key: {file: nowhere.key}"), r"nowhere\.key"),
    "a-signing-key-that-is-none": (with_key("signing_key: {file: nonsense}"), "key"),
    "a-certificate-for-a-signing-key": (with_key("signing_key: {file: ours.pem}"), "key"),
    "a-signing-key-that-saml-has-no-name-for": (with_key("signing_key: {file: ed25519.key}"), "2048|P-256"),
    "a-signing-key-of-another-certificate": (with_key("signing_key: {file: ours.key}\n    signing_certificate: {file: okta.pem}«"), "signing_certificate.*signing_key"),
    "a-signing-certificate-without-its-key": (with_key("signing_certificate: {file: ours.pem}"), "signing_key"),
    "a-signing-certificate-that-is-none": (with_key("signing_key: {file: ours.key}\n    signing_certificate: {file: nonsense}«"), "signing_certificate"),
    "a-decryption-key-that-is-none": (with_key("decryption_key: {file: nonsense}"), "key"),
    "a-decryption-key-on-a-curve": (with_key("decryption_key: {file: elliptic.key}"), "RSA"),
    "a-decryption-certificate-without-its-key": (with_key("decryption_certificate: {file: ours.pem}"), "decryption_key"),
    "a-decryption-key-of-another-certificate": (with_key("decryption_key: {file: ours.key}\n    decryption_certificate: {file: okta.pem}«"), "decryption_certificate.*decryption_key"),
    # Switches
    "a-binding-that-is-not-spoken": (with_key("request_binding: artifact"), "redirect.*post"),
    "a-logout-that-is-not-known": (with_key("logout: everywhere"), "provider.*local"),
    "a-format-by-its-short-name": (with_key("name_id_format: emailAddress"), "urn:oasis"),
    "a-format-that-is-an-address": (with_key("name_id_format: https://example.com/"), "urn:oasis"),
    "a-word-for-a-switch": (with_key("insecure_allow_sha1: sometimes"), "true.*false"),
    # Keys of others
    "a-misspelt-key": (with_key("groups_atribute: x"), "groups_atribute.*groups_attribute"),
    "a-client-of-openid": (with_key("client_id: 0oa1example"), "client_id"),
    "the-url-of-openid": (with_key("url: https://acme.okta.com"), "url"),
    "scopes-of-openid": (with_key("scopes: [openid]"), "scopes"),
    "the-single-certificate": (with_key("certificate: {file: okta.pem}"), "certificate.*certificates"),
    "the-kind-in-capitals": (put("kind: saml", "kind: SAML«"), "saml"),
}
# fmt: on


@pytest.mark.parametrize("name", BROKEN)
def test_is_refused_with_file_line_and_fix(name, place):
    text, lines = marked(BROKEN[name][0])
    done = check(place, text)
    assert done.returncode == 78, f"exit {done.returncode}: {done.stdout}{done.stderr}"
    named = lines_named(done)
    assert any(number in lines for number in named), f"line {named} instead of {lines}: {done.stderr}"
    assert re.search(BROKEN[name][1], done.stderr, re.S | re.I), f"no {BROKEN[name][1]!r} in: {done.stderr}"
    assert not any(secret in done.stderr + done.stdout for secret in NEVER_SHOWN)
    assert "Fatal error" not in done.stderr


def test_serve_refuses_it_too(place):
    text, _ = marked(BROKEN["a-certificate-with-a-short-key"][0])
    (place / "gatehouse.yaml").write_text(text)
    done = run("serve", "--config", str(place / "gatehouse.yaml"), directory=place, timeout=10)
    assert done.returncode == 78 and "gatehouse.yaml:" in done.stderr


def test_several_mistakes_are_told_at_once(place):
    text = put("{file: okta.xml}", "{file: nowhere.xml}")
    text = text.replace(
        "    kind: saml\n", "    kind: saml\n    request_binding: artifact\n    logout: maybe\n    x: y\n"
    )
    done = check(place, text)
    assert done.returncode == 78 and len(set(lines_named(done))) >= 4, done.stderr


# fmt: off
GOOD_ONES = {
    "as-it-is": GOOD,
    "metadata-by-address": put("{file: okta.xml}", "{url: https://acme.okta.com/app/exk1example/sso/saml/metadata}"),
    "metadata-on-loopback": put("{file: okta.xml}", "{url: 'http://localhost:8302/app/exk1/sso/saml/metadata'}"),
    "the-federated-directory-way": pasted(SSO + CERTIFICATES),
    "one-certificate-without-a-list": pasted(SSO + "    certificates: {file: okta.pem}\n"),
    "several-certificates": pasted(SSO + "    certificates: [{file: okta.pem}, {file: second.pem}]\n"),
    "two-certificates-in-one-file": pasted(SSO + "    certificates: [{file: two.pem}]\n"),
    "bare-base64": pasted(SSO + "    certificates: ['{base64}']\n"),
    "base64-in-lines": pasted(SSO + "    certificates: [{file: bare.txt}]\n"),
    "a-pasted-pem": pasted(SSO + "    certificates:\n      - |\n{pem}"),
    "a-certificate-from-the-environment": pasted(SSO + "    certificates: [{env: CERTIFICATE}]\n"),
    "a-certificate-that-has-ended": pasted(SSO + "    certificates: [{file: ended.pem}]\n"),
    "a-certificate-on-a-curve": pasted(SSO + "    certificates: [{file: elliptic.pem}]\n"),
    "another-identity-provider": pasted(ELSEWHERE + CERTIFICATES + "    issuer: https://idp.example.com/metadata\n"),
    "a-loopback-identity-provider": pasted("    sso_url: http://127.0.0.1:9999/sso\n    issuer: x\n" + CERTIFICATES),
    "a-custom-domain-of-oktas": pasted("    sso_url: https://login.acme.com/app/acme_gatehouse_1/exk1example/sso/saml\n" + CERTIFICATES),
    "metadata-and-a-further-certificate": with_key("certificates: [{file: second.pem}]").replace("«", ""),
    "metadata-and-addresses": with_key("slo_url: https://acme.okta.com/slo").replace("«", ""),
    "metadata-and-its-issuer": with_key("issuer: http://www.okta.com/exk1example").replace("«", ""),
    "signed-requests": with_key("signing_key: {file: ours.key}").replace("«", ""),
    "signed-requests-with-certificate": with_key("signing_key: {file: ours.key}\n    signing_certificate: {file: ours.pem}").replace("«", ""),
    "signed-on-a-curve": with_key("signing_key: {file: elliptic.key}\n    signing_certificate: {file: elliptic.pem}").replace("«", ""),
    "encrypted-assertions": with_key("decryption_key: {file: ours.key}\n    decryption_certificate: {file: ours.pem}").replace("«", ""),
    "attributes": with_key('groups_attribute: memberOf\n    split_groups: ","\n    email_attribute: mail\n    name_attribute: cn').replace("«", ""),
    "a-separator-of-two-characters": with_key('split_groups: ", "').replace("«", ""),
    "started-by-the-provider": with_key("idp_initiated: true").replace("«", ""),
    "not-started-by-the-provider": with_key("idp_initiated: false").replace("«", ""),
    "started-by-the-provider-into-a-realm": with_key("idp_initiated: infraon").replace("«", ""),
    "started-into-one-of-two-realms": with_key("idp_initiated: other").replace("«", "").replace("providers: [okta]", "providers: [okta, okta-saml]"),
    "requests-by-form": with_key("request_binding: post").replace("«", ""),
    "requests-by-redirect": with_key("request_binding: redirect").replace("«", ""),
    "logout-local": with_key("logout: local").replace("«", ""),
    "a-format": with_key("name_id_format: urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress").replace("«", ""),
    "sha1-for-some-days": with_key("insecure_allow_sha1: true").replace("«", ""),
    "windows-line-ends": GOOD.replace("\n", "\r\n"),
}
# fmt: on


@pytest.mark.parametrize("name", GOOD_ONES)
def test_is_accepted(name, place):
    text = GOOD_ONES[name].replace("{base64}", "".join((place / "bare.txt").read_text().split()))
    indented = "".join(f"        {line}\n" for line in (place / "okta.pem").read_text().splitlines())
    done = check(place, text.replace("{pem}", indented))
    assert done.returncode == 0, done.stderr
    assert not any(secret in done.stderr + done.stdout for secret in NEVER_SHOWN)
