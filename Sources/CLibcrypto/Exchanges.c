#include "Internal.h"

#include <openssl/crypto.h>

int clibcrypto_x448_agree(
    const clibcrypto_key *key, const clibcrypto_key *peer, uint8_t secret[CLIBCRYPTO_X448_KEY]) {
    ERR_set_mark();
    size_t written = CLIBCRYPTO_X448_KEY;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey(key), NULL);
    int done = context != NULL && EVP_PKEY_derive_init(context) == 1
        && EVP_PKEY_derive_set_peer(context, pkey(peer)) == 1 && EVP_PKEY_derive(context, secret, &written) == 1
        && written == CLIBCRYPTO_X448_KEY;
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();

    // RFC 7748 section 6.2: an all-zero secret says that the peer's point is of low order.
    uint8_t sum = 0;
    for (size_t index = 0; index < CLIBCRYPTO_X448_KEY; index++) sum |= secret[index];
    return done && sum != 0;
}
