"""Good and bad SAML responses for the strict profile, made from fresh keys by a stack that shares nothing with the product.

lxml canonicalises, `cryptography` signs and encrypts, xmlsec and signxml judge (judges.py). Each fixture has a name, the
rule of the profile it is about, its verdict and the arguments of `gatehouse inspect saml-response`. A bad one is a good one
with exactly one change: signed again by the provider's own key where the rule is about meaning, made without the key where it
is about forging. Rules 14 to 16 need a running gateway and are shown elsewhere.

    messages.py, signing.py, encryption.py   the parts of a response, each replaceable
    good_*.py, bad_*.py, wrapping.py, ...    the fixtures, one CATALOGUE each
    sweeps.py                                those that are counted out and not named
    judges.py, meaning.py, disagreements.md  what independent implementations say, and why they differ
"""

from importlib import import_module

from .catalogue import Fixture

MODULES = [
    "good_signatures",
    "good_encrypted",
    "good_content",
    "good_meaning",
    "bad_bytes",
    "bad_encodings",
    "bombs",
    "bad_structure",
    "bad_pollution",
    "wrapping",
    "bad_signatures",
    "bad_signature_shapes",
    "bad_algorithms",
    "bad_signature_values",
    "bad_keys",
    "bad_encryption",
    "bad_decryption",
    "bad_meaning",
    "bad_times",
    "bad_answers",
    "bad_paths",
    "lookalikes",
]
FIXTURES: dict[str, Fixture] = {}
for module in MODULES:
    for fixture in import_module(f"{__name__}.{module}").CATALOGUE.fixtures:
        if fixture.name in FIXTURES:
            raise ValueError(f"two fixtures are named {fixture.name}")
        FIXTURES[fixture.name] = fixture

GOOD = [fixture for fixture in FIXTURES.values() if fixture.accepted]
BAD = [fixture for fixture in FIXTURES.values() if not fixture.accepted]
