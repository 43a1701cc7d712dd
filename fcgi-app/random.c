/* random.c: see random.h. */
#include "random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* getrandom never returns less than asked for up to 256 bytes, once the kernel's generator is seeded. */
static unsigned char block[256];
static size_t used = sizeof block;

static void take(void *to, size_t len) {
    if (sizeof block - used < len) {
        ssize_t got;
        do
            got = getrandom(block, sizeof block, 0);
        while (got < 0 && errno == EINTR);
        if (got != (ssize_t)sizeof block)
            abort(); /* no random bits, no tags that differ: better none at all */
        used = 0;
    }
    memcpy(to, block + used, len);
    used += len;
}

void random_reset(void) {
    used = sizeof block;
}

uint64_t random_bits(void) {
    uint64_t bits;

    take(&bits, sizeof bits);
    return bits;
}

void random_uuid(char text[UUID_TEXT_LEN + 1]) {
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[16];
    char *to = text;

    take(bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40); /* version 4 */
    bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80); /* the variant of RFC 9562 */
    for (size_t at = 0; at < sizeof bytes; at++) {
        if (at == 4 || at == 6 || at == 8 || at == 10)
            *to++ = '-';
        *to++ = hex[bytes[at] >> 4];
        *to++ = hex[bytes[at] & 0xF];
    }
    *to = '\0';
}
