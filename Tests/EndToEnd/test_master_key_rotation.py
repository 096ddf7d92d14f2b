"""A master key is replaced: [new, old] until the gateway says that the store is sealed anew, then only the new one.

Whatever the store holds sealed must have moved by then. That signing keys move is in test_reload.py.
"""

import json

from audit_trail import administrator_token
from gateway import new_master_key, realm
from revalidation_steps import HOURS, QUICK, quick, refreshed
from rotating_provider import RotatingProvider
from waiting import wait_until

SAID = "sealed under the first master key"


def rotate(gateway):
    """As the manual tells it; the old key is gone afterwards."""
    new, old = new_master_key(), gateway.settings["master_key"]
    gateway.stop()
    gateway.write(master_key=[new, old])
    said = gateway.log.count(SAID)
    gateway.start()
    wait_until(lambda: gateway.log.count(SAID) > said, 10, "the word that the old key can go")
    gateway.stop()
    gateway.write(master_key=new)
    gateway.start()


def test_sessions_live_on_and_are_refreshed(stage):
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    family = provider.family()
    refreshed(family)
    rotate(gateway)
    refreshed(family, 2)
    assert gateway.check(agent).status == 200 and family.revoked is None


def test_refresh_tokens_that_wait_for_their_revocation_are_revoked(stage):
    provider, gateway = quick(stage)
    agent = gateway.signed_in()
    provider.behave(faults={"revoke": "status-500"})
    agent.post(f"{gateway.url}/logout?realm=infraon", referrer=gateway.url + "/")
    wait_until(lambda: provider.received("revoke"), 10, "an attempt")
    rotate(gateway)
    provider.behave()
    wait_until(lambda: provider.family().revoked, 60, "the revocation of the refresh token", every=0.1)


def test_providers_that_were_added_at_run_time_still_work(stage):
    added, configured = stage.provider(kind=RotatingProvider), stage.provider()
    gateway = stage.gateway({"okta": configured}, {"infraon": realm("okta", session=HOURS)})
    order = added.settings() | {"name": "added", "realms": ["infraon"]}
    headers = {"Authorization": f"Bearer {administrator_token(gateway)}", "Content-Type": "application/json"}
    answer = gateway.send("POST", "/api/v1/providers", headers, body=json.dumps(order).encode())
    assert answer.status == 201, answer
    gateway.signed_in(provider="added")
    rotate(gateway)
    gateway.signed_in(provider="added")


def test_sessions_that_are_bound_to_a_dpop_key_are_refreshed(stage):
    """Okta refuses a bound refresh token with any other key."""
    simulator, gateway = stage.simulated(session=QUICK, client={"require_dpop": True}, provider={"dpop": True})
    agent = gateway.browser()
    assert simulator.sign_in(gateway, agent).status == 303
    rotate(gateway)
    before = simulator.families()[0]["refreshes"]
    wait_until(lambda: simulator.families()[0]["refreshes"] >= before + 2, 10, "two more refreshes")
    assert gateway.check(agent).status == 200
