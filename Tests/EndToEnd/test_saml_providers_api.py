"""/api/v1/providers for SAML: what is shown and what is not, what is refused, and that the OpenAPI document tells the truth
about both; and `gatehouse audit show` with references that are none.
"""

import json
from types import SimpleNamespace

import pytest
from jsonschema import Draft202012Validator

import saml_idp_metadata
from api_sign_in import bearer, post, problem
from gateway import realm
from handmade_provider import HandmadeProvider, Person
from saml_keys import SAMLKey
from saml_logout_steps import event_under, handmade_stand, inline
from terminal import Terminal

NAME = "extra"


@pytest.fixture(scope="module")
def stand(shared):
    return standing(shared)


def standing(stage):
    """Providers of every kind in the file, and one handmade that is added and taken away again."""
    decryption = {"decryption_key": SAMLKey("decryption").private_pem}
    providers = {
        "okta": stage.provider().settings(),
        "okta-saml": HandmadeProvider().settings(**inline(), **decryption, idp_initiated="infraon"),
        "by-address": {"kind": "saml", "metadata": {"url": "https://no-such-host.invalid/metadata"}, "logout": "local"},
    }
    gateway = stage.gateway(providers, {"infraon": realm(*providers, home=None)})
    return SimpleNamespace(
        gateway=gateway, admin=gateway.admin_token(), extra=HandmadeProvider(NAME), terminal=Terminal(stage.directory())
    )


def description(stand, **changes) -> dict:
    """What adds the extra provider; None leaves a member out."""
    base = {"name": NAME, "kind": "saml", "realms": ["infraon"], "sso_url": stand.extra.sso_url}
    base |= {"certificates": [stand.extra.key.pem]} | changes
    return {name: value for name, value in base.items() if value is not None}


def add(stand, **changes):
    return post(stand.gateway, "/api/v1/providers", description(stand, **changes), bearer(stand.admin))


def call(stand, method, path):
    return stand.gateway.send(method, path, bearer(stand.admin))


@pytest.fixture(autouse=True)
def taken_away(request):
    yield
    if "stand" in request.fixturenames:
        stand = request.getfixturevalue("stand")
        call(stand, "DELETE", f"/api/v1/providers/{NAME}")


@pytest.fixture(scope="module")
def schemas(stand):
    """A judge for each schema of the document."""
    document = stand.gateway.send("GET", "/api/v1/openapi.json").json
    return lambda name: Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    )


# Shown


def test_what_is_shown_is_what_the_document_says(stand, schemas):
    assert add(stand).status == 201
    listed = call(stand, "GET", "/api/v1/providers").json["providers"]
    assert [row["name"] for row in listed] == sorted(["okta", "okta-saml", "by-address", NAME])
    for row in listed:
        schemas("Provider").validate(row)
        if row["kind"] == "saml":
            schemas("SAMLProvider").validate(row)
            undocumented = set(row) - set(schema_members(stand, "SAMLProvider"))
            assert not undocumented, undocumented


def schema_members(stand, name) -> dict:
    document = stand.gateway.send("GET", "/api/v1/openapi.json").json
    return document["components"]["schemas"][name]["properties"]


def test_everything_an_administrator_asks_for(stand):
    shown = call(stand, "GET", "/api/v1/providers/okta-saml").json
    provider, origin = HandmadeProvider(), stand.gateway.url
    assert (shown["kind"], shown["source"], shown["realms"]) == ("saml", "file", ["infraon"])
    assert (shown["issuer"], shown["sso_url"], shown["slo_url"]) == (
        provider.issuer, provider.sso_url, provider.slo_url
    )  # fmt: skip
    assert shown["entity_id"] == f"{origin}/login/saml/okta-saml/metadata"
    assert shown["acs_url"] == f"{origin}/login/saml/okta-saml"
    assert (shown["signing_key"], shown["decryption_key"]) == ("set", "set")
    assert (shown["idp_initiated"], shown["request_binding"], shown["logout"]) == ("infraon", "redirect", "provider")
    [certificate] = shown["certificates"]
    assert len(certificate["fingerprint"].split(":")) == 32 and certificate["not_after"].endswith("Z")


def test_one_whose_metadata_is_not_known_yet(stand):
    shown = call(stand, "GET", "/api/v1/providers/by-address").json
    assert (shown["issuer"], shown["sso_url"], shown["certificates"]) == (None, None, [])
    assert shown["metadata_url"] == "https://no-such-host.invalid/metadata" and shown["logout"] == "local"


def test_keys_are_never_shown(stand):
    for path in ("/api/v1/providers", "/api/v1/providers/okta-saml", "/api/v1/audit?limit=1000"):
        text = call(stand, "GET", path).text
        for key in (SAMLKey("gateway"), SAMLKey("decryption")):
            assert key.private_pem.splitlines()[1] not in text and "PRIVATE KEY" not in text


# Added


def test_added_and_used_at_once(stand, schemas):
    answer = add(stand, groups_attribute="memberOf", split_groups=",")
    assert answer.status == 201 and answer.header("Location") == f"/api/v1/providers/{NAME}"
    schemas("NewSAMLProvider").validate(description(stand, groups_attribute="memberOf", split_groups=","))
    assert answer.json == call(stand, "GET", f"/api/v1/providers/{NAME}").json
    agent = stand.extra.signed_in(stand.gateway, Person(), attributes={"memberOf": ["x,infraon-admins"]})
    check = stand.gateway.check(agent)
    assert (check.header("X-Auth-Provider"), check.header("X-Auth-Roles")) == (NAME, "admin")
    assert call(stand, "DELETE", f"/api/v1/providers/{NAME}").status == 204
    assert stand.gateway.check(agent).status == 401


def test_the_metadata_document_itself(stand):
    document = saml_idp_metadata.entity(stand.extra.issuer, stand.extra.key.base64, sso_url=stand.extra.sso_url)
    assert add(stand, sso_url=None, certificates=None, metadata=document).status == 201
    stand.extra.signed_in(stand.gateway, Person())


def test_single_logout_begun_by_it_ends_its_sessions(stand):
    """Without a key of ours there is no answer; the sessions end."""
    assert add(stand, slo_url=stand.extra.slo_url).status == 201
    agent = stand.extra.signed_in(stand.gateway, person := Person())
    assert stand.extra.log_out(stand.gateway, person).status == 200
    assert stand.gateway.check(agent).status == 401


METADATA = saml_idp_metadata.entity("http://www.okta.com/exk1", SAMLKey("okta-example").base64)
# name: (changes, whether the document's schema refuses it too)
WRONG = {
    "no-name": ({"name": None}, True),
    "nothing-to-go-by": ({"sso_url": None, "certificates": None}, True),
    "no-certificates": ({"certificates": None}, True),
    "an-empty-list-of-certificates": ({"certificates": []}, True),
    "certificates-as-a-text": ({"certificates": "MIID"}, True),
    "a-certificate-that-is-none": ({"certificates": ["MIIDnonsense"]}, False),
    "a-certificate-of-the-gateways-own-files": ({"certificates": [{"file": "gatehouse.yaml"}]}, True),
    "a-certificate-with-a-short-key": ({"certificates": [SAMLKey("short", "RSA1024").pem]}, False),
    "metadata-of-the-gateways-own-files": ({"sso_url": None, "certificates": None, "metadata": {"file": "gatehouse.yaml"}}, True),
    "metadata-that-are-none": ({"sso_url": None, "certificates": None, "metadata": "<html></html>"}, False),
    "metadata-that-are-a-path": ({"sso_url": None, "certificates": None, "metadata": "gatehouse.yaml"}, False),
    "metadata-of-both-kinds": ({"sso_url": None, "certificates": None, "metadata": METADATA, "metadata_url": "https://x.example.com/m"}, True),
    "metadata-over-plain-http": ({"sso_url": None, "certificates": None, "metadata_url": "http://x.example.com/m"}, True),
    "metadata-at-a-file-address": ({"sso_url": None, "certificates": None, "metadata_url": "file:///etc/passwd"}, True),
    "a-sign-on-address-over-plain-http": ({"sso_url": "http://x.example.com/"}, False),
    "a-sign-on-address-that-is-a-script": ({"sso_url": "javascript:alert(1)"}, False),
    "a-logout-address-that-is-a-script": ({"slo_url": "javascript:alert(1)"}, False),
    "a-signing-key": ({"signing_key": "x"}, True),
    "a-key-in-a-file": ({"decryption_key": {"file": "gatehouse.yaml"}}, True),
    "a-client-of-openid": ({"client_id": "x"}, True),
    "a-number-for-a-switch": ({"insecure_allow_sha1": 1}, True),
    "a-binding-that-is-not-spoken": ({"request_binding": "artifact"}, True),
    "a-format-by-its-short-name": ({"name_id_format": "emailAddress"}, True),
    "a-number-to-land-in": ({"idp_initiated": 7}, True),
    "an-unknown-realm-to-land-in": ({"idp_initiated": "nowhere"}, False),
    "to-land-in-no-realm": ({"idp_initiated": True, "realms": []}, False),
    "an-unknown-realm": ({"realms": ["nowhere"]}, False),
    "an-unknown-member": ({"grups_attribute": "x"}, True),
    "an-invisible-character-in-an-attribute": ({"groups_attribute": "gro\u200bups"}, False),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_description_is_refused_with_a_sentence(name, stand, schemas):
    changes, is_in_schema = WRONG[name]
    answer = add(stand, **changes)
    assert answer.status == 400 and problem(answer), answer
    assert "root:" not in answer.text and "master_key" not in answer.text
    assert call(stand, "GET", f"/api/v1/providers/{NAME}").status == 404
    if is_in_schema:
        assert list(schemas("NewProvider").iter_errors(description(stand, **changes))), "the document allows it"


def test_the_twin_of_all_these_is_good(stand, schemas):
    assert add(stand).status == 201
    schemas("NewProvider").validate(description(stand))


def test_a_description_of_many_megabytes(stand):
    answer = add(stand, metadata="<" * 3_000_000, sso_url=None, certificates=None)
    assert answer.status in (400, 413), answer.status


def test_only_administrators(stand):
    for method, path in (("POST", "/api/v1/providers"), ("POST", "/api/v1/providers/okta-saml/verify")):
        headers = {"Content-Type": "application/json"}
        assert stand.gateway.send(method, path, headers, body=b"{}").status == 401


# The trail


def show(stand, *arguments):
    env = {"GATEHOUSE_SERVER": stand.gateway.url, "GATEHOUSE_TOKEN": stand.admin}
    return stand.terminal.run("audit", "show", *arguments, env=env)


@pytest.mark.parametrize("reference", ["AAAAAAAA", "aaaaaaaa", "7KQ2M4X", "x", "A" * 32, "%00", "' OR 1=1", "../../x"])
def test_a_reference_that_is_none(reference, stand):
    done = show(stand, reference)
    assert done.returncode in (1, 64) and done.stderr.strip() and not done.stdout.strip(), done
    assert len(done.stderr.strip().splitlines()) <= 3


@pytest.mark.parametrize(
    "arguments", [[], [""], ["A" * 33], ["ü" * 8], ["A\tB"], ["AAAAAAAA", "BBBBBBBB"], ["--reference", "x"]]
)
def test_wrong_usage_of_audit_show_is_64(arguments, stand):
    done = show(stand, *arguments)
    assert done.returncode == 64 and done.stderr.strip(), done


def test_the_reference_of_a_refused_sign_out_in_any_case(stage):
    stand = handmade_stand(stage)
    stand.admin, stand.terminal = stand.gateway.admin_token(), Terminal(stage.directory())
    answer = stand.provider.log_out(stand.gateway, Person(), issued=-4000)
    event = event_under(stand.gateway, answer)
    for reference in (event["reference"], event["reference"].lower()):
        done = show(stand, reference)
        assert done.returncode == 0 and "logout_too_old" in done.stdout and "okta" in done.stdout, done
    as_json = json.loads(show(stand, event["reference"], "--json").stdout)
    assert [found["reason"] for found in as_json["events"]] == ["logout_too_old"]
