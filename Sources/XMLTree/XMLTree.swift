// XMLTree: XML as strictly as a signature needs it; the product's only use of libxml2.
//
// Owns: the pre-filter on the bytes, the hardened parse, looking at elements and attributes by expanded name, exclusive
// canonicalisation, and escaping of text that is written.
// Does not own: what any element means (SAML), or cryptography.
// Flow: bytes → `XMLScan` (refuses what has no place in a message) → `XMLDocument` → `XMLElement` → canonical bytes.
