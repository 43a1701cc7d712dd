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

/* What is left behind blanks and commas. */
static struct span skip_between(struct span rest) {
    while (rest.len > 0 && is_between(rest.at[0])) {
        rest.at++;
        rest.len--;
    }
    return rest;
}

/* Cuts the next tag off the list. False at its end, or where it is no list of tags any more. */
static bool next(struct span *list, struct tag *tag) {
    struct span rest = skip_between(*list);
    tag->weak = false;
    if (rest.len >= 2 && memcmp(rest.at, "W/", 2) == 0) {
        tag->weak = true;
        rest = (struct span){rest.at + 2, rest.len - 2};
    }
    if (rest.len == 0 || rest.at[0] != '"') {
        return false;
    }
    rest = (struct span){rest.at + 1, rest.len - 1};
    const char *close = rest.len == 0 ? NULL : memchr(rest.at, '"', rest.len);
    if (close == NULL) {
        return false;
    }
    size_t len = (size_t)(close - rest.at);
    read_value((struct span){rest.at, len}, tag);
    *list = (struct span){close + 1, rest.len - len - 1};
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
