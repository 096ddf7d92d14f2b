"""The organisation's metadata: from a file, from a URL, whose they are, and how long they hold."""

import pytest

import saml_idp_metadata
from audit_trail import events
from gateway import assert_login_failed, realm
from handmade_provider import HandmadeProvider
from metadata_host import MetadataHost
from saml_apps import App, Stand, assert_refused, deliver, saml_stand, trail
from user_agent import UserAgent
from waiting import wait_until


def document_of(app: App) -> str:
    return UserAgent().get(app.metadata_url, program=True).text


def described_by(stand: Stand, metadata: dict) -> Stand:
    """Starts the stand's gateway with these metadata."""
    stand.gateway.settings["providers"]["okta-saml"]["metadata"] = metadata
    stand.gateway.write()
    stand.gateway.start()
    return stand


def refused(stand, code: str, **query) -> dict:
    agent = stand.browser()
    return assert_refused(stand.sign_in(agent, **query), agent, stand, code)


def works(stand, **query) -> bool:
    return stand.sign_in(stand.browser(), **query).status == 303


# Metadata from a file


def test_a_metadata_file_is_read_and_nobody_is_asked(stage):
    stand = saml_stand(stage, start=False)
    document = document_of(stand.app)
    (stand.gateway.directory / "okta.xml").write_text(document)
    before = stand.app.metadata_fetches()
    described_by(stand, {"file": "okta.xml"})
    assert works(stand)
    stand.app.roll_over()
    refused(stand, "key_not_pinned")
    assert stand.app.metadata_fetches() == before
    # The administrator brings a new file, and a SIGHUP.
    (stand.gateway.directory / "okta.xml").write_text(document_of(stand.app))
    stand.gateway.reload()
    wait_until(lambda: works(stand), 10, "the new file in force")


# Whose metadata


@pytest.fixture
def moved(stage):
    """Metadata from an address of the test's, at first those of the app."""
    stand = saml_stand(stage, clock=True, start=False)
    host = MetadataHost(document_of(stand.app)).start()
    stage.ending.append(host.stop)
    described_by(stand, {"url": host.url})
    wait_until(lambda: host.fetches == 1, 10, "the first fetch")
    assert works(stand)
    stand.advance(61)
    return stand, host


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
def test_metadata_that_name_another_issuer_later_are_refused(restarted, moved):
    """Whoever takes over the address must not take over the people: the first document's entity ID is kept."""
    stand, host = moved
    stranger = App(stand.simulator, stand.gateway.url, name="evil_1")
    host.document = document_of(stranger)
    if restarted:
        stand.gateway.stop()
        stand.gateway.start()
    stand.app.tamper(signature="unpublished-key")
    refused(stand, "key_not_pinned")
    assert host.fetches == 2 and works(stand), "the old ones stay in force"
    mine, stand.app = stand.app, stranger
    agent = stand.browser()
    answer = stand.from_tile(agent)
    assert_login_failed(deliver(agent, answer), agent, stand.gateway)
    stand.app = mine


@pytest.mark.parametrize("restarts", [False, True], ids=["reloaded", "restarted"])
@pytest.mark.parametrize("gone", ["okta-saml", "spare"])
def test_a_provider_that_was_taken_out_of_the_file_comes_back_as_who_it_was(gone, restarts, moved):
    """What the address said first is kept; whoever means another issuer writes it down."""
    stand, host = moved
    realms = {"infraon": realm("okta-saml", "spare")}
    providers = stand.gateway.settings["providers"] | {"spare": HandmadeProvider("spare").settings()}
    in_force(stand, realms, providers, "spare", 200)
    [kept] = {"okta-saml", "spare"} - {gone}
    in_force(stand, {"infraon": realm(kept)}, {kept: providers[kept]}, gone, 404, restarts)
    successor = App(stand.simulator, stand.gateway.url, name="successor_1")
    host.document = document_of(successor)
    in_force(stand, realms, providers, gone, 200, restarts)
    stand.app.tamper(signature="unpublished-key")
    refused(stand, "key_not_pinned", provider="okta-saml")
    assert works(stand, provider="okta-saml"), "the first one's stay in force"
    pinned = providers["okta-saml"] | {"issuer": successor.issuer}
    stand.gateway.write(realms=realms, providers=providers | {"okta-saml": pinned})
    stand.gateway.stop()
    stand.gateway.start()
    stand.app = successor
    assert works(stand, provider="okta-saml")


def in_force(stand, realms: dict, providers: dict, name: str, status: int, restarts: bool = False):
    """Reads the configuration again; then the address of a provider's is there or not."""
    stand.gateway.write(realms=realms, providers=providers)
    if restarts:
        stand.gateway.stop()
        stand.gateway.start()
    else:
        stand.gateway.reload()
    there = lambda: stand.gateway.send("GET", f"/login/saml/{name}/metadata").status == status
    wait_until(there, 10, f"{name} with {status}", every=0.1)


def test_a_pinned_issuer_refuses_other_metadata_from_the_start(stage):
    stand = saml_stand(stage, provider={"issuer": "http://www.okta.com/exk1somebody"})
    agent = stand.browser()
    answer = stand.gateway.begin(agent)
    reference = assert_login_failed(answer, agent, stand.gateway, (502,))
    assert trail(stand.gateway, reference)["reason"] == "metadata_issuer_mismatch"


USELESS = {
    "doctype": "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>",
    "html": "<html><body>Sign in</body></html>",
    "nothing": "",
    "insecure": None,
}


@pytest.mark.parametrize("kind", USELESS)
def test_metadata_that_cannot_be_used_are_no_metadata(kind, stage):
    """And as soon as they can, sign-ins work; nobody restarts anything."""
    stand = saml_stand(stage, start=False)
    good = document_of(stand.app)
    document = USELESS[kind]
    if document is None:
        document = good.replace(stand.simulator.origin, "http://okta.example.com")
    host = MetadataHost(document).start()
    stage.ending.append(host.stop)
    described_by(stand, {"url": host.url})
    agent = stand.browser()
    assert_login_failed(stand.gateway.begin(agent), agent, stand.gateway, (502, 504))
    assert events(stand.gateway, "login.failed")[0]["reason"] not in (None, "", "store_failed")
    host.document = good
    wait_until(lambda: stand.gateway.begin(stand.browser()).status == 303, 10, "a sign-in that begins")
    assert works(stand)


# How long they hold (SAML Metadata §2.3.2)


def until(stand, seconds: int) -> str:
    """The app's metadata, good for so long by the clock of the stand."""
    return saml_idp_metadata.ending(document_of(stand.app), stand.clock.seconds + seconds)


def test_metadata_are_used_no_longer_than_they_say(moved):
    stand, host = moved
    host.document = until(stand, 600)
    stand.app.roll_over()
    host.document = until(stand, 600)
    assert works(stand) and host.fetches == 2, "those with an end are in force"
    stand.advance(500)
    assert works(stand) and host.fetches == 2
    stand.advance(150)
    agent = stand.browser()
    reference = assert_login_failed(stand.gateway.begin(agent), agent, stand.gateway, (502,))
    assert trail(stand.gateway, reference)["reason"] == "metadata_expired"
    stand.advance(61)
    host.document = until(stand, 600)
    assert works(stand), "newer ones are fetched as soon as somebody needs them"


def test_an_end_that_has_passed_holds_over_a_restart(moved):
    """The store must not bring back what is over."""
    stand, host = moved
    stand.app.roll_over()
    host.document = until(stand, 600)
    assert works(stand)
    host.status = 500
    stand.gateway.stop()
    stand.advance(700)
    stand.gateway.start()
    agent = stand.browser()
    assert_login_failed(stand.gateway.begin(agent), agent, stand.gateway, (502, 504))
