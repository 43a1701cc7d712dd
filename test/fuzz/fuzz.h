/* fuzz.h: what the fuzz harnesses share. Each holds what a parser must keep to, not only that it does not crash. */
#ifndef FUZZ_H
#define FUZZ_H

#include "base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libFuzzer takes abort() for a finding and keeps the input. */
#define HOLDS(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                             \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static inline bool fuzz_same(struct span one, struct span other) {
    return one.len == other.len && (one.len == 0 || memcmp(one.at, other.at, one.len) == 0);
}

/* Cuts the input at its first line feed: what is before it, and the rest. */
static inline struct span fuzz_first_line(struct span *rest) {
    const char *feed = rest->len == 0 ? NULL : memchr(rest->at, '\n', rest->len);
    struct span line = {rest->at, feed == NULL ? 0 : (size_t)(feed - rest->at)};

    if (feed != NULL)
        *rest = (struct span){feed + 1, rest->len - line.len - 1};
    return line;
}

#endif
