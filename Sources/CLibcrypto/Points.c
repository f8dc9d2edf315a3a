#include "Internal.h"

#include <openssl/bn.h>

// p = 2^448 - 2^224 - 1, big-endian (RFC 8032 section 5.2).
static const uint8_t prime[CLIBCRYPTO_X448_KEY] = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
};

// The curve is x² + y² = 1 + d·x²·y² with d = -39081, so that x² is (1 - y²) / (1 + 39081·y²). The quotient is a square
// modulo p exactly if the product is.
static int has_x(const BIGNUM *y, const BIGNUM *p, BN_CTX *context) {
    BN_CTX_start(context);
    BIGNUM *square = BN_CTX_get(context), *left = BN_CTX_get(context), *right = BN_CTX_get(context);
    BIGNUM *product = BN_CTX_get(context);
    int symbol = -2;
    // The last BN_CTX_get fails if one before it did.
    if (product != NULL && BN_mod_sqr(square, y, p, context) && BN_one(left) && BN_mod_sub(left, left, square, p, context)
        && BN_copy(right, square) != NULL && BN_mul_word(right, 39081) && BN_add_word(right, 1)
        && BN_mod_mul(product, left, right, p, context)) {
        symbol = BN_kronecker(product, p, context);
    }
    BN_CTX_end(context);
    // 1 is a square's symbol, 0 zero's, -1 a non-square's; -2 is an error.
    return symbol == 0 || symbol == 1;
}

int clibcrypto_ed448_is_point(const uint8_t octets[CLIBCRYPTO_ED448_KEY]) {
    // The last octet holds the sign of x in its top bit and nothing else.
    if ((octets[CLIBCRYPTO_ED448_KEY - 1] & 0x7F) != 0) return 0;
    ERR_set_mark();
    BN_CTX *context = BN_CTX_new();
    BIGNUM *p = BN_bin2bn(prime, sizeof prime, NULL);
    BIGNUM *y = BN_lebin2bn(octets, CLIBCRYPTO_X448_KEY, NULL);
    int found = context != NULL && p != NULL && y != NULL && BN_ucmp(y, p) < 0 && has_x(y, p, context);
    BN_free(y);
    BN_free(p);
    BN_CTX_free(context);
    ERR_pop_to_mark();
    return found;
}
