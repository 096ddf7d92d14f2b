"""Good responses whose assertion is encrypted, in all shapes that the profile takes."""

from .catalogue import HERE, Catalogue
from .encryption import CBC, GCM, Encryption
from .good_signatures import without_response_signature
from .keys import recipient
from .messages import RESPONSE_MARK, assertion, response, tag
from .signing import Signer, edited, element, okta, x509_data
from .vocabulary import DS, SAML

CATALOGUE = Catalogue()
accepted = CATALOGUE.accepted

CIPHERS = ["aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm"]
# Name: transport, digest (None: not written), mask (None: not written).
TRANSPORTS = {
    "mgf1p-sha1": ("rsa-oaep-mgf1p", "sha1", None),
    "mgf1p-digest-not-written": ("rsa-oaep-mgf1p", None, None),
    "mgf1p-sha256": ("rsa-oaep-mgf1p", "sha256", None),
    "oaep-sha256-mask-sha256": ("rsa-oaep", "sha256", "sha256"),
    "oaep-sha256-mask-sha1": ("rsa-oaep", "sha256", "sha1"),
    "oaep-sha1-mask-not-written": ("rsa-oaep", "sha1", None),
    "oaep-sha512-mask-sha512": ("rsa-oaep", "sha512", "sha512"),
}


def shape(cipher: str, transport: str, placement: str) -> Encryption:
    name, digest, mask = TRANSPORTS[transport]
    return Encryption(cipher, name, digest, mask, placement=placement)


# Okta's own: sibling and RetrievalMethod, OAEP with SHA-1. Every cipher in both places, then every transport with one cipher.
for cipher in CIPHERS:
    for placement in ("nested", "sibling"):
        accepted(
            {f"encrypted-{cipher}-{placement}": lambda c=cipher, p=placement: okta(encrypt=shape(c, "mgf1p-sha1", p))}
        )
for transport in list(TRANSPORTS)[1:]:
    accepted(
        {
            f"encrypted-{cipher}-{transport}": lambda c=cipher, t=transport: okta(encrypt=shape(c, t, "sibling"))
            for cipher in ("aes256-cbc", "aes256-gcm")
        }
    )

accepted(
    {
        # GCM with the inner signature alone; the Response's is not there, or was taken away on the way.
        "encrypted-gcm-assertion-signed": lambda: okta(signs="assertion", encrypt=GCM),
        "encrypted-gcm-response-signature-taken-away": lambda: without_response_signature(okta(encrypt=GCM)),
        # The Response's signature alone covers the ciphertext.
        "encrypted-gcm-response-signed": lambda: okta(signs="response", encrypt=GCM),
        "encrypted-cbc-response-signed": lambda: okta(signs="response", encrypt=CBC),
        "encrypted-cbc-whole-block-of-padding": lambda: okta(encrypt=CBC, body=whole_blocks()),
        "encrypted-cbc-padding-of-zeros": lambda: okta(encrypt=CBC.but(pad=padded_with_zeros)),
        "encrypted-with-oaep-label": lambda: okta(encrypt=GCM.but(label=b"gatehouse")),
        "encrypted-with-empty-oaep-label": lambda: okta(encrypt=GCM.but(label=b"")),
        "encrypted-with-a-long-tail-of-blanks": lambda: okta(encrypt=lambda body: GCM(body + "\n" * 700_000)),
        "encrypted-without-type": lambda: okta(encrypt=GCM.but(type=None)),
        "encrypted-values-in-lines": lambda: okta(encrypt=GCM.but(finish=in_lines)),
        "encrypted-rsa-sha512": lambda: okta(encrypt=GCM, signer=Signer(algorithm="rsa-sha512", digest="sha512")),
        "encrypted-with-recipient-and-references": lambda: okta(
            encrypt=GCM.but(placement="sibling", finish=with_references)
        ),
        # Okta tells which certificate it encrypted for.
        "encrypted-key-shows-a-certificate": lambda: okta(
            encrypt=GCM.but(placement="sibling", finish=with_certificate)
        ),
        # Declared where the ciphertext stands and not in it, as by those who encrypt an element of a tree.
        "encrypted-with-inherited-namespaces": lambda: okta(encrypt=lambda body: GCM(undeclared(body))),
        "encrypted-with-inherited-namespaces-assertion-signed": lambda: okta(
            signs="assertion", encrypt=lambda body: GCM(undeclared(body))
        ),
        "encrypted-by-xmlsec": lambda: by_xmlsec(),
    }
)
accepted({"not-encrypted-without-a-decryption-key": okta}, place=HERE.but(decryption_key=None))


def whole_blocks() -> str:
    """An assertion whose signed text is a multiple of 16 long, so that the padding is a block of its own."""
    from .messages import ASSERTION_MARK, attribute, attributes

    for length in range(16):
        text = assertion(attributes_=attributes(attribute("filling", "x" * (length + 1))))
        signed = Signer().sign(text, ASSERTION_MARK)
        if len(signed) % 16 == 0:
            return signed
    raise AssertionError("sixteen lengths, and none is a multiple of 16")


def padded_with_zeros(data: bytes) -> bytes:
    count = 16 - len(data) % 16
    return data + bytes(count - 1) + bytes([count])


def in_lines(text: str) -> str:
    pieces = text.split("<xenc:CipherValue>")
    for number, piece in enumerate(pieces[1:], 1):
        value, rest = piece.split("</xenc:CipherValue>", 1)
        lines = "\n".join(value[start : start + 76] for start in range(0, len(value), 76))
        pieces[number] = f"{lines}</xenc:CipherValue>{rest}"
    return "<xenc:CipherValue>".join(pieces)


def with_references(text: str) -> str:
    """Recipient and ReferenceList, as XML Encryption §3.5.1 describes them and some providers write them."""
    listed = (
        '<xenc:ReferenceList><xenc:DataReference URI="#id_encrypted_data"></xenc:DataReference></xenc:ReferenceList>'
    )
    return edited(
        text,
        ('Id="id_encrypted_key">', 'Id="id_encrypted_key" Recipient="https://gatehouse.example.com">'),
        ("</xenc:CipherData></xenc:EncryptedKey>", f"</xenc:CipherData>{listed}</xenc:EncryptedKey>"),
    )


def with_certificate(text: str) -> str:
    shown = x509_data(recipient()).replace("<ds:KeyInfo>", f'<ds:KeyInfo xmlns:ds="{DS}">')
    wrapped = element(text, "xenc:EncryptedKey")
    return text.replace(wrapped, wrapped.replace("<xenc:CipherData>", shown + "<xenc:CipherData>"))


def undeclared(body: str) -> str:
    return body.replace(f' xmlns:saml2="{SAML}"', "")


def by_xmlsec() -> str:
    """Encrypted by xmlsec, signed by us."""
    import xmlsec
    from lxml import etree

    from .keys import recipient
    from .messages import ASSERTION_MARK
    from .signing import parse

    signed = parse(Signer().sign(assertion(), ASSERTION_MARK))
    # Of no namespace for now: lxml would take the Assertion's own declaration away, and the plaintext could not stand alone.
    holder = etree.Element("holder")
    holder.append(signed)
    constants = xmlsec.constants
    template = xmlsec.template.encrypted_data_create(
        holder, constants.TransformAes256Gcm, type=constants.TypeEncElement, ns="xenc"
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
    wrapped = xmlsec.template.add_encrypted_key(info, constants.TransformRsaOaep)
    xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(recipient().public_pem, constants.KeyDataFormatPem))
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(constants.KeyDataAes, 256, constants.KeyDataTypeSession)
    context.encrypt_xml(template, signed)
    encrypted = tag("saml2:EncryptedAssertion", {"xmlns:saml2": SAML}, etree.tostring(holder[0], encoding="unicode"))
    return Signer().sign(response(encrypted, declaration=""), RESPONSE_MARK)
