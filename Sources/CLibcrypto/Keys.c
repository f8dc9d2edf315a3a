#include "Internal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <string.h>

void clibcrypto_key_free(clibcrypto_key *key) { EVP_PKEY_free(pkey(key)); }

// Takes ownership of `key` and frees it unless libcrypto finds it sound.
static EVP_PKEY *checked(EVP_PKEY *key, int (*check)(EVP_PKEY_CTX *)) {
    if (key == NULL) return NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    int sound = context != NULL && check(context) == 1;
    EVP_PKEY_CTX_free(context);
    if (!sound) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

static EVP_PKEY *secp256k1_from_point(const uint8_t *point) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    char group[] = "secp256k1";
    uint8_t copy[CLIBCRYPTO_SECP256K1_POINT];
    memcpy(copy, point, sizeof copy);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, sizeof copy),
        OSSL_PARAM_construct_end(),
    };
    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    return key;
}

clibcrypto_key *clibcrypto_secp256k1_public(const uint8_t point[CLIBCRYPTO_SECP256K1_POINT]) {
    // Compressed and hybrid forms, and infinity, begin otherwise.
    if (point[0] != 0x04) return NULL;
    ERR_set_mark();
    EVP_PKEY *key = checked(secp256k1_from_point(point), EVP_PKEY_public_check);
    ERR_pop_to_mark();
    return handle(key);
}

clibcrypto_key *clibcrypto_secp256k1_private(const uint8_t scalar[CLIBCRYPTO_SECP256K1_SCALAR]) {
    // An ECPrivateKey (RFC 5915) with the curve's name and no public key: reading it computes that.
    static const uint8_t before[] = {0x30, 0x2E, 0x02, 0x01, 0x01, 0x04, CLIBCRYPTO_SECP256K1_SCALAR};
    static const uint8_t after[] = {0xA0, 0x07, 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x0A};
    uint8_t der[sizeof before + CLIBCRYPTO_SECP256K1_SCALAR + sizeof after];
    memcpy(der, before, sizeof before);
    memcpy(der + sizeof before, scalar, CLIBCRYPTO_SECP256K1_SCALAR);
    memcpy(der + sizeof before + CLIBCRYPTO_SECP256K1_SCALAR, after, sizeof after);

    ERR_set_mark();
    const uint8_t *next = der;
    EVP_PKEY *key = d2i_PrivateKey_ex(EVP_PKEY_EC, NULL, &next, sizeof der, NULL, NULL);
    // Range of the scalar, the point on the curve, and one belonging to the other.
    key = checked(key, EVP_PKEY_check);
    ERR_pop_to_mark();
    OPENSSL_cleanse(der, sizeof der);
    return handle(key);
}

int clibcrypto_secp256k1_point(const clibcrypto_key *key, uint8_t point[CLIBCRYPTO_SECP256K1_POINT]) {
    ERR_set_mark();
    size_t written = 0;
    int done = EVP_PKEY_get_octet_string_param(
                   pkey(key), OSSL_PKEY_PARAM_PUB_KEY, point, CLIBCRYPTO_SECP256K1_POINT, &written) == 1
        && written == CLIBCRYPTO_SECP256K1_POINT && point[0] == 0x04;
    ERR_pop_to_mark();
    return done;
}

static const char *name(clibcrypto_octet_kind kind) { return kind == CLIBCRYPTO_ED448 ? "ED448" : "X448"; }

clibcrypto_key *clibcrypto_octet_public(clibcrypto_octet_kind kind, const uint8_t *octets, size_t count) {
    ERR_set_mark();
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(NULL, name(kind), NULL, octets, count);
    ERR_pop_to_mark();
    return handle(key);
}

clibcrypto_key *clibcrypto_octet_private(clibcrypto_octet_kind kind, const uint8_t *octets, size_t count) {
    ERR_set_mark();
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(NULL, name(kind), NULL, octets, count);
    ERR_pop_to_mark();
    return handle(key);
}

int clibcrypto_octet_public_octets(const clibcrypto_key *key, uint8_t *octets, size_t count) {
    ERR_set_mark();
    size_t written = count;
    int done = EVP_PKEY_get_raw_public_key(pkey(key), octets, &written) == 1 && written == count;
    ERR_pop_to_mark();
    return done;
}

// Gives the key up unless all of the DER was used.
static EVP_PKEY *whole(EVP_PKEY *key, const uint8_t *next, const uint8_t *end) {
    if (key != NULL && next == end) return key;
    EVP_PKEY_free(key);
    return NULL;
}

clibcrypto_key *clibcrypto_rsa_public(const uint8_t *der, size_t count) {
    if (count > 1 << 16) return NULL;
    ERR_set_mark();
    const uint8_t *next = der;
    EVP_PKEY *key = whole(d2i_PublicKey(EVP_PKEY_RSA, NULL, &next, (long)count), next, der + count);
    ERR_pop_to_mark();
    return handle(key);
}

clibcrypto_key *clibcrypto_rsa_private(const uint8_t *der, size_t count) {
    if (count > 1 << 16) return NULL;
    ERR_set_mark();
    const uint8_t *next = der;
    EVP_PKEY *key = whole(d2i_PrivateKey_ex(EVP_PKEY_RSA, NULL, &next, (long)count, NULL, NULL), next, der + count);
    ERR_pop_to_mark();
    return handle(key);
}

size_t clibcrypto_rsa_size(const clibcrypto_key *key) {
    if (EVP_PKEY_is_a(pkey(key), "RSA") != 1) return 0;
    int size = EVP_PKEY_get_size(pkey(key));
    return size > 0 ? (size_t)size : 0;
}
