#include "Internal.h"

int clibcrypto_shake256(const uint8_t *input, size_t count, uint8_t *output, size_t output_count) {
    ERR_set_mark();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = context != NULL && EVP_DigestInit_ex(context, EVP_shake256(), NULL) == 1
        && EVP_DigestUpdate(context, input, count) == 1 && EVP_DigestFinalXOF(context, output, output_count) == 1;
    // The state of the hash is a secret where the input is; freeing it wipes it.
    EVP_MD_CTX_free(context);
    ERR_pop_to_mark();
    return done;
}
