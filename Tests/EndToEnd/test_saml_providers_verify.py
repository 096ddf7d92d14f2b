"""`providers verify` for SAML, the administrator's minute: what is said of a good set-up, and of every single fault; and who
is told without asking that a certificate is about to end: log and metric.
"""

import json
import re
from types import SimpleNamespace

import pytest

from api_sign_in import bearer, post
from handmade_provider import Person
from saml_apps import PROVIDER
from saml_configuration import okta_key
from saml_keys import SAMLKey
from saml_logout_steps import handmade_stand, simulated_stand
from terminal import Terminal
from test_saml_configuration_in_force import reload
from test_saml_metadata import described_by, until
from waiting import free_port, wait_until


def standing(stage, certificate: dict | None = None, **options):
    """A simulator, an app whose certificate may be short or about to end, and a gateway that knows it by metadata."""
    app = (options.pop("app", None) or {}) | ({"certificate": certificate} if certificate else {})
    stand = simulated_stand(stage, app=app, clock=True, **options)
    return SimpleNamespace(all=stand, gateway=stand.gateway, simulator=stand.simulator, app=stand.app,
                           clock=stand.clock, admin=stand.gateway.admin_token())  # fmt: skip


@pytest.fixture
def stand(stage):
    return standing(stage)


def verify(stand, name=PROVIDER) -> dict:
    answer = post(stand.gateway, f"/api/v1/providers/{name}/verify", {}, bearer(stand.admin))
    assert answer.status == 200, answer
    value = answer.json
    assert value["good"] == all(check["outcome"] != "failed" for check in value["checks"])
    for check in value["checks"]:
        assert check["detail"] and (check["advice"] is None) == (check["outcome"] == "passed"), check
    return value


def checks(value: dict, name: str) -> list[dict]:
    return [check for check in value["checks"] if check["name"] == name]


def only(value: dict, name: str) -> dict:
    [check] = checks(value, name)
    return check


def failed(value: dict) -> set[str]:
    return {check["name"] for check in value["checks"] if check["outcome"] == "failed"}


# A good one


def test_a_good_set_up(stand):
    value = verify(stand)
    assert value["good"], value
    names = {check["name"] for check in value["checks"]}
    assert {"metadata", "certificate", "sso_url", "clock", "requests", "logout", "service_provider"} <= names
    unsure = {check["name"] for check in value["checks"] if check["outcome"] != "passed"}
    assert unsure <= {"groups_attribute"}, value
    assert stand.app.issuer in only(value, "metadata")["detail"]
    told = only(value, "service_provider")["detail"]
    assert stand.app.acs in told and stand.app.entity_id in told, "what must stand in Okta"


def test_it_is_harmless(stand):
    verify(stand)
    assert stand.app.requests() == [], "nobody begins to sign in for it"
    assert stand.gateway.send("GET", "/api/v1/sessions", bearer(stand.admin)).json["sessions"] == []
    stand.all.signed_in()


def test_it_fetches_the_metadata_anew(stand):
    before = stand.app.metadata_fetches()
    verify(stand)
    assert stand.app.metadata_fetches() == before + 1
    stand.app.roll_over()
    assert stand.app.active()["fingerprint"] in json.dumps(verify(stand)).lower()


# Metadata


@pytest.mark.parametrize("mode", ["status-500", "garbage", "redirect"])
def test_metadata_that_are_down(mode, stand):
    stand.simulator.fault("saml_metadata", mode, 20)
    value = verify(stand)
    check = only(value, "metadata")
    assert not value["good"] and check["outcome"] == "failed" and "Sign On" in check["advice"], check
    assert failed(value) == {"metadata"}, "the rest is judged by what is known"


def test_metadata_that_hang_do_not_hold_the_administrator_up(stand):
    stand.simulator.fault("saml_metadata", "timeout", 20)
    assert failed(verify(stand)) == {"metadata"}


def test_metadata_that_were_never_to_be_had(stage):
    """Nothing is known at all."""
    stand = handmade_stand(stage, start=False)
    stand.gateway.write(
        providers={"okta": {"kind": "saml", "metadata": {"url": f"http://localhost:{free_port()}/metadata"}}},
        realms={"infraon": stand.gateway.settings["realms"]["infraon"] | {"providers": ["okta"]}},
    )
    stand.gateway.start()
    stand.admin = stand.gateway.admin_token()
    value = verify(stand, "okta")
    assert not value["good"] and {"metadata", "identity_provider"} <= failed(value), value


@pytest.mark.parametrize(("seconds", "is_over"), [(500, False), (700, True)])
def test_metadata_that_may_be_used_no_longer(seconds, is_over, stage):
    """Everything else of it looks good, and nobody can sign in."""
    stand = simulated_stand(stage, clock=True, start=False)
    (stand.gateway.directory / "okta.xml").write_text(until(stand, 600))
    described_by(stand, {"file": "okta.xml"})
    stand.admin = stand.gateway.admin_token()
    stand.advance(seconds)
    value = verify(stand)
    assert failed(value) == ({"metadata_validity"} if is_over else set()), value
    begun = stand.gateway.begin(stand.browser())
    assert begun.status == (502 if is_over else 303)
    if is_over:
        check = only(value, "metadata_validity")
        assert "good until" in check["detail"] and "Sign On" in check["advice"], check
        done = stand.gateway.command("providers", "verify", PROVIDER, token=stand.admin)
        assert done.returncode == 1 and "good until" in done.stdout, done


# Certificates


@pytest.mark.parametrize(("days", "is_told"), [(59, True), (1, True), (62, False)])
def test_a_certificate_before_its_end(days, is_told, stage):
    stand = standing(stage, certificate={"days": days})
    check = only(verify(stand), "certificate")
    assert check["outcome"] == ("warning" if is_told else "passed"), check
    if is_told:
        assert re.search(rf"in ({days}|{days - 1}) days", check["detail"]) and "SAML" not in check["detail"]
        assert "Sign On" in check["advice"] and stand.app.active()["fingerprint"] in check["detail"].lower()
    stand.all.signed_in()


def test_a_certificate_past_its_end_goes_on_working_and_is_told(stage):
    stand = handmade_stand(stage, provider={"certificates": [SAMLKey("provider-okta", days=-40.5).pem]})
    stand.admin = stand.gateway.admin_token()
    check = only(verify(stand, "okta"), "certificate")
    assert check["outcome"] == "warning" and "ended 40 days ago" in check["detail"], check
    stand.provider.signed_in(stand.gateway, Person())


def test_a_short_key_fails(stage):
    stand = standing(stage, certificate={"bits": 1024})
    value = verify(stand)
    assert failed(value) == {"certificate"} and "1024" in only(value, "certificate")["detail"]


def test_each_of_several_certificates_is_judged(stage):
    certificates = [SAMLKey("provider-okta").pem, SAMLKey("okta-second", days=20).pem]
    stand = handmade_stand(stage, provider={"certificates": certificates})
    stand.admin = stand.gateway.admin_token()
    outcomes = [check["outcome"] for check in checks(verify(stand, "okta"), "certificate")]
    assert sorted(outcomes) == ["passed", "warning"]


# Logout, requests, clock, address


def test_single_logout_that_is_offered_and_cannot_be_signed(stage):
    stand = standing(stage, provider={"signing_key": None, "signing_certificate": None})
    check = only(verify(stand), "logout")
    assert check["outcome"] == "warning" and "signing_key" in check["advice"], check


def test_single_logout_that_okta_does_not_offer(stand):
    stand.app.change(logout_url=None)
    check = only(verify(stand), "logout")
    assert check["outcome"] == "warning" and "Single Logout" in check["advice"], check
    assert f"{stand.gateway.url}/logout/saml/{PROVIDER}" in check["advice"]


def test_signed_requests_that_okta_wants(stage):
    stand = standing(stage, provider={"signing_key": None, "signing_certificate": None}, app={"signed_requests": True})
    value = verify(stand)
    if "requests" in failed(value):
        assert "signing_key" in only(value, "requests")["advice"]
    else:  # Okta's metadata say WantAuthnRequestsSigned="false" whatever is set
        assert only(value, "requests")["outcome"] == "passed"


@pytest.mark.parametrize(("seconds", "word"), [(1800, "ahead"), (-3600, "behind")])
def test_clocks_that_differ(seconds, word, stand):
    stand.clock.advance(seconds)
    value = verify(stand)
    assert "clock" in failed(value) and word in only(value, "clock")["detail"]
    assert "NTP" in only(value, "clock")["advice"]


def test_a_sign_on_address_that_does_not_answer(stage):
    """People's browsers go there; that this machine cannot is worth a look."""
    stand = handmade_stand(stage, provider={"sso_url": f"http://localhost:{free_port()}/sso", "issuer": "x"})
    stand.admin = stand.gateway.admin_token()
    value = verify(stand, "okta")
    assert failed(value) == {"sso_url"} and "firewall" in only(value, "sso_url")["advice"], value


def test_the_command(stage, stand):
    terminal = Terminal(stage.directory())
    env = {"GATEHOUSE_SERVER": stand.gateway.url, "GATEHOUSE_TOKEN": stand.admin}
    verified = lambda *more: terminal.run("providers", "verify", PROVIDER, *more, env=env, timeout=60)
    done = verified()
    assert done.returncode == 0 and stand.app.acs in done.stdout, done
    stand.simulator.fault("saml_metadata", "status-500", 20)
    assert verified().returncode == 1
    done = verified("--json")
    assert done.returncode == 1 and json.loads(done.stdout)["good"] is False


# Without asking


def warnings(gateway) -> list[dict]:
    return [record for record in gateway.log_records() if "certificate" in record["message"].lower()]


def test_the_log_warns_of_a_certificate_that_is_about_to_end(stage):
    ending, good = SAMLKey("okta-ending", days=59.5), okta_key()
    stand = handmade_stand(stage, provider={"certificates": [ending.pem, good.pem]})
    [warning] = wait_until(lambda: warnings(stand.gateway), 10, "the warning", every=0.1)
    assert warning["level"] == "warning" and warning["provider"] == "okta"
    assert warning["fingerprint"] == ending.fingerprint and "59 days" in warning["detail"]


def test_the_log_says_nothing_of_good_ones(stage):
    stand = handmade_stand(stage)
    stand.provider.signed_in(stand.gateway, Person())
    stand.gateway.logged("signed in")
    assert warnings(stand.gateway) == []


def metric(gateway) -> dict[tuple, int]:
    found = re.findall(r"^gatehouse_saml_certificate_not_after_seconds\{(.*)\} (\S+)$", gateway.metrics(), re.M)
    samples = {}
    for labels, value in found:
        by_name = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        samples[by_name["provider"], by_name["fingerprint"]] = int(float(value))
    return samples


def test_the_metric_has_each_pinned_certificates_end(stage):
    keys = [SAMLKey("provider-okta"), SAMLKey("okta-second", days=20)]
    stand = handmade_stand(stage, provider={"certificates": [key.pem for key in keys]})
    ends = metric(stand.gateway)
    for key in keys:
        wanted = int(key.certificate.not_valid_after_utc.timestamp())
        ours = [value for (provider, _), value in ends.items() if provider == "okta"]
        assert wanted in ours, ends
    assert len(ends) == 3, "one of the other provider's"
    assert "# TYPE gatehouse_saml_certificate_not_after_seconds gauge" in stand.gateway.metrics()


def test_the_metric_follows_the_metadata_and_the_configuration(stage):
    stand = standing(stage)
    wait_until(lambda: metric(stand.gateway), 10, "the metric", every=0.1)
    made = stand.app.roll_over(days=30)
    verify(stand)
    fingerprints = lambda: {fingerprint.replace(":", "") for _, fingerprint in metric(stand.gateway)}
    assert fingerprints() == {made["fingerprint"].lower().replace(":", "")}
    other = handmade_stand(stage)
    new = okta_key()
    reload(other.gateway, certificates=[new.pem])
    wait_until(lambda: ("okta", new.fingerprint) in metric(other.gateway), 5, "the new one", every=0.1)
