"""A configuration with a SAML provider, the files that it names, and how to change it in one place."""

import re
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

import saml_idp_metadata
from gateway import new_master_key, run
from saml_keys import SAMLKey

ISSUER = "http://www.okta.com/exk1example"
GOOD = """\
url: https://sso.example.com
listen: 127.0.0.1:8300
store: sqlite:gatehouse.db
master_key: {file: master.key}
administrators: {realm: infraon, role: admin}

providers:
  okta:
    kind: okta
    url: https://acme.okta.com
    client_id: 0oa1example
    client_secret: {file: client-secret}
  okta-saml:
    kind: saml
    metadata: {file: okta.xml}

realms:
  infraon:
    title: Infraon
    providers: [okta-saml]
    default_role: admin
  other:
    title: Other
    providers: [okta]
    default_role: requester
"""
# Parts of what the files hold that nobody has to see.
NEVER_SHOWN = ["file-client-secret-77aa", "MIIEv", "PRIVATE KEY-----\nMII"]


def put(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, f"{old!r} occurs {GOOD.count(old)} times"
    return GOOD.replace(old, new)


def with_key(lines: str) -> str:
    """Further keys of the provider. The first of them is the culprit, unless another is marked."""
    first, *rest = lines.split("\n")
    mark = "" if "«" in lines else "«"
    return put("    kind: saml\n", "\n".join([f"    kind: saml\n    {first}{mark}", *rest]) + "\n")


def marked(text: str) -> tuple[str, range]:
    """The text without marks, and the lines that an error may name."""
    first = next(number for number, line in enumerate(text.split("\n"), 1) if "«" in line)
    last = next((number for number, line in enumerate(text.split("\n"), 1) if "»" in line), first)
    return text.replace("«", "").replace("»", ""), range(first, last + 1)


def check(place: Path, text: str, env: dict | None = None):
    file = place / "gatehouse.yaml"
    file.write_text(text, newline="")
    environment = {"CERTIFICATE": (place / "okta.pem").read_text()} | (env or {})
    return run("check-config", str(file), directory=place, env=environment)


def okta_key() -> SAMLKey:
    return SAMLKey("okta-example")


def make_files(place: Path) -> Path:
    """Everything that the texts name."""
    ours, okta, ed25519 = SAMLKey("gateway"), okta_key(), SAMLKey("ed25519", "Ed25519")
    (place / "master.key").write_text(new_master_key() + "\n")
    (place / "client-secret").write_text("file-client-secret-77aa\n")
    (place / "empty").write_text("")
    (place / "nonsense").write_text("this is neither a key nor a certificate\n")
    metadata = saml_idp_metadata.entity(ISSUER, okta.base64, slo_url="https://acme.okta.com/slo")
    (place / "okta.xml").write_text(saml_idp_metadata.document(metadata))
    (place / "okta.pem").write_text(okta.pem)
    (place / "bare.txt").write_text("\n".join(okta.pem.splitlines()[1:-1]))
    (place / "second.pem").write_text(SAMLKey("okta-second").pem)
    (place / "two.pem").write_text(okta.pem + SAMLKey("okta-second").pem)
    (place / "cut.pem").write_text(okta.pem[:400] + "\n-----END CERTIFICATE-----\n")
    (place / "short.pem").write_text(SAMLKey("short", "RSA1024").pem)
    (place / "ended.pem").write_text(SAMLKey("okta-example", days=-3).pem)
    for key, name in ((ours, "ours"), (SAMLKey("gateway-elliptic", "P-256"), "elliptic")):
        (place / f"{name}.key").write_text(key.private_pem)
        (place / f"{name}.pem").write_text(key.pem)
    (place / "ed25519.key").write_text(ed25519.private_pem)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    itself = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    dates = okta.certificate.not_valid_before_utc, okta.certificate.not_valid_after_utc
    itself = itself.not_valid_before(dates[0]).not_valid_after(dates[1]).public_key(ed25519.private.public_key())
    (place / "ed25519.pem").write_bytes(itself.sign(ed25519.private, None).public_bytes(serialization.Encoding.PEM))
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(ours.private, hashes.SHA256())
    (place / "request.pem").write_bytes(request.public_bytes(serialization.Encoding.PEM))
    return place


def lines_named(done) -> list[int]:
    """The lines that a command complained of."""
    return [int(number) for number in re.findall(r"gatehouse\.yaml:(\d+)", done.stderr)]
