#include "Internal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rsa.h>

// A context with OAEP set up, or NULL. MGF1 takes the hash that OAEP has unless it is told another.
static EVP_PKEY_CTX *padded(const clibcrypto_key *key, int bits, int (*begin)(EVP_PKEY_CTX *)) {
    const EVP_MD *hash = bits == 384 ? EVP_sha384() : bits == 512 ? EVP_sha512() : NULL;
    if (hash == NULL || EVP_PKEY_is_a(pkey(key), "RSA") != 1) return NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey(key), NULL);
    if (context == NULL || begin(context) != 1 || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) != 1
        || EVP_PKEY_CTX_set_rsa_oaep_md(context, hash) != 1 || EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) != 1) {
        EVP_PKEY_CTX_free(context);
        return NULL;
    }
    return context;
}

int clibcrypto_oaep_encrypt(
    const clibcrypto_key *key, int bits, const uint8_t *plaintext, size_t count, uint8_t *ciphertext,
    size_t ciphertext_count) {
    if (ciphertext_count == 0 || ciphertext_count != clibcrypto_rsa_size(key)) return 0;
    ERR_set_mark();
    size_t written = ciphertext_count;
    EVP_PKEY_CTX *context = padded(key, bits, EVP_PKEY_encrypt_init);
    int done = context != NULL && EVP_PKEY_encrypt(context, ciphertext, &written, plaintext, count) == 1
        && written == ciphertext_count;
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();
    return done;
}

int clibcrypto_oaep_decrypt(
    const clibcrypto_key *key, int bits, const uint8_t *ciphertext, size_t count, uint8_t *plaintext,
    size_t plaintext_capacity, size_t *plaintext_count) {
    *plaintext_count = 0;
    if (count == 0 || count != clibcrypto_rsa_size(key) || plaintext_capacity < count) return 0;
    ERR_set_mark();
    size_t written = plaintext_capacity;
    EVP_PKEY_CTX *context = padded(key, bits, EVP_PKEY_decrypt_init);
    int done = context != NULL && EVP_PKEY_decrypt(context, plaintext, &written, ciphertext, count) == 1
        && written <= plaintext_capacity;
    EVP_PKEY_CTX_free(context);
    // Popped without looking: what stands there would tell the kinds of failure apart.
    ERR_pop_to_mark();
    if (done) *plaintext_count = written;
    return done;
}
