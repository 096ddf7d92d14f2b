"""SIGHUP: a good change takes effect without a lost request, a bad file leaves the old one in force."""

import pytest

from gateway import ROLES, realm
from waiting import wait_until


@pytest.fixture
def pair(stage):
    provider = stage.provider()
    return provider, stage.gateway({"okta": provider})


def test_a_good_change_takes_effect(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    assert gateway.check(agent, "realm=infraon&role=auditor").status == 403
    rules = [*ROLES, {"groups": ["Everyone"], "role": "auditor"}]
    gateway.write(realms={"infraon": realm("okta", roles=rules, title="Renamed")})
    gateway.reload()
    wait_until(
        lambda: "auditor" in gateway.check(gateway.signed_in()).header("X-Auth-Roles"), 5, "the new rule", every=0.1
    )
    assert gateway.check(agent).status == 200, "the session from before goes on"


def test_a_bad_file_is_refused_and_the_old_one_stays_in_force(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    good = gateway.file.read_text()
    gateway.file.write_text(good.replace("idle: 30m", "idle: 30"))
    gateway.reload()
    wait_until(lambda: "gatehouse.yaml:" in gateway.log, 5, "the complaint in the log")
    assert gateway.process.running
    assert gateway.check(agent).status == 200
    assert gateway.sign_in(gateway.browser()).status == 303
    gateway.file.write_text(good.replace("title: Infraon", "title: Mended"))
    gateway.reload()
    wait_until(lambda: "Mended" in refusal(gateway, provider), 5, "the mended file", every=0.1)


def refusal(gateway, provider) -> str:
    provider.behave(person={"sub": "00u1none", "email": "none@example.com", "groups": []})
    try:
        return gateway.sign_in(gateway.browser()).page.text
    finally:
        provider.behave()


def test_a_new_client_secret_in_its_file_is_taken_up(stage):
    """How secrets are rotated: new content, same path, SIGHUP."""
    from gateway import new_secret

    provider = stage.provider()
    file = stage.directory() / "secret"
    file.write_text(provider.client_secret + "\n")
    gateway = stage.gateway({"okta": provider.settings(client_secret={"file": str(file)})})
    gateway.signed_in()
    provider.client_secret = new_secret()
    file.write_text(provider.client_secret + "\n")
    gateway.reload()
    wait_until(lambda: gateway.sign_in(gateway.browser()).status == 303, 5, "the new secret", every=0.1)


def test_a_missing_file_leaves_the_old_one_in_force(pair):
    provider, gateway = pair
    before = len(gateway.log.splitlines())
    gateway.file.rename(gateway.directory / "away.yaml")
    gateway.reload()
    wait_until(lambda: len(gateway.log.splitlines()) > before, 5, "a line in the log")
    assert gateway.sign_in(gateway.browser()).status == 303
    (gateway.directory / "away.yaml").rename(gateway.file)


def test_a_realm_that_is_gone_lets_nobody_in(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    gateway.write(realms={"other": realm("okta", title="Other")}, administrators={"realm": "other", "role": "admin"})
    gateway.reload()
    wait_until(lambda: gateway.check(agent).status == 400, 5, "the realm to be unknown", every=0.1)


def test_a_login_begun_before_the_reload_ends_well_after_it(pair):
    provider, gateway = pair
    agent = gateway.browser()
    begun = gateway.begin(agent)
    gateway.write(realms={"infraon": realm("okta", title="Renamed")})
    gateway.reload()
    wait_until(lambda: "Renamed" in refusal(gateway, provider), 5, "the new title", every=0.1)
    assert gateway.finish(agent, begun).status == 303


def test_no_request_fails_while_reloading(pair):
    provider, gateway = pair
    agent = gateway.signed_in()
    for _ in range(10):
        gateway.reload()
        assert all(gateway.check(agent).status == 200 for _ in range(10))


def test_the_master_key_rotates(stage):
    """[new, old] reads what the old one wrote; afterwards the old one is no longer needed."""
    from gateway import new_master_key

    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    agent = gateway.signed_in()
    before = gateway.check(agent).header("X-Auth-Token")
    old, new = gateway.settings["master_key"], new_master_key()
    gateway.stop()
    gateway.write(master_key=[new, old])
    gateway.start()
    assert gateway.check(agent).status == 200
    assert before.split(".")[0] == gateway.check(agent).header("X-Auth-Token").split(".")[0], "the same signing key"
    gateway.signed_in()
    gateway.stop()
    gateway.write(master_key=new)
    gateway.start()
    assert gateway.check(agent).status == 200
    gateway.signed_in()


def test_a_wrong_master_key_is_told_at_the_start(stage):
    """Better a word now than tokens nobody can read at the first refresh; refusing to start is as good."""
    from gateway import new_master_key
    from paths import GATEHOUSE
    from processes import Process

    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    gateway.signed_in()
    gateway.stop()
    gateway.write(master_key=new_master_key())
    process = Process([GATEHOUSE, "serve", "--config", gateway.file], stage.directory(), "again")
    try:
        wait_until(lambda: not process.running or "master_key" in process.log, 5, "a word about master_key")
        assert "master_key" in process.log
    finally:
        process.stop()
