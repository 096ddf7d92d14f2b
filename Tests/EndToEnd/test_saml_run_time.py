"""SAML providers that are added while the gateway runs: people sign in through them at once, until they are removed."""

from types import SimpleNamespace

import pytest

from gateway import realm
from saml_apps import App, Stand, answer_form, assert_refused, deliver, saml_stand
from user_agent import UserAgent
from waiting import wait_until


@pytest.fixture
def stand(stage):
    """A gateway with one SAML provider in its file, and an app for a second one."""
    stand = saml_stand(stage, realms={"infraon": realm("okta-saml")})
    added = App(stand.simulator, stand.gateway.url, provider="added", name="added_1")
    token = stand.gateway.admin_token()

    def command(*arguments: str):
        return stand.gateway.command("providers", *arguments, token=token)

    return SimpleNamespace(all=stand, gateway=stand.gateway, added=added, providers=command)


def described(stand, way: str) -> list[str]:
    """The options of `providers add`, each way to describe an identity provider."""
    metadata, certificate = stand.gateway.directory / "added.xml", stand.gateway.directory / "added.pem"
    metadata.write_text(UserAgent().get(stand.added.metadata_url, program=True).text)
    certificate.write_text(stand.added.active()["pem"])
    pasted = ["--sso-url", stand.added.sso_url, "--certificate", str(certificate)]
    return {
        "url": ["--metadata", stand.added.metadata_url],
        "file": ["--metadata", str(metadata)],
        "pasted": pasted,
        "pasted-with-issuer": ["--issuer", stand.added.issuer, *pasted],
    }[way]


def add(stand, way="url", *more: str):
    done = stand.providers("add", "added", "--kind", "saml", *described(stand, way), *more)
    assert done.returncode == 0, done
    return done


def sign_in(stand, agent):
    return stand.all.sign_in(agent, provider="added")


@pytest.mark.parametrize("way", ["url", "file", "pasted", "pasted-with-issuer"])
def test_a_provider_is_added_and_people_sign_in_through_it(way, stand):
    done = add(stand, way)
    assert "verify" in done.stdout
    agent = stand.gateway.browser()
    answer = sign_in(stand, agent)
    assert answer.status == 303, answer
    known = stand.gateway.check(agent)
    assert (known.header("X-Auth-Provider"), known.header("X-Auth-Email")) == ("added", "ada@example.com")
    assert "saml" in stand.providers("list").stdout and stand.added.issuer in stand.providers("show", "added").stdout
    verified = stand.providers("verify", "added")
    assert verified.returncode == 0, verified


def test_it_is_there_after_a_restart_and_at_another_process(stand, stage):
    add(stand)
    twin = stage.twin(stand.gateway)
    beside = Stand(stand.all.simulator, stand.added, twin)
    assert beside.sign_in(twin.browser(), provider="added").status == 303
    stand.gateway.stop()
    stand.gateway.start()
    assert sign_in(stand, stand.gateway.browser()).status == 303


def test_sign_ins_that_the_provider_starts_need_the_realms_name(stand):
    add(stand, "url", "--idp-initiated", "infraon")
    agent = stand.gateway.browser()
    tile = Stand(stand.all.simulator, stand.added, stand.gateway).from_tile(agent)
    assert deliver(agent, tile).status == 303


def test_such_a_sign_in_without_its_realm_leads_nowhere(stand):
    """The realm was taken out of the file: the setting allows the sign-in, and the trail says what is not clear."""
    both = {"infraon": realm("okta-saml"), "ssp": realm("okta-saml", title="Portal")}
    stand.gateway.write(realms=both)
    stand.gateway.reload()
    wait_until(lambda: stand.gateway.check(query="realm=ssp").status == 401, 5, "the second realm", every=0.1)
    add(stand, "url", "--realm", "infraon", "--realm", "ssp", "--idp-initiated", "ssp")
    there, agent = Stand(stand.all.simulator, stand.added, stand.gateway), stand.gateway.browser()
    assert deliver(agent, there.from_tile(agent)).status == 303
    stand.gateway.write(realms={"infraon": both["infraon"]})
    stand.gateway.reload()
    wait_until(lambda: stand.gateway.check(query="realm=ssp").status == 400, 5, "the realm to be unknown", every=0.1)
    late = stand.gateway.browser()
    event = assert_refused(deliver(late, there.from_tile(late)), late, there, "unsolicited_response")
    assert "not clear which realm" in event["detail"] and "set idp_initiated" not in event["detail"], event


def test_a_removed_provider_signs_nobody_in_and_its_sessions_are_over(stand):
    add(stand)
    agent, late = stand.gateway.browser(), stand.gateway.browser()
    assert sign_in(stand, agent).status == 303
    page = stand.all.answered(late, provider="added")
    assert stand.providers("remove", "added").returncode == 0
    assert stand.gateway.check(agent).status == 401
    answer = late.submit(page, answer_form(page))
    assert answer.status in (400, 404) and not late.session_cookies(), answer
    assert stand.gateway.send("GET", "/login/saml/added/metadata").status == 404
    assert stand.all.sign_in(stand.gateway.browser()).status == 303, "the file's provider goes on"


def test_the_files_provider_cannot_be_replaced(stand):
    done = stand.providers("add", "okta-saml", "--kind", "saml", *described(stand, "url"))
    assert done.returncode == 1 and done.stderr.strip()
    assert stand.all.sign_in(stand.gateway.browser()).status == 303


@pytest.mark.parametrize(
    "missing", [[], ["--issuer", "http://www.okta.com/exk1"], ["--sso-url", "https://a.okta.com/x"]]
)
def test_an_incomplete_description_is_wrong_usage(missing, stand):
    done = stand.providers("add", "added", "--kind", "saml", *missing)
    assert done.returncode == 64 and "--metadata" in done.stderr, done


def test_a_file_that_is_not_there_cannot_be_read(stand):
    done = stand.providers("add", "added", "--kind", "saml", "--metadata", "/nowhere.xml")
    assert done.returncode == 66, done


def test_a_provider_whose_metadata_are_not_there_yet_works_once_they_are(stand):
    """An administrator may configure both sides in any order."""
    stand.all.simulator.fault("saml_metadata", "status-500", 1000)
    add(stand)
    assert stand.gateway.begin(stand.gateway.browser(), provider="added").status in (502, 504)
    assert stand.providers("verify", "added").returncode == 1
    stand.all.simulator.fault("saml_metadata", "status-500", 0)
    # A provider that failed is left alone for some seconds.
    begin = stand.gateway.begin
    wait_until(lambda: begin(stand.gateway.browser(), provider="added").status == 303, 10, "the provider's metadata")
    assert sign_in(stand, stand.gateway.browser()).status == 303
