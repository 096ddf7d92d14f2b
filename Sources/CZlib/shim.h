// What is used of zlib: raw DEFLATE for SAML's redirect binding. Of the product only SAML/Bindings/Deflate.swift imports
// this.
#ifndef GATEHOUSE_CZLIB_SHIM_H
#define GATEHOUSE_CZLIB_SHIM_H

#include <zlib.h>

// Macros with arguments, which Swift cannot import. Window bits below zero: raw DEFLATE (RFC 1951) without a header.

static inline int gatehouse_raw_inflate_init(z_stream *stream) { return inflateInit2(stream, -15); }

static inline int gatehouse_raw_deflate_init(z_stream *stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}

#endif
