/* etag.c: our tags are 16 small hexadecimal digits in quotes. */
#include "etag.h"

#include <string.h>

#define DIGITS 16

struct tag {
    bool weak;
    bool ours;
    uint64_t value;
};

static bool is_between(char c) {
    return c == ' ' || c == '\t' || c == ',';
}

static void read_value(struct span text, struct tag *tag) {
    tag->ours = text.len == DIGITS;
    tag->value = 0;
    for (size_t i = 0; i < text.len && tag->ours; i++) {
        char c = text.at[i];
        bool digit = c >= '0' && c <= '9';
        tag->ours = digit || (c >= 'a' && c <= 'f');
        tag->value = tag->value << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
}

/* Cuts the next tag off the list. False at its end, or where it is no list of tags any more. */
static bool next(struct span *rest, struct tag *tag) {
    const char *at = rest->at, *end = rest->at + rest->len;
    while (at < end && is_between(*at)) {
        at++;
    }
    tag->weak = end - at >= 2 && at[0] == 'W' && at[1] == '/';
    at += tag->weak ? 2 : 0;
    if (at >= end || *at != '"') {
        return false;
    }
    at++;
    const char *close = memchr(at, '"', (size_t)(end - at));
    if (close == NULL) {
        return false;
    }
    read_value((struct span){at, (size_t)(close - at)}, tag);
    *rest = (struct span){close + 1, (size_t)(end - close - 1)};
    return true;
}

bool etag_is_any(struct span field) {
    while (field.len > 0 && (field.at[0] == ' ' || field.at[0] == '\t')) {
        field.at++;
        field.len--;
    }
    while (field.len > 0 && (field.at[field.len - 1] == ' ' || field.at[field.len - 1] == '\t')) {
        field.len--;
    }
    return field.len == 1 && field.at[0] == '*';
}

size_t etag_strong(struct span field, uint64_t *tags, size_t max) {
    size_t count = 0;
    struct tag tag;
    while (field.len > 0 && (tags == NULL || count < max) && next(&field, &tag)) {
        if (tag.ours && !tag.weak) {
            if (tags != NULL) {
                tags[count] = tag.value;
            }
            count++;
        }
    }
    return count;
}

bool etag_matches(struct span field, uint64_t tag) {
    struct tag found;
    if (field.at == NULL) {
        return false;
    }
    if (etag_is_any(field)) {
        return true;
    }
    while (field.len > 0 && next(&field, &found)) {
        if (found.ours && found.value == tag) {
            return true;
        }
    }
    return false;
}
