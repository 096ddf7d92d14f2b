"""SAML apps at the simulated Okta, gateways that sign people in through them, and the steps of such a sign-in."""

import base64
import re
from contextlib import contextmanager
from dataclasses import dataclass

from audit_trail import asked
from gateway import Gateway, assert_login_failed, realm
from movable_clock import MovableClock
from saml_keys import SAMLKey
from secrets_ledger import remember
from simulator import Simulator
from user_agent import Answer, UserAgent
from waiting import free_port

PROVIDER = "okta-saml"
ADA_GROUPS = {"Everyone", "infraon-admins", "infraon-tech-berlin"}
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
TWO_FACTORS = "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract"
PHISHING_RESISTANT = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509"
SIGNING_KEY = SAMLKey("gateway")


def signing(key: SAMLKey = SIGNING_KEY) -> dict:
    """What a provider's configuration says to have the gateway's messages signed."""
    return {"signing_key": key.private_pem, "signing_certificate": key.pem}


# The app at the organisation


class App:
    """One SAML app at the simulator, for a gateway at `origin`; `settings` are those of the people file."""

    def __init__(self, simulator: Simulator, origin: str, provider: str = PROVIDER, **settings):
        self.simulator = simulator
        self.provider = provider
        self.acs = f"{origin}/login/saml/{provider}"
        self.entity_id = f"{self.acs}/metadata"
        body = {"acs_url": self.acs, "audience": self.entity_id} | settings
        facts = simulator.control("POST", "/simulator/saml-apps", body).json
        self.exk, self.issuer = facts["exk"], facts["issuer"]
        self.sso_url, self.metadata_url, self.tile_url = facts["sso_url"], facts["metadata_url"], facts["tile_url"]
        self.control = f"/simulator/saml-apps/{self.exk}"

    # What the gateway's configuration says of it

    def by_metadata(self, **changes) -> dict:
        return {"kind": "saml", "metadata": {"url": self.metadata_url}} | changes

    def pasted(self, **changes) -> dict:
        """Just the sign-on URL and the certificate, as Okta's set-up instructions show them."""
        return {"kind": "saml", "sso_url": self.sso_url, "certificates": [self.active()["pem"]]} | changes

    # How it behaves

    def change(self, **settings):
        self.simulator.control("PATCH", self.control, settings)

    @contextmanager
    def changed(self, **settings):
        """With other settings for a while: those of who somebody is are read before `tamper` looks at a response."""
        before = self.simulator.control("GET", self.control).json
        self.change(**settings)
        try:
            yield
        finally:
            self.change(**{name: before[name] for name in settings})

    def certificates(self) -> list[dict]:
        return self.simulator.control("GET", self.control).json["certificates"]

    def active(self) -> dict:
        return next(certificate for certificate in self.certificates() if certificate["active"])

    def roll_over(self, **order) -> dict:
        """A new certificate, in force at once unless `active` is false."""
        before = {certificate["fingerprint"] for certificate in self.certificates()}
        made = self.simulator.control("POST", f"{self.control}/certificates", order).json["certificates"]
        return next(certificate for certificate in made if certificate["fingerprint"] not in before)

    def activate(self, fingerprint: str):
        self.simulator.control("PATCH", f"{self.control}/certificates", {"active": fingerprint})

    def tamper(self, count: int = 1, **change):
        """What is to be wrong with the next responses."""
        order = {"target": "saml_response", "client_id": self.exk, "count": count} | change
        self.simulator.control("POST", "/simulator/tampering", order)

    # What it has seen

    def requests(self) -> list[dict]:
        """The AuthnRequests that came, the oldest first."""
        return [entry["saml"] for entry in self._log() if entry["saml"] and entry["saml"]["message"] == "AuthnRequest"]

    def errors(self) -> list[str]:
        return [entry["error"] for entry in self._log() if entry["error"]]

    def metadata_fetches(self) -> int:
        return sum(entry["path"] == f"/app/{self.exk}/sso/saml/metadata" for entry in self.simulator.log())

    def _log(self) -> list[dict]:
        return [entry for entry in self.simulator.log() if entry["client_id"] == self.exk]


# The gateway beside it


@dataclass
class Stand:
    """An organisation, an app of it and the gateway that signs people in through it."""

    simulator: Simulator
    app: App
    gateway: Gateway
    clock: MovableClock | None = None

    def advance(self, seconds: int):
        """Moves the clocks of both."""
        self.clock.advance(seconds)
        self.simulator.control("POST", "/simulator/clock", {"advance_seconds": seconds})

    def browser(self) -> UserAgent:
        return self.gateway.browser()

    def begin(self, agent: UserAgent, **query) -> Answer:
        """The page that the organisation shows for a sign-in that was begun here."""
        return to_organization(agent, self.gateway.begin(agent, **query))

    def answered(self, agent: UserAgent, email: str = "ada@example.com", **query) -> Answer:
        """A sign-in as far as the organisation's answer, which `deliver` takes on."""
        return choose(agent, self.begin(agent, **query), email)

    def sign_in(self, agent: UserAgent, email: str = "ada@example.com", **query) -> Answer:
        """A whole sign-in; what the assertion consumer service answers."""
        return deliver(agent, self.answered(agent, email, **query))

    def signed_in(self, email: str = "ada@example.com", **query) -> UserAgent:
        """A browser whose sign-in has succeeded."""
        agent = self.browser()
        answer = self.sign_in(agent, email, **query)
        assert answer.status == 303 and agent.session_cookies(), f"{answer}\n{self.gateway.process.tail()}"
        return agent

    def from_tile(self, agent: UserAgent, email: str = "ada@example.com", relay_state: str | None = None) -> Answer:
        """A click on the organisation's dashboard, as far as its answer."""
        query = "" if relay_state is None else f"?RelayState={relay_state}"
        return choose(agent, agent.follow(agent.get(self.app.tile_url + query)), email)


def saml_stand(
    stage,
    app: dict | None = None,
    provider: dict | None = None,
    pasted: bool = False,
    realms: dict | None = None,
    people: list | None = None,
    more: dict | None = None,
    cross_site: bool = False,
    clock: bool = False,
    start: bool = True,
    url: str | None = None,
    **settings,
) -> Stand:
    """A simulator with one SAML app, and a gateway for it.

    `app` and `provider` change the settings of the app and what the gateway says of it; `more` are further providers.
    With `cross_site` the two are on different sites, so that SameSite means something: 127.0.0.1 and localhost. With
    `clock` the test moves the gateway's.
    """
    # The port is chosen as late as can be: what is free now may be taken in a second.
    simulator = Simulator(stage.directory(), ["http://localhost/login/callback"], people).start()
    stage.ending.append(simulator.stop)
    port = free_port()
    origin = url or f"http://{'127.0.0.1' if cross_site else 'localhost'}:{port}"
    made = App(simulator, origin, **(app or {}))
    said = (made.pasted if pasted else made.by_metadata)(**(provider or {}))
    gateway = stage.gateway(
        {PROVIDER: said} | (more or {}),
        realms or {"infraon": realm(PROVIDER)},
        start=False,
        port=port,
        url=origin,
        trusted_proxies=["127.0.0.1", "::1"],
        **settings,
    )
    stand = Stand(simulator, made, gateway)
    if clock:
        stand.clock = MovableClock(stage.directory())
        gateway.env = stand.clock.env
    if start:
        gateway.start()
    return stand


# The browser's steps


def to_organization(agent: UserAgent, begun: Answer) -> Answer:
    """From the gateway's answer to /login, by either binding, to the page that the organisation shows."""
    if begun.status == 200 and (forms := [form for form in begun.page.forms if "SAMLRequest" in form.fields]):
        begun = agent.submit(begun, forms[0])
    return agent.follow(begun)


def answer_form(page: Answer):
    """The form with the response, as Okta's page has it; None on another page."""
    return next((form for form in page.page.forms if form.attributes.get("id") == "appForm"), None)


def choose(agent: UserAgent, page: Answer, email: str) -> Answer:
    """Presses a person's button; nobody is asked whom the organisation remembers."""
    if answer_form(page) is None:
        found = [(form, button) for form in page.page.forms for button in form.buttons if email in button.text]
        assert len(found) == 1, f"no button for {email}: {page}"
        page = agent.submit(page, *found[0])
    form = answer_form(page)
    if form is not None:
        remember(form.fields["SAMLResponse"])
    return page


def deliver(agent: UserAgent, page: Answer) -> Answer:
    """Takes the organisation's answer to the gateway, once more from there when its page asks for it."""
    return resubmit(agent, agent.submit(page, answer_form(page)))


def resubmit(agent: UserAgent, answer: Answer) -> Answer:
    return agent.submit(answer, answer.page.forms[0]) if asks_to_resubmit(answer) else answer


def asks_to_resubmit(answer: Answer) -> bool:
    forms = answer.page.forms
    return answer.status == 200 and bool(forms) and "resubmitted" in forms[0].fields and forms[0].action == answer.url


# What came, and what is known of it


def xml_of(page: Answer) -> str:
    """The response as the organisation wrote it."""
    return base64.b64decode(answer_form(page).fields["SAMLResponse"]).decode()


def assertion_id(page: Answer) -> str:
    return re.search(r'<(?:\w+:)?Assertion[^>]* ID="([^"]+)"', xml_of(page)).group(1)


def trail(gateway: Gateway, reference: str) -> dict:
    """The one event of the audit trail under a reference."""
    found = asked(gateway, "/api/v1/audit", reference=reference)["events"]
    assert len(found) == 1, found
    return found[0]


def assert_refused(answer: Answer, agent: UserAgent, stand: Stand, code: str, statuses=(400,)) -> dict:
    """The sign-in failed for this reason; the event of the trail."""
    reference = assert_login_failed(answer, agent, stand.gateway, statuses)
    event = trail(stand.gateway, reference)
    assert event["reason"] == code, event
    return event
