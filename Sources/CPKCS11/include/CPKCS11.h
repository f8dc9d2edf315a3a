// The few functions of a PKCS#11 v2.40 module that are needed to wrap a secret by an AES key, and to make key pairs and
// to sign and decrypt by them.
//
// Rules that hold for every function here:
// - The answer is the module's own CK_RV, as a number; 0 is CKR_OK. CPKCS11_NO_FUNCTION stands for a function that the
//   module's list does not have.
// - Sizes are exact, or a pointer comes with its count. Nothing is read or written beyond. What a module says about the
//   size of its answer is believed up to the size that it was given.
// - A call takes as long as the module takes: a network or a person may be behind it. Call from threads that may wait.
// - After cpkcs11_initialize a module may be called by any number of threads at once, each with a session of its own.
// - Secrets are the caller's: nothing is copied here.

#ifndef SIGNET_CPKCS11_H
#define SIGNET_CPKCS11_H

#include <stddef.h>
#include <stdint.h>

// A loaded module. It is never unloaded: modules start threads and register handlers that outlive C_Finalize.
typedef struct cpkcs11_module cpkcs11_module;

enum {
    CPKCS11_LABEL = 32,
    CPKCS11_SHORT = 16,
    CPKCS11_GCM_NONCE = 12,
    CPKCS11_GCM_TAG = 16,
    // The longest CKA_LABEL and CKA_ID that are looked at.
    CPKCS11_NAME = 128,
};

// No CK_RV: vendors' own begin at 0x80000000 and no standard one is near.
#define CPKCS11_NO_FUNCTION 0x7fffff01UL

// Loads the module at a path and asks it for its functions. NULL on failure, with the reason as text in `reason`.
cpkcs11_module *cpkcs11_load(const char *path, char *reason, size_t reason_count);

// C_Initialize; the module may use the system's own locks and threads.
unsigned long cpkcs11_initialize(const cpkcs11_module *module);

// C_Finalize.
unsigned long cpkcs11_finalize(const cpkcs11_module *module);

// C_GetSlotList: the slots that have a token. `count` is the room in `slots`, and then how many there are, which may be
// more than there was room for: then the answer is CKR_BUFFER_TOO_SMALL.
unsigned long cpkcs11_slots(const cpkcs11_module *module, unsigned long *slots, unsigned long *count);

// What C_GetTokenInfo says of a token: texts are padded with blanks.
typedef struct {
    uint8_t label[CPKCS11_LABEL];
    uint8_t manufacturer[CPKCS11_LABEL];
    uint8_t model[CPKCS11_SHORT];
    uint8_t serial[CPKCS11_SHORT];
    unsigned long flags;
} cpkcs11_token;

unsigned long cpkcs11_token_info(const cpkcs11_module *module, unsigned long slot, cpkcs11_token *token);

// C_GetMechanismInfo: the flags of a mechanism.
unsigned long cpkcs11_mechanism_flags(
    const cpkcs11_module *module, unsigned long slot, unsigned long mechanism, unsigned long *flags);

// C_OpenSession; without `writes` the session reads only.
unsigned long cpkcs11_open_session(
    const cpkcs11_module *module, unsigned long slot, int writes, unsigned long *session);

// C_GetSessionInfo: the session's state, such as CKS_RO_USER_FUNCTIONS.
unsigned long cpkcs11_session_state(const cpkcs11_module *module, unsigned long session, unsigned long *state);

unsigned long cpkcs11_close_session(const cpkcs11_module *module, unsigned long session);

// C_Login as CKU_USER; a NULL PIN is for tokens that ask for it by themselves.
unsigned long cpkcs11_login(
    const cpkcs11_module *module, unsigned long session, const uint8_t *pin, size_t pin_count);

// What is looked for: objects of the token, by class, label and id. A NULL label or id, and a class of UINT64_MAX, say
// nothing.
typedef struct {
    uint64_t object_class;
    const uint8_t *label;
    size_t label_count;
    const uint8_t *id;
    size_t id_count;
} cpkcs11_query;

// C_FindObjectsInit, C_FindObjects and C_FindObjectsFinal. `count` is the room in `objects`, and then how many were found.
unsigned long cpkcs11_find(
    const cpkcs11_module *module, unsigned long session, const cpkcs11_query *query, unsigned long *objects,
    unsigned long *count);

// Attributes of an object; what it lacks or keeps for itself is -1, or has the count 0.
typedef struct {
    int64_t object_class;
    int64_t key_type;
    int64_t value_count;
    int64_t is_sensitive;
    int64_t is_extractable;
    int64_t may_encrypt;
    int64_t may_decrypt;
    int64_t may_sign;
    uint8_t label[CPKCS11_NAME];
    size_t label_count;
    uint8_t id[CPKCS11_NAME];
    size_t id_count;
} cpkcs11_object;

unsigned long cpkcs11_object_info(
    const cpkcs11_module *module, unsigned long session, unsigned long handle, cpkcs11_object *object);

// C_GetAttributeValue for one attribute. `count` is the room in `value`, and then how many octets it has: 0 when the object
// lacks it, keeps it for itself, or has more.
unsigned long cpkcs11_attribute(
    const cpkcs11_module *module, unsigned long session, unsigned long object, unsigned long type, uint8_t *value,
    size_t *count);

// One use of CKM_AES_GCM with a tag of 128 bits. `session` must not be in use by another thread.
typedef struct {
    unsigned long session;
    unsigned long key;
    const uint8_t *associated;
    size_t associated_count;
    const uint8_t *input;
    size_t input_count;
    uint8_t *output;
    // The room in `output`, and then how many octets of it are used.
    size_t output_count;
} cpkcs11_gcm;

// C_EncryptInit and C_Encrypt: ciphertext and tag. Some modules draw the nonce by themselves and write it over the given
// one: `nonce` holds the one that was used.
unsigned long cpkcs11_gcm_encrypt(
    const cpkcs11_module *module, cpkcs11_gcm *use, uint8_t nonce[CPKCS11_GCM_NONCE]);

// C_DecryptInit and C_Decrypt. `is_begun` tells whether the module took key and mechanism, so that what it says next is
// about the ciphertext.
unsigned long cpkcs11_gcm_decrypt(
    const cpkcs11_module *module, cpkcs11_gcm *use, const uint8_t nonce[CPKCS11_GCM_NONCE], int *is_begun);

// MARK: Key pairs

// A key pair that is to be made in the token: its private half is sensitive and not extractable, and does one thing.
typedef struct {
    // The curve's object identifier in DER; NULL for RSA.
    const uint8_t *curve;
    size_t curve_count;
    unsigned long rsa_bits;
    // Whether it signs; otherwise it decrypts.
    int signs;
    const uint8_t *label;
    size_t label_count;
    const uint8_t *id;
    size_t id_count;
} cpkcs11_new_pair;

// C_GenerateKeyPair with CKM_EC_KEY_PAIR_GEN or CKM_RSA_PKCS_KEY_PAIR_GEN, in a session that writes.
unsigned long cpkcs11_generate_pair(
    const cpkcs11_module *module, unsigned long session, const cpkcs11_new_pair *pair, unsigned long *public_key,
    unsigned long *private_key);

// C_DestroyObject, in a session that writes.
unsigned long cpkcs11_destroy(const cpkcs11_module *module, unsigned long session, unsigned long object);

typedef enum {
    // Signs a digest; the signature is R and S.
    CPKCS11_ECDSA,
    // Signs a DigestInfo.
    CPKCS11_RSA_PKCS,
    // Signs a digest: SHA-256, MGF1 with SHA-256, a salt of 32 octets.
    CPKCS11_RSA_PSS,
    // Decrypts: SHA-256, MGF1 with SHA-256, no label.
    CPKCS11_RSA_OAEP,
    // Decrypts without looking at what comes out.
    CPKCS11_RSA_RAW,
} cpkcs11_mechanism;

// One use of a private key. `session` must not be in use by another thread.
typedef struct {
    unsigned long session;
    unsigned long key;
    cpkcs11_mechanism mechanism;
    const uint8_t *input;
    size_t input_count;
    uint8_t *output;
    // The room in `output`, and then how many octets of it are used; 0 after a failure.
    size_t output_count;
    // Whether the module took key and mechanism, so that what it says next is about the input.
    int is_begun;
} cpkcs11_operation;

// C_SignInit and C_Sign.
unsigned long cpkcs11_sign(const cpkcs11_module *module, cpkcs11_operation *use);

// C_DecryptInit and C_Decrypt.
unsigned long cpkcs11_decrypt(const cpkcs11_module *module, cpkcs11_operation *use);

#endif
