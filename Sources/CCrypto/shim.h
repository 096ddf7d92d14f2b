// What is used of OpenSSL's libcrypto. Of the product only the target Cryptography imports this; the simulator does too,
// and has code of its own on top.
#ifndef GATEHOUSE_CCRYPTO_SHIM_H
#define GATEHOUSE_CCRYPTO_SHIM_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

// A macro made of a macro, which Swift cannot import.
static inline int gatehouse_EVP_PKEY_PUBLIC_KEY(void) { return EVP_PKEY_PUBLIC_KEY; }

// XN_FLAG_RFC2253 escapes control characters and everything that is not ASCII.
static inline int gatehouse_print_name(BIO *output, const X509_NAME *name) {
    return X509_NAME_print_ex(output, name, 0, XN_FLAG_RFC2253);
}

// The context takes over the label that it is given, and only one that OpenSSL allocated.
static inline int gatehouse_set_oaep_label(EVP_PKEY_CTX *context, const unsigned char *label, size_t length) {
    if (length == 0) { return 1; }
    void *copy = OPENSSL_memdup(label, length);
    if (copy == NULL) { return 0; }
    int result = EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, (int)length);
    if (result != 1) { OPENSSL_free(copy); }
    return result;
}

// Making keys from their numbers happens in C: the parameter builder keeps the pointers that it is given, names included,
// and those of a Swift string live no longer than the call.

static inline EVP_PKEY *gatehouse_public_key(const char *algorithm, OSSL_PARAM_BLD *builder) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return key;
}

// NULL when the numbers make no key.
static inline EVP_PKEY *gatehouse_rsa_public_key(const BIGNUM *modulus, const BIGNUM *exponent) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1
        && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1) {
        key = gatehouse_public_key("RSA", builder);
    }
    OSSL_PARAM_BLD_free(builder);
    return key;
}

// NULL when the point (0x04, x, y) is not on the curve.
static inline EVP_PKEY *gatehouse_ec_public_key(const char *curve, const unsigned char *point, size_t length) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder != NULL && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) == 1
        && OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, length) == 1) {
        key = gatehouse_public_key("EC", builder);
    }
    OSSL_PARAM_BLD_free(builder);
    return key;
}

#endif
