"""ID-token verifications a second, beside what OpenSSL needs for the signature alone."""

import json
import re
import subprocess
import time
from pathlib import Path

import machine
from programs import BINARIES

PROGRAM = BINARIES / "verification-benchmark"
ISSUER, CLIENT_ID = "https://acme.okta.com", "0oa1benchmark"


def measure(directory: Path, seconds: int, core: int | None) -> dict[str, tuple[float, float]] | None:
    """Ours and OpenSSL's verifications a second, by algorithm; None when the program was not built."""
    if not PROGRAM.exists():
        return None
    openssl = openssl_rates(seconds, core)
    return {name: (rate(directory, name, seconds, core), openssl[name]) for name in ("RS256", "ES256")}


def rate(directory: Path, algorithm: str, seconds: int, core: int | None) -> float:
    token, keys = make(algorithm)
    token_file, keys_file = directory / f"{algorithm}.jwt", directory / f"{algorithm}.json"
    token_file.write_text(token)
    keys_file.write_text(json.dumps(keys))
    command = machine.pinned(core, [PROGRAM, token_file, keys_file, ISSUER, CLIENT_ID, seconds])
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 20)
    found = re.search(r"([\d.]+)\s*/s", done.stdout)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"{PROGRAM.name} failed for {algorithm}: {done.stdout}{done.stderr}")
    return float(found[1])


def make(algorithm: str) -> tuple[str, dict]:
    """A token as Okta makes them, with ten groups, and the key set that verifies it."""
    from joserfc import jwt
    from joserfc.jwk import ECKey, RSAKey

    parameters = {"kid": "benchmark", "use": "sig", "alg": algorithm}
    if algorithm == "RS256":
        key = RSAKey.generate_key(2048, parameters, private=True)
    else:
        key = ECKey.generate_key("P-256", parameters, private=True)
    now = int(time.time())
    claims = {
        "iss": ISSUER, "aud": CLIENT_ID, "sub": "00u1abcdefghijklmn", "iat": now, "exp": now + 3600, "auth_time": now,
        "ver": 1, "jti": "ID.7k2hFqJ0R1m4xvT5nqUw9yDq3sLZbE8c6aVtGdKoPiM", "amr": ["pwd", "mfa"],
        "idp": "00o1abcdefghijklmn", "name": "Ada Lovelace", "email": "ada@example.com", "email_verified": True,
        "preferred_username": "ada@example.com", "groups": [f"department-{n}" for n in range(10)],
    }  # fmt: skip
    token = jwt.encode({"alg": algorithm, "kid": "benchmark"}, claims, key)
    return token, {"keys": [key.as_dict(private=False)]}


def openssl_rates(seconds: int, core: int | None) -> dict[str, float]:
    command = ["openssl", "speed", "-seconds", str(min(seconds, 3)), "rsa2048", "ecdsap256"]
    done = subprocess.run(machine.pinned(core, command), capture_output=True, text=True, timeout=60, check=True)
    # time for one signature, time for one verification, signatures a second, verifications a second
    columns = r"\s+[\d.]+s\s+[\d.]+s\s+[\d.]+\s+([\d.]+)"
    rsa = re.search(rf"^rsa\s+2048 bits{columns}", done.stdout, re.MULTILINE)
    ecdsa = re.search(rf"^\s*256 bits ecdsa \(nistp256\){columns}", done.stdout, re.MULTILINE)
    if rsa is None or ecdsa is None:
        raise RuntimeError(f"openssl speed says something else than expected:\n{done.stdout}")
    return {"RS256": float(rsa[1]), "ES256": float(ecdsa[1])}
