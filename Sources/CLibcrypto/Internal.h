#ifndef SIGNET_CLIBCRYPTO_INTERNAL_H
#define SIGNET_CLIBCRYPTO_INTERNAL_H

#include "CLibcrypto.h"

// Nothing that OpenSSL 3 has deprecated.
#define OPENSSL_API_COMPAT 30000
#define OPENSSL_NO_DEPRECATED

#include <openssl/err.h>
#include <openssl/evp.h>

// The opaque type stands for EVP_PKEY, so that callers need none of OpenSSL's headers. libcrypto's calls take a pointer
// to non-const even where they only read.
static inline EVP_PKEY *pkey(const clibcrypto_key *key) { return (EVP_PKEY *)(uintptr_t)key; }
static inline clibcrypto_key *handle(EVP_PKEY *key) { return (clibcrypto_key *)key; }

#endif
