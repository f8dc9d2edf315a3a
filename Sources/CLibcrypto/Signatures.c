#include "Internal.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>

// The longest ECDSA-Sig-Value of a 256-bit curve in DER: two integers of 33 octets with their heads, and the outer head.
enum { LONGEST_DER = 72, HALF = CLIBCRYPTO_SECP256K1_SIGNATURE / 2 };

static EVP_PKEY_CTX *ready(const clibcrypto_key *key, int (*begin)(EVP_PKEY_CTX *)) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey(key), NULL);
    if (context == NULL || begin(context) != 1) {
        EVP_PKEY_CTX_free(context);
        return NULL;
    }
    return context;
}

int clibcrypto_secp256k1_sign(
    const clibcrypto_key *key, const uint8_t digest[CLIBCRYPTO_SECP256K1_DIGEST],
    uint8_t signature[CLIBCRYPTO_SECP256K1_SIGNATURE]) {
    ERR_set_mark();
    int done = 0;
    uint8_t der[LONGEST_DER];
    size_t count = sizeof der;
    EVP_PKEY_CTX *context = ready(key, EVP_PKEY_sign_init);
    if (context != NULL && EVP_PKEY_sign(context, der, &count, digest, CLIBCRYPTO_SECP256K1_DIGEST) == 1) {
        const uint8_t *next = der;
        ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &next, (long)count);
        done = parsed != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(parsed), signature, HALF) == HALF
            && BN_bn2binpad(ECDSA_SIG_get0_s(parsed), signature + HALF, HALF) == HALF;
        ECDSA_SIG_free(parsed);
    }
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();
    return done;
}

// The DER form of r and s; 0 if memory is short. At most LONGEST_DER octets.
static int encode(const uint8_t *signature, uint8_t *der) {
    ECDSA_SIG *value = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, HALF, NULL);
    BIGNUM *s = BN_bin2bn(signature + HALF, HALF, NULL);
    if (value == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(value, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(value);
        return 0;
    }
    // The numbers are now the value's to free.
    int count = i2d_ECDSA_SIG(value, NULL);
    uint8_t *next = der;
    if (count <= 0 || count > LONGEST_DER || i2d_ECDSA_SIG(value, &next) != count) count = 0;
    ECDSA_SIG_free(value);
    return count;
}

int clibcrypto_secp256k1_verify(
    const clibcrypto_key *key, const uint8_t digest[CLIBCRYPTO_SECP256K1_DIGEST],
    const uint8_t signature[CLIBCRYPTO_SECP256K1_SIGNATURE]) {
    ERR_set_mark();
    uint8_t der[LONGEST_DER];
    int count = encode(signature, der);
    EVP_PKEY_CTX *context = count > 0 ? ready(key, EVP_PKEY_verify_init) : NULL;
    int valid = context != NULL
        && EVP_PKEY_verify(context, der, (size_t)count, digest, CLIBCRYPTO_SECP256K1_DIGEST) == 1;
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();
    return valid;
}

int clibcrypto_ed448_sign(
    const clibcrypto_key *key, const uint8_t *message, size_t count, uint8_t signature[CLIBCRYPTO_ED448_SIGNATURE]) {
    ERR_set_mark();
    size_t written = CLIBCRYPTO_ED448_SIGNATURE;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = context != NULL && EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, pkey(key), NULL) == 1
        && EVP_DigestSign(context, signature, &written, message, count) == 1 && written == CLIBCRYPTO_ED448_SIGNATURE;
    EVP_MD_CTX_free(context);
    ERR_pop_to_mark();
    return done;
}

int clibcrypto_ed448_verify(
    const clibcrypto_key *key, const uint8_t *message, size_t count,
    const uint8_t signature[CLIBCRYPTO_ED448_SIGNATURE]) {
    ERR_set_mark();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int valid = context != NULL && EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, pkey(key), NULL) == 1
        && EVP_DigestVerify(context, signature, CLIBCRYPTO_ED448_SIGNATURE, message, count) == 1;
    EVP_MD_CTX_free(context);
    ERR_pop_to_mark();
    return valid;
}
