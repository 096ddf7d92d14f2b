"""The documents keep up with the program: every reason code stands where it is looked up, every code that stands there is
given, links lead somewhere, and the example configuration has every key.

Nothing runs here; the sources and the documents are read as text.
"""

import re

import pytest

from paths import ROOT

SOURCES = {
    path: path.read_text()
    for path in sorted((ROOT / "Sources").rglob("*.swift"))
    if not {"OktaSimulator", "okta-simulator"} & set(path.relative_to(ROOT).parts)
}
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REASON_CODES = ROOT / "docs" / "reason-codes.md"
PROFILE = ROOT / "docs" / "saml-profile.md"
CODE = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+"

# What is written in Sources as a code and is none that anybody looks up.
NO_REASONS = {
    "access_denied",  # OAuth's, said to a command line
    "form_post",
}
# Given in Sources by other means than a literal: composed of a purpose, or words of Okta's.
GIVEN_OTHERWISE = {"jwks_failed", "unsupported_response_type"}


def name_of(path):
    return str(path.relative_to(ROOT))


# ----- the sources


def without_comments(text: str) -> str:
    return re.sub(r"(?m)^\s*//.*$", "", text)


def block(text: str, start: int) -> str:
    """From the brace that opens after `start` to the one that closes it."""
    depth = 0
    for index in range(text.index("{", start), len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return text[start : index + 1]
    raise AssertionError("a brace that is never closed")


def raw_values(body: str) -> dict[str, str]:
    """Cases and raw values of an enumeration of texts; a case without a value is its own."""
    own = re.sub(r"(?s)\b(?:var|func|init|static)\b.*", "", body)
    values = {}
    for line in re.findall(r"(?m)^\s*case ([^\n]*)$", own):
        for name, value in re.findall(r'(\w+)(?: = "([^"]+)")?', line.split("//")[0]):
            values[name] = value or name
    return values


def enumeration(file: str, name: str) -> dict[str, str]:
    text = without_comments((ROOT / "Sources" / file).read_text())
    start = re.search(rf"\benum {name}: String\b", text)
    assert start, f"there is no enum {name} in Sources/{file} any more"
    values = raw_values(block(text, start.start()))
    assert values, f"{file}: {name}"
    return values


def rules(file: str, cases: dict[str, str], default: int | None = None) -> dict[str, int]:
    """The rule of each code, as the `switch` over the cases gives it."""
    text = without_comments((ROOT / "Sources" / file).read_text())
    body = block(text, re.search(r"\bvar rule: Int\b", text).start())
    found = {
        value: int(rule)
        for names, rule in re.findall(r"(?s)case ([^:]+):\s*(\d+)", body)
        for case, value in cases.items()
        if re.search(rf"\.{case}\b", names)
    }
    if otherwise := re.search(r"default:\s*(\d+)", body):
        found = {value: int(otherwise[1]) for value in cases.values()} | found
    assert set(found) == set(cases.values()), f"{file}: not every case has a rule"
    return found


def literals_of_call(text: str, start: int) -> list[str]:
    """The literals between a parenthesis that opened and the one that closes it."""
    depth = 1
    found = []
    for token in re.finditer(r'"((?:[^"\\\n]|\\.)*)"|[()]', text[start:]):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            break
        if token[1] is not None:
            found.append(token[1])
    return found


def called_codes() -> dict[str, str]:
    """The literals that errors with a code are made of, and a file where each is."""
    found = {}
    for path, text in SOURCES.items():
        if "CommandLineClient" in path.parts or "OpenAPI" in path.parts:
            continue
        for call in re.finditer(r"\b(?:SignInError|RequestProblem|Self\.refusal)\(", text):
            for literal in literals_of_call(text, call.end()):
                if " " in literal:  # the sentence; after it comes no code
                    break
                if re.fullmatch(CODE, literal):
                    found.setdefault(literal, name_of(path))
    return found


OTHER_ENUMERATIONS = [
    ("SQL/SQL.swift", "Reason"),
    ("Access/Rules/AccessPolicy.swift", "SignInReason"),
    ("Access/Rules/AccessPolicy.swift", "DenyReason"),
    ("Access/Login/LoginAttempts.swift", "Reason"),
    ("Access/Logout/LogoutAttempts.swift", "LogoutAttemptError"),
    ("Access/Sessions/SessionEnding.swift", "SessionEndReason"),
    ("Outbound/Outbound.swift", "Reason"),
    ("JOSE/JOSE.swift", "Reason"),
    ("OIDC/Tokens/TokenRejection.swift", "Reason"),
    ("Cryptography/Cryptography.swift", "Reason"),
]


def profile_rules() -> dict[str, int]:
    """Every code that a SAML message can be refused with, and its rule."""
    bytes_and_names = rules(
        "SAML/Rejection/SAMLRejection.swift", enumeration("XMLTree/XMLTree.swift", "Reason"), default=1
    )
    response = rules(
        "SAML/Rejection/RejectionReason.swift", enumeration("SAML/Rejection/RejectionReason.swift", "Reason")
    )
    messages = rules(
        "SAML/Messages/MessageReason.swift", enumeration("SAML/Messages/MessageReason.swift", "MessageReason")
    )
    assert not set(bytes_and_names) & set(response) and not set(response) & set(messages)
    return bytes_and_names | response | messages


# What the gateway itself says of a SAML message, because it takes more than the message to know.
GATEWAY_RULES = {
    "unsolicited_response": 13,
    "session_of_another_person": 13,
    "provider_mismatch": 13,
    "assertion_replayed": 14,
    "logout_replayed": 15,
}


# ----- the documents


def tables(path) -> list[tuple[str, list[list[str]]]]:
    """The rows of each table, as cells, with the heading above it."""
    found, heading, rows = [], "", []
    for line in [*path.read_text().splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split(" | ")])
            continue
        if rows:
            found.append((heading, rows[2:]))
            rows = []
        if line.startswith("#"):
            heading = line.lstrip("# ")
    return found


def codes_in(cell: str) -> list[str]:
    return re.findall(r"`([a-z][a-z0-9_]*)`", cell)


def documented() -> dict[str, list[str]]:
    """The codes in the first columns of reason-codes.md, and under which headings."""
    found = {}
    for heading, rows in tables(REASON_CODES):
        for row in rows:
            for code in codes_in(row[0]):
                found.setdefault(code, []).append(heading)
    return found


def profile_table() -> list[tuple[int, str, list[str]]]:
    """Rule, code and the whole row."""
    for _, rows in tables(PROFILE):
        if rows and re.fullmatch(rf"`{CODE}`|`[a-z]+`", rows[0][1]):
            return [(int(re.match(r"\d+", row[0])[0]), row[1].strip("`"), row) for row in rows]
    raise AssertionError("there is no table of codes in saml-profile.md")


# ----- the tests


def test_the_profile_has_every_code_of_a_saml_message_once_under_its_rule():
    wanted = profile_rules() | GATEWAY_RULES
    table = profile_table()
    codes = [code for _, code, _ in table]
    assert sorted(codes) == sorted(wanted), {
        "missing": sorted(set(wanted) - set(codes)),
        "not in Sources": sorted(set(codes) - set(wanted)),
        "twice": sorted({code for code in codes if codes.count(code) > 1}),
    }
    assert {code: rule for rule, code, _ in table} == wanted
    assert [rule for rule, _, _ in table] == sorted(rule for rule, _, _ in table), "the table is not sorted by rule"


def test_every_row_of_the_profile_says_what_to_do_and_against_what():
    for _, code, row in profile_table():
        assert len(row) == 4 and all(row), f"{code}: {row}"


def test_the_gateways_own_saml_codes_are_given():
    called = called_codes()
    assert not set(GATEWAY_RULES) - set(called), sorted(set(GATEWAY_RULES) - set(called))


def test_every_reason_is_documented():
    wanted = {code: file for code, file in called_codes().items()}
    for file, name in OTHER_ENUMERATIONS:
        wanted |= {code: f"{file}: {name}" for code in enumeration(file, name).values()}
    for code in [*profile_rules(), *GATEWAY_RULES, *NO_REASONS]:
        wanted.pop(code, None)
    missing = {code: where for code, where in wanted.items() if code not in documented()}
    assert not missing, missing


def test_no_reason_is_documented_twice_in_one_place():
    """A code may have rows of its own in several places, and in one place with what came along (`… with `access_denied``)."""
    for heading, rows in tables(REASON_CODES):
        codes = [code for row in rows if " with `" not in row[0] for code in codes_in(row[0])]
        assert len(codes) == len(set(codes)), f"{heading}: {sorted({c for c in codes if codes.count(c) > 1})}"


def test_every_documented_reason_is_given():
    literals = {text for source in SOURCES.values() for text in re.findall(r'"([a-z][a-z0-9_]*)"', source)}
    for file, name in OTHER_ENUMERATIONS:
        literals |= set(enumeration(file, name).values())
    stale = {code: places for code, places in documented().items() if code not in literals | GIVEN_OTHERWISE}
    assert not stale, stale


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def prose(path) -> str:
    return re.sub(r"(?ms)^ *```.*?^ *```$", "", path.read_text())


def anchors(path) -> set[str]:
    found: dict[str, int] = {}
    for heading in re.findall(r"(?m)^#+ (.*)$", prose(path)):
        anchor = slug(heading)
        found[anchor] = found.get(anchor, -1) + 1
        if found[anchor]:
            found[f"{anchor}-{found[anchor]}"] = 0
    return set(found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (document.parent / file).resolve() if file else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert not broken, broken


def test_the_example_has_every_key():
    """Keys are read by `optional("…")` and `required("…", …)`; each stands in the example, commented out or not."""
    readers = [path for path in SOURCES if "Settings" in path.parts]
    keys = {key for path in readers for key in re.findall(r'\b(?:optional|required)\(\s*"(\w+)"', SOURCES[path])}
    assert {"metadata", "idp_initiated", "listen"} <= keys
    example = (ROOT / "config" / "gatehouse.example.yaml").read_text()
    missing = [key for key in sorted(keys) if not re.search(rf"(?m)(?:^|[{{,#\s]){key}:(?:\s|$)", example)]
    # Parts of a value that is explained as a whole.
    assert not set(missing) - {"env"}, missing
