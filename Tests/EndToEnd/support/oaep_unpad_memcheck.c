// Undoes paddings, right and wrong, whose octets memcheck takes for undefined: a branch or an address that depends on them
// is an error. With LEAKS the first octet is looked at as an example of one.
#include <stdio.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "CLibcrypto.h"

int main(void) {
    for (int round = 0; round < 40; round++) {
        uint8_t encoded[384], content[CLIBCRYPTO_MOST_CONTENT];
        for (size_t i = 0; i < sizeof encoded; i++) encoded[i] = (uint8_t)(round * 31 + i * 7);
        encoded[0] = (uint8_t)(round % 3);
        VALGRIND_MAKE_MEM_UNDEFINED(encoded, sizeof encoded);
        size_t count = 0;
#ifdef LEAKS
        if (encoded[0] != 0) putchar('.');
#endif
        int done = clibcrypto_oaep_unpad(encoded, sizeof encoded, content, &count);
        // Looked at only now, when all of it is known.
        VALGRIND_MAKE_MEM_DEFINED(&done, sizeof done);
        if (done) return 1;
    }
    return 0;
}
