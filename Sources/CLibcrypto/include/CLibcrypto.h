// The few operations of OpenSSL 3's libcrypto that JOSE needs and swift-crypto lacks: ECDSA on secp256k1, Ed448, X448,
// RSA-OAEP with SHA-384 and SHA-512, the padding of RSA-OAEP-256 alone, SHAKE256, and the primes of an RSA key that came
// without them.
// Why: docs/decisions/0001-libcrypto-for-rare-curves.md.
//
// Rules that hold for every function here:
// - Sizes are exact and known at compile time, or a pointer comes with its count. Nothing is read or written beyond.
// - 1 means done or valid, 0 means refused, failed or invalid; there is no third answer and no reason: a reason would be
//   an oracle for whoever sends ciphertexts. On 0 an output holds nothing of use.
// - The calling thread's error queue is left as it was found, so that a TLS engine on the same thread reads its own.
// - Secrets that a function copies are wiped before it returns.
// - A key is never written after it was made. libcrypto allows any number of threads to use such an EVP_PKEY at once:
//   each operation has a context of its own, and what the key caches inside is behind libcrypto's own locks.

#ifndef SIGNET_CLIBCRYPTO_H
#define SIGNET_CLIBCRYPTO_H

#include <stddef.h>
#include <stdint.h>

// An EVP_PKEY.
typedef struct clibcrypto_key clibcrypto_key;

// The keys of RFC 8032 and RFC 7748 that are plain octets.
typedef enum { CLIBCRYPTO_ED448 = 1, CLIBCRYPTO_X448 = 2 } clibcrypto_octet_kind;

enum {
    CLIBCRYPTO_SECP256K1_SCALAR = 32,
    CLIBCRYPTO_SECP256K1_POINT = 65,
    CLIBCRYPTO_SECP256K1_SIGNATURE = 64,
    CLIBCRYPTO_SECP256K1_DIGEST = 32,
    CLIBCRYPTO_ED448_KEY = 57,
    CLIBCRYPTO_ED448_SIGNATURE = 114,
    CLIBCRYPTO_X448_KEY = 56,
    // The octets of the longest RSA modulus.
    CLIBCRYPTO_RSA_MOST = 1024,
};

// The primes and CRT numbers of an RSA key of which only the exponents are known, each in as many octets as the modulus
// has, big-endian. Tries forty times at most: numbers that belong together fail that often once in 2^40, others always.
int clibcrypto_rsa_factors(
    const uint8_t *modulus, size_t modulus_count, const uint8_t *public_exponent, size_t public_count,
    const uint8_t *private_exponent, size_t private_count, uint8_t *p_octets, uint8_t *q_octets, uint8_t *dp_octets,
    uint8_t *dq_octets, uint8_t *qi_octets);

// Frees a key; NULL is allowed.
void clibcrypto_key_free(clibcrypto_key *key);

// A public key from its uncompressed point. NULL unless the point is on the curve and is not the point at infinity.
clibcrypto_key *clibcrypto_secp256k1_public(const uint8_t point[CLIBCRYPTO_SECP256K1_POINT]);

// A key pair from its scalar. NULL unless the scalar is from 1 to n - 1.
clibcrypto_key *clibcrypto_secp256k1_private(const uint8_t scalar[CLIBCRYPTO_SECP256K1_SCALAR]);

// The uncompressed point of a key.
int clibcrypto_secp256k1_point(const clibcrypto_key *key, uint8_t point[CLIBCRYPTO_SECP256K1_POINT]);

// Signs a digest: r and s, each 32 octets, big-endian.
int clibcrypto_secp256k1_sign(
    const clibcrypto_key *key, const uint8_t digest[CLIBCRYPTO_SECP256K1_DIGEST],
    uint8_t signature[CLIBCRYPTO_SECP256K1_SIGNATURE]);

// Checks a signature in that form; r and s outside 1 to n - 1 are invalid.
int clibcrypto_secp256k1_verify(
    const clibcrypto_key *key, const uint8_t digest[CLIBCRYPTO_SECP256K1_DIGEST],
    const uint8_t signature[CLIBCRYPTO_SECP256K1_SIGNATURE]);

// A public key from its octets. NULL if they are of the wrong number. Points are not checked.
clibcrypto_key *clibcrypto_octet_public(clibcrypto_octet_kind kind, const uint8_t *octets, size_t count);

// A key pair from the private octets. NULL if they are of the wrong number.
clibcrypto_key *clibcrypto_octet_private(clibcrypto_octet_kind kind, const uint8_t *octets, size_t count);

// The public octets of a key; 0 unless there are exactly `count`.
int clibcrypto_octet_public_octets(const clibcrypto_key *key, uint8_t *octets, size_t count);

// Whether the octets are the canonical encoding of a y for which edwards448 has a point. The arithmetic is on public
// numbers and in variable time.
int clibcrypto_ed448_is_point(const uint8_t octets[CLIBCRYPTO_ED448_KEY]);

// Signs a message with Ed448 and an empty context.
int clibcrypto_ed448_sign(
    const clibcrypto_key *key, const uint8_t *message, size_t count, uint8_t signature[CLIBCRYPTO_ED448_SIGNATURE]);

int clibcrypto_ed448_verify(
    const clibcrypto_key *key, const uint8_t *message, size_t count,
    const uint8_t signature[CLIBCRYPTO_ED448_SIGNATURE]);

// The shared secret of X448; 0 if it is all zero.
int clibcrypto_x448_agree(
    const clibcrypto_key *key, const clibcrypto_key *peer, uint8_t secret[CLIBCRYPTO_X448_KEY]);

// An RSA key from a DER RSAPublicKey or RSAPrivateKey of exactly `count` octets. The numbers must have been checked.
clibcrypto_key *clibcrypto_rsa_public(const uint8_t *der, size_t count);
clibcrypto_key *clibcrypto_rsa_private(const uint8_t *der, size_t count);

// Octets of the modulus; 0 if the key is no RSA key.
size_t clibcrypto_rsa_size(const clibcrypto_key *key);

// RSAES-OAEP with SHA-384 (bits = 384) or SHA-512 (bits = 512) for both the label's hash and MGF1, and no label.
// `ciphertext` must have exactly clibcrypto_rsa_size(key) octets.
int clibcrypto_oaep_encrypt(
    const clibcrypto_key *key, int bits, const uint8_t *plaintext, size_t count, uint8_t *ciphertext,
    size_t ciphertext_count);

// The other way. `plaintext` must have clibcrypto_rsa_size(key) octets; `plaintext_count` says how many are used. Every
// failure is the same 0. The unused rest of `plaintext` is the caller's to wipe.
int clibcrypto_oaep_decrypt(
    const clibcrypto_key *key, int bits, const uint8_t *ciphertext, size_t count, uint8_t *plaintext,
    size_t plaintext_capacity, size_t *plaintext_count);

enum {
    // The content that clibcrypto_oaep_unpad takes: content keys of JWE.
    CLIBCRYPTO_LEAST_CONTENT = 16,
    CLIBCRYPTO_MOST_CONTENT = 64,
};

// Undoes the padding of RSAES-OAEP with SHA-256 for both the label's hash and MGF1, and no label, of what raw RSA gave: an
// encoded message of 256 to 1024 octets, which is as long as the modulus. Every failure is the same 0 after the same time,
// with no branch and no address that depends on the message. `content` is wiped by the caller; what follows
// `content_count` is of no meaning.
int clibcrypto_oaep_unpad(
    const uint8_t *encoded, size_t count, uint8_t content[CLIBCRYPTO_MOST_CONTENT], size_t *content_count);

// The first octets of SHAKE256.
int clibcrypto_shake256(const uint8_t *input, size_t count, uint8_t *output, size_t output_count);

#endif
