"""Every way to get the configuration wrong that we could think of: exit 78, FILE:LINE of the culprit, and the fix.

`«` marks the culprit's line (or, with `»`, the last line of a range that is as good) and is taken out before use.
"""

import re
from pathlib import Path

import pytest

from gateway import new_master_key, run

SECRET = "literal-client-secret-93b1"
ENVIRONMENT = {"CLIENT_SECRET": "env-client-secret-4f0c"}

GOOD = """\
url: https://sso.example.com
listen: 127.0.0.1:8300
store: sqlite:gatehouse.db
master_key: {file: master.key}
trusted_proxies: [127.0.0.1, "::1", 10.0.0.0/8]
administrators: {realm: infraon, role: admin}

providers:
  okta:
    kind: okta
    url: https://acme.okta.com
    client_id: 0oa1example
    client_secret: {file: client-secret}
    scopes: [openid, profile, email, groups, offline_access]
    groups_claim: groups

realms:
  infraon:
    title: Infraon
    providers: [okta]
    home: https://infraon.example.com/
    return_hosts: [infraon.example.com, "*.infraon.example.com"]
    session: {idle: 30m, absolute: 12h, revalidate: 15m}
    roles:
      - {groups: [infraon-admins], role: admin}
      - {groups: ["infraon-tech-*"], role: technician}
"""


def put(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, f"{old!r} occurs {GOOD.count(old)} times"
    return GOOD.replace(old, new)


def with_key(line: str, after: str = "title: Infraon") -> str:
    """`line` added below the line that holds `after`, with the same indentation."""
    indentation = re.search(rf"^( *).*{re.escape(after)}", GOOD, re.M).group(1)
    return re.sub(
        rf"^(.*{re.escape(after)}.*)$", lambda m: f"{m.group(1)}\n{indentation}{line}«", GOOD, count=1, flags=re.M
    )


# name: (text, what the message must mention)
# fmt: off
BROKEN = {
    # YAML itself
    "not-yaml": (put("  okta:\n", "  okta: [«\n"), ""),
    "a-tab-as-indentation": (put("    kind: okta", "\t«kind: okta"), "tab|indent|token"),
    "an-empty-file": ("«\n", "url|empty"),
    "a-list-at-the-top": ("- url: https://sso.example.com«\n", "mapping|map|keys|list"),
    "a-duplicated-key": (put("store: sqlite:gatehouse.db", "store: sqlite:gatehouse.db\nstore: sqlite:other.db«"), "store"),
    "a-duplicated-provider": (with_key("okta: {kind: okta}", "groups_claim").replace("    okta: {kind: okta}«", "  okta: {kind: okta}«"), "okta"),
    "two-documents": (GOOD + "---«\nurl: https://x.example.com»\n", "document|one"),
    "an-alias-to-nothing": (put("groups_claim: groups", "groups_claim: *none«"), ""),
    # Unknown keys
    "an-unknown-key-at-the-top": (put("listen:", "lisen:«"), r"lisen.*\n?.*listen"),
    "an-unknown-key-of-a-provider": (put("groups_claim:", "group_claim:«"), "group_claim.*groups_claim"),
    "an-unknown-key-of-a-realm": (put("return_hosts:", "return_host:«"), "return_host.*return_hosts"),
    "an-unknown-key-of-a-session": (put("{idle: 30m,", "{idel: 30m,«"), "idel.*idle"),
    "an-unknown-key-of-a-role": (put("{groups: [infraon-admins], role: admin}", "{group: [infraon-admins], role: admin}«"), "group"),
    "a-saml-key-on-an-okta-provider": (with_key("sso_url: https://x.example.com/", "client_id"), "sso_url"),
    "a-key-that-is-no-string": (put("listen: 127", "[a]: x«\nlisten: 127"), ""),
    # Wrong types
    "a-number-as-title": (put("title: Infraon", "title: [Infraon]«"), "title.*(text|string|value)"),
    "a-string-as-list": (put("providers: [okta]", "providers: okta«"), r"list|\[okta\]"),
    "a-list-as-mapping": (put("session: {idle: 30m, absolute: 12h, revalidate: 15m}", "session: [30m]«"), "session"),
    "a-mapping-as-string": (put("client_id: 0oa1example", "client_id: {a: b}«"), "client_id"),
    "a-null": (put("client_id: 0oa1example", "client_id:«"), "client_id"),
    "an-empty-string": (put("client_id: 0oa1example", 'client_id: ""«'), "client_id"),
    "a-string-in-place-of-the-providers": ("\n".join(line for line in GOOD.split("providers:")[0].splitlines()) + "\nproviders: okta«\nrealms:" + GOOD.split("realms:")[1], "providers"),
    "a-number-in-a-list-of-hosts": (put("[infraon.example.com, ", "[7,« "), "return_hosts"),
    # Values
    "a-duration-without-unit": (put("idle: 30m", "idle: 30«"), "90s|30m|unit"),
    "a-duration-with-an-unknown-unit": (put("idle: 30m", "idle: 30x«"), "30x"),
    "a-negative-duration": (put("idle: 30m", "idle: -30m«"), "-30m"),
    "a-duration-of-zero": (put("idle: 30m", "idle: 0s«"), "1s|one second|at least"),
    "a-duration-that-overflows": (put("idle: 30m", "idle: 99999999999999999999d«"), "idle|duration"),
    "a-fractional-duration": (put("idle: 30m", "idle: 1.5h«"), "1.5h"),
    "a-url-that-is-none": (put("url: https://sso.example.com", "url: sso.example.com«"), "https://"),
    "a-url-with-a-path": (put("url: https://sso.example.com", "url: https://sso.example.com/sso«"), "path|origin"),
    "a-url-with-a-query": (put("url: https://sso.example.com", "url: https://sso.example.com?x«"), "query|origin"),
    "a-url-with-a-user": (put("url: https://sso.example.com", "url: https://u:p@sso.example.com«"), "https://sso.example.com|user"),
    "a-plain-http-url-of-the-world": (put("url: https://sso.example.com", "url: http://sso.example.com«"), "https"),
    "another-scheme": (put("url: https://sso.example.com", "url: ftp://sso.example.com«"), "https"),
    "a-plain-http-issuer": (put("url: https://acme.okta.com", "url: http://acme.okta.com«"), "https"),
    "an-issuer-with-a-query": (put("url: https://acme.okta.com", "url: https://acme.okta.com/?x=y«"), "query|url"),
    "an-issuer-that-is-none": (put("url: https://acme.okta.com", 'url: "not a url"«'), "url|https"),
    "a-listen-without-port": (put("listen: 127.0.0.1:8300", "listen: 127.0.0.1«"), "port"),
    "a-listen-with-a-port-too-high": (put("listen: 127.0.0.1:8300", "listen: 127.0.0.1:70000«"), "port|70000"),
    "a-store-of-unknown-kind": (put("store: sqlite:gatehouse.db", "store: mysql://localhost/x«"), "sqlite"),
    "a-store-without-path": (put("store: sqlite:gatehouse.db", "store: 'sqlite:'«"), "sqlite|path|file"),
    "a-proxy-that-is-a-name": (put("[127.0.0.1, ", "[proxy.example.com,« "), "proxy.example.com"),
    "a-proxy-range-too-wide-to-be": (put("10.0.0.0/8]", "10.0.0.0/33]«"), "10.0.0.0/33"),
    "an-unknown-kind": (put("kind: okta", "kind: azure«"), "okta.*oidc"),
    "a-return-host-with-a-scheme": (put("[infraon.example.com, ", "[https://infraon.example.com,« "), "host"),
    "a-return-host-with-a-path": (put("[infraon.example.com, ", "[infraon.example.com/x,« "), "host"),
    "a-return-host-of-everything": (put('"*.infraon.example.com"', '"*"«'), r"\*"),
    "a-return-host-with-a-star-inside": (put('"*.infraon.example.com"', '"in*fraon.example.com"«'), r"\*"),
    "a-home-that-is-a-script": (put("home: https://infraon.example.com/", "home: 'javascript:alert(1)'«"), "home"),
    "a-cookie-domain-that-does-not-hold-the-url": (with_key("cookie_domain: other.example.org"), "cookie_domain"),
    "a-cookie-domain-with-a-scheme": (with_key("cookie_domain: https://example.com"), "cookie_domain"),
    "scopes-without-openid": (put("[openid, profile, ", "[profile,« "), "openid"),
    "a-realm-name-that-no-cookie-can-carry": (put("  infraon:\n", "  'in fra;on':«\n").replace("realm: infraon,", "realm: 'in fra;on',"), "name|realm"),
    # References
    "a-realm-with-an-unknown-provider": (put("providers: [okta]", "providers: [okto]«"), "okto.*okta"),
    "a-realm-with-no-provider": (put("providers: [okta]", "providers: []«"), "provider"),
    "administrators-of-an-unknown-realm": (put("realm: infraon, role: admin}", "realm: infra, role: admin}«"), "infra"),
    "administrators-with-a-role-nobody-can-have": (put("realm: infraon, role: admin}", "realm: infraon, role: root}«"), "root"),
    # Missing
    "no-url": (put("url: https://sso.example.com\n", "«"), "url"),
    "no-master-key": (put("master_key: {file: master.key}\n", "").replace("url: https://sso", "«url: https://sso").rstrip("\n") + "»\n", "master_key"),
    "no-client-id": (put("    client_id: 0oa1example\n", "").replace("  okta:\n", "  okta:«\n").replace("groups_claim: groups", "groups_claim: groups»"), "client_id"),
    "no-client-secret": (put("    client_secret: {file: client-secret}\n", "").replace("  okta:\n", "  okta:«\n").replace("groups_claim: groups", "groups_claim: groups»"), "client_secret"),
    "no-provider-url": (put("    url: https://acme.okta.com\n", "").replace("  okta:\n", "  okta:«\n").replace("groups_claim: groups", "groups_claim: groups»"), "url"),
    "no-kind": (put("    kind: okta\n", "").replace("  okta:\n", "  okta:«\n").replace("groups_claim: groups", "groups_claim: groups»"), "kind"),
    "no-providers-in-a-realm": (put("    providers: [okta]\n", "").replace("  infraon:\n", "  infraon:«\n").rstrip("\n") + "»\n", "providers"),
    "no-role-in-a-rule": (put("{groups: [infraon-admins], role: admin}", "{groups: [infraon-admins]}«").replace("role: admin}\n\n", "role: technician}\n\n"), "role"),
    "no-groups-in-a-rule": (put("{groups: [infraon-admins], role: admin}", "{role: admin}«"), "groups"),
    # Secrets
    "a-secret-file-that-is-missing": (put("{file: client-secret}", "{file: nowhere}«"), "nowhere"),
    "a-secret-file-that-is-a-directory": (put("{file: client-secret}", "{file: .}«"), "file|read|directory"),
    "a-secret-file-that-is-empty": (put("{file: client-secret}", "{file: empty}«"), "empty"),
    "an-environment-variable-that-is-missing": (put("{file: client-secret}", "{env: NOT_SET_ANYWHERE}«"), "NOT_SET_ANYWHERE"),
    "a-secret-from-two-places": (put("{file: client-secret}", "{file: client-secret, env: CLIENT_SECRET}«"), "file|env"),
    "a-secret-from-an-unknown-place": (put("{file: client-secret}", "{vault: x}«"), "env.*file"),
    "a-master-key-that-is-too-short": (put("{file: master.key}", "c2hvcnQ=«"), "32"),
    "a-master-key-that-is-too-long": (put("{file: master.key}", "{file: long.key}«"), "32"),
    "a-master-key-that-is-not-base64": (put("{file: master.key}", "'!!! not base64 !!!'«"), "base64"),
    "no-master-key-in-the-list": (put("{file: master.key}", "[]«"), "master_key|key"),
    "a-bad-second-master-key": (put("{file: master.key}", "[{file: master.key}, c2hvcnQ=]«"), "32"),
    "a-secret-and-a-key": (with_key("client_key: {file: client.pem}", "client_secret"), "client_key|client_secret"),
    "a-client-key-that-is-none": (put("client_secret: {file: client-secret}", "client_key: {file: client-secret}«"), "client_key|PEM|key"),
    # TLS
    "a-certificate-that-is-missing": (put("listen: 127.0.0.1:8300", "listen: 127.0.0.1:8300\ntls: {certificate: none.pem, key: none.key}«"), "none"),
    "a-certificate-without-key": (put("listen: 127.0.0.1:8300", "listen: 127.0.0.1:8300\ntls: {certificate: client.pem}«"), "key"),
}

# fmt: on

# A key that the two kinds of message may name on either line.
EITHER_LINE = {
    "a-secret-and-a-key",
    "a-duplicated-key",
    "a-duplicated-provider",
    "administrators-with-a-role-nobody-can-have",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A directory with every file that the texts name."""
    from tokens import Key

    directory = tmp_path_factory.mktemp("configuration")
    key = new_master_key()
    (directory / "master.key").write_text(key + "\n")
    (directory / "long.key").write_text(key[:-1] + "AAAA" + key)
    (directory / "client-secret").write_text("file-client-secret-77aa\n")
    (directory / "empty").write_text("")
    (directory / "client.pem").write_bytes(Key("RS256", "client").private_pem())
    return directory


def check(place: Path, text: str, env: dict | None = None):
    file = place / "gatehouse.yaml"
    file.write_text(text)
    return run("check-config", str(file), directory=place, env=env if env is not None else ENVIRONMENT)


def marked(text: str) -> tuple[str, range]:
    """The text without marks, and the lines that an error may name."""
    first = next(number for number, line in enumerate(text.split("\n"), 1) if "«" in line)
    last = next((number for number, line in enumerate(text.split("\n"), 1) if "»" in line), first)
    return text.replace("«", "").replace("»", ""), range(first, last + 1)


@pytest.mark.parametrize("name", BROKEN)
def test_is_refused_with_file_line_and_fix(name, place):
    text, lines = marked(BROKEN[name][0])
    done = check(place, text)
    assert done.returncode == 78, f"exit {done.returncode}: {done.stdout}{done.stderr}"
    named = [int(number) for number in re.findall(r"gatehouse\.yaml:(\d+)", done.stderr)]
    assert named, f"no FILE:LINE in: {done.stderr}"
    slack = 3 if name in ("not-yaml", "two-documents") else 0  # where a parser notices is its own affair
    wanted = range(lines.start, lines.stop + slack)
    if name not in EITHER_LINE:
        assert any(number in wanted for number in named), f"line {named} instead of {lines}: {done.stderr}"
    assert re.search(BROKEN[name][1], done.stderr, re.S | re.I), f"no {BROKEN[name][1]!r} in: {done.stderr}"
    assert "file-client-secret-77aa" not in done.stderr + done.stdout
    assert "Fatal error" not in done.stderr


def test_serve_refuses_what_check_config_refuses(place):
    text, _ = marked(BROKEN["a-duration-without-unit"][0])
    (place / "gatehouse.yaml").write_text(text)
    done = run("serve", "--config", str(place / "gatehouse.yaml"), directory=place, timeout=10)
    assert done.returncode == 78 and "gatehouse.yaml:" in done.stderr


def test_several_mistakes_are_reported_at_once(place):
    """On a Friday afternoon nobody wants to learn of them one by one."""
    text = GOOD.replace("idle: 30m", "idle: 30").replace("kind: okta", "kind: azure").replace("listen:", "lisen:")
    done = check(place, text)
    named = {int(number) for number in re.findall(r"gatehouse\.yaml:(\d+)", done.stderr)}
    assert done.returncode == 78 and len(named) >= 3, done.stderr


@pytest.mark.parametrize("value", [SECRET, "{literal: x}"])
def test_the_value_of_a_secret_is_never_printed(value, place):
    text = put("{file: client-secret}", SECRET).replace("idle: 30m", "idle: 30").replace("client_id:", "client_di:")
    done = check(place, text.replace("kind: okta", f"client_secrets: {SECRET}\n    kind: okta"))
    assert done.returncode == 78
    assert SECRET not in done.stderr + done.stdout


def test_a_secret_of_the_wrong_type_is_not_printed_either(place):
    for form in (f"[{SECRET}]", f"{{value: {SECRET}}}", f"{{file: {{x: {SECRET}}}}}"):
        done = check(place, put("{file: client-secret}", form))
        assert done.returncode == 78 and SECRET not in done.stderr + done.stdout, done.stderr
    done = check(place, put("{file: master.key}", SECRET))
    assert done.returncode == 78 and SECRET not in done.stderr + done.stdout, done.stderr


def test_a_file_that_cannot_be_read_is_told_by_name(place):
    """66 by the general rule, 78 by the line of check-config; the contract allows both."""
    for missing in (place / "nowhere.yaml", place):
        done = run("check-config", str(missing), directory=place)
        assert done.returncode in (66, 78) and str(missing) in done.stderr, done


def test_a_file_of_random_bytes_is_78(place):
    for content in (b"\xff\xfe\x00" * 100, b"\0" * 10_000, b"[" * 20_000, b"{" * 20_000, b"a: " * 5000, b"&a [*a]"):
        (place / "gatehouse.yaml").write_bytes(content)
        done = run("check-config", str(place / "gatehouse.yaml"), directory=place, timeout=10)
        assert done.returncode == 78 and "gatehouse.yaml" in done.stderr, (content[:20], done)


def test_an_alias_bomb_is_78_and_quick(place):
    """The billion laughs in YAML."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    done = check(place, "\n".join(lines) + "\n")
    assert done.returncode == 78


# fmt: off
GOOD_ONES = {
    "as-it-is": GOOD,
    "a-literal-secret": put("{file: client-secret}", SECRET),
    "a-secret-from-the-environment": put("{file: client-secret}", "{env: CLIENT_SECRET}"),
    "a-client-key": put("client_secret: {file: client-secret}", "client_key: {file: client.pem}"),
    "two-master-keys": put("{file: master.key}", "[{file: master.key}, {file: master.key}]").replace("[{file: master.key}, {file: master.key}]", "[{file: master.key}, {file: second.key}]"),
    "a-bare-domain": put("url: https://acme.okta.com", "url: acme.okta.com"),
    "a-custom-authorization-server": put("url: https://acme.okta.com", "url: https://acme.okta.com/oauth2/default"),
    "a-slash-at-the-end": put("url: https://acme.okta.com", "url: https://acme.okta.com/"),
    "generic-oidc": put("kind: okta", "kind: oidc"),
    "an-issuer-on-loopback": put("url: https://acme.okta.com", "url: http://127.0.0.1:9999/oauth2/x"),
    "a-url-on-localhost": put("url: https://sso.example.com", "url: http://localhost:8300"),
    "no-trusted-proxies": put('trusted_proxies: [127.0.0.1, "::1", 10.0.0.0/8]\n', ""),
    "without-optional-keys": put("    groups_claim: groups\n", "").replace("    scopes: [openid, profile, email, groups, offline_access]\n", ""),
    "every-unit": put("idle: 30m, absolute: 12h, revalidate: 15m", "idle: 90s, absolute: 30d, revalidate: 1h"),
    "the-shortest-durations": put("idle: 30m, absolute: 12h, revalidate: 15m", "idle: 1s, absolute: 1s, revalidate: 1s"),
    "a-default-role": with_key("default_role: requester").replace("«", ""),
    "a-cookie-domain": with_key("cookie_domain: example.com").replace("«", ""),
    "comments-and-blank-lines": GOOD.replace("\n", "  # a comment\n\n"),
    "windows-line-ends": GOOD.replace("\n", "\r\n"),
    "a-byte-order-mark": "\ufeff" + GOOD,
    "anchors-and-aliases": put("providers: [okta]", "providers: &p [okta]") + "  ssp:\n    title: Portal\n    providers: *p\n    default_role: requester\n",
    "quoted-numbers-as-text": put("client_id: 0oa1example", 'client_id: "12345"'),
    "an-ipv6-listen": put("listen: 127.0.0.1:8300", 'listen: "[::1]:8300"'),
}


# fmt: on


@pytest.mark.parametrize("name", GOOD_ONES)
def test_is_accepted(name, place):
    if name == "two-master-keys":
        (place / "second.key").write_text(new_master_key())
    done = check(place, GOOD_ONES[name])
    assert done.returncode == 0, done.stderr


def test_the_example_files_of_the_project_are_good(place):
    """Whoever copies them must not start with an error; their secrets are the reader's to make."""
    from paths import ROOT

    examples = [file for file in sorted((ROOT / "config").glob("*.y*ml")) if "\nproviders:" in file.read_text()]
    assert examples, "config/ holds examples"
    for example in examples:
        done = run("check-config", str(example), directory=place)
        named = [line for line in done.stderr.splitlines() if line.strip()]
        complaints = [line for line in named if re.search(r":\d+", line)]
        assert done.returncode in (0, 66, 78)
        for line in complaints:
            assert re.search(r"file|env|read|exist", line, re.I), f"{example.name}: {line}"


def test_paths_are_relative_to_the_file_not_to_the_current_directory(place, tmp_path):
    (place / "gatehouse.yaml").write_text(GOOD)
    assert run("check-config", str(place / "gatehouse.yaml"), directory=tmp_path).returncode == 0
