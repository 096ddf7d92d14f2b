"""An identity provider of SAML that is no server: it answers a gateway's requests in the test's own process."""

import base64
import re
import secrets
import zlib
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import handmade_saml
from gateway import Gateway
from handmade_saml import ASSERTION, PROTOCOL, form_value, query, signed
from saml_keys import SAMLKey
from user_agent import Answer, UserAgent

# What a frame of the provider's own sign-out page sends along: no cookies, for it is another site.
FRAME = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}


@dataclass
class Person:
    """Somebody at the provider, in one session there."""

    name_id: str = field(default_factory=lambda: f"{secrets.token_hex(6)}@example.com")
    session_index: str | None = field(default_factory=handmade_saml.new_id)
    groups: list[str] = field(default_factory=lambda: ["infraon-admins"])

    def again(self) -> "Person":
        """The same person in another session."""
        return Person(self.name_id, groups=self.groups)


@dataclass
class Message:
    """A message of the gateway's as it came."""

    url: str
    xml: str
    relay_state: str | None
    binding: str
    # What the query says was signed, by what method, and the signature; None in a form.
    query_signature: tuple[bytes, str, bytes] | None = None

    @property
    def root(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.xml)

    def text(self, name: str) -> str | None:
        """Of the first element with this name."""
        for namespace in (ASSERTION, PROTOCOL):
            found = self.root.find(f".//{{{namespace}}}{name}")
            if found is not None:
                return found.text
        return None

    def texts(self, name: str) -> list[str]:
        return [found.text for found in self.root.iter(f"{{{PROTOCOL}}}{name}")]

    @property
    def status(self) -> list[str]:
        return [code.get("Value").split(":")[-1] for code in self.root.iter(f"{{{PROTOCOL}}}StatusCode")]

    def is_signed_by(self, key: SAMLKey) -> bool:
        """For a query; what a form holds is for an XML library to judge."""
        octets, method, signature = self.query_signature
        return key.verifies(signature, octets, method)


def received(answer: Answer, field: str) -> Message:
    """The message that an answer of the gateway takes to the provider, as a redirect or in a form of its page."""
    if answer.status in (302, 303):
        parts = urlsplit(answer.location)
        values = {name: only for name, [only] in parse_qs(parts.query, strict_parsing=True).items()}
        xml = zlib.decompress(base64.b64decode(values[field], validate=True), -15).decode()
        signature = None
        if "Signature" in values:
            raw = dict(pair.split("=", 1) for pair in parts.query.split("&"))
            assert list(raw) == [name for name in (field, "RelayState", "SigAlg", "Signature") if name in raw]
            octets = parts.query.rsplit("&Signature=", 1)[0].encode()
            signature = (octets, values["SigAlg"], base64.b64decode(unquote(raw["Signature"]), validate=True))
        place = answer.location.split("?")[0]
        return Message(place, xml, values.get("RelayState"), "redirect", signature)
    [form] = [form for form in answer.page.forms if field in form.fields]
    assert form.method == "POST", form
    xml = base64.b64decode(form.fields[field], validate=True).decode()
    return Message(form.action, xml, form.fields.get("RelayState"), "post")


class HandmadeProvider:
    """`name` is what the gateway's configuration calls it; its messages are signed by `key`, which is pinned there."""

    def __init__(self, name: str = "okta", key: SAMLKey | None = None, origin: str = "https://idp.example.com"):
        self.name = name
        self.key = key or SAMLKey(f"provider-{name}")
        self.origin = origin
        app = "exk" + re.sub("[^a-z0-9]", "", name)
        self.issuer = f"http://www.okta.com/{app}"
        base = f"{origin}/app/acme_gatehouse_1/{app}"
        self.sso_url, self.slo_url = f"{base}/sso/saml", f"{base}/slo/saml"

    def settings(self, **changes) -> dict:
        """What a gateway's configuration says of it; None leaves a key out."""
        base = {"kind": "saml", "sso_url": self.sso_url, "slo_url": self.slo_url, "certificates": [self.key.pem]}
        return {name: value for name, value in (base | changes).items() if value is not None}

    # Signing in

    def vouch(self, gateway: Gateway, begun: Answer, person: Person, **changes) -> dict:
        """The form that answers the gateway's request."""
        asked = received(begun, "SAMLRequest")
        acs = asked.root.get("AssertionConsumerServiceURL")
        attributes = {"email": [person.name_id], "firstName": ["Some"], "lastName": ["Body"], "groups": person.groups}
        parts = {
            "audience": asked.text("Issuer"),
            "in_response_to": asked.root.get("ID"),
            "name_id": person.name_id,
            "session_index": person.session_index,
            "attributes": attributes | changes.pop("attributes", {}),
        }
        xml = handmade_saml.response(self.issuer, acs, **(parts | changes))
        return {"SAMLResponse": form_value(self.sign(xml)), "RelayState": asked.relay_state}

    def sign_in(self, gateway: Gateway, agent: UserAgent, person: Person, realm: str = "infraon", **changes) -> Answer:
        """A whole login; the last answer of the gateway."""
        begun = gateway.begin(agent, realm, provider=self.name)
        return self.answer_login(gateway, agent, begun, person, **changes)

    def answer_login(self, gateway: Gateway, agent: UserAgent, begun: Answer, person: Person, **changes) -> Answer:
        acs = received(begun, "SAMLRequest").root.get("AssertionConsumerServiceURL")
        form = self.vouch(gateway, begun, person, **changes)
        return resubmitted(agent, agent.post(acs, form=form, referrer=f"{self.origin}/"))

    def signed_in(self, gateway: Gateway, person: Person, realm: str = "infraon", **changes) -> UserAgent:
        """A browser whose login has succeeded."""
        agent = gateway.browser()
        answer = self.sign_in(gateway, agent, person, realm, **changes)
        assert answer.status == 303 and agent.session_cookies(), f"{answer}\n{gateway.process.tail()}"
        return agent

    # Signing out

    def sign(self, xml: str, **options) -> str:
        """Signs the root of a message."""
        root_id = re.search(r' ID="([^"]*)"', xml).group(1)
        return signed(xml, root_id, options.pop("key", self.key), **options)

    def logout_request(self, gateway: Gateway, person: Person, *indexes: str, **changes) -> str:
        """To be signed. Without `indexes` it names the person's own session; one that is None is left out."""
        parts = {"issuer": self.issuer, "destination": f"{gateway.url}/logout/saml/{self.name}"}
        parts |= {"name_id": person.name_id} | changes
        named = indexes or (person.session_index,)
        head = [parts.pop(name) for name in ("issuer", "destination", "name_id")]
        return handmade_saml.logout_request(*head, *[index for index in named if index is not None], **parts)

    def send(
        self,
        gateway: Gateway,
        xml: str,
        binding: str,
        relay_state: str | None = None,
        agent: UserAgent | None = None,
        **signature,
    ) -> Answer:
        """Signs a request to sign out and brings it to the gateway in a frame, without cookies unless of `agent`."""
        if binding == "redirect":
            text = query("SAMLRequest", xml, signature.pop("key", self.key), relay_state, **signature)
            return deliver(gateway, text, self.name, agent)
        form = {"SAMLRequest": form_value(self.sign(xml, **signature)), "RelayState": relay_state}
        return deliver(gateway, form, self.name, agent)

    def log_out(self, gateway: Gateway, person: Person, *indexes: str, binding: str = "post", **options) -> Answer:
        """A good request to end a person's sessions."""
        more = {name: options.pop(name) for name in ("relay_state", "agent") if name in options}
        xml = self.logout_request(gateway, person, *indexes, **options)
        return self.send(gateway, xml, binding, **more)


def resubmitted(agent: UserAgent, answer: Answer) -> Answer:
    """Sends once more, from here, what another site's form brought without our cookies."""
    forms = [form for form in answer.page.forms if "resubmitted" in form.fields] if answer.status == 200 else []
    return agent.submit(answer, forms[0]) if forms else answer


def deliver(gateway: Gateway, message: str | dict, provider: str = "okta", agent: UserAgent | None = None) -> Answer:
    """A query or a form at the gateway's address for logout messages."""
    method, target = "GET", f"/logout/saml/{provider}"
    options = {}
    if isinstance(message, str):
        target += f"?{message}"
    else:
        method, options["form"] = "POST", {name: value for name, value in message.items() if value is not None}
    if agent is None:
        return gateway.send(method, target, FRAME, **options)
    return agent.send(method, gateway.url + target, headers=FRAME, referrer="https://idp.example.com/", **options)
