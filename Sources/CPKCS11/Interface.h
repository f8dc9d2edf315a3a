// The binary interface of PKCS#11 v2.40 as far as it is used here, from the OASIS specification's text: names are the
// specification's. Structures have the platform's own alignment, as every module on Linux has.

#ifndef SIGNET_CPKCS11_INTERFACE_H
#define SIGNET_CPKCS11_INTERFACE_H

typedef unsigned char CK_BYTE;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;

enum {
    CKR_OK = 0x000,
    CKR_ATTRIBUTE_SENSITIVE = 0x011,
    CKR_ATTRIBUTE_TYPE_INVALID = 0x012,
    CKR_BUFFER_TOO_SMALL = 0x150,

    CKF_OS_LOCKING_OK = 0x2,
    CKF_RW_SESSION = 0x2,
    CKF_SERIAL_SESSION = 0x4,
    CKU_USER = 1,

    CKA_CLASS = 0x000,
    CKA_TOKEN = 0x001,
    CKA_PRIVATE = 0x002,
    CKA_LABEL = 0x003,
    CKA_KEY_TYPE = 0x100,
    CKA_ID = 0x102,
    CKA_SENSITIVE = 0x103,
    CKA_ENCRYPT = 0x104,
    CKA_DECRYPT = 0x105,
    CKA_WRAP = 0x106,
    CKA_UNWRAP = 0x107,
    CKA_SIGN = 0x108,
    CKA_SIGN_RECOVER = 0x109,
    CKA_VERIFY = 0x10A,
    CKA_DERIVE = 0x10C,
    CKA_MODULUS_BITS = 0x121,
    CKA_PUBLIC_EXPONENT = 0x122,
    CKA_VALUE_LEN = 0x161,
    CKA_EXTRACTABLE = 0x162,
    CKA_EC_PARAMS = 0x180,

    CKM_RSA_PKCS_KEY_PAIR_GEN = 0x0000,
    CKM_RSA_PKCS = 0x0001,
    CKM_RSA_X_509 = 0x0003,
    CKM_RSA_PKCS_OAEP = 0x0009,
    CKM_RSA_PKCS_PSS = 0x000D,
    CKM_SHA256 = 0x0250,
    CKM_EC_KEY_PAIR_GEN = 0x1040,
    CKM_ECDSA = 0x1041,
    CKM_AES_GCM = 0x1087,

    CKG_MGF1_SHA256 = 2,
    CKZ_DATA_SPECIFIED = 1,
};

#define CK_UNAVAILABLE_INFORMATION (~0UL)

typedef struct {
    CK_BYTE major;
    CK_BYTE minor;
} CK_VERSION;

typedef struct {
    void *CreateMutex;
    void *DestroyMutex;
    void *LockMutex;
    void *UnlockMutex;
    CK_ULONG flags;
    void *pReserved;
} CK_C_INITIALIZE_ARGS;

typedef struct {
    CK_BYTE label[32];
    CK_BYTE manufacturerID[32];
    CK_BYTE model[16];
    CK_BYTE serialNumber[16];
    CK_ULONG flags;
    CK_ULONG ulMaxSessionCount;
    CK_ULONG ulSessionCount;
    CK_ULONG ulMaxRwSessionCount;
    CK_ULONG ulRwSessionCount;
    CK_ULONG ulMaxPinLen;
    CK_ULONG ulMinPinLen;
    CK_ULONG ulTotalPublicMemory;
    CK_ULONG ulFreePublicMemory;
    CK_ULONG ulTotalPrivateMemory;
    CK_ULONG ulFreePrivateMemory;
    CK_VERSION hardwareVersion;
    CK_VERSION firmwareVersion;
    CK_BYTE utcTime[16];
} CK_TOKEN_INFO;

typedef struct {
    CK_ULONG ulMinKeySize;
    CK_ULONG ulMaxKeySize;
    CK_ULONG flags;
} CK_MECHANISM_INFO;

typedef struct {
    CK_ULONG type;
    void *pValue;
    CK_ULONG ulValueLen;
} CK_ATTRIBUTE;

typedef struct {
    CK_ULONG mechanism;
    void *pParameter;
    CK_ULONG ulParameterLen;
} CK_MECHANISM;

// ulIvBits stands in the published headers of v2.40 and in its errata, not in its first text; modules have it.
typedef struct {
    CK_BYTE *pIv;
    CK_ULONG ulIvLen;
    CK_ULONG ulIvBits;
    CK_BYTE *pAAD;
    CK_ULONG ulAADLen;
    CK_ULONG ulTagBits;
} CK_GCM_PARAMS;

typedef struct {
    CK_ULONG hashAlg;
    CK_ULONG mgf;
    CK_ULONG source;
    void *pSourceData;
    CK_ULONG ulSourceDataLen;
} CK_RSA_PKCS_OAEP_PARAMS;

typedef struct {
    CK_ULONG hashAlg;
    CK_ULONG mgf;
    CK_ULONG sLen;
} CK_RSA_PKCS_PSS_PARAMS;

typedef struct {
    CK_ULONG slotID;
    CK_ULONG state;
    CK_ULONG flags;
    CK_ULONG ulDeviceError;
} CK_SESSION_INFO;

// A function that is not called from here: it only keeps its place in the list.
typedef void (*other_function)(void);

// The list's order is the specification's. What follows C_GenerateKeyPair is not looked at.
typedef struct {
    CK_VERSION version;
    CK_RV (*C_Initialize)(void *);
    CK_RV (*C_Finalize)(void *);
    other_function C_GetInfo;
    other_function C_GetFunctionList;
    CK_RV (*C_GetSlotList)(CK_BYTE, CK_ULONG *, CK_ULONG *);
    other_function C_GetSlotInfo;
    CK_RV (*C_GetTokenInfo)(CK_ULONG, CK_TOKEN_INFO *);
    other_function C_GetMechanismList;
    CK_RV (*C_GetMechanismInfo)(CK_ULONG, CK_ULONG, CK_MECHANISM_INFO *);
    other_function C_InitToken;
    other_function C_InitPIN;
    other_function C_SetPIN;
    CK_RV (*C_OpenSession)(CK_ULONG, CK_ULONG, void *, void *, CK_ULONG *);
    CK_RV (*C_CloseSession)(CK_ULONG);
    other_function C_CloseAllSessions;
    CK_RV (*C_GetSessionInfo)(CK_ULONG, CK_SESSION_INFO *);
    other_function C_GetOperationState;
    other_function C_SetOperationState;
    CK_RV (*C_Login)(CK_ULONG, CK_ULONG, CK_BYTE *, CK_ULONG);
    other_function C_Logout;
    other_function C_CreateObject;
    other_function C_CopyObject;
    CK_RV (*C_DestroyObject)(CK_ULONG, CK_ULONG);
    other_function C_GetObjectSize;
    CK_RV (*C_GetAttributeValue)(CK_ULONG, CK_ULONG, CK_ATTRIBUTE *, CK_ULONG);
    other_function C_SetAttributeValue;
    CK_RV (*C_FindObjectsInit)(CK_ULONG, CK_ATTRIBUTE *, CK_ULONG);
    CK_RV (*C_FindObjects)(CK_ULONG, CK_ULONG *, CK_ULONG, CK_ULONG *);
    CK_RV (*C_FindObjectsFinal)(CK_ULONG);
    CK_RV (*C_EncryptInit)(CK_ULONG, CK_MECHANISM *, CK_ULONG);
    CK_RV (*C_Encrypt)(CK_ULONG, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
    other_function C_EncryptUpdate;
    other_function C_EncryptFinal;
    CK_RV (*C_DecryptInit)(CK_ULONG, CK_MECHANISM *, CK_ULONG);
    CK_RV (*C_Decrypt)(CK_ULONG, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
    other_function C_DecryptUpdate;
    other_function C_DecryptFinal;
    other_function C_DigestInit;
    other_function C_Digest;
    other_function C_DigestUpdate;
    other_function C_DigestKey;
    other_function C_DigestFinal;
    CK_RV (*C_SignInit)(CK_ULONG, CK_MECHANISM *, CK_ULONG);
    CK_RV (*C_Sign)(CK_ULONG, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
    other_function C_SignUpdate;
    other_function C_SignFinal;
    other_function C_SignRecoverInit;
    other_function C_SignRecover;
    other_function C_VerifyInit;
    other_function C_Verify;
    other_function C_VerifyUpdate;
    other_function C_VerifyFinal;
    other_function C_VerifyRecoverInit;
    other_function C_VerifyRecover;
    other_function C_DigestEncryptUpdate;
    other_function C_DecryptDigestUpdate;
    other_function C_SignEncryptUpdate;
    other_function C_DecryptVerifyUpdate;
    other_function C_GenerateKey;
    CK_RV (*C_GenerateKeyPair)(
        CK_ULONG, CK_MECHANISM *, CK_ATTRIBUTE *, CK_ULONG, CK_ATTRIBUTE *, CK_ULONG, CK_ULONG *, CK_ULONG *);
} CK_FUNCTION_LIST;

// What this interface looks like on the 64-bit platforms: a mistake above must not become a wild call.
#if defined(__LP64__)
_Static_assert(sizeof(CK_TOKEN_INFO) == 208, "token information");
_Static_assert(sizeof(CK_ATTRIBUTE) == 24 && sizeof(CK_MECHANISM) == 24, "attributes, mechanisms");
_Static_assert(sizeof(CK_GCM_PARAMS) == 48 && sizeof(CK_C_INITIALIZE_ARGS) == 48, "parameters");
_Static_assert(sizeof(CK_RSA_PKCS_OAEP_PARAMS) == 40 && sizeof(CK_RSA_PKCS_PSS_PARAMS) == 24, "RSA's parameters");
_Static_assert(sizeof(CK_SESSION_INFO) == 32, "session information");
_Static_assert(__builtin_offsetof(CK_FUNCTION_LIST, C_Login) == 8 * (1 + 18), "the nineteenth function");
_Static_assert(__builtin_offsetof(CK_FUNCTION_LIST, C_Decrypt) == 8 * (1 + 34), "the thirty-fifth function");
_Static_assert(__builtin_offsetof(CK_FUNCTION_LIST, C_Sign) == 8 * (1 + 43), "the forty-fourth function");
_Static_assert(__builtin_offsetof(CK_FUNCTION_LIST, C_GenerateKeyPair) == 8 * (1 + 59), "the sixtieth function");
#endif

#endif
