"""`roles explain`: which rule gave which role, and why the others did not match."""

import json

import pytest

from api_sign_in import bearer, problem
from gateway import realm
from terminal import Terminal

RULES = [
    {"groups": ["infraon-admins"], "role": "admin"},
    {"groups": ["infraon-tech-*", "field-?"], "role": "technician"},
    {"groups": ["Auditors", "auditors-*"], "role": "auditor"},
]


@pytest.fixture(scope="module")
def explaining(shared):
    provider = shared.provider()
    realms = {
        "infraon": realm("okta", roles=RULES),
        "ssp": realm(
            "okta", title="Portal", roles=[{"groups": ["ssp-approvers"], "role": "approver"}], default_role="requester"
        ),
    }
    gateway = shared.gateway({"okta": provider}, realms)
    gateway.signed_in()
    gateway.admin = gateway.admin_token()
    return gateway


def explain(gateway, query: str, realm: str = "infraon"):
    return gateway.send("GET", f"/api/v1/realms/{realm}/roles?{query}", bearer(gateway.admin))


def rules(value: dict) -> dict[str, dict]:
    return {rule["role"]: rule for rule in value["rules"]}


def test_each_rule_says_whether_and_why(explaining):
    value = explain(explaining, "group=infraon-tech-berlin&group=Everyone").json
    assert value["realm"] == "infraon" and value["roles"] == ["technician"]
    assert value["groups"] == ["infraon-tech-berlin", "Everyone"] or set(value["groups"]) == {
        "infraon-tech-berlin",
        "Everyone",
    }
    found = rules(value)
    assert found["technician"]["granted"] and found["technician"]["matched"] == [
        {"pattern": "infraon-tech-*", "group": "infraon-tech-berlin"}
    ]
    assert not found["admin"]["granted"] and found["admin"]["matched"] == []
    assert found["admin"]["groups"] == ["infraon-admins"]
    assert all(rule["why"] for rule in value["rules"])
    assert "infraon-admins" in found["admin"]["why"]
    assert "infraon-tech-berlin" in found["technician"]["why"]


def test_all_rules_that_match_grant(explaining):
    value = explain(explaining, "group=infraon-admins&group=field-7&group=infraon-tech-x").json
    assert value["roles"] == ["admin", "technician"]
    matched = rules(value)["technician"]["matched"]
    assert {(match["pattern"], match["group"]) for match in matched} == {
        ("infraon-tech-*", "infraon-tech-x"),
        ("field-?", "field-7"),
    }


def test_names_compare_exactly_and_a_near_miss_is_worth_a_word(explaining):
    """The usual trap: the same letters in another case."""
    value = explain(explaining, "group=Infraon-Admins").json
    assert value["roles"] == [] and not rules(value)["admin"]["granted"]


def test_order_is_the_configurations(explaining):
    value = explain(explaining, "group=x").json
    assert [rule["role"] for rule in value["rules"]] == ["admin", "technician", "auditor"]


def test_the_default_role_is_a_rule_of_its_own(explaining):
    value = explain(explaining, "group=x", "ssp").json
    assert value["roles"] == ["requester"]
    default = [rule for rule in value["rules"] if rule.get("default")]
    assert len(default) == 1 and default[0]["granted"] and default[0]["role"] == "requester" and default[0]["why"]
    value = explain(explaining, "group=ssp-approvers", "ssp").json
    assert set(value["roles"]) == {"approver", "requester"}


def test_a_person_is_judged_by_the_groups_that_the_provider_said_last(explaining):
    value = explain(explaining, "user=ada@example.com").json
    assert value["groups"] == ["infraon-admins", "infraon-tech-berlin", "Everyone"] or set(value["groups"]) == {
        "infraon-admins", "infraon-tech-berlin", "Everyone",
    }  # fmt: skip
    assert value["roles"] == ["admin", "technician"]


def test_capitals_of_an_address_do_not_matter(explaining):
    assert explain(explaining, "user=ADA@Example.com").json["roles"] == ["admin", "technician"]


def test_it_agrees_with_the_session_check(explaining):
    agent = explaining.signed_in()
    granted = explaining.check(agent).header("X-Auth-Roles").split(",")
    assert explain(explaining, "user=ada@example.com").json["roles"] == granted


REFUSED = {
    "nothing-asked": ("", 400, None),
    "both-asked": ("user=ada@example.com&group=x", 400, None),
    "two-people": ("user=a@example.com&user=b@example.com", 400, "parameter_repeated"),
    "nobody-of-that-name": ("user=nobody@example.com", 404, None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_question_that_is_none_is_refused(name, explaining):
    query, status, code = REFUSED[name]
    answer = explain(explaining, query)
    assert answer.status == status and problem(answer) == (code or problem(answer)), answer


def test_an_unknown_realm_is_a_404(explaining):
    answer = explain(explaining, "group=x", "nowhere")
    assert (answer.status, problem(answer)) == (404, "realm_unknown")


def test_it_is_for_administrators(explaining):
    assert explaining.send("GET", "/api/v1/realms/infraon/roles?group=x").status == 401


def test_odd_names_come_through_whole(explaining):
    from urllib.parse import quote

    for name in ("R&D, Zürich", "a b+c%20", "⚙️", "<script>"):
        assert explain(explaining, f"group={quote(name)}").json["groups"] == [name]


# The command


@pytest.fixture
def terminal(stage):
    return Terminal(stage.directory())


def command(gateway, terminal, *arguments):
    env = {"GATEHOUSE_SERVER": gateway.url, "GATEHOUSE_TOKEN": gateway.admin}
    return terminal.run("roles", "explain", *arguments, env=env)


def test_the_command_for_people(explaining, terminal):
    done = command(explaining, terminal, "--realm", "infraon", "--group", "infraon-tech-x", "--group", "Everyone")
    assert done.returncode == 0, done
    assert "technician" in done.stdout and "infraon-tech-*" in done.stdout and "admin" in done.stdout


def test_the_command_takes_several_groups_after_one_option(explaining, terminal):
    """As the contract writes it: `--group G...`."""
    done = command(explaining, terminal, "--realm", "infraon", "--json", "--group", "infraon-admins", "infraon-tech-x")
    assert done.returncode == 0 and json.loads(done.stdout)["roles"] == ["admin", "technician"], done


def test_the_command_for_a_person(explaining, terminal):
    done = command(explaining, terminal, "--realm", "infraon", "--user", "ada@example.com", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["roles"] == ["admin", "technician"], done


def test_the_command_refuses_with_sentences(explaining, terminal):
    assert command(explaining, terminal, "--realm", "nowhere", "--group", "x").returncode == 1
    assert command(explaining, terminal, "--realm", "infraon", "--user", "nobody@example.com").returncode == 1
    assert command(explaining, terminal, "--realm", "infraon").returncode == 64
    assert command(explaining, terminal, "--realm", "infraon", "--user", "a@b.c", "--group", "x").returncode == 64
    assert command(explaining, terminal, "--group", "x").returncode == 64
