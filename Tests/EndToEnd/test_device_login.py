"""The device grant (RFC 8628): a machine without a browser shows a code, a person approves it somewhere else."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from api_sign_in import DeviceLogin, approve, bearer, decide, form_for, look_at_device, post, problem, refuse
from gateway import realm, reference_on
from movable_clock import gateway_with_clock
from rotating_provider import RotatingProvider
from secrets_ledger import leaks
from waiting import wait_until

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
NOBODY = {"sub": "00u1nobody", "email": "nobody@example.com", "name": "Norma Nobody", "groups": []}
FOREIGN = {"Origin": "https://evil.example.org", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def timed(stage):
    """A gateway whose clock the test moves."""
    return gateway_with_clock(stage, {"okta": stage.provider()})


def post_form(gateway, path, fields):
    return gateway.send("POST", path, form=fields)


# Shapes (RFC 8628 §3.1 to §3.5)


def test_the_authorization_answer_has_the_rfcs_members(gateway):
    answer = DeviceLogin(gateway).begun
    assert answer.status == 200 and answer.header("Content-Type").startswith("application/json")
    assert answer.header("Cache-Control") == "no-store"
    value = answer.json
    assert value["verification_uri"] == f"{gateway.url}/device"
    complete = urlsplit(value["verification_uri_complete"])
    assert f"{complete.scheme}://{complete.netloc}{complete.path}" == value["verification_uri"]
    assert parse_qs(complete.query)["user_code"] == [value["user_code"]]
    assert (value["expires_in"], value["interval"]) == (600, 5)
    assert len(value["device_code"]) >= 43, "256 bits"


def test_user_codes_are_eight_consonants_in_two_halves(gateway):
    """No vowels: no words; nothing that looks like a digit. And no two alike."""
    codes = [DeviceLogin(gateway).user_code for _ in range(40)]
    assert all(re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", code) for code in codes), codes
    assert len(set(codes)) == len(codes)
    assert len(set("".join(codes)) - {"-"}) >= 18, "the whole alphabet is used"


def test_forms_are_taken_as_the_rfc_sends_them(gateway):
    begun = post_form(
        gateway, "/api/v1/device/authorize", {"realm": "infraon", "host": "lab-3", "client_id": "anything"}
    )
    assert begun.status == 200, begun
    answer = post_form(
        gateway,
        "/api/v1/device/token",
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": begun.json["device_code"]},
    )
    assert (answer.status, answer.json["error"]) == (400, "authorization_pending")


def test_one_realm_needs_no_name(gateway):
    assert post(gateway, "/api/v1/device/authorize", {}).status == 200


REFUSED = {"two-realms-none-named": {}, "unknown-realm": {"realm": "nowhere"}}


@pytest.mark.parametrize("name", REFUSED)
def test_a_start_without_a_good_realm_is_an_error_of_the_rfcs(name, stage):
    provider = stage.provider()
    gateway = stage.gateway({"okta": provider}, {"infraon": realm("okta"), "ssp": realm("okta", title="Portal")})
    answer = post(gateway, "/api/v1/device/authorize", REFUSED[name])
    assert (
        answer.status == 400
        and answer.json["error"] == "invalid_request"
        and "realm" in answer.json["error_description"]
    )


TOKEN_ERRORS = {
    "nothing": ({}, "invalid_request"),
    "empty": ({"device_code": ""}, "invalid_request"),
    "unknown": ({"device_code": "x" * 43}, "invalid_grant"),
    "not-a-code": ({"device_code": "<script>"}, "invalid_grant"),
}


@pytest.mark.parametrize("name", TOKEN_ERRORS)
@pytest.mark.parametrize("send", [post, post_form], ids=["json", "form"])
def test_a_bad_device_code_is_an_error_of_the_rfcs(name, send, gateway):
    body, error = TOKEN_ERRORS[name]
    answer = send(gateway, "/api/v1/device/token", body)
    assert answer.status == 400 and answer.json["error"] in (error, "invalid_grant", "invalid_request"), answer
    assert answer.json["error_description"] and "<script>" not in answer.text


def test_the_user_code_is_no_device_code(gateway):
    """What everybody can see over a shoulder must not collect the token."""
    device = DeviceLogin(gateway)
    answer = post(gateway, "/api/v1/device/token", {"device_code": device.user_code})
    assert answer.json["error"] == "invalid_grant"


# Polling


def test_before_anybody_decides_it_is_pending(gateway):
    assert DeviceLogin(gateway).error() == "authorization_pending"


def test_polling_too_fast_slows_down_by_five_seconds_each_time(timed):
    """RFC 8628 §3.5: slow_down, "the interval MUST be increased by 5 seconds for this and all subsequent requests"."""
    gateway, clock = timed
    device = DeviceLogin(gateway)
    assert device.error() == "authorization_pending"
    clock.advance(6)
    assert device.error() == "authorization_pending", "five seconds are enough"
    assert device.error() == "slow_down"  # from now on ten
    clock.advance(7)
    assert device.error() == "slow_down"  # from now on fifteen
    clock.advance(12)
    assert device.error() == "slow_down"  # from now on twenty
    clock.advance(21)
    assert device.error() == "authorization_pending"


def test_one_device_does_not_slow_another_down(gateway):
    first, second = DeviceLogin(gateway), DeviceLogin(gateway)
    first.error()
    assert first.error() == "slow_down" and second.error() == "authorization_pending"


def test_after_ten_minutes_the_code_has_expired(timed):
    gateway, clock = timed
    device, late = DeviceLogin(gateway), DeviceLogin(gateway)
    clock.advance(590)
    assert device.error() == "authorization_pending"
    clock.advance(11)
    assert device.error() == "expired_token"
    page = look_at_device(gateway, gateway.browser(), late.user_code)
    assert page.status in (400, 404, 410) and "approve" not in page.text.lower(), page


def test_slow_down_does_not_outlive_an_approval(timed):
    """The person has approved; the next poll that keeps the interval gets the token."""
    gateway, clock = timed
    device = DeviceLogin(gateway)
    assert [device.error(), device.error()] == ["authorization_pending", "slow_down"]
    approve(gateway, gateway.browser(), device.user_code)
    clock.advance(11)
    assert device.poll().status == 200


# Approval


def test_an_approved_code_brings_a_session_of_its_own_once(timed):
    gateway, clock = timed
    device, agent = DeviceLogin(gateway, host="lab-3"), gateway.browser()
    last = approve(gateway, agent, device.user_code)
    assert last.status == 200 and "go back" in last.page.text.lower(), last
    assert not agent.session_cookies(), "no session of the browser is made"
    answer = device.poll()
    assert answer.status == 200 and answer.header("Cache-Control") == "no-store", answer
    value = answer.json
    assert value["token_type"] == "Bearer" and value["realm"] == "infraon"
    assert value["user"]["email"] == "ada@example.com"
    assert 12 * 3600 - 120 < value["expires_in"] <= 12 * 3600
    own = gateway.send("GET", "/api/v1/session", bearer(value["access_token"])).json
    assert (own["kind"], own["host"]) == ("cli", "lab-3")
    assert gateway.check(headers=bearer(value["access_token"])).status == 200
    clock.advance(30)
    assert device.error() in ("invalid_grant", "expired_token"), "delivered once"


def test_of_many_polls_at_once_one_gets_the_token(timed):
    from concurrent.futures import ThreadPoolExecutor

    gateway, clock = timed
    device = DeviceLogin(gateway)
    approve(gateway, gateway.browser(), device.user_code)
    clock.advance(30)
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: device.poll().status, range(8)))
    assert statuses == [200] + [400] * 7


def test_the_approval_page_shows_which_machine_asks_from_where_for_what(gateway):
    """RFC 8628 §5.4: the person must be able to notice somebody else's request."""
    headers = {"X-Forwarded-For": "203.0.113.77", "X-Forwarded-Proto": "http"}
    device = DeviceLogin(gateway, headers, host="lab-3")
    page = look_at_device(gateway, gateway.browser(), device.user_code)
    assert page.status == 200
    for word in ("lab-3", "203.0.113.77", "Infraon", device.user_code):
        assert word in page.page.text, word
    assert device.device_code not in page.text
    labels = [button.text.strip() for form in page.page.forms for button in form.buttons]
    assert any("Approve" in label for label in labels) and any("Refuse" in label for label in labels), labels


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "without-dash", "lower-without-dash", "spaces"])
def test_a_code_is_read_as_people_type_it(typed, gateway):
    device = DeviceLogin(gateway)
    code = device.user_code
    forms = {
        "lower": code.lower(),
        "without-dash": code.replace("-", ""),
        "lower-without-dash": code.replace("-", "").lower(),
        "spaces": code.replace("-", " "),
    }
    page = look_at_device(gateway, gateway.browser(), forms.get(typed, typed.format(code)))
    assert page.status == 200 and "lab-3" in page.page.text, page


def test_the_complete_address_fills_the_code_in_and_nothing_more(gateway):
    """Otherwise a link in a message would approve; the person presses buttons."""
    device = DeviceLogin(gateway)
    agent = gateway.browser()
    page = agent.get(device.begun.json["verification_uri_complete"])
    assert page.status == 200 and form_for(page, "user_code").fields["user_code"] == device.user_code
    assert not agent.cookies and device.error() == "authorization_pending"


@pytest.mark.parametrize(
    "code", ["BBBB-BBBB", "AAAA-EEEE", "x", "B" * 5000, "<script>alert(1)</script>", "", "' OR 1=1"]
)
def test_an_unknown_code_is_told_on_a_page(code, gateway):
    page = look_at_device(gateway, gateway.browser(), code)
    assert 400 <= page.status < 500, page
    assert page.header("Content-Type").startswith("text/html") and "<script>alert" not in page.text
    assert not [form for form in page.page.forms if form.action.endswith("/device/approve")]


def test_hostile_host_names_do_no_harm(gateway):
    for host in ('<img src=x onerror="alert(1)">', "a\r\nSet-Cookie: x=y", "x" * 255, "\u202egnp.exe"):
        answer = post(gateway, "/api/v1/device/authorize", {"realm": "infraon", "host": host})
        if answer.status == 400:
            continue
        page = look_at_device(gateway, gateway.browser(), answer.json["user_code"])
        assert page.status == 200 and "<img" not in page.text and not page.all("Set-Cookie")
        assert "\u202e" not in page.text, "text that runs backwards hides what it says"


def test_a_refused_code_is_access_denied(timed):
    gateway, clock = timed
    device, agent = DeviceLogin(gateway), gateway.browser()
    page = refuse(gateway, agent, device.user_code)
    assert page.status == 200, page
    assert device.error() == "access_denied"
    clock.advance(30)
    assert device.error() in ("access_denied", "expired_token", "invalid_grant")
    again = look_at_device(gateway, gateway.browser(), device.user_code)
    assert again.status >= 400, "a decision is final"


def test_an_approved_code_cannot_be_approved_again(gateway):
    device = DeviceLogin(gateway)
    approve(gateway, gateway.browser(), device.user_code)
    again = look_at_device(gateway, gateway.browser(), device.user_code)
    assert again.status >= 400, again


def test_a_person_without_a_role_cannot_approve(gateway, provider):
    provider.behave(person=NOBODY)
    device = DeviceLogin(gateway)
    page = approve(gateway, gateway.browser(), device.user_code)
    assert page.status == 403 and "nobody@example.com" in page.page.text
    assert gateway.logged(reference_on(page))
    assert device.error() in ("authorization_pending", "access_denied")


def test_a_sign_in_that_fails_leaves_the_code_to_be_approved_again(stage):
    provider = stage.provider()
    gateway, clock = gateway_with_clock(stage, {"okta": provider})
    provider.behave(id_token={"nonce": "x" * 43})
    device = DeviceLogin(gateway)
    page = approve(gateway, gateway.browser(), device.user_code)
    assert page.status == 400 and gateway.logged(reference_on(page))
    assert device.error() == "authorization_pending"
    provider.behave()
    assert approve(gateway, gateway.browser(), device.user_code).status == 200
    clock.advance(11)
    assert device.poll().status == 200


def test_the_sign_in_is_bound_to_the_browser_that_approved(gateway):
    """An attacker approves with the start of a sign-in and lets the victim finish it, or the other way round."""
    device, attacker, victim = DeviceLogin(gateway), gateway.browser(), gateway.browser()
    begun = decide(gateway, attacker, look_at_device(gateway, attacker, device.user_code), "/device/approve")
    callback = attacker.follow(begun, until=lambda a: a.location.startswith(f"{gateway.url}/login/callback")).location
    page = victim.get(callback)
    assert 400 <= page.status < 500 and not victim.session_cookies()
    assert device.error() == "authorization_pending"


def test_a_browser_session_alone_approves_nothing(gateway):
    """Approving is signing in: the provider is asked, whoever sits at the browser."""
    agent = gateway.signed_in()
    device = DeviceLogin(gateway)
    asked = look_at_device(gateway, agent, device.user_code)
    begun = decide(gateway, agent, asked, "/device/approve")
    assert begun.status == 303 and "/authorize" in begun.location
    assert device.error() == "authorization_pending"


def test_the_provider_is_chosen_when_the_realm_has_several(stage):
    first, second = stage.provider(), stage.provider()
    gateway = stage.gateway({"first": first, "second": second}, {"infraon": realm("first", "second")})
    device, agent = DeviceLogin(gateway), gateway.browser()
    asked = look_at_device(gateway, agent, device.user_code)
    fields = {"user_code": device.user_code, "provider": "second"}
    answer = gateway.finish(agent, agent.post(f"{gateway.url}/device/approve", form=fields, referrer=asked.url))
    assert answer.status == 200, answer
    assert second.received("token") and not first.received("token")
    assert device.poll().status == 200


def test_the_sessions_of_device_and_browser_are_apart(gateway):
    """Each has its own refresh token at the provider: one revocation does not touch the other."""
    agent, device = gateway.signed_in(), DeviceLogin(gateway)
    approve(gateway, agent, device.user_code)
    token = device.poll().json["access_token"]
    assert gateway.send("DELETE", "/api/v1/session", bearer(token)).status == 204
    assert gateway.check(agent).status == 200


def test_approved_and_never_collected_it_ends_by_itself(timed):
    """A session whose token nobody holds must not lie about for weeks."""
    gateway, clock = timed
    device = DeviceLogin(gateway)
    approve(gateway, gateway.browser(), device.user_code)
    clock.advance(601)
    assert device.error() in ("expired_token", "invalid_grant")
    clock.advance(120)
    admin = bearer(gateway.admin_token())

    def reasons():
        answer = gateway.send("GET", "/api/v1/audit?event=session.ended", admin)
        return [event["reason"] for event in answer.json["events"]]

    wait_until(lambda: reasons() == ["device_code_expired"], 60, "the end of the session", every=0.5)
    assert gateway.send("GET", "/api/v1/sessions", admin).json["sessions"] == []


# Against other sites and guessers


@pytest.mark.parametrize("path", ["/device/approve", "/device/refuse", "/device"])
def test_a_form_of_another_site_does_nothing(path, gateway):
    device = DeviceLogin(gateway)
    agent = gateway.browser()
    answer = agent.post(f"{gateway.url}{path}", form={"user_code": device.user_code}, headers=FOREIGN)
    assert answer.status == 403, answer
    assert "/authorize" not in (answer.location or "")
    assert device.error() == "authorization_pending"
    assert look_at_device(gateway, agent, device.user_code).status == 200


def test_the_pages_cannot_be_framed(gateway):
    device = DeviceLogin(gateway)
    agent = gateway.browser()
    for page in (agent.get(f"{gateway.url}/device"), look_at_device(gateway, agent, device.user_code)):
        assert page.header("X-Frame-Options") == "DENY"
        assert "frame-ancestors 'none'" in page.header("Content-Security-Policy")
        assert page.header("Cache-Control") == "no-store"


def test_guessing_user_codes_is_limited(stage):
    """20^8 codes and a handful of tries a minute (RFC 8628 §5.1)."""
    gateway = stage.gateway(
        {"okta": stage.provider()},
        trusted_proxies=["127.0.0.1"],
        rate_limits={"logins_per_address": 1000, "logins_per_account": 1000, "device_per_address": 10},
    )
    attacker = gateway.browser(headers={"X-Forwarded-For": "203.0.113.9"})
    statuses = []
    for number in range(30):
        code = "".join(ALPHABET[(number // 20**place) % 20] for place in range(8))
        answer = attacker.post(f"{gateway.url}/device", form={"user_code": code}, referrer=f"{gateway.url}/device")
        statuses.append(answer.status)
    assert 429 in statuses and statuses.index(429) <= 12, statuses
    assert set(statuses[statuses.index(429) :]) == {429}
    assert answer.header("Content-Type").startswith("text/html") and int(answer.header("Retry-After")) >= 1
    device = DeviceLogin(gateway)
    other = gateway.browser(headers={"X-Forwarded-For": "198.51.100.7"})
    assert look_at_device(gateway, other, device.user_code).status == 200, "others are not held up"


def test_nothing_secret_is_in_log_audit_or_store(timed):
    gateway, clock = timed
    device = DeviceLogin(gateway)
    approve(gateway, gateway.browser(), device.user_code)
    audit = gateway.send("GET", "/api/v1/audit", bearer(gateway.admin_token())).text
    stored = gateway.stored_bytes().decode("latin-1")
    assert device.device_code not in audit + gateway.log + stored
    token = device.poll().json["access_token"]
    gateway.stop()
    assert token not in gateway.log + gateway.stored_bytes().decode("latin-1")
    assert not leaks(gateway.log)


def test_the_audit_trail_tells_of_approval_and_refusal(gateway):
    refused, approved = DeviceLogin(gateway, host="lab-4"), DeviceLogin(gateway, host="lab-5")
    refuse(gateway, gateway.browser(), refused.user_code)
    approve(gateway, gateway.browser(), approved.user_code)
    session = gateway.send("GET", "/api/v1/session", bearer(approved.poll().json["access_token"])).json["id"]
    answer = gateway.send("GET", f"/api/v1/audit?session={session}", bearer(gateway.admin_token()))
    assert [event["event"] for event in answer.json["events"]], answer
    assert "session.created" in {event["event"] for event in answer.json["events"]}


def test_the_trail_knows_who_approved_from_where(gateway):
    """After device-code phishing one asks for both addresses: the machine's and the approver's."""
    device = DeviceLogin(gateway, {"X-Forwarded-For": "203.0.113.77"}, host="lab-6")
    approve(gateway, gateway.browser(headers={"X-Forwarded-For": "198.51.100.9"}), device.user_code)
    session = device.poll().json["session_id"]
    trail = gateway.send("GET", f"/api/v1/audit?session={session}", bearer(gateway.admin_token())).json["events"]
    approved = [event for event in trail if event["event"] == "device.approved"]
    assert [event["address"] for event in approved] == ["198.51.100.9"] and "203.0.113.77" in approved[0]["detail"]


def test_the_refresh_token_of_a_refused_person_is_given_back(stage):
    """Who has no role gets no session, and the provider is told that its token is not wanted."""
    provider = stage.provider(kind=RotatingProvider)
    gateway = stage.gateway({"okta": provider})
    provider.behave(person=NOBODY)
    assert approve(gateway, gateway.browser(), DeviceLogin(gateway).user_code).status == 403
    wait_until(lambda: provider.family().revoked, 10, "the revocation", every=0.1)


def test_too_many_requests_for_codes_are_a_problem(stage):
    gateway = stage.gateway(
        {"okta": stage.provider()},
        trusted_proxies=["127.0.0.1"],
        rate_limits={"logins_per_address": 1000, "logins_per_account": 1000, "device_per_address": 5},
    )
    headers = {"X-Forwarded-For": "203.0.113.9"}
    answers = [post(gateway, "/api/v1/device/authorize", {"realm": "infraon"}, headers) for _ in range(7)]
    assert [answer.status for answer in answers] == [200] * 5 + [429] * 2
    assert problem(answers[-1]) and int(answers[-1].header("Retry-After")) >= 1
