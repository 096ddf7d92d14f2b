"""`gatehouse providers add NAME --kind saml` in all its ways, each with a login afterwards; and typed wrongly on purpose."""

import json
from types import SimpleNamespace

import pytest

import saml_idp_metadata
from gateway import realm, run
from saml_apps import App, Stand, deliver
from saml_keys import SAMLKey
from simulator import Simulator
from terminal import Terminal
from waiting import free_port

NAME = "extra"


@pytest.fixture
def stand(stage):
    return standing(stage)


def standing(stage, realms=None, **app):
    """A gateway with one provider in its file, and an app at the simulator that nobody has told it of."""
    port = free_port()
    origin = f"http://localhost:{port}"
    simulator = Simulator(stage.directory(), [f"{origin}/login/callback"]).start()
    stage.ending.append(simulator.stop)
    gateway = stage.gateway({"okta": stage.provider()}, realms or {"infraon": realm("okta", home=None)}, port=port)
    made = SimpleNamespace(
        gateway=gateway, simulator=simulator, app=App(simulator, origin, NAME, **app), admin=gateway.admin_token(),
        terminal=Terminal(stage.directory()),
    )  # fmt: skip
    (made.terminal.home / "okta.pem").write_text(made.app.active()["pem"])
    document = simulator.control("GET", f"/app/{made.app.exk}/sso/saml/metadata").text
    (made.terminal.home / "okta.xml").write_text(document)
    return made


def command(stand, *arguments, **options):
    env = {"GATEHOUSE_SERVER": stand.gateway.url, "GATEHOUSE_TOKEN": stand.admin}
    return stand.terminal.run("providers", *arguments, env=env | options.pop("env", {}), **options)


def add(stand, *arguments, name=NAME, **options):
    return command(stand, "add", name, "--kind", "saml", *arguments, **options)


def added(stand, *arguments, **options):
    done = add(stand, *arguments, **options)
    assert done.returncode == 0, done
    return done


def signed_in(stand, realm="infraon"):
    """Somebody signs in through the app."""
    return Stand(stand.simulator, stand.app, stand.gateway).signed_in(provider=NAME, realm=realm)


def assert_works(stand):
    check = stand.gateway.check(signed_in(stand))
    assert (check.status, check.header("X-Auth-Provider")) == (200, NAME), check
    assert check.header("X-Auth-Email") == "ada@example.com" and "admin" in check.header("X-Auth-Roles")


def ways(stand) -> dict[str, list[str]]:
    """Every way to say who the identity provider is."""
    pasted = ["--sso-url", stand.app.sso_url, "--certificate", "okta.pem"]
    return {
        "metadata-address": ["--metadata", stand.app.metadata_url],
        "metadata-file": ["--metadata", "okta.xml"],
        "pasted": pasted,
        "pasted-with-issuer": [*pasted, "--issuer", stand.app.issuer],
        "pasted-with-two-certificates": [*pasted, "--certificate", "second.pem"],
        "metadata-and-certificate": ["--metadata", stand.app.metadata_url, "--certificate", "second.pem"],
    }


@pytest.mark.parametrize(
    "way",
    ["metadata-address", "metadata-file", "pasted", "pasted-with-issuer", "pasted-with-two-certificates",
     "metadata-and-certificate"],
)  # fmt: skip
def test_each_way_leads_to_a_login(way, stand):
    (stand.terminal.home / "second.pem").write_text(SAMLKey("okta-second").pem)
    done = added(stand, *ways(stand)[way], "--realm", "infraon")
    # What the administrator takes to Okta.
    assert stand.app.acs in done.stdout and stand.app.entity_id in done.stdout
    assert "providers verify" in done.stdout
    assert_works(stand)


def test_the_contracts_spelling(stand):
    """`--issuer I --sso-url U --certificate PEM`."""
    added(
        stand, "--issuer", stand.app.issuer, "--sso-url", stand.app.sso_url, "--certificate", "okta.pem",
        "--realm", "infraon",
    )  # fmt: skip
    assert_works(stand)


def test_the_certificate_as_okta_hands_it_out(stand):
    """okta.cert: PEM, or its base64 alone, or with Windows line ends."""
    pem = (stand.terminal.home / "okta.pem").read_text()
    base64 = "".join(pem.splitlines()[1:-1])
    for number, text in enumerate([pem.replace("\n", "\r\n"), base64, base64 + "\n", pem + pem]):
        (stand.terminal.home / "okta.cert").write_text(text, newline="")
        added(stand, "--sso-url", stand.app.sso_url, "--certificate", "okta.cert", name=f"way-{number}")
        assert command(stand, "remove", f"way-{number}").returncode == 0


def test_metadata_from_standard_input(stand):
    document = (stand.terminal.home / "okta.xml").read_bytes()
    added(stand, "--metadata", "-", "--realm", "infraon", stdin=document)
    assert_works(stand)


def test_all_the_further_options(stand):
    stand.app.change(groups_as="joined", attributes={"mail": "email", "cn": "displayName", "memberOf": "groups"})
    added(
        stand, "--metadata", stand.app.metadata_url, "--groups-attribute", "memberOf", "--split-groups", ",",
        "--email-attribute", "mail", "--name-attribute", "cn", "--idp-initiated", "infraon", "--realm", "infraon",
    )  # fmt: skip
    assert_works(stand)
    assert stand.gateway.check(signed_in(stand)).header("X-Auth-Name") == "Ada Lovelace"
    shown = json.loads(command(stand, "show", NAME, "--json").stdout)
    assert (shown["groups_attribute"], shown["idp_initiated"]) == ("memberOf", "infraon")
    # And the tile leads in.
    agent = stand.gateway.browser()
    answer = deliver(agent, Stand(stand.simulator, stand.app, stand.gateway).from_tile(agent))
    assert answer.status == 303 and agent.session_cookies(), answer


def test_several_realms_and_none_named(stage):
    realms = {"infraon": realm("okta", home=None), "ssp": realm("okta", title="Portal", home=None)}
    stand = standing(stage, realms)
    done = add(stand, "--metadata", stand.app.metadata_url)
    assert done.returncode == 64 and "--realm" in done.stderr and "infraon" in done.stderr and "ssp" in done.stderr
    added(stand, "--metadata", stand.app.metadata_url, "--realm", "ssp", "--realm", "infraon")
    assert_works(stand)
    assert stand.gateway.check(signed_in(stand, "ssp"), "realm=ssp").status == 200


def test_with_one_realm_it_need_not_be_named(stand):
    added(stand, "--metadata", "okta.xml")
    assert_works(stand)


def test_as_json(stand):
    value = json.loads(added(stand, "--metadata", "okta.xml", "--json").stdout)
    assert (value["name"], value["kind"], value["source"]) == (NAME, "saml", "store")
    assert value["acs_url"] == stand.app.acs and value["issuer"] == stand.app.issuer
    assert value == json.loads(command(stand, "show", NAME, "--json").stdout)


# Listed, shown, removed


def test_listed_shown_and_removed_with_its_sessions(stand):
    added(stand, "--metadata", stand.app.metadata_url)
    agent = signed_in(stand)
    listed = command(stand, "list")
    assert listed.returncode == 0 and NAME in listed.stdout and "saml" in listed.stdout, listed
    shown = command(stand, "show", NAME)
    assert shown.returncode == 0, shown
    for fact in (stand.app.issuer, stand.app.sso_url, stand.app.acs, stand.app.entity_id):
        assert fact in shown.stdout, (fact, shown.stdout)
    assert stand.app.active()["fingerprint"].lower().replace(":", "") in shown.stdout.lower().replace(":", "")
    assert command(stand, "remove", NAME).returncode == 0
    assert command(stand, "show", NAME).returncode == 1
    assert stand.gateway.check(agent).status == 401, "nobody vouches for the session any more"
    assert stand.gateway.send("GET", f"/login/saml/{NAME}/metadata").status == 404
    assert stand.gateway.begin(stand.gateway.browser(), provider=NAME).status == 400


def test_it_survives_a_restart_also_while_the_metadata_is_down(stand):
    added(stand, "--metadata", stand.app.metadata_url)
    agent = signed_in(stand)
    stand.gateway.stop()
    stand.simulator.fault("saml_metadata", "status-500", 50)
    stand.gateway.start()
    assert stand.gateway.check(agent).status == 200
    assert_works(stand)


# Typed wrongly

WRONG_USAGE = {
    "nothing-to-go-by": [],
    "a-sign-on-address-alone": ["--sso-url", "https://acme.okta.com/app/a/exk1/sso/saml"],
    "a-certificate-alone": ["--certificate", "okta.pem"],
    "an-issuer-alone": ["--issuer", "http://www.okta.com/exk1"],
    "a-client-of-openid": ["--metadata", "okta.xml", "--client-id", "0oa1"],
    "the-url-of-openid": ["--url", "https://acme.okta.com"],
    "a-secret-of-openid": ["--metadata", "okta.xml", "--client-secret", "x"],
    "no-value": ["--metadata"],
    "an-empty-realm": ["--metadata", "okta.xml", "--realm", ""],
    "an-unknown-option": ["--metadata", "okta.xml", "--meta-data", "x"],
}


@pytest.fixture(scope="module")
def shared_stand(shared):
    return standing(shared)


@pytest.mark.parametrize("name", WRONG_USAGE)
def test_wrong_usage_is_64(name, shared_stand):
    done = add(shared_stand, *WRONG_USAGE[name])
    assert done.returncode == 64 and done.stderr.strip() and not done.stdout.strip(), done
    assert command(shared_stand, "show", NAME).returncode == 1, "nothing was added"


def test_saml_options_are_not_for_openid(shared_stand):
    for arguments in (["--metadata", "okta.xml"], ["--idp-initiated", "infraon"], ["--certificate", "okta.pem"]):
        done = command(
            shared_stand, "add", NAME, "--kind", "okta", "--url", "https://acme.okta.com", "--client-id", "x",
            "--client-secret", "x", *arguments,
        )  # fmt: skip
        assert done.returncode == 64 and "saml" in done.stderr, done


@pytest.mark.parametrize(
    "arguments",
    [
        ["--metadata", "nowhere.xml"],
        ["--metadata", "."],
        ["--metadata", "okta.xml", "--certificate", "nowhere.pem"],
        ["--sso-url", "https://acme.okta.com/app/a/exk1/sso/saml", "--certificate", "nowhere.pem"],
    ],
    ids=["metadata", "a-directory", "further-certificate", "certificate"],
)
def test_a_file_that_cannot_be_read_is_66(arguments, shared_stand):
    done = add(shared_stand, *arguments)
    assert done.returncode == 66 and ("nowhere" in done.stderr or "cannot read ." in done.stderr), done
    assert len(done.stderr.strip().splitlines()) <= 3


SSO = "https://acme.okta.com/app/acme_gatehouse_1/exk1example/sso/saml"
REFUSED = {
    "metadata-that-is-none": (["--metadata", "okta.pem"], "XML|metadata"),
    "an-empty-file-of-metadata": (["--metadata", "empty"], "metadata"),
    "our-own-metadata": (["--metadata", "ours.xml"], "identity provider"),
    "metadata-of-another-issuer": (["--metadata", "okta.xml", "--issuer", "http://www.okta.com/exkother"], "issuer"),
    "metadata-over-plain-http": (["--metadata", "http://acme.okta.com/metadata"], "https"),
    "a-certificate-that-is-none": (["--sso-url", SSO, "--certificate", "okta.xml"], "certificate"),
    "an-empty-certificate": (["--sso-url", SSO, "--certificate", "empty"], "certificate"),
    "a-key": (["--sso-url", SSO, "--certificate", "okta.key"], "certificate"),
    "a-short-key": (["--sso-url", SSO, "--certificate", "short.pem"], "1024|2048"),
    "a-sign-on-address-over-plain-http": (["--sso-url", SSO.replace("https", "http"), "--certificate", "okta.pem"], "https"),
    "an-address-that-does-not-tell-the-issuer": (["--sso-url", "https://idp.example.com/sso", "--certificate", "okta.pem"], "issuer"),
    "an-unknown-realm": (["--metadata", "okta.xml", "--realm", "nowhere"], "nowhere"),
    "to-land-in-an-unknown-realm": (["--metadata", "okta.xml", "--idp-initiated", "nowhere"], "idp_initiated|realm"),
    "a-logout-address-that-is-a-script": (["--metadata", "okta.xml", "--slo-url", "javascript:alert(1)"], "slo_url|https"),
    "a-separator-that-is-a-sentence": (["--metadata", "okta.xml", "--split-groups", "and the next one"], "split_groups"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_with_a_sentence(name, shared_stand):
    home = shared_stand.terminal.home
    (home / "empty").write_text("")
    (home / "okta.key").write_text(SAMLKey("provider-okta").private_pem)
    (home / "short.pem").write_text(SAMLKey("short", "RSA1024").pem)
    sp = "urn:oasis:names:tc:SAML:2.0:protocol"
    (home / "ours.xml").write_text(
        f'<md:EntityDescriptor entityID="x" xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">'
        f'<md:SPSSODescriptor protocolSupportEnumeration="{sp}"/></md:EntityDescriptor>'
    )
    arguments, wanted = REFUSED[name]
    done = add(shared_stand, *arguments)
    assert done.returncode == 1 and not done.stdout.strip(), done
    assert any(word in done.stderr for word in wanted.split("|")), done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3
    assert not any(line in done.stderr for line in (home / "okta.key").read_text().splitlines()[1:])
    assert command(shared_stand, "show", NAME).returncode == 1, "nothing was added"


def test_an_identity_provider_that_is_there_under_another_name(stand):
    """Each of the two could sign people in as the other's."""
    added(stand, "--metadata", "okta.xml")
    done = add(stand, "--metadata", "okta.xml", name="again")
    assert done.returncode == 1 and "issuer" in done.stderr and NAME in done.stderr, done


def test_a_name_that_is_taken(shared_stand):
    done = add(shared_stand, "--metadata", "okta.xml", name="okta")
    assert done.returncode == 1 and "name" in done.stderr, done


def test_names_that_no_address_can_hold(shared_stand):
    for name in ("a/b", "", "x" * 300, "a b", "..", "ü"):
        done = add(shared_stand, "--metadata", "okta.xml", name=name)
        assert done.returncode in (1, 64) and done.stderr.strip(), (name, done)


def test_without_a_server_or_a_token(shared_stand):
    done = shared_stand.terminal.run("providers", "add", NAME, "--kind", "saml", "--metadata", "okta.xml")
    assert done.returncode == 64 and "--server" in done.stderr, done
    done = add(shared_stand, "--metadata", "okta.xml", env={"GATEHOUSE_TOKEN": "nonsense"})
    assert done.returncode == 1 and done.stderr.strip(), done


def test_a_file_that_is_far_too_large(shared_stand):
    """It is told here or there, and quickly."""
    text = saml_idp_metadata.entity("x", SAMLKey("provider-okta").base64, more=" " * 3_000_000)
    (shared_stand.terminal.home / "large.xml").write_text(text)
    done = add(shared_stand, "--metadata", "large.xml")
    assert done.returncode in (1, 66) and done.stderr.strip(), done


def test_help_has_an_example_for_saml(stage):
    done = run("providers", "add", "--help", directory=stage.directory())
    assert done.returncode == 0 and "--kind saml" in done.stdout and "--certificate" in done.stdout
