#include "CPKCS11.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "Interface.h"

// The module's own list is what a handle points to.
static const CK_FUNCTION_LIST *functions(const cpkcs11_module *module) { return (const CK_FUNCTION_LIST *)module; }

cpkcs11_module *cpkcs11_load(const char *path, char *reason, size_t reason_count) {
    // Local: a module's copies of common libraries must not answer for the program's own.
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *text = dlerror();
        snprintf(reason, reason_count, "%s", text != NULL ? text : "dlopen failed");
        return NULL;
    }
    CK_RV (*list_of)(CK_FUNCTION_LIST **) = NULL;
    // POSIX lets a symbol's address be a function's; C has no cast for that.
    *(void **)&list_of = dlsym(library, "C_GetFunctionList");
    if (list_of == NULL) {
        snprintf(reason, reason_count, "it has no function C_GetFunctionList");
        dlclose(library);
        return NULL;
    }
    CK_FUNCTION_LIST *list = NULL;
    CK_RV result = list_of(&list);
    if (result != CKR_OK || list == NULL || list->version.major < 2) {
        snprintf(reason, reason_count, "C_GetFunctionList answers 0x%lx and no list of version 2", result);
        return NULL;
    }
    return (cpkcs11_module *)list;
}

CK_RV cpkcs11_initialize(const cpkcs11_module *module) {
    if (functions(module)->C_Initialize == NULL) return CPKCS11_NO_FUNCTION;
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
    return functions(module)->C_Initialize(&arguments);
}

CK_RV cpkcs11_finalize(const cpkcs11_module *module) {
    if (functions(module)->C_Finalize == NULL) return CPKCS11_NO_FUNCTION;
    return functions(module)->C_Finalize(NULL);
}

CK_RV cpkcs11_slots(const cpkcs11_module *module, CK_ULONG *slots, CK_ULONG *count) {
    if (functions(module)->C_GetSlotList == NULL) return CPKCS11_NO_FUNCTION;
    CK_ULONG room = *count;
    // The list is made by the call without room; tokens that came since then show only after it.
    CK_ULONG present = 0;
    CK_RV result = functions(module)->C_GetSlotList(1, NULL, &present);
    *count = 0;
    if (result != CKR_OK || present == 0) return result;
    *count = room;
    result = functions(module)->C_GetSlotList(1, slots, count);
    if (result == CKR_OK && *count > room) return CKR_BUFFER_TOO_SMALL;
    return result;
}

CK_RV cpkcs11_token_info(const cpkcs11_module *module, CK_ULONG slot, cpkcs11_token *token) {
    if (functions(module)->C_GetTokenInfo == NULL) return CPKCS11_NO_FUNCTION;
    CK_TOKEN_INFO info;
    memset(&info, 0, sizeof info);
    CK_RV result = functions(module)->C_GetTokenInfo(slot, &info);
    if (result != CKR_OK) return result;
    memcpy(token->label, info.label, sizeof token->label);
    memcpy(token->manufacturer, info.manufacturerID, sizeof token->manufacturer);
    memcpy(token->model, info.model, sizeof token->model);
    memcpy(token->serial, info.serialNumber, sizeof token->serial);
    token->flags = info.flags;
    return result;
}

CK_RV cpkcs11_mechanism_flags(
    const cpkcs11_module *module, CK_ULONG slot, CK_ULONG mechanism, CK_ULONG *flags) {
    if (functions(module)->C_GetMechanismInfo == NULL) return CPKCS11_NO_FUNCTION;
    CK_MECHANISM_INFO info = {0, 0, 0};
    CK_RV result = functions(module)->C_GetMechanismInfo(slot, mechanism, &info);
    *flags = info.flags;
    return result;
}

CK_RV cpkcs11_open_session(const cpkcs11_module *module, CK_ULONG slot, int writes, CK_ULONG *session) {
    if (functions(module)->C_OpenSession == NULL) return CPKCS11_NO_FUNCTION;
    CK_ULONG flags = CKF_SERIAL_SESSION | (writes ? CKF_RW_SESSION : 0);
    return functions(module)->C_OpenSession(slot, flags, NULL, NULL, session);
}

CK_RV cpkcs11_session_state(const cpkcs11_module *module, CK_ULONG session, CK_ULONG *state) {
    if (functions(module)->C_GetSessionInfo == NULL) return CPKCS11_NO_FUNCTION;
    CK_SESSION_INFO info = {0, 0, 0, 0};
    CK_RV result = functions(module)->C_GetSessionInfo(session, &info);
    *state = info.state;
    return result;
}

CK_RV cpkcs11_close_session(const cpkcs11_module *module, CK_ULONG session) {
    if (functions(module)->C_CloseSession == NULL) return CPKCS11_NO_FUNCTION;
    return functions(module)->C_CloseSession(session);
}

CK_RV cpkcs11_login(const cpkcs11_module *module, CK_ULONG session, const uint8_t *pin, size_t pin_count) {
    if (functions(module)->C_Login == NULL) return CPKCS11_NO_FUNCTION;
    // The interface has no const; a module reads a PIN only.
    return functions(module)->C_Login(session, CKU_USER, (CK_BYTE *)pin, pin_count);
}

CK_RV cpkcs11_find(
    const cpkcs11_module *module, CK_ULONG session, const cpkcs11_query *query, CK_ULONG *objects, CK_ULONG *count) {
    const CK_FUNCTION_LIST *list = functions(module);
    CK_ULONG room = *count;
    *count = 0;
    if (list->C_FindObjectsInit == NULL || list->C_FindObjects == NULL || list->C_FindObjectsFinal == NULL) {
        return CPKCS11_NO_FUNCTION;
    }
    CK_BYTE on_token = 1;
    CK_ULONG object_class = (CK_ULONG)query->object_class;
    CK_ATTRIBUTE template[4] = {{CKA_TOKEN, &on_token, sizeof on_token}};
    CK_ULONG attributes = 1;
    if (query->object_class != UINT64_MAX) {
        template[attributes++] = (CK_ATTRIBUTE){CKA_CLASS, &object_class, sizeof object_class};
    }
    if (query->label != NULL) {
        template[attributes++] = (CK_ATTRIBUTE){CKA_LABEL, (void *)query->label, query->label_count};
    }
    if (query->id != NULL) {
        template[attributes++] = (CK_ATTRIBUTE){CKA_ID, (void *)query->id, query->id_count};
    }
    CK_RV result = list->C_FindObjectsInit(session, template, attributes);
    if (result != CKR_OK) return result;
    // A module may hand out fewer than there is room for, until it hands out none.
    while (*count < room) {
        CK_ULONG found = 0;
        result = list->C_FindObjects(session, objects + *count, room - *count, &found);
        if (result != CKR_OK || found == 0) break;
        if (found > room - *count) found = room - *count;
        *count += found;
    }
    CK_RV ended = list->C_FindObjectsFinal(session);
    return result != CKR_OK ? result : ended;
}

// One attribute into room for it; its count, or -1 when the object lacks it, keeps it for itself, or has more.
static CK_RV attribute(
    const CK_FUNCTION_LIST *list, CK_ULONG session, CK_ULONG object, CK_ULONG type, void *value, CK_ULONG room,
    int64_t *count) {
    CK_ATTRIBUTE asked = {type, value, room};
    CK_RV result = list->C_GetAttributeValue(session, object, &asked, 1);
    *count = -1;
    if (result == CKR_ATTRIBUTE_TYPE_INVALID || result == CKR_ATTRIBUTE_SENSITIVE || result == CKR_BUFFER_TOO_SMALL) {
        return CKR_OK;
    }
    if (result == CKR_OK && asked.ulValueLen != CK_UNAVAILABLE_INFORMATION && asked.ulValueLen <= room) {
        *count = (int64_t)asked.ulValueLen;
    }
    return result;
}

static CK_RV number(
    const CK_FUNCTION_LIST *list, CK_ULONG session, CK_ULONG object, CK_ULONG type, int64_t *value) {
    CK_ULONG number = 0;
    int64_t count = 0;
    CK_RV result = attribute(list, session, object, type, &number, sizeof number, &count);
    *value = count == sizeof number && number <= INT64_MAX ? (int64_t)number : -1;
    return result;
}

static CK_RV flag(const CK_FUNCTION_LIST *list, CK_ULONG session, CK_ULONG object, CK_ULONG type, int64_t *value) {
    CK_BYTE flag = 0;
    int64_t count = 0;
    CK_RV result = attribute(list, session, object, type, &flag, sizeof flag, &count);
    *value = count == sizeof flag ? flag != 0 : -1;
    return result;
}

static CK_RV name(
    const CK_FUNCTION_LIST *list, CK_ULONG session, CK_ULONG object, CK_ULONG type, uint8_t *value, size_t *used) {
    int64_t count = 0;
    CK_RV result = attribute(list, session, object, type, value, CPKCS11_NAME, &count);
    *used = count > 0 ? (size_t)count : 0;
    return result;
}

CK_RV cpkcs11_attribute(
    const cpkcs11_module *module, CK_ULONG session, CK_ULONG object, CK_ULONG type, uint8_t *value, size_t *count) {
    const CK_FUNCTION_LIST *list = functions(module);
    if (list->C_GetAttributeValue == NULL) return CPKCS11_NO_FUNCTION;
    int64_t used = 0;
    CK_RV result = attribute(list, session, object, type, value, *count, &used);
    *count = used > 0 ? (size_t)used : 0;
    return result;
}

CK_RV cpkcs11_object_info(
    const cpkcs11_module *module, CK_ULONG session, CK_ULONG handle, cpkcs11_object *object) {
    const CK_FUNCTION_LIST *list = functions(module);
    if (list->C_GetAttributeValue == NULL) return CPKCS11_NO_FUNCTION;
    CK_RV result = number(list, session, handle, CKA_CLASS, &object->object_class);
    if (result == CKR_OK) result = number(list, session, handle, CKA_KEY_TYPE, &object->key_type);
    if (result == CKR_OK) result = number(list, session, handle, CKA_VALUE_LEN, &object->value_count);
    if (result == CKR_OK) result = flag(list, session, handle, CKA_SENSITIVE, &object->is_sensitive);
    if (result == CKR_OK) result = flag(list, session, handle, CKA_EXTRACTABLE, &object->is_extractable);
    if (result == CKR_OK) result = flag(list, session, handle, CKA_ENCRYPT, &object->may_encrypt);
    if (result == CKR_OK) result = flag(list, session, handle, CKA_DECRYPT, &object->may_decrypt);
    if (result == CKR_OK) result = flag(list, session, handle, CKA_SIGN, &object->may_sign);
    if (result == CKR_OK) result = name(list, session, handle, CKA_LABEL, object->label, &object->label_count);
    if (result == CKR_OK) result = name(list, session, handle, CKA_ID, object->id, &object->id_count);
    return result;
}

// What a module reports as the size of its answer is not believed beyond the room that it had.
static CK_RV bounded(CK_RV result, CK_ULONG used, CK_ULONG room, size_t *count) {
    *count = used <= room ? used : 0;
    return result == CKR_OK && used > room ? CKR_BUFFER_TOO_SMALL : result;
}

static CK_GCM_PARAMS parameters(const cpkcs11_gcm *use, uint8_t *nonce) {
    return (CK_GCM_PARAMS){
        .pIv = nonce,
        .ulIvLen = CPKCS11_GCM_NONCE,
        .ulIvBits = 8 * CPKCS11_GCM_NONCE,
        .pAAD = (CK_BYTE *)use->associated,
        .ulAADLen = use->associated_count,
        .ulTagBits = 8 * CPKCS11_GCM_TAG,
    };
}

CK_RV cpkcs11_gcm_encrypt(const cpkcs11_module *module, cpkcs11_gcm *use, uint8_t nonce[CPKCS11_GCM_NONCE]) {
    const CK_FUNCTION_LIST *list = functions(module);
    if (list->C_EncryptInit == NULL || list->C_Encrypt == NULL) return CPKCS11_NO_FUNCTION;
    CK_GCM_PARAMS gcm = parameters(use, nonce);
    CK_MECHANISM mechanism = {CKM_AES_GCM, &gcm, sizeof gcm};
    CK_RV result = list->C_EncryptInit(use->session, &mechanism, use->key);
    if (result != CKR_OK) return result;
    CK_ULONG used = use->output_count;
    result = list->C_Encrypt(use->session, (CK_BYTE *)use->input, use->input_count, use->output, &used);
    return bounded(result, used, use->output_count, &use->output_count);
}

CK_RV cpkcs11_gcm_decrypt(
    const cpkcs11_module *module, cpkcs11_gcm *use, const uint8_t nonce[CPKCS11_GCM_NONCE], int *is_begun) {
    const CK_FUNCTION_LIST *list = functions(module);
    *is_begun = 0;
    if (list->C_DecryptInit == NULL || list->C_Decrypt == NULL) return CPKCS11_NO_FUNCTION;
    uint8_t own_nonce[CPKCS11_GCM_NONCE];
    memcpy(own_nonce, nonce, sizeof own_nonce);
    CK_GCM_PARAMS gcm = parameters(use, own_nonce);
    CK_MECHANISM mechanism = {CKM_AES_GCM, &gcm, sizeof gcm};
    CK_RV result = list->C_DecryptInit(use->session, &mechanism, use->key);
    if (result != CKR_OK) return result;
    *is_begun = 1;
    CK_ULONG used = use->output_count;
    result = list->C_Decrypt(use->session, (CK_BYTE *)use->input, use->input_count, use->output, &used);
    return bounded(result, used, use->output_count, &use->output_count);
}
