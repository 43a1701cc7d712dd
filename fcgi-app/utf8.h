/* utf8.h: one step through UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
#ifndef UTF8_H
#define UTF8_H

#include "base.h"

static inline bool utf8_is_tail(unsigned char byte) {
    return (byte & 0xC0) == 0x80;
}

/* Length of the well-formed character that begins at `at`, of which `left` (at least 1) bytes are there; 0: none does.
 */
static inline size_t utf8_length(const unsigned char *at, size_t left) {
    unsigned char lead = at[0];

    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4 || left < 2)
        return 0;
    if (lead < 0xE0)
        return utf8_is_tail(at[1]) ? 2 : 0;
    /* The second byte has a narrower range behind E0 (overlong), ED (surrogates), F0 (overlong), F4 (too large). */
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high || left < 3 || !utf8_is_tail(at[2]))
        return 0;
    if (lead < 0xF0)
        return 3;
    return left >= 4 && utf8_is_tail(at[3]) ? 4 : 0;
}

/* Is the character of `length` bytes at `at` a control character: U+0000-1F, U+007F-9F? */
static inline bool utf8_is_control(const unsigned char *at, size_t length) {
    return length == 1 ? at[0] < 0x20 || at[0] == 0x7F : length == 2 && at[0] == 0xC2 && at[1] < 0xA0;
}

#endif
