"""`/api/v1/openapi.json` is true: valid OpenAPI 3.1, complete, and what schemathesis finds in the program is what stands in
it."""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from api_sign_in import CommandLineLogin, DeviceLogin, approve, bearer, command_line_session, post
from gateway import realm
from loopback_port import REDIRECT
from paths import ROOT
from simulator import CLIENT_ID, CLIENT_SECRET, Simulator
from waiting import free_port

ADDRESS = "/api/v1/openapi.json"
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
REPORTS = ROOT / ".build" / "schemathesis"
METHODS = ("get", "post", "put", "patch", "delete")

# Every route of the design; one that is missing in the document is as bad as one that is missing in the program.
ROUTES = {
    ("post", "/api/v1/cli/logins"), ("post", "/api/v1/cli/logins/{id}/complete"),
    ("post", "/api/v1/device/authorize"), ("post", "/api/v1/device/token"),
    ("get", "/api/v1/session"), ("delete", "/api/v1/session"), ("post", "/api/v1/session/revalidate"),
    ("get", "/api/v1/sessions"), ("delete", "/api/v1/sessions"),
    ("get", "/api/v1/sessions/{id}"), ("delete", "/api/v1/sessions/{id}"),
    ("get", "/api/v1/providers"), ("post", "/api/v1/providers"),
    ("get", "/api/v1/providers/{name}"), ("delete", "/api/v1/providers/{name}"),
    ("post", "/api/v1/providers/{name}/verify"),
    ("get", "/api/v1/realms"), ("get", "/api/v1/realms/{name}"), ("get", "/api/v1/realms/{name}/roles"),
    ("get", "/api/v1/users"), ("get", "/api/v1/users/{id}"), ("get", "/api/v1/audit"), ("get", ADDRESS),
}  # fmt: skip
PUBLIC = {
    "/api/v1/cli/logins",
    "/api/v1/cli/logins/{id}/complete",
    "/api/v1/device/authorize",
    "/api/v1/device/token",
    ADDRESS,
}


@pytest.fixture(scope="module")
def stand(shared):
    """A gateway beside the simulated Okta, with people signed in in both ways and in two realms."""
    port = free_port()
    simulator = Simulator(shared.directory(), [f"http://localhost:{port}/login/callback", REDIRECT]).start()
    shared.ending.append(simulator.stop)
    provider = shared.provider()
    realms = {
        "infraon": realm("okta", "quick"),
        "ssp": realm("quick", title="Portal", roles=[], default_role="requester", home=None),
    }
    gateway = shared.gateway({"okta": simulator.settings(), "quick": provider}, realms, port=port)
    session = command_line_session(gateway, provider="quick")
    command_line_session(gateway, realm="ssp")
    assert simulator.sign_in(gateway, gateway.browser(), provider="okta").status == 303
    return SimpleNamespace(
        gateway=gateway, simulator=simulator, provider=provider, session=session, admin=gateway.admin_token(),
        document=gateway.send("GET", ADDRESS).json,
    )  # fmt: skip


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


# The document alone


def test_it_is_valid_openapi_3_1(stand):
    assert stand.document["openapi"].startswith("3.1.")
    validate(stand.document)


def test_it_is_public_json(stand):
    answer = stand.gateway.send("GET", ADDRESS)
    assert answer.status == 200 and answer.header("Content-Type") == "application/json"


def test_it_has_every_route_and_no_other(stand):
    assert {(method, path) for method, path, _ in operations(stand.document)} == ROUTES


def test_every_operation_is_described(stand):
    ids = []
    for method, path, operation in operations(stand.document):
        assert operation["summary"] and operation["tags"] and "security" in operation, (method, path)
        assert (operation["security"] == []) == (path in PUBLIC), (method, path)
        ids.append(operation["operationId"])
        for parameter in operation.get("parameters", []):
            parameter = resolved(stand.document, parameter)
            assert parameter.get("description") or parameter["name"] in ("realm", "provider", "event"), parameter
    assert len(ids) == len(set(ids))
    tags = {tag["name"] for tag in stand.document["tags"]}
    assert {tag for _, _, operation in operations(stand.document) for tag in operation["tags"]} == tags


def resolved(document: dict, value: dict) -> dict:
    while "$ref" in value:
        target = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


def test_every_refusal_is_a_problem(stand):
    """Except for the device's errors, which are the RFC's."""
    for method, path, operation in operations(stand.document):
        for status, answer in operation["responses"].items():
            answer = resolved(stand.document, answer)
            if int(status) < 400:
                continue
            kinds = set(answer["content"])
            device = path.startswith("/api/v1/device/") and status == "400"
            assert kinds == ({"application/json"} if device else {"application/problem+json"}), (method, path, status)


def test_what_needs_somebody_tells_of_401(stand):
    for method, path, operation in operations(stand.document):
        assert ("401" in operation["responses"]) or path in PUBLIC, (method, path)


def test_the_examples_keep_their_schemas(stand):
    count = 0
    for schema, examples in examples_of(stand.document):
        checker = Draft202012Validator(schema | {"components": stand.document["components"]})
        for example in examples:
            checker.validate(example)
            count += 1
    assert count >= 8


def examples_of(node):
    """Each schema with the examples that are beside or inside of it."""
    if isinstance(node, dict):
        if "schema" in node:
            given = [example["value"] for example in node.get("examples", {}).values()]
            yield node["schema"], given + ([node["example"]] if "example" in node else [])
        elif isinstance(node.get("examples"), list):
            yield node, node["examples"]
        for value in node.values():
            yield from examples_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from examples_of(value)


# The document against the program


def strict(document: dict) -> dict:
    """The same, and no member may come that is not described."""
    document = copy.deepcopy(document)

    def tighten(node):
        if isinstance(node, dict):
            if "properties" in node and node.get("type") == "object":
                node.setdefault("additionalProperties", False)
            for value in node.values():
                tighten(value)
        elif isinstance(node, list):
            for value in node:
                tighten(value)

    tighten(document["components"])
    tighten(document["paths"])
    return document


def assert_described(document: dict, method: str, path: str, answer):
    """Status, type, headers and body of an answer are those that the document promises, and nothing else."""
    promised = document["paths"][path][method]["responses"]
    assert str(answer.status) in promised, f"{answer.status} is not described: {answer}"
    promise = resolved(document, promised[str(answer.status)])
    for name, header in promise.get("headers", {}).items():
        header = resolved(document, header)
        value = answer.header(name)
        assert value is not None or not header.get("required"), f"{name} is missing: {answer}"
        if value is not None:
            Draft202012Validator(header["schema"]).validate(value)
    if "content" not in promise:
        assert answer.body == b"", answer
        return
    kind = answer.header("Content-Type").split(";")[0]
    assert kind in promise["content"], answer
    schema = promise["content"][kind]["schema"] | {"components": document["components"]}
    checker = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    faults = [f"{error.json_path}: {error.message}" for error in checker.iter_errors(answer.json)]
    assert not faults, f"{faults}: {answer}"


def test_each_route_answers_as_described_and_says_no_more(stand):
    gateway, admin, document = stand.gateway, bearer(stand.admin), strict(stand.document)
    ids = {
        "session": gateway.send("GET", "/api/v1/sessions?realm=ssp", admin).json["sessions"][0]["id"],
        "user": stand.session["user"]["id"],
    }
    seen = set()

    def expect(status, method, template, path=None, headers=admin, body=None, **options):
        if body is None:
            answer = gateway.send(method.upper(), path or template, headers, **options)
        else:
            answer = post(gateway, path or template, body, headers)
        assert answer.status == status, answer
        assert_described(document, method, template, answer)
        seen.add((method, template))
        return answer

    expect(200, "get", ADDRESS, headers={})
    for path in ("/api/v1/sessions", "/api/v1/providers", "/api/v1/realms", "/api/v1/users", "/api/v1/audit"):
        expect(200, "get", path)
        expect(401, "get", path, headers={})
    for path in ("/api/v1/sessions", "/api/v1/users", "/api/v1/audit"):
        expect(200, "get", path, f"{path}?limit=1")
        expect(400, "get", path, f"{path}?limit=0")
    expect(200, "get", "/api/v1/sessions/{id}", f"/api/v1/sessions/{ids['session']}")
    expect(404, "get", "/api/v1/sessions/{id}", "/api/v1/sessions/ses_AAAAAAAAAAAAAAAA")
    expect(200, "get", "/api/v1/users/{id}", f"/api/v1/users/{ids['user']}")
    expect(200, "get", "/api/v1/realms/{name}", "/api/v1/realms/infraon")
    expect(200, "get", "/api/v1/realms/{name}/roles", "/api/v1/realms/infraon/roles?group=infraon-admins")
    expect(200, "get", "/api/v1/realms/{name}/roles", "/api/v1/realms/ssp/roles?user=ada@example.com")
    expect(200, "get", "/api/v1/providers/{name}", "/api/v1/providers/okta")
    expect(200, "post", "/api/v1/providers/{name}/verify", "/api/v1/providers/okta/verify", body={})
    added = {
        "name": "added", "kind": "okta", "url": stand.simulator.origin, "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET, "realms": ["infraon"],
    }  # fmt: skip
    expect(201, "post", "/api/v1/providers", body=added)
    expect(409, "post", "/api/v1/providers", body=added)
    expect(204, "delete", "/api/v1/providers/{name}", "/api/v1/providers/added")
    expect(409, "delete", "/api/v1/providers/{name}", "/api/v1/providers/okta")
    own = bearer(command_line_session(gateway, provider="quick")["token"])
    expect(200, "get", "/api/v1/session", headers=own)
    expect(200, "post", "/api/v1/session/revalidate", headers=own, body={})
    expect(204, "delete", "/api/v1/session", headers=own)
    expect(401, "delete", "/api/v1/session", headers=own)
    login = CommandLineLogin(gateway, provider="quick")
    assert_described(document, "post", "/api/v1/cli/logins", login.begun)
    query = login.walk()
    for status in (200, 400):
        answer = login.complete(query)
        assert answer.status == status
        assert_described(document, "post", "/api/v1/cli/logins/{id}/complete", answer)
    device = DeviceLogin(gateway, realm="ssp")
    assert_described(document, "post", "/api/v1/device/authorize", device.begun)
    assert_described(
        document, "post", "/api/v1/device/token", post(gateway, "/api/v1/device/token", {"device_code": "x"})
    )
    approve(gateway, gateway.browser(), device.user_code)
    assert_described(document, "post", "/api/v1/device/token", device.poll())
    expect(200, "delete", "/api/v1/sessions/{id}", f"/api/v1/sessions/{ids['session']}")
    expect(200, "delete", "/api/v1/sessions", "/api/v1/sessions?user=nobody@example.com")
    seen |= {("post", path) for path in PUBLIC if path != ADDRESS}
    assert seen == ROUTES


# schemathesis


def narrowed(stand) -> dict:
    """What is true of any gateway, narrowed to the names that this one has, so that good requests are possible at all."""
    document = copy.deepcopy(stand.document)
    schemas = document["components"]["schemas"]
    # Metadata and certificates are not to be made up; test_saml_providers_api.py adds SAML providers by this description.
    schemas["NewProvider"] = {"$ref": "#/components/schemas/NewOpenIDProvider"}
    provider = schemas["NewOpenIDProvider"]["properties"]
    provider["url"] = {"enum": [stand.simulator.origin, f"{stand.simulator.origin}/oauth2/default"]}
    provider["realms"]["items"] = {"enum": ["infraon", "ssp"]}
    for name in ("NewCommandLineLogin", "DeviceAuthorizationRequest"):
        schemas[name]["properties"]["realm"] = {"const": "ssp"}
        schemas[name].setdefault("required", []).append("realm")
    schemas["NewCommandLineLogin"]["required"].append("provider")
    schemas["NewCommandLineLogin"]["properties"]["provider"] = {"const": "quick"}
    document["components"]["parameters"]["ownRealm"]["schema"] = {"const": "infraon"}
    document["paths"]["/api/v1/device/authorize"]["post"]["requestBody"]["required"] = True
    # Lengths are in bytes, which JSON Schema cannot say.
    schemas["HostName"] = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[ -~]+$"}
    provider["client_secret"]["pattern"] = "^[ -~]+$"
    provider["groups_claim"]["pattern"] = "^[a-z_]+$"
    return document


# What a schema cannot say: a code, a cursor or a state that somebody was given, and one of two parameters.
CONFIGURATION = """
[checks]
enabled = true
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 429]

[generation]
deterministic = true

[[operations]]
include-operation-id = ["completeCommandLineLogin", "collectDeviceToken", "explainRoles", "listSessions", "listUsers", "listAuditEvents"]
[operations.checks]
positive_data_acceptance.enabled = false
"""


def schemathesis(stand, directory: Path, name: str, token: str, document: dict, *arguments: str) -> int:
    """Runs it against the gateway, and expects no finding; how many operations it tried.

    What it says is kept as .build/schemathesis/NAME.txt.
    """
    described = directory / "openapi.json"
    described.write_text(json.dumps(document))
    configuration = directory / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    command = [
        SCHEMATHESIS, "--config-file", configuration, "--no-color", "run", described, "--url", stand.gateway.listening,
        "--header", f"Authorization: Bearer {token}", "--continue-on-failure", "--warnings", "off", *arguments,
    ]  # fmt: skip
    done = subprocess.run(list(map(str, command)), cwd=directory, capture_output=True, text=True, timeout=150)
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / f"{name}.txt").write_text(done.stdout + done.stderr)
    summary = "\n".join(line[:300] for line in done.stdout.splitlines())
    assert done.returncode == 0, summary[-12000:] + done.stderr[-2000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested and stand.gateway.process.running, summary[-2000:]
    return int(tested.group(1))


OWN = "^/api/v1/session(/|$)"


@pytest.mark.timeout(180)
def test_good_requests_are_answered_as_described(stand, stage):
    """No server error, no undocumented status, type, header or member; what is removed is gone, what is added is there,
    and nothing is given out without a token."""
    tested = schemathesis(
        stand, stage.directory(), "good-requests", stand.admin, narrowed(stand),
        "--mode", "positive", "--exclude-path-regex", OWN, "--max-examples", "60",
    )  # fmt: skip
    assert tested == len(ROUTES) - 3


@pytest.mark.timeout(180)
def test_bad_requests_are_refused_as_described(stand, stage):
    """Whatever breaks the description is refused, with a status and a problem that stand in it."""
    tested = schemathesis(
        stand, stage.directory(), "bad-requests", stand.admin, stand.document,
        "--mode", "negative", "--exclude-path-regex", OWN, "--max-examples", "60",
        "--phases", "examples,coverage,fuzzing", "--exclude-checks", "positive_data_acceptance",
    )  # fmt: skip
    assert tested == len(ROUTES) - 3


@pytest.mark.timeout(120)
def test_the_own_session_is_as_described(stand, stage):
    """Without signing out, which would end the token that the run goes by."""
    token = command_line_session(stand.gateway, provider="quick")["token"]
    tested = schemathesis(
        stand, stage.directory(), "own-session", token, narrowed(stand), "--include-path-regex", OWN,
        "--exclude-method", "DELETE", "--max-examples", "15", "--phases", "examples,coverage,fuzzing",
    )  # fmt: skip
    assert tested == 2
