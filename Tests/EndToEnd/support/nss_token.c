// Gives the second slot of NSS's module its PIN, which pkcs11-tool can't: the security officer there has an empty one.
// Arguments: the module, its configuration, the PIN.
#include <dlfcn.h>
#include <string.h>

typedef unsigned long word;
typedef struct {
    unsigned char version[2];
    word (*members[68])(word, word, word, word, word);
} list;

int main(int count, char **arguments) {
    void *library = count == 4 ? dlopen(arguments[1], RTLD_NOW) : NULL;
    word (*list_of)(const list **) = library ? (word (*)(const list **))dlsym(library, "C_GetFunctionList") : NULL;
    const list *module;
    if (!list_of || list_of(&module)) return 1;
    struct {
        void *mutexes[4];
        word flags;
        char *parameters;
    } with = {.flags = 2, .parameters = arguments[2]};
    word session = 0;
    if (module->members[0]((word)&with, 0, 0, 0, 0)) return 2;
    if (module->members[12](2, 6, 0, 0, (word)&session)) return 3;
    if (module->members[18](session, 0, (word) "", 0, 0)) return 4;
    if (module->members[10](session, (word)arguments[3], strlen(arguments[3]), 0, 0)) return 5;
    return module->members[1](0, 0, 0, 0, 0) != 0;
}
