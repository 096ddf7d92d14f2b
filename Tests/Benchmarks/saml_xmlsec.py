"""Verifies the two signatures of one response with xmlsec, over and over, and prints how many responses it does a
second of processor time.

    python saml_xmlsec.py RESPONSE-FILE PUBLIC-KEY-FILE KEY-FILE SECONDS

Parse, both signatures, and between them the decryption where there is one; no rule of SAML is looked at. Keys are read
once.
"""

import sys
import time
from pathlib import Path

import xmlsec
from lxml import etree

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
XENC = "{http://www.w3.org/2001/04/xmlenc#}"


class Verifier:
    def __init__(self, public: str, key: str):
        # A context copies its key, and a bare one is copied faster than one with a certificate.
        self.public = xmlsec.Key.from_file(public, xmlsec.KeyFormat.PEM)
        self.manager = xmlsec.KeysManager()
        self.manager.add_key(xmlsec.Key.from_file(key, xmlsec.KeyFormat.PEM))
        self.parser = etree.XMLParser(resolve_entities=False, no_network=True)

    def signature(self, element):
        context = xmlsec.SignatureContext()
        context.key = self.public
        context.register_id(element, "ID")
        context.verify(element.find(DS + "Signature"))  # raises when it does not hold

    def response(self, text: bytes):
        root = etree.fromstring(text, self.parser)
        self.signature(root)
        encrypted = root.find(f"{SAML}EncryptedAssertion/{XENC}EncryptedData")
        if encrypted is None:
            assertion = root.find(SAML + "Assertion")
        else:
            assertion = xmlsec.EncryptionContext(self.manager).decrypt(encrypted)
        self.signature(assertion)


def main():
    response, public, key, seconds = sys.argv[1:]
    text, verifier = Path(response).read_bytes(), Verifier(public, key)
    start, count = time.process_time(), 0
    end = start + float(seconds)
    while time.process_time() < end:
        for _ in range(20):
            verifier.response(text)
        count += 20
    print(f"{count / (time.process_time() - start):.0f}/s")


if __name__ == "__main__":
    main()
