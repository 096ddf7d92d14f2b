"""Rule 8: transforms and algorithms, and the keys they are used with. The signatures verify, for whoever does as told."""

from .bad_bytes import MALLORY
from .catalogue import Catalogue
from .good_signatures import pinned, with_key
from .keys import Identity, hmac_value, idp
from .messages import RESPONSE_MARK, SUBJECT, assertion, response, tag
from .signing import Signer, inclusive_namespaces, okta, transform
from .vocabulary import (
    BASE64,
    DIGESTS,
    ENVELOPED,
    EXCLUSIVE,
    EXCLUSIVE_WITH_COMMENTS,
    INCLUSIVE,
    INCLUSIVE_11,
    INCLUSIVE_WITH_COMMENTS,
    SIGNATURES,
    XPATH,
    XPATH_FILTER_2,
    XSLT,
)

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


def signed(**options) -> str:
    """A Response whose only signature is made like this."""
    return okta(signs="response", signer=Signer(**options))


def transformed(*transforms: str, **options) -> str:
    return signed(transforms="".join(transforms), **options)


ENVELOPE, C14N = transform(ENVELOPED), transform(EXCLUSIVE, inclusive_namespaces("xs"))
SHEET = (
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/">'
    '<xsl:copy-of select="."></xsl:copy-of></xsl:template></xsl:stylesheet>'
)
OTHER_TRANSFORMS = {
    "none": (),
    "enveloped-only": (ENVELOPE,),
    "exclusive-only": (C14N,),
    "in-the-other-order": (C14N, ENVELOPE),
    "enveloped-twice": (ENVELOPE, ENVELOPE),
    "exclusive-twice": (ENVELOPE, C14N, C14N),
    "three-with-base64": (ENVELOPE, C14N, transform(BASE64)),
    "base64": (ENVELOPE, transform(BASE64)),
    # CVE-2022-47966: a stylesheet that ran before anything was verified.
    "xslt": (ENVELOPE, transform(XSLT, SHEET)),
    "xslt-before": (transform(XSLT, SHEET), ENVELOPE, C14N),
    "xpath": (transform(XPATH, tag("ds:XPath", {}, "not(ancestor-or-self::ds:Signature)")), C14N),
    "xpath-third": (ENVELOPE, transform(XPATH, tag("ds:XPath", {}, "self::node()")), C14N),
    "xpath-filter": (transform(XPATH_FILTER_2), C14N),
    "exclusive-with-comments": (ENVELOPE, transform(EXCLUSIVE_WITH_COMMENTS)),
    "inclusive": (ENVELOPE, transform(INCLUSIVE)),
    "inclusive-with-comments": (ENVELOPE, transform(INCLUSIVE_WITH_COMMENTS)),
    "inclusive-1-1": (ENVELOPE, transform(INCLUSIVE_11)),
    "unknown": (ENVELOPE, transform("http://example.com/transform")),
    "algorithm-empty": (ENVELOPE, transform("")),
    "algorithm-missing": (ENVELOPE, tag("ds:Transform")),
    "algorithm-with-a-blank": (ENVELOPE, transform(EXCLUSIVE + " ", inclusive_namespaces("xs"))),
    "xpath-within-enveloped": (transform(ENVELOPED, tag("ds:XPath", {}, "//x")), C14N),
    "text-within-enveloped": (transform(ENVELOPED, "x"), C14N),
    "text-within-exclusive": (ENVELOPE, transform(EXCLUSIVE, "x" + inclusive_namespaces("xs"))),
    "inclusive-namespaces-two": (ENVELOPE, transform(EXCLUSIVE, inclusive_namespaces("xs") * 2)),
    "inclusive-namespaces-elsewhere": (
        ENVELOPE,
        transform(EXCLUSIVE, inclusive_namespaces("xs").replace(EXCLUSIVE, "urn:x")),
    ),
    "text-between": (ENVELOPE, "x", C14N),
}
INCLUSIVE_OCTETS = {
    "inclusive": INCLUSIVE,
    "inclusive-with-comments": INCLUSIVE_WITH_COMMENTS,
    "inclusive-1-1": INCLUSIVE,
}
refused(
    8,
    "transforms_unsupported",
    {
        f"transforms-{name}": lambda list=list, name=name: transformed(
            *list, octets_by=INCLUSIVE_OCTETS.get(name, EXCLUSIVE)
        )
        for name, list in OTHER_TRANSFORMS.items()
    },
    twin="response-signed",
)
refused(
    8,
    "canonicalization_unsupported",
    {
        f"canonicalization-{name}": lambda uri=uri, real=real: signed(
            canonicalization=real,
            signed_info=lambda text: text.replace(f'Method Algorithm="{real}"', f'Method Algorithm="{uri}"'),
        )
        for name, uri, real in (
            ("inclusive", INCLUSIVE, INCLUSIVE),
            ("inclusive-with-comments", INCLUSIVE_WITH_COMMENTS, INCLUSIVE_WITH_COMMENTS),
            ("inclusive-1-1", INCLUSIVE_11, INCLUSIVE),
            ("exclusive-with-comments", EXCLUSIVE_WITH_COMMENTS, EXCLUSIVE_WITH_COMMENTS),
            ("unknown", "urn:example:none", EXCLUSIVE),
            ("empty", "", EXCLUSIVE),
        )
    },
    twin="response-signed",
)

# Algorithms


def with_secret(name: str, secret: bytes, **options) -> str:
    """A forged response under an HMAC whose secret everybody knows."""
    forged = assertion(mark="").replace(SUBJECT, MALLORY)
    signer = Signer(algorithm=f"hmac-{name}", value=lambda data: hmac_value(name, secret, data), **options)
    return signer.sign(response(forged), RESPONSE_MARK)


SECRETS = {
    "public-key-pem": lambda: idp().public_pem,
    "certificate-pem": lambda: idp().pem.encode(),
    "certificate-der": lambda: idp().der,
    "certificate-text": lambda: idp().certificate_text.encode(),
    "empty": lambda: b"",
    "modulus": lambda: idp().private.public_key().public_numbers().n.to_bytes(256, "big"),
}
refused(
    8,
    "signature_algorithm_symmetric signature_algorithm_unsupported signature_value_malformed signed_info_malformed",
    {
        f"hmac-sha256-with-{name}": lambda secret=secret: with_secret("sha256", secret())
        for name, secret in SECRETS.items()
    }
    | {
        f"hmac-{name}-with-certificate-pem": lambda name=name: with_secret(name, idp().pem.encode())
        for name in ("sha1", "sha512")
    }
    | {
        "algorithm-rsa-md5": lambda: signed(algorithm="rsa-md5"),
        "algorithm-rsa-sha224": lambda: signed(algorithm="rsa-sha224"),
        "algorithm-rsa-pss": lambda: signed(algorithm="rsa-pss-sha256"),
        "algorithm-unknown": lambda: signed(
            algorithm="urn:example:none", value=lambda data: idp().sign("rsa-sha256", data)
        ),
        "algorithm-empty": lambda: signed(algorithm="", value=lambda data: idp().sign("rsa-sha256", data)),
        "algorithm-missing": lambda: signed(
            signed_info=lambda text: text.replace(f' Algorithm="{SIGNATURES["rsa-sha256"]}"', "")
        ),
        "algorithm-of-a-digest": lambda: signed(
            algorithm=DIGESTS["sha256"], value=lambda data: idp().sign("rsa-sha256", data)
        ),
        "algorithm-in-capitals": lambda: signed(
            algorithm=SIGNATURES["rsa-sha256"].upper(), value=lambda data: idp().sign("rsa-sha256", data)
        ),
        "algorithm-with-a-blank": lambda: signed(
            algorithm=SIGNATURES["rsa-sha256"] + " ", value=lambda data: idp().sign("rsa-sha256", data)
        ),
        "algorithm-none": lambda: signed(algorithm="none", value=lambda data: b""),
    },
    twin="response-signed",
)
refused(
    8,
    "digest_algorithm_unsupported signed_info_malformed",
    {f"digest-{name}": lambda name=name: signed(digest=name) for name in ("md5", "sha224", "sha3-256", "ripemd160")}
    | {
        "digest-unknown": lambda: signed(digest="urn:example:none"),
        "digest-empty-algorithm": lambda: signed(digest=""),
        "digest-algorithm-missing": lambda: signed(
            signed_info=lambda text: text.replace(f' Algorithm="{DIGESTS["sha256"]}"', "")
        ),
    },
    twin="response-signed",
)
refused(
    8,
    "digest_algorithm_sha1 signature_algorithm_sha1",
    {
        "sha1-without-leave": lambda: signed(algorithm="rsa-sha1", digest="sha1"),
        "sha1-signature-without-leave": lambda: signed(algorithm="rsa-sha1"),
        "sha1-digest-without-leave": lambda: signed(digest="sha1"),
        "sha1-on-the-assertion-only": lambda: okta(
            signer=Signer(algorithm="rsa-sha1", digest="sha1"), response_signer=Signer()
        ),
    },
    twin="sha1-allowed",
)
refused(
    8,
    "digest_algorithm_unsupported signature_algorithm_unsupported",
    {
        "ecdsa-sha1-though-sha1-is-allowed": lambda: okta(signs="response", signer=with_key("P-256", "ecdsa-sha1")),
        "md5-though-sha1-is-allowed": lambda: okta(signs="response", signer=with_key("P-256", "ecdsa-sha256", "md5")),
    },
    place=pinned(Identity("idp", "P-256")).but(allow_sha1=True),
    twin="ecdsa-p-256-sha256",
)

# The algorithm and the key's type belong together.
refused(
    8,
    "key_algorithm_mismatch signature_algorithm_unsupported signature_invalid",
    {
        "algorithm-ecdsa-with-an-rsa-key": lambda: signed(
            algorithm="ecdsa-sha256", value=lambda data: idp().sign("rsa-sha256", data)
        ),
        "algorithm-dsa-with-an-rsa-key": lambda: signed(
            algorithm="dsa-sha256", value=lambda data: idp().sign("rsa-sha256", data)
        ),
        "algorithm-claims-sha512": lambda: signed(
            algorithm="rsa-sha512", value=lambda data: idp().sign("rsa-sha256", data)
        ),
    },
    twin="response-signed",
)
refused(
    8,
    "key_algorithm_mismatch key_not_pinned",
    {
        "algorithm-rsa-with-an-elliptic-key": lambda: okta(
            signs="response",
            signer=Signer(
                Identity("idp", "P-256"), value=lambda data: Identity("idp", "P-256").sign("ecdsa-sha256", data)
            ),
        )
    },
    place=pinned(Identity("idp", "P-256")),
    twin="ecdsa-p-256-sha256",
)
refused(
    8,
    "key_too_short",
    {
        "key-rsa-1024": lambda: okta(signs="response", signer=with_key("RSA-1024", "rsa-sha256")),
        "key-rsa-1024-with-sha512": lambda: okta(signs="response", signer=with_key("RSA-1024", "rsa-sha512", "sha512")),
    },
    place=pinned(Identity("idp", "RSA-1024")),
    twin="rsa-3072",
)
refused(
    8,
    "signature_invalid",
    {"key-rsa-1024-beside-a-long-one": lambda: okta(signs="response", signer=with_key("RSA-1024", "rsa-sha256"))},
    place=pinned(idp(), Identity("idp", "RSA-1024")),
)
refused(
    8,
    "key_too_short",
    {"key-rsa-2040": lambda: okta(signs="response", signer=with_key("RSA-2040", "rsa-sha256"))},
    place=pinned(Identity("idp", "RSA-2040")),
    twin="rsa-3072",
)

refused(
    8,
    "signature_algorithm_unsupported",
    {"algorithm-ed25519": lambda: okta(signs="response", signer=with_key("Ed25519", "ed25519"))},
    place=pinned(idp(), Identity("idp", "P-256")),
)
refused(
    8,
    "prefix_list_malformed",
    {
        "prefix-list-of-17": lambda: okta(signer=Signer(prefixes=" ".join(f"p{n}" for n in range(16)) + " xs")),
        "prefix-list-of-markup": lambda: signed(signed_info=lambda text: text.replace('"xs"', '"xs &lt;"')),
        "prefix-list-with-a-colon": lambda: signed(signed_info=lambda text: text.replace('"xs"', '"xs:y"')),
    },
    twin="prefix-list-of-16",
)
