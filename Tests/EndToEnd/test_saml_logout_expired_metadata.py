"""Metadata that may be used no longer (SAML Metadata §2.3.2) is not used to sign anybody out either: the session here is over
all the same, the page says what is missing, and the trail has why.
"""

from types import SimpleNamespace

import pytest

from handmade_provider import Person
from metadata_host import MetadataHost
from movable_clock import MovableClock
from saml_idp_metadata import document, ending, entity
from saml_logout_steps import LogoutAtProvider, assert_not_confirmed, cookies_of, handmade_stand, sign_out

GOOD_FOR = 600


def metadata(stand, passed: int = 0) -> str:
    provider = stand.provider
    whole = entity(provider.issuer, provider.key.base64, sso_url=provider.sso_url, slo_url=provider.slo_url)
    return ending(document(whole), passed + GOOD_FOR)


@pytest.fixture(params=["file", "url"])
def stand(request, stage):
    """The provider okta is described by metadata that is good for ten minutes, and the test moves the clock."""
    stand = handmade_stand(stage, start=False)
    clock = MovableClock(stage.directory())
    stand.gateway.env = clock.env
    file, host = stage.directory() / "okta.xml", MetadataHost(metadata(stand)).start()
    stage.ending.append(host.stop)
    file.write_text(host.document)
    where = {"file": str(file)} if request.param == "file" else {"url": host.url}
    described = stand.provider.settings(metadata=where, sso_url=None, slo_url=None, certificates=None)
    okta = stand.gateway.settings["providers"]["okta"]
    described |= {name: value for name, value in okta.items() if name.startswith("signing_")}
    stand.gateway.write(providers=stand.gateway.settings["providers"] | {"okta": described})
    stand.gateway.start()
    return SimpleNamespace(**vars(stand), clock=clock, host=host)


def test_until_their_end_they_lead_to_the_provider(stand):
    """The positive twin."""
    agent = stand.provider.signed_in(stand.gateway, Person())
    stand.clock.advance(GOOD_FOR - 100)
    out = LogoutAtProvider(stand, agent)
    assert out.request.url == stand.provider.slo_url
    page = out.answered("post", issued=stand.clock.seconds)
    assert page.status == 200 and "did not confirm" not in page.page.text, page


def test_after_it_nobody_is_sent_anywhere(stand):
    agent = stand.provider.signed_in(stand.gateway, Person())
    cookies = cookies_of(stand.gateway, agent)
    stand.clock.advance(GOOD_FOR + 100)
    page = sign_out(stand.gateway, agent)
    event = assert_not_confirmed(stand.gateway, page, "metadata_expired")
    assert "good until" in event["detail"] and page.path == "/logout", event
    assert stand.gateway.check(headers=cookies).status == 401 and not agent.session_cookies()


def test_an_answer_that_comes_after_it_confirms_nothing(stand):
    """The keys that would make it good are those of metadata that is over."""
    agent = stand.provider.signed_in(stand.gateway, Person())
    stand.clock.advance(GOOD_FOR - 100)
    out = LogoutAtProvider(stand, agent)
    stand.clock.advance(200)
    assert_not_confirmed(stand.gateway, out.answered("post", issued=stand.clock.seconds), "metadata_expired")


@pytest.mark.parametrize("stand", ["url"], indirect=True)
def test_newer_metadata_lead_there_again(stand):
    """They are fetched as soon as somebody needs them; a file is read again when the configuration is."""
    agent = stand.provider.signed_in(stand.gateway, Person())
    stand.clock.advance(GOOD_FOR + 100)
    stand.host.document = metadata(stand, stand.clock.seconds)
    assert LogoutAtProvider(stand, agent).request.url == stand.provider.slo_url
