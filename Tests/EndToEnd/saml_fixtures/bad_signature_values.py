"""Rule 8: signature values that are none, in the forms that libraries have taken for one."""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from .bad_algorithms import signed
from .catalogue import HERE, Catalogue
from .good_signatures import WithExponent3, pinned
from .keys import Identity, idp
from .signing import Signer, okta

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


# Signature values


def elliptic(curve: str, value) -> str:
    identity = Identity("idp", curve)
    return okta(signs="response", signer=Signer(identity, "ecdsa-sha256", value=lambda data: value(identity, data)))


ORDER = {"P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551}


def as_der(identity: Identity, data: bytes) -> bytes:
    return identity.private.sign(data, ec.ECDSA(hashes.SHA256()))


def pair(r: int, s: int, size: int = 32) -> bytes:
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def widened(identity: Identity, data: bytes) -> bytes:
    value = identity.sign("ecdsa-sha256", data)
    return b"\0" + value[:32] + b"\0" + value[32:]


def by_the_hash(identity: Identity, data: bytes) -> bytes:
    """r and s of the curve's order added: the same residue, another spelling."""
    value = identity.sign("ecdsa-sha256", data)
    r, s = int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")
    return pair(r + ORDER["P-256"], s + ORDER["P-256"], 33)


VALUES = {
    "der": as_der,
    "zeros": lambda identity, data: bytes(64),
    "r-zero": lambda identity, data: bytes(32) + identity.sign("ecdsa-sha256", data)[32:],
    "s-zero": lambda identity, data: identity.sign("ecdsa-sha256", data)[:32] + bytes(32),
    "ones": lambda identity, data: pair(1, 1),
    "order": lambda identity, data: pair(ORDER["P-256"], ORDER["P-256"]),
    "all-bits": lambda identity, data: b"\xff" * 64,
    "empty": lambda identity, data: b"",
    "one-byte": lambda identity, data: b"\1",
    "odd-length": lambda identity, data: identity.sign("ecdsa-sha256", data)[:63],
    "one-byte-more": lambda identity, data: identity.sign("ecdsa-sha256", data) + b"\0",
    "half": lambda identity, data: identity.sign("ecdsa-sha256", data)[:32],
    "widened": widened,
    "order-added": by_the_hash,
    "swapped": lambda identity, data: (
        identity.sign("ecdsa-sha256", data)[32:] + identity.sign("ecdsa-sha256", data)[:32]
    ),
}
refused(
    8,
    "signature_invalid signature_value_malformed",
    {f"ecdsa-value-{name}": lambda value=value: elliptic("P-256", value) for name, value in VALUES.items()},
    place=pinned(Identity("idp", "P-256")),
    twin="ecdsa-p-256-sha256",
)


def unpadded(data: bytes, hashed: bytes) -> bytes:
    """RSA over bytes of one's own: what the signature opens to is not PKCS #1 padding in its one form."""
    numbers = idp().private.private_numbers()
    return pow(int.from_bytes(hashed, "big"), numbers.d, numbers.public_numbers.n).to_bytes(256, "big")


PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def block(
    data: bytes, prefix: bytes = PREFIX, kind: bytes = b"\1", tail: bytes = b"", filling: bytes = b"\xff"
) -> bytes:
    end = b"\0" + prefix + hashlib.sha256(data).digest() + tail
    return b"\0" + kind + filling * (256 - 2 - len(end)) + end


RSA_VALUES = {
    "empty": lambda data: b"",
    "zeros": lambda data: bytes(256),
    "one": lambda data: (1).to_bytes(256, "big"),
    "modulus": lambda data: idp().private.public_key().public_numbers().n.to_bytes(256, "big"),
    "cut-short": lambda data: idp().sign("rsa-sha256", data)[:-1],
    "one-byte-more": lambda data: idp().sign("rsa-sha256", data) + b"\0",
    "zero-before": lambda data: b"\0" + idp().sign("rsa-sha256", data),
    "modulus-added": lambda data: (
        int.from_bytes(idp().sign("rsa-sha256", data), "big") + idp().private.public_key().public_numbers().n
    ).to_bytes(257, "big"),
    "over-other-text": lambda data: idp().sign("rsa-sha256", data + b" "),
    "hash-without-digest-info": lambda data: unpadded(data, block(data, b"")),
    "digest-info-without-null": lambda data: unpadded(
        data, block(data, bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20")
    ),
    "digest-info-of-sha512": lambda data: unpadded(
        data, block(data, bytes.fromhex("3031300d060960864801650304020305000420"))
    ),
    "garbage-after-the-hash": lambda data: unpadded(data, block(data, tail=b"garbage")),
    "block-type-2": lambda data: unpadded(data, block(data, kind=b"\2")),
    "padding-of-zeros": lambda data: unpadded(data, block(data, kind=b"\0", filling=b"\0")),
    "padding-of-others": lambda data: unpadded(data, block(data, filling=b"\xfe")),
}
refused(
    8,
    "signature_invalid signature_value_malformed",
    {f"rsa-value-{name}": lambda value=value: signed(value=value) for name, value in RSA_VALUES.items()},
    twin="response-signed",
)


def cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < number else (low, middle)
    return low


def forged_by_root(data: bytes) -> bytes:
    """Bleichenbacher's forgery of 2006, made without the key: the cube of this begins like a signature and ends in garbage."""
    begin = b"\0\1" + b"\xff" * 8 + b"\0" + PREFIX + hashlib.sha256(data).digest()
    root = cube_root(int.from_bytes(begin + bytes(256 - len(begin)), "big"))
    if not (root**3).to_bytes(256, "big").startswith(begin):
        raise AssertionError("the cube does not begin like a signature")
    return root.to_bytes(256, "big")


refused(
    8,
    "signature_invalid",
    {
        "rsa-exponent-3-forged-with-a-short-padding": lambda: okta(
            signs="response", signer=Signer(WithExponent3(), value=forged_by_root)
        )
    },
    place=HERE.but(certificates=(WithExponent3,)),
    twin="rsa-exponent-3",
)
