// What the tests of XMLTree and SAML share: an exclusive canonicalisation of their own, and signing with fresh keys.
