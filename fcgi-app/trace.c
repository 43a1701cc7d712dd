/* trace.c: 2 digits of version, 32 of trace id, 16 of parent id, 2 of flags. */
#include "trace.h"

#include <string.h>

#define LEN 55
#define TRACE_AT 3
#define PARENT_AT 36
#define FLAGS_AT 53

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_zero(const char *at, size_t len) {
    return strspn(at, "0") >= len;
}

struct span trace_parent(struct span header, bool *sampled) {
    *sampled = false;
    if (header.at == NULL || header.len < LEN) {
        return SPAN_ABSENT;
    }
    char text[LEN + 1] = {0};
    memcpy(text, header.at, LEN);
    for (size_t i = 0; i < LEN; i++) {
        bool dash = i == TRACE_AT - 1 || i == PARENT_AT - 1 || i == FLAGS_AT - 1;
        if (dash ? text[i] != '-' : !is_hex(text[i])) {
            return SPAN_ABSENT;
        }
    }
    bool first_version = memcmp(text, "00", 2) == 0;
    if (memcmp(text, "ff", 2) == 0 || (header.len > LEN && (first_version || header.at[LEN] != '-')) ||
        is_zero(text + TRACE_AT, 32) || is_zero(text + PARENT_AT, 16)) {
        return SPAN_ABSENT;
    }
    char last = text[LEN - 1];
    int low = last <= '9' ? last - '0' : last - 'a' + 10;
    *sampled = (low & 1) != 0;
    return (struct span){header.at, LEN};
}
