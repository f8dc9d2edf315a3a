#include <string.h>

#include "CPKCS11.h"
#include "Interface.h"

static const CK_FUNCTION_LIST *functions(const cpkcs11_module *module) { return (const CK_FUNCTION_LIST *)module; }

// MARK: Making and destroying

static CK_ATTRIBUTE octets(CK_ULONG type, const uint8_t *value, size_t count) {
    return (CK_ATTRIBUTE){type, (void *)value, count};
}

static CK_ATTRIBUTE flag(CK_ULONG type, const CK_BYTE *value) { return (CK_ATTRIBUTE){type, (void *)value, 1}; }

CK_RV cpkcs11_generate_pair(
    const cpkcs11_module *module, CK_ULONG session, const cpkcs11_new_pair *pair, CK_ULONG *public_key,
    CK_ULONG *private_key) {
    const CK_FUNCTION_LIST *list = functions(module);
    if (list->C_GenerateKeyPair == NULL) return CPKCS11_NO_FUNCTION;
    static const CK_BYTE yes = 1, no = 0, exponent[] = {1, 0, 1};
    const CK_BYTE *signs = pair->signs ? &yes : &no, *decrypts = pair->signs ? &no : &yes;
    CK_ULONG bits = pair->rsa_bits;
    int is_rsa = pair->curve == NULL;

    CK_ATTRIBUTE public_half[10] = {
        flag(CKA_TOKEN, &yes), flag(CKA_PRIVATE, &no), octets(CKA_LABEL, pair->label, pair->label_count),
        octets(CKA_ID, pair->id, pair->id_count), flag(CKA_VERIFY, signs), flag(CKA_ENCRYPT, decrypts),
        flag(CKA_WRAP, &no),
    };
    CK_ULONG public_count = 7;
    CK_ATTRIBUTE private_half[12] = {
        flag(CKA_TOKEN, &yes), flag(CKA_PRIVATE, &yes), octets(CKA_LABEL, pair->label, pair->label_count),
        octets(CKA_ID, pair->id, pair->id_count), flag(CKA_SENSITIVE, &yes), flag(CKA_EXTRACTABLE, &no),
        flag(CKA_SIGN, signs), flag(CKA_DECRYPT, decrypts), flag(CKA_UNWRAP, &no), flag(CKA_DERIVE, &no),
    };
    CK_ULONG private_count = 10;
    if (is_rsa) {
        public_half[public_count++] = (CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof bits};
        public_half[public_count++] = octets(CKA_PUBLIC_EXPONENT, exponent, sizeof exponent);
        // Modules that say yes to this by themselves would let a key for decryption sign.
        private_half[private_count++] = flag(CKA_SIGN_RECOVER, &no);
    } else {
        public_half[public_count++] = octets(CKA_EC_PARAMS, pair->curve, pair->curve_count);
    }
    CK_MECHANISM mechanism = {is_rsa ? CKM_RSA_PKCS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN, NULL, 0};
    return list->C_GenerateKeyPair(
        session, &mechanism, public_half, public_count, private_half, private_count, public_key, private_key);
}

CK_RV cpkcs11_destroy(const cpkcs11_module *module, CK_ULONG session, CK_ULONG object) {
    if (functions(module)->C_DestroyObject == NULL) return CPKCS11_NO_FUNCTION;
    return functions(module)->C_DestroyObject(session, object);
}

// MARK: Using

// A mechanism and what it points to.
typedef struct {
    CK_MECHANISM mechanism;
    CK_RSA_PKCS_OAEP_PARAMS oaep;
    CK_RSA_PKCS_PSS_PARAMS pss;
} filled_mechanism;

static void fill(filled_mechanism *filled, cpkcs11_mechanism mechanism) {
    memset(filled, 0, sizeof *filled);
    switch (mechanism) {
    case CPKCS11_ECDSA: filled->mechanism.mechanism = CKM_ECDSA; break;
    case CPKCS11_RSA_PKCS: filled->mechanism.mechanism = CKM_RSA_PKCS; break;
    case CPKCS11_RSA_RAW: filled->mechanism.mechanism = CKM_RSA_X_509; break;
    case CPKCS11_RSA_PSS:
        filled->pss = (CK_RSA_PKCS_PSS_PARAMS){CKM_SHA256, CKG_MGF1_SHA256, 32};
        filled->mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &filled->pss, sizeof filled->pss};
        break;
    case CPKCS11_RSA_OAEP:
        filled->oaep = (CK_RSA_PKCS_OAEP_PARAMS){CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0};
        filled->mechanism = (CK_MECHANISM){CKM_RSA_PKCS_OAEP, &filled->oaep, sizeof filled->oaep};
        break;
    }
}

// What a module reports as the size of its answer is not believed beyond the room that it had.
static CK_RV bounded(CK_RV result, CK_ULONG used, CK_ULONG room, size_t *count) {
    *count = result == CKR_OK && used <= room ? used : 0;
    return result == CKR_OK && used > room ? CKR_BUFFER_TOO_SMALL : result;
}

CK_RV cpkcs11_sign(const cpkcs11_module *module, cpkcs11_operation *use) {
    const CK_FUNCTION_LIST *list = functions(module);
    use->is_begun = 0;
    if (list->C_SignInit == NULL || list->C_Sign == NULL) return CPKCS11_NO_FUNCTION;
    filled_mechanism filled;
    fill(&filled, use->mechanism);
    CK_RV result = list->C_SignInit(use->session, &filled.mechanism, use->key);
    if (result != CKR_OK) return result;
    use->is_begun = 1;
    CK_ULONG used = use->output_count;
    result = list->C_Sign(use->session, (CK_BYTE *)use->input, use->input_count, use->output, &used);
    return bounded(result, used, use->output_count, &use->output_count);
}

CK_RV cpkcs11_decrypt(const cpkcs11_module *module, cpkcs11_operation *use) {
    const CK_FUNCTION_LIST *list = functions(module);
    use->is_begun = 0;
    if (list->C_DecryptInit == NULL || list->C_Decrypt == NULL) return CPKCS11_NO_FUNCTION;
    filled_mechanism filled;
    fill(&filled, use->mechanism);
    CK_RV result = list->C_DecryptInit(use->session, &filled.mechanism, use->key);
    if (result != CKR_OK) return result;
    use->is_begun = 1;
    CK_ULONG used = use->output_count;
    result = list->C_Decrypt(use->session, (CK_BYTE *)use->input, use->input_count, use->output, &used);
    return bounded(result, used, use->output_count, &use->output_count);
}
