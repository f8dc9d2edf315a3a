#include "Internal.h"

#include <openssl/bn.h>

enum { MOST_ATTEMPTS = 40 };

// Looks for a factor of n by a square root of 1 that is neither 1 nor n - 1, starting from base: NIST SP 800-56B,
// appendix C.1. twos and odd make up e * d - 1.
static int factor_from(
    BIGNUM *factor, const BIGNUM *base, const BIGNUM *odd, int twos, const BIGNUM *n, const BIGNUM *minus_one,
    BIGNUM *root, BIGNUM *square, BN_CTX *context) {
    if (!BN_mod_exp(root, base, odd, n, context)) return 0;
    if (BN_is_one(root) || BN_cmp(root, minus_one) == 0) return 0;
    for (int i = 0; i < twos; i++) {
        if (!BN_mod_sqr(square, root, n, context)) return 0;
        if (BN_is_one(square)) {
            return BN_sub_word(root, 1) && BN_gcd(factor, root, n, context) && !BN_is_one(factor) &&
                   BN_cmp(factor, n) != 0;
        }
        if (BN_cmp(square, minus_one) == 0) return 0;
        BN_swap(root, square);
    }
    return 0;
}

int clibcrypto_rsa_factors(
    const uint8_t *modulus, size_t modulus_count, const uint8_t *public_exponent, size_t public_count,
    const uint8_t *private_exponent, size_t private_count, uint8_t *p_octets, uint8_t *q_octets, uint8_t *dp_octets,
    uint8_t *dq_octets, uint8_t *qi_octets) {
    if (modulus_count > CLIBCRYPTO_RSA_MOST || private_count > modulus_count || public_count > 8) return 0;
    ERR_set_mark();
    int done = 0;
    BN_CTX *context = BN_CTX_new();
    if (context == NULL) {
        ERR_pop_to_mark();
        return 0;
    }
    BN_CTX_start(context);
    BIGNUM *n = BN_CTX_get(context), *e = BN_CTX_get(context), *d = BN_CTX_get(context), *odd = BN_CTX_get(context);
    BIGNUM *minus_one = BN_CTX_get(context), *base = BN_CTX_get(context), *root = BN_CTX_get(context);
    BIGNUM *square = BN_CTX_get(context), *p = BN_CTX_get(context), *q = BN_CTX_get(context);
    BIGNUM *rest = BN_CTX_get(context), *value = BN_CTX_get(context);
    if (value == NULL) goto end;
    if (!BN_bin2bn(modulus, (int)modulus_count, n) || !BN_bin2bn(public_exponent, (int)public_count, e) ||
        !BN_bin2bn(private_exponent, (int)private_count, d) || !BN_is_odd(n) || !BN_is_odd(e) || !BN_is_odd(d) ||
        BN_cmp(d, n) >= 0 || !BN_mul(odd, e, d, context) || !BN_sub_word(odd, 1) || BN_is_zero(odd) ||
        !BN_copy(minus_one, n) || !BN_sub_word(minus_one, 1))
        goto end;
    int twos = 0;
    while (!BN_is_odd(odd)) {
        if (!BN_rshift1(odd, odd)) goto end;
        twos++;
    }
    BN_set_flags(odd, BN_FLG_CONSTTIME);
    for (int attempt = 0; attempt < MOST_ATTEMPTS && BN_is_zero(p); attempt++) {
        if (!BN_rand_range(base, n)) goto end;
        if (BN_is_zero(base)) continue;
        if (!factor_from(p, base, odd, twos, n, minus_one, root, square, context)) BN_zero(p);
    }
    if (BN_is_zero(p) || !BN_div(q, rest, n, p, context) || !BN_is_zero(rest)) goto end;
    if (BN_cmp(p, q) < 0) BN_swap(p, q);
    int count = (int)modulus_count;
    done = BN_bn2binpad(p, p_octets, count) == count && BN_bn2binpad(q, q_octets, count) == count &&
           BN_copy(rest, p) && BN_sub_word(rest, 1) && BN_mod(value, d, rest, context) &&
           BN_bn2binpad(value, dp_octets, count) == count && BN_copy(rest, q) && BN_sub_word(rest, 1) &&
           BN_mod(value, d, rest, context) && BN_bn2binpad(value, dq_octets, count) == count &&
           BN_mod_inverse(value, q, p, context) != NULL && BN_bn2binpad(value, qi_octets, count) == count;
end:
    if (value != NULL) {
        BIGNUM *all[] = {d, odd, root, square, p, q, rest, value};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) BN_clear(all[i]);
    }
    BN_CTX_end(context);
    BN_CTX_free(context);
    ERR_pop_to_mark();
    return done;
}
