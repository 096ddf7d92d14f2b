// SAML: this gateway as a service provider of SAML 2.0, pure: bytes, keys and the time in, a value out.
//
// Owns: authentication requests, the strict signature profile, what a response and its assertion must say, decryption,
// single logout, metadata, and the trace that tells an administrator why a message was refused.
// Does not own: HTTP, cookies, storage, or fetching anything.
// Flow: XMLTree → `ResponseVerifier` (structure → signature → only signed bytes → assertion) → `VerifiedAssertion` →
// `VerifiedIdentity`.
