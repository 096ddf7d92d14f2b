"""A sign-out at a SAML provider is confirmed by that provider, at its own address, and by nobody else: whoever else speaks,
the page says that the provider which was visited did not confirm, and the trail has why.
"""

from urllib.parse import parse_qsl, urlsplit

import pytest

from gateway import realm
from handmade_provider import Person
from handmade_saml import logout_response, query
from rotating_provider import RotatingProvider
from saml_logout_steps import BINDINGS, LogoutAtProvider, assert_not_confirmed, handmade_stand, sign_out


@pytest.fixture(scope="module")
def stand(shared):
    return handmade_stand(shared)


@pytest.fixture(params=BINDINGS)
def back(request):
    return request.param


def begun(stand, provider=None):
    """Somebody of the provider's has just pressed the button; the first one's unless another is named."""
    provider = provider or stand.provider
    agent = provider.signed_in(stand.gateway, Person())
    return LogoutAtProvider(stand, agent, provider=provider)


def answered_by(stand, provider, out, back):
    """Another provider's answer to the request, properly signed and at its own address, with the RelayState."""
    return LogoutAtProvider(stand, out.agent, out.answer, provider).answered(back)


def test_each_provider_confirms_its_own(back, stand):
    """The positive twin."""
    for provider in (stand.provider, stand.other):
        page = begun(stand, provider).answered(back)
        assert page.status == 200 and "did not confirm" not in page.page.text, page


def test_another_providers_word_does_not_count(back, stand):
    """Rightly signed by one, at the one's address, for a browser that was sent to the other."""
    for visited, speaker in ((stand.provider, stand.other), (stand.other, stand.provider)):
        out = begun(stand, visited)
        page = answered_by(stand, speaker, out, back)
        event = assert_not_confirmed(stand.gateway, page, "provider_mismatch", visited.name)
        assert visited.name in event["detail"] and speaker.name in event["detail"], event
        assert not out.agent.session_cookies()


def test_the_sign_out_is_used_up_by_it(back, stand):
    """The visited provider's own answer comes too late to turn what was said."""
    out = begun(stand)
    assert_not_confirmed(stand.gateway, answered_by(stand, stand.other, out, back), "provider_mismatch")
    assert out.answered(back).status == 400


def test_the_address_for_openid_providers_confirms_no_saml_provider(stand):
    """`/logout/callback` asks for no signature: whoever knows the state could say that all is done."""
    out = begun(stand)
    page = out.agent.get(f"{stand.gateway.url}/logout/callback?state={out.request.relay_state}")
    event = assert_not_confirmed(stand.gateway, page, "provider_mismatch")
    assert "okta" in event["detail"] and not out.agent.session_cookies(), event


# A provider that speaks OpenID Connect beside it


@pytest.fixture(scope="module")
def mixed(shared):
    openid = shared.provider(kind=RotatingProvider)
    realms = {"infraon": realm("openid", home=None), "ssp": realm("okta", title="Portal", home=None)}
    stand = handmade_stand(shared, realms=realms, start=False)
    okta = stand.gateway.settings["providers"]["okta"]
    stand.gateway.write(providers={"okta": okta, "openid": openid.settings()})
    stand.gateway.start()
    return stand


def test_that_address_confirms_an_openid_provider(mixed):
    """The positive twin."""
    agent = mixed.gateway.signed_in()
    page = agent.follow(sign_out(mixed.gateway, agent))
    assert page.status == 200 and page.path == "/logout/callback", page
    assert "did not confirm" not in page.page.text


def test_a_saml_provider_confirms_no_openid_provider(mixed):
    agent = mixed.gateway.signed_in()
    left = sign_out(mixed.gateway, agent)
    state = dict(parse_qsl(urlsplit(left.location).query))["state"]
    address = f"{mixed.gateway.url}/logout/saml/okta"
    xml = logout_response(mixed.provider.issuer, address, "_" + 32 * "0")
    message = query("SAMLResponse", xml, mixed.provider.key, state)
    page = agent.get(f"{address}?{message}", referrer=mixed.provider.origin + "/")
    assert_not_confirmed(mixed.gateway, page, "provider_mismatch", "openid")
