// A PKCS#11 module in front of another one, whose calls fail or hang as a file says: the real thing with a fault.
//
// FAULTS_MODULE is the path of the real module. FAULTS_FILE holds lines "FUNCTION WHAT TIMES": the next TIMES calls of the
// function answer the CK_RV 0xWHAT whatever the real one would, never return when WHAT is "hang", or answer CKR_GENERAL_ERROR
// for whatever the real one fails by when WHAT is "vague" (of functions that end an operation). FAULTS_CALLS gets
// a line with the name of each call of a function that can be made to fail. FAULTS_PARAMETERS, when it is set, is what the
// real module gets as pReserved of C_Initialize: NSS takes its configuration there.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long word;
typedef word (*function)(word, word, word, word, word);
typedef struct {
    unsigned char version[2];
    function members[68];
} list;

static list ours;
static const list *theirs;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

enum { well, fails, vague };

// Whether the call has a fault, and which.
static int fault(const char *name, word *answer) {
    int found = 0, hangs = 0;
    pthread_mutex_lock(&lock);
    FILE *calls = fopen(getenv("FAULTS_CALLS"), "a");
    fprintf(calls, "%s\n", name);
    fclose(calls);
    char text[4096] = "", rest[4096] = "", line[256];
    FILE *file = fopen(getenv("FAULTS_FILE"), "r");
    while (file && fgets(line, sizeof line, file)) {
        char function[64], what[64];
        int times = 0;
        if (sscanf(line, "%63s %63s %d", function, what, &times) == 3 && !found && times > 0 && !strcmp(function, name)) {
            found = strcmp(what, "vague") ? fails : vague;
            hangs = !strcmp(what, "hang");
            *answer = strtoul(what, NULL, 16);
            snprintf(line, sizeof line, "%s %s %d\n", function, what, times - 1);
        }
        snprintf(text, sizeof text, "%s%s", rest, line);
        memcpy(rest, text, sizeof rest);
    }
    if (file) fclose(file);
    if (found && (file = fopen(getenv("FAULTS_FILE"), "w"))) {
        fputs(rest, file);
        fclose(file);
    }
    pthread_mutex_unlock(&lock);
    while (hangs) sleep(1);
    return found;
}

// Five words are as many arguments as these functions take; a callee looks at its own only.
#define FUNCTION(index, name)                                            \
    static word name(word a, word b, word c, word d, word e) {           \
        word answer = 0;                                                 \
        if (fault(#name, &answer)) return answer;                        \
        return theirs->members[index](a, b, c, d, e);                    \
    }

// One that ends an operation, which it does also when it fails.
#define ENDING_FUNCTION(index, name)                                     \
    static word name(word a, word b, word c, word d, word e) {           \
        word answer = 0;                                                 \
        int found = fault(#name, &answer);                               \
        word real = theirs->members[index](a, b, c, d, e);               \
        if (found == vague) return real ? 5 : 0;                         \
        return found ? answer : real;                                    \
    }

static word C_Initialize(word a, word b, word c, word d, word e) {
    word answer = 0;
    if (fault("C_Initialize", &answer)) return answer;
    struct {
        void *mutexes[4];
        word flags;
        char *parameters;
    } arguments = {.flags = 2, .parameters = getenv("FAULTS_PARAMETERS")};
    return theirs->members[0](arguments.parameters && *arguments.parameters ? (word)&arguments : a, b, c, d, e);
}

FUNCTION(1, C_Finalize)
FUNCTION(4, C_GetSlotList)
FUNCTION(6, C_GetTokenInfo)
FUNCTION(8, C_GetMechanismInfo)
FUNCTION(12, C_OpenSession)
FUNCTION(18, C_Login)
FUNCTION(26, C_FindObjectsInit)
ENDING_FUNCTION(30, C_Encrypt)
FUNCTION(33, C_DecryptInit)
ENDING_FUNCTION(34, C_Decrypt)
FUNCTION(22, C_DestroyObject)
FUNCTION(42, C_SignInit)
ENDING_FUNCTION(43, C_Sign)

static word C_GenerateKeyPair(word a, word b, word c, word d, word e, word f, word g, word h) {
    word answer = 0;
    if (fault("C_GenerateKeyPair", &answer)) return answer;
    return ((word(*)(word, word, word, word, word, word, word, word))theirs->members[59])(a, b, c, d, e, f, g, h);
}

word C_GetFunctionList(const list **answer) {
    void *library = dlopen(getenv("FAULTS_MODULE"), RTLD_NOW | RTLD_LOCAL);
    if (!library) return 5;
    word (*list_of)(const list **) = (word (*)(const list **))dlsym(library, "C_GetFunctionList");
    word result = list_of(&theirs);
    if (result) return result;
    ours = *theirs;
    ours.members[0] = C_Initialize;
    ours.members[1] = C_Finalize;
    ours.members[4] = C_GetSlotList;
    ours.members[6] = C_GetTokenInfo;
    ours.members[8] = C_GetMechanismInfo;
    ours.members[12] = C_OpenSession;
    ours.members[18] = C_Login;
    ours.members[26] = C_FindObjectsInit;
    ours.members[30] = C_Encrypt;
    ours.members[33] = C_DecryptInit;
    ours.members[34] = C_Decrypt;
    ours.members[22] = C_DestroyObject;
    ours.members[42] = C_SignInit;
    ours.members[43] = C_Sign;
    ours.members[59] = (function)C_GenerateKeyPair;
    *answer = &ours;
    return 0;
}
