// The floor of SAML verification: what libxml2 and OpenSSL need for the two signatures of one response, over and over
// on one core; prints how many responses it does a second of processor time.
//
//   saml-floor RESPONSE-FILE CERTIFICATE-FILE KEY-FILE SECONDS
//
// This is no verifier. It takes the first element of each name, looks at no ID, transform, algorithm, time or audience,
// and believes what it reads: it shows what the arithmetic alone costs. Keys are read once. Used by saml.py.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static void need(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "saml-floor: %s\n", what);
        exit(1);
    }
}

static EVP_MD *sha256;
static EVP_PKEY *signer, *recipient;
static EVP_ENCODE_CTX *decoder;

// MARK: Looking at the tree

static int is_named(const xmlNode *node, const char *name) {
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *optional_child(const xmlNode *parent, const char *name) {
    xmlNode *node;
    for (node = parent->children; node != NULL; node = node->next) {
        if (is_named(node, name)) return node;
    }
    return NULL;
}

static xmlNode *child(const xmlNode *parent, const char *name) {
    xmlNode *node = optional_child(parent, name);
    need(node != NULL, name);
    return node;
}

// The octets of an element's base64, into a buffer that is large enough.
static int octets(const xmlNode *element, unsigned char *output) {
    const xmlNode *text = element->children;
    int count = 0, rest = 0;
    need(text != NULL && text->content != NULL, "there is no base64");
    EVP_DecodeInit(decoder);
    need(EVP_DecodeUpdate(decoder, output, &count, text->content, (int)strlen((const char *)text->content)) >= 0
             && EVP_DecodeFinal(decoder, output + count, &rest) == 1,
         "the base64 is malformed");
    return count + rest;
}

// MARK: Signatures

typedef struct {
    const xmlNode *apex, *omitted;
    const xmlNode *last;  // the element asked about last, and what the answer was
    int last_is_inside;
} subtree;

// An element is visible when it is below the apex and not in what is omitted; everything else is where its element is.
static int is_visible(void *data, xmlNode *node, xmlNode *parent) {
    subtree *tree = data;
    const xmlNode *element = node->type == XML_ELEMENT_NODE ? node : parent;
    const xmlNode *place;
    if (element == tree->last) return tree->last_is_inside;
    for (place = element; place != NULL && place != tree->apex && place != tree->omitted;) place = place->parent;
    tree->last = element;
    return tree->last_is_inside = place != NULL && place == tree->apex;
}

static xmlOutputBuffer *canonical(xmlNode *apex, const xmlNode *omitted, xmlChar **prefixes) {
    subtree tree = {apex, omitted, NULL, 0};
    // libxml2 walks a whole document, so it gets the head of one that begins at the apex and ends with it.
    xmlDoc head = *apex->doc;
    xmlNode *next = apex->next;
    xmlOutputBuffer *output = xmlAllocOutputBuffer(NULL);
    head.children = apex;
    apex->next = NULL;
    need(output != NULL
             && xmlC14NExecute(&head, is_visible, &tree, XML_C14N_EXCLUSIVE_1_0, prefixes, 0, output) >= 0,
         "canonicalisation failed");
    apex->next = next;
    return output;
}

// The one prefix of the last transform's PrefixList, if there is one.
static xmlChar *inclusive_prefix(const xmlNode *reference) {
    const xmlNode *transform = child(reference, "Transforms")->last;
    const xmlNode *inclusive = optional_child(transform, "InclusiveNamespaces");
    return inclusive == NULL ? NULL : inclusive->properties->children->content;
}

static void verify(xmlNode *element) {
    xmlNode *signature = child(element, "Signature");
    xmlNode *info = child(signature, "SignedInfo");
    xmlNode *reference = child(info, "Reference");
    xmlChar *prefixes[] = {inclusive_prefix(reference), NULL};
    unsigned char stated[1024], computed[EVP_MAX_MD_SIZE];
    unsigned int length;
    int count;

    xmlOutputBuffer *octets_signed = canonical(element, signature, prefixes);
    count = octets(child(reference, "DigestValue"), stated);
    need(EVP_Digest(xmlOutputBufferGetContent(octets_signed), xmlOutputBufferGetSize(octets_signed), computed, &length,
                    sha256, NULL) == 1
             && count == (int)length && memcmp(stated, computed, length) == 0,
         "a digest differs");
    xmlOutputBufferClose(octets_signed);

    xmlOutputBuffer *octets_info = canonical(info, NULL, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    count = octets(child(signature, "SignatureValue"), stated);
    need(EVP_DigestVerifyInit(context, NULL, sha256, NULL, signer) == 1
             && EVP_DigestVerify(context, stated, count, xmlOutputBufferGetContent(octets_info),
                                 xmlOutputBufferGetSize(octets_info)) == 1,
         "a signature does not verify");
    EVP_MD_CTX_free(context);
    xmlOutputBufferClose(octets_info);
}

// MARK: Encryption

static const EVP_CIPHER *cipher(const xmlNode *data, size_t key_length, int *is_gcm) {
    const xmlNode *method = child(data, "EncryptionMethod");
    *is_gcm = strstr((const char *)method->properties->children->content, "gcm") != NULL;
    if (*is_gcm) return key_length == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    return key_length == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
}

// The plaintext, which takes the ciphertext's place in a buffer that the caller frees.
static unsigned char *decrypted(const xmlNode *encrypted, int *length) {
    xmlNode *data = child(encrypted, "EncryptedData");
    xmlNode *key = optional_child(encrypted, "EncryptedKey");
    if (key == NULL) key = child(child(data, "KeyInfo"), "EncryptedKey");

    unsigned char wrapped[1024], unwrapped[1024];
    size_t key_length = sizeof unwrapped;
    int count = octets(child(child(key, "CipherData"), "CipherValue"), wrapped);
    EVP_PKEY_CTX *transport = EVP_PKEY_CTX_new_from_pkey(NULL, recipient, NULL);
    need(EVP_PKEY_decrypt_init(transport) == 1 && EVP_PKEY_CTX_set_rsa_padding(transport, RSA_PKCS1_OAEP_PADDING) == 1
             && EVP_PKEY_decrypt(transport, unwrapped, &key_length, wrapped, count) == 1,
         "the key cannot be unwrapped");
    EVP_PKEY_CTX_free(transport);

    const xmlNode *value = child(child(data, "CipherData"), "CipherValue");
    unsigned char *bytes = malloc(strlen((const char *)value->children->content));
    unsigned char *plaintext = malloc(strlen((const char *)value->children->content));
    int total = octets(value, bytes), is_gcm, first, last;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    need(EVP_DecryptInit_ex(context, cipher(data, key_length, &is_gcm), NULL, unwrapped, bytes) == 1, "no cipher");
    int start = is_gcm ? 12 : 16, tag = is_gcm ? 16 : 0;
    if (is_gcm) EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag, bytes + total - tag);
    EVP_CIPHER_CTX_set_padding(context, 0);
    need(EVP_DecryptUpdate(context, plaintext, &first, bytes + start, total - start - tag) == 1
             && EVP_DecryptFinal_ex(context, plaintext + first, &last) == 1,
         "the ciphertext cannot be decrypted");
    *length = is_gcm ? first : first - plaintext[first - 1];
    EVP_CIPHER_CTX_free(context);
    free(bytes);
    return plaintext;
}

// MARK: The loop

static xmlDoc *parsed(const unsigned char *bytes, int length) {
    xmlDoc *document = xmlReadMemory((const char *)bytes, length, NULL, NULL, XML_PARSE_NONET | XML_PARSE_COMPACT);
    need(document != NULL, "the document cannot be parsed");
    return document;
}

static void verify_response(const unsigned char *bytes, int length) {
    xmlDoc *document = parsed(bytes, length);
    xmlNode *response = xmlDocGetRootElement(document);
    xmlNode *encrypted = optional_child(response, "EncryptedAssertion");
    verify(response);
    if (encrypted == NULL) {
        verify(child(response, "Assertion"));
    } else {
        int count;
        unsigned char *plaintext = decrypted(encrypted, &count);
        xmlDoc *inner = parsed(plaintext, count);
        verify(xmlDocGetRootElement(inner));
        xmlFreeDoc(inner);
        free(plaintext);
    }
    xmlFreeDoc(document);
}

static FILE *opened(const char *path) {
    FILE *file = fopen(path, "rb");
    need(file != NULL, path);
    return file;
}

static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    static unsigned char response[1 << 20];
    if (count != 5) {
        fprintf(stderr, "usage: saml-floor RESPONSE-FILE CERTIFICATE-FILE KEY-FILE SECONDS\n");
        return 64;
    }
    int length = (int)fread(response, 1, sizeof response, opened(arguments[1]));
    X509 *certificate = PEM_read_X509(opened(arguments[2]), NULL, NULL, NULL);
    need(certificate != NULL, "there is no certificate");
    signer = X509_get_pubkey(certificate);
    recipient = PEM_read_PrivateKey(opened(arguments[3]), NULL, NULL, NULL);
    need(signer != NULL && recipient != NULL, "there is no key");
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    decoder = EVP_ENCODE_CTX_new();
    xmlInitParser();

    double start = processor_seconds(), elapsed = 0, rounds = 0;
    while (elapsed < atof(arguments[4])) {
        int round;
        for (round = 0; round < 20; round++) verify_response(response, length);
        rounds += 20;
        elapsed = processor_seconds() - start;
    }
    printf("%.0f/s\n", rounds / elapsed);
    return 0;
}
