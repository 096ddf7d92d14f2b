"""What must go on when something around the gateway does not keep up."""

import os
import signal
import subprocess
import threading

from paths import GATEHOUSE
from processes import environment
from waiting import wait_until


def test_a_reader_of_the_log_that_stalls_holds_up_nothing(stage):
    """A pipe that nobody reads is what a hanging log driver is; anybody can fill it with failing sign-ins."""
    gateway = stage.gateway({"okta": stage.provider()})
    gateway.stop()
    reader, writer = os.pipe()
    child = subprocess.Popen(
        [str(GATEHOUSE), "serve", "--config", str(gateway.file)],
        cwd=gateway.directory,
        env=environment(gateway.directory),
        stdin=subprocess.DEVNULL,
        stderr=writer,
        start_new_session=True,
    )
    os.close(writer)
    try:
        wait_until(lambda: answers(gateway), 20, "the gateway to be ready")
        # A line has more than 200 bytes and a pipe holds 64 KiB.
        for _ in range(600):
            assert gateway.send("GET", "/login/callback?state=x&code=y", timeout=5).status == 400
        assert gateway.send("GET", "/healthz", timeout=2).status == 200
        assert gateway.send("GET", "/session/check", timeout=2).status == 401
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
    finally:
        if child.poll() is None:
            child.kill()
            child.wait(10)
        os.close(reader)


def answers(gateway) -> bool:
    try:
        return gateway.send("GET", "/readyz", timeout=1).status == 200
    except OSError:
        return False


def test_a_whole_shift_signs_in_at_once_at_a_slow_provider(stage):
    """Nobody may wait for another's connection to the provider, or be told that it does not work."""
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider})
    release = threading.Event()
    provider.behave(pause=release)
    results = []
    people = [threading.Thread(target=lambda: results.append(gateway.sign_in(gateway.browser()))) for _ in range(24)]
    for person in people:
        person.start()
    try:
        wait_until(lambda: len(provider.received("token")) == len(people), 8, "all codes to be redeemed side by side")
    finally:
        release.set()
        for person in people:
            person.join(20)
    assert [answer.status for answer in results] == [303] * len(people)
