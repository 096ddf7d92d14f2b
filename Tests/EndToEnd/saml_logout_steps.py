"""What tests of SAML's single logout share: gateways with keys of their own beside a provider that is handmade, or beside
the simulated Okta."""

from types import SimpleNamespace

import handmade_saml
from audit_trail import events
from gateway import realm, reference_on
from handmade_provider import HandmadeProvider, received, resubmitted
from handmade_saml import form_value, query
from saml_apps import PROVIDER, Stand, saml_stand
from saml_keys import SAMLKey
from secrets_ledger import leaks
from user_agent import Answer
from waiting import wait_until

BINDINGS = ["redirect", "post"]
# The gateway's own key; it also signs what it sends.
OURS = SAMLKey("gateway")


def inline(key: SAMLKey = OURS) -> dict:
    """What a provider's configuration says to have the gateway sign."""
    return {"signing_key": key.private_pem, "signing_certificate": key.pem}


def handmade_stand(stage, realms: dict | None = None, start: bool = True, provider: dict | None = None, **settings):
    """A gateway with two handmade providers, `okta` and `other`, in two realms."""
    first, second = HandmadeProvider(), HandmadeProvider("other")
    # No home: a page of our own at the end is easier to look at.
    realms = realms or {
        "infraon": realm("okta", "other", home=None),
        "ssp": realm("okta", title="Portal", home=None),
    }
    providers = {"okta": first.settings(**(inline() | (provider or {}))), "other": second.settings(**inline())}
    gateway = stage.gateway(providers, realms, start=False, **settings)
    stand = SimpleNamespace(gateway=gateway, provider=first, other=second, key=OURS)
    if start:
        gateway.start()
    return stand


def simulated_stand(stage, app: dict | None = None, **options) -> Stand:
    """The simulated Okta with single logout set up on both sides; `app` are settings of its app. None
    leaves a key of the provider's out."""
    started = options.pop("start", True)
    said = inline() | (options.get("provider") or {})
    options["provider"] = {name: value for name, value in said.items() if value is not None}
    options.setdefault("realms", {"infraon": realm(PROVIDER, home=None)})
    stand = saml_stand(stage, app={"sp_certificate": OURS.pem} | (app or {}), start=False, **options)
    stand.app.change(logout_url=f"{stand.gateway.url}/logout/saml/{PROVIDER}")
    if started:
        stand.gateway.start()
    return stand


def sign_out(gateway, agent, query: str = "?realm=infraon") -> Answer:
    """The button of our own page; the answer is where it leads."""
    return agent.post(f"{gateway.url}/logout{query}", referrer=gateway.url + "/")


def cookies_of(gateway, agent) -> dict:
    """The session cookies as a program sends them, to ask after the browser has dropped them."""
    return {"Cookie": agent.cookie_header(f"{gateway.url}/session/check", "GET", "same-origin")}


def event_under(gateway, answer: Answer) -> dict:
    """What the audit trail has under the reference that a page shows."""
    reference = reference_on(answer)
    [found] = wait_until(lambda: events(gateway, reference=reference), 5, f"{reference} in the audit trail")
    return found


def assert_logout_refused(gateway, answer: Answer, code: str, provider: str = "okta") -> dict:
    """A page that says so, with a reference under which the trail has the reason; the event."""
    assert answer.status == 400, answer
    assert answer.header("Content-Type").startswith("text/html"), answer
    assert answer.header("Cache-Control") == "no-store", answer
    assert "frame-ancestors 'none'" in answer.header("Content-Security-Policy")
    event = event_under(gateway, answer)
    assert (event["event"], event["reason"], event["provider"]) == ("logout.refused", code, provider), event
    assert event["detail"] and not leaks(answer.text), event
    wait_until(lambda: event["reference"] in gateway.log, 2, "the reference in the log")
    return event


def assert_not_confirmed(gateway, answer: Answer, code: str, provider: str = "okta") -> dict:
    """A page that says which provider did not confirm its sign-out, with a reference under which the trail has why; the
    event."""
    text = " ".join(answer.page.text.split())
    assert answer.status == 200 and "signed out here" in text, answer
    assert f"({provider}) did not confirm" in text and answer.header("Cache-Control") == "no-store", text
    event = event_under(gateway, answer)
    assert (event["event"], event["reason"], event["provider"]) == ("logout.refused", code, provider), event
    assert event["detail"] and not leaks(answer.text), event
    return event


class LogoutAtProvider:
    """A sign-out that was begun here and leads to a handmade provider: what it asks, and how that answers."""

    def __init__(self, stand, agent, answer: Answer | None = None, provider: HandmadeProvider | None = None):
        self.stand, self.agent = stand, agent
        self.provider = provider or stand.provider
        self.answer = answer or sign_out(stand.gateway, agent)
        self.request = received(self.answer, "SAMLRequest")
        self.address = f"{stand.gateway.url}/logout/saml/{self.provider.name}"

    def response(self, binding: str = "post", *status: str, relay_state=..., signature=..., **changes) -> str | dict:
        """A query or a form. `signature` are options of how it is signed; None leaves it out."""
        parts = {"issuer": self.provider.issuer, "destination": self.address}
        parts |= {"in_response_to": self.request.root.get("ID")} | changes
        head = [parts.pop(name) for name in ("issuer", "destination", "in_response_to")]
        xml = handmade_saml.logout_response(*head, *status, **parts)
        relay_state = self.request.relay_state if relay_state is ... else relay_state
        options = {} if signature is ... else signature
        if binding == "redirect":
            key = None if options is None else options.pop("key", self.provider.key)
            return query("SAMLResponse", xml, key, relay_state, **(options or {}))
        xml = handmade_saml.unsigned(xml) if options is None else self.provider.sign(xml, **options)
        return {"SAMLResponse": form_value(xml), "RelayState": relay_state}

    def deliver(self, message: str | dict, resubmit: bool = True, agent=None) -> Answer:
        """The provider's page sends the browser back with `message`."""
        agent = agent or self.agent
        if isinstance(message, str):
            return agent.get(f"{self.address}?{message}", referrer=self.provider.origin + "/")
        form = {name: value for name, value in message.items() if value is not None}
        answer = agent.post(self.address, form=form, referrer=self.provider.origin + "/")
        return resubmitted(agent, answer) if resubmit else answer

    def answered(self, binding: str, *status: str, **changes) -> Answer:
        return self.deliver(self.response(binding, *status, **changes))
