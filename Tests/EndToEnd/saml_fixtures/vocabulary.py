"""Namespaces and algorithm identifiers, spelled out here a second time: a typing error in the product must not be shared."""

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

ENVELOPED = DS + "enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
EXCLUSIVE_WITH_COMMENTS = EXCLUSIVE + "WithComments"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE_WITH_COMMENTS = INCLUSIVE + "#WithComments"
INCLUSIVE_11 = "http://www.w3.org/2006/12/xml-c14n11"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XPATH_FILTER_2 = "http://www.w3.org/2002/06/xmldsig-filter2"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
BASE64 = DS + "base64"

MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SIGNATURES = {
    "rsa-sha1": DS + "rsa-sha1",
    "rsa-sha224": MORE + "rsa-sha224",
    "rsa-sha256": MORE + "rsa-sha256",
    "rsa-sha384": MORE + "rsa-sha384",
    "rsa-sha512": MORE + "rsa-sha512",
    "rsa-md5": MORE + "rsa-md5",
    "rsa-pss-sha256": "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
    "ecdsa-sha1": MORE + "ecdsa-sha1",
    "ecdsa-sha256": MORE + "ecdsa-sha256",
    "ecdsa-sha384": MORE + "ecdsa-sha384",
    "ecdsa-sha512": MORE + "ecdsa-sha512",
    "dsa-sha256": "http://www.w3.org/2009/xmldsig11#dsa-sha256",
    "ed25519": "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
    "hmac-sha1": DS + "hmac-sha1",
    "hmac-sha256": MORE + "hmac-sha256",
    "hmac-sha512": MORE + "hmac-sha512",
}
DIGESTS = {
    "md5": MORE + "md5",
    "sha1": DS + "sha1",
    "sha224": MORE + "sha224",
    "sha256": XENC + "sha256",
    "sha384": MORE + "sha384",
    "sha512": XENC + "sha512",
    "sha3-256": "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
    "ripemd160": XENC + "ripemd160",
}
CIPHERS = {
    "aes128-cbc": XENC + "aes128-cbc",
    "aes192-cbc": XENC + "aes192-cbc",
    "aes256-cbc": XENC + "aes256-cbc",
    "tripledes-cbc": XENC + "tripledes-cbc",
    "aes128-gcm": XENC11 + "aes128-gcm",
    "aes192-gcm": XENC11 + "aes192-gcm",
    "aes256-gcm": XENC11 + "aes256-gcm",
}
TRANSPORTS = {
    "rsa-1_5": XENC + "rsa-1_5",
    "rsa-oaep-mgf1p": XENC + "rsa-oaep-mgf1p",
    "rsa-oaep": XENC11 + "rsa-oaep",
    "kw-aes256": XENC + "kw-aes256",
}
MASKS = {name: XENC11 + "mgf1" + name for name in ("sha1", "sha224", "sha256", "sha384", "sha512")}

BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
HOLDER_OF_KEY = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
SENDER_VOUCHES = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"

UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
NAME_ID_FORMATS = {
    "unspecified": UNSPECIFIED,
    "email-address": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "x509-subject-name": "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName",
    "persistent": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "transient": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
}
