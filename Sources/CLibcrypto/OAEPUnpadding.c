#include "Internal.h"

#include <openssl/crypto.h>
#include <string.h>

// EME-OAEP decoding with SHA-256 and no label (RFC 8017 section 7.1.2 step 3) of an encoded message that another party's
// raw RSA gave.
//
// Which of the three things is wrong must not show (Manger, CRYPTO 2001): whoever learns whether the first octet is zero
// decrypts any ciphertext. So nothing here branches on the message or indexes by it before all is known, and what is
// known then is one bit. Conditions are masks of all ones or none.

enum { HASH = 32, LEAST = 256, MOST = 1024 };

// Keeps the compiler from seeing that a mask has two values only, from which it would make a branch.
static inline uint32_t hidden(uint32_t value) {
    __asm__("" : "+r"(value));
    return value;
}

static inline uint32_t is_zero(uint32_t value) { return hidden(0 - ((~value & (value - 1)) >> 31)); }
static inline uint32_t is_equal(uint32_t a, uint32_t b) { return is_zero(a ^ b); }
// For values below 2^31.
static inline uint32_t is_less(uint32_t a, uint32_t b) { return hidden(0 - ((a - b) >> 31)); }
static inline uint32_t either(uint32_t mask, uint32_t a, uint32_t b) { return (mask & a) | (~mask & b); }

// MGF1 with SHA-256 (RFC 8017 appendix B.2.1): adds the mask that `seed` gives to `target`. `seed` has room for four
// octets more.
static int add_mask(uint8_t *target, size_t target_count, uint8_t *seed, size_t seed_count) {
    uint8_t digest[HASH];
    int done = 1;
    for (size_t start = 0; start < target_count && done; start += HASH) {
        size_t counter = start / HASH;
        seed[seed_count] = seed[seed_count + 1] = 0;
        seed[seed_count + 2] = (uint8_t)(counter >> 8);
        seed[seed_count + 3] = (uint8_t)counter;
        done = EVP_Digest(seed, seed_count + 4, digest, NULL, EVP_sha256(), NULL) == 1;
        for (size_t i = 0; i < HASH && start + i < target_count; i++) target[start + i] ^= digest[i];
    }
    OPENSSL_cleanse(digest, sizeof digest);
    return done;
}

// SHA-256 of no octets.
static const uint8_t empty_hash[HASH] = {
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
};

// Looks at all of a data block. The mask says whether it is one; `content_count` is what follows the separator.
static uint32_t check(const uint8_t *block, uint32_t block_count, uint32_t *content_count) {
    uint32_t good = ~0U, looking = ~0U, separator = 0;
    for (uint32_t i = 0; i < HASH; i++) good &= is_equal(block[i], empty_hash[i]);
    for (uint32_t i = HASH; i < block_count; i++) {
        uint32_t is_one = is_equal(block[i], 1);
        separator = either(looking & is_one, i, separator);
        looking &= ~is_one;
        good &= ~looking | is_zero(block[i]);
    }
    good &= ~looking;
    *content_count = block_count - separator - 1;
    return good;
}

// Moves what is at the end of the octets to their beginning, without a sign of how far.
static void shift(uint8_t *octets, uint32_t by) {
    for (uint32_t step = 1; step < CLIBCRYPTO_MOST_CONTENT; step *= 2) {
        uint32_t mask = ~is_zero(by & step);
        for (uint32_t i = 0; i < CLIBCRYPTO_MOST_CONTENT; i++) {
            uint32_t other = i + step < CLIBCRYPTO_MOST_CONTENT ? octets[i + step] : 0;
            octets[i] = (uint8_t)either(mask, other, octets[i]);
        }
    }
}

int clibcrypto_oaep_unpad(
    const uint8_t *encoded, size_t count, uint8_t content[CLIBCRYPTO_MOST_CONTENT], size_t *content_count) {
    *content_count = 0;
    memset(content, 0, CLIBCRYPTO_MOST_CONTENT);
    if (count < LEAST || count > MOST) return 0;
    uint8_t seed[HASH + 4], block[MOST + 4];
    uint32_t block_count = (uint32_t)count - 1 - HASH;
    memcpy(seed, encoded + 1, HASH);
    memcpy(block, encoded + 1 + HASH, block_count);
    // Hashing fails for want of memory only.
    ERR_set_mark();
    int hashed = add_mask(seed, HASH, block, block_count) && add_mask(block, block_count, seed, HASH);
    ERR_pop_to_mark();
    uint32_t used = 0;
    uint32_t good = is_zero(encoded[0]) & check(block, block_count, &used);
    good &= ~is_less(used, CLIBCRYPTO_LEAST_CONTENT) & ~is_less(CLIBCRYPTO_MOST_CONTENT, used);
    memcpy(content, block + block_count - CLIBCRYPTO_MOST_CONTENT, CLIBCRYPTO_MOST_CONTENT);
    shift(content, CLIBCRYPTO_MOST_CONTENT - used);
    good &= 0 - (uint32_t)hashed;
    for (size_t i = 0; i < CLIBCRYPTO_MOST_CONTENT; i++) content[i] &= (uint8_t)good;
    *content_count = used & good;
    OPENSSL_cleanse(seed, sizeof seed);
    OPENSSL_cleanse(block, sizeof block);
    return (int)(good & 1);
}
