/* ident.c: see ident.h. */
#include "ident.h"

#include "utf8.h"

#include <string.h>

enum { ID_CHARACTERS_MAX = 255, KEY_BYTES_MAX = 2200, REQUEST_ID_MAX = 128 };

bool ident_utf8(struct span text, size_t *characters) {
    const unsigned char *at = (const unsigned char *)text.at;
    size_t left = text.len, count = 0;

    while (left > 0) {
        size_t length = utf8_length(at, left);
        if (length == 0)
            return false;
        at += length;
        left -= length;
        count++;
    }
    if (characters != NULL)
        *characters = count;
    return true;
}

/* Of valid UTF-8. */
static bool has_control(struct span text) {
    const unsigned char *at = (const unsigned char *)text.at;

    for (size_t left = text.len, length; left > 0; at += length, left -= length) {
        length = utf8_length(at, left);
        if (length == 0 || utf8_is_control(at, length))
            return true;
    }
    return false;
}

static bool is_dots(struct span segment) {
    return (segment.len == 1 && segment.at[0] == '.') || (segment.len == 2 && memcmp(segment.at, "..", 2) == 0);
}

enum ident_fault ident_check(struct span id, const char **rule) {
    size_t characters = 0;

    if (!ident_utf8(id, &characters)) {
        *rule = "Value should be valid UTF-8";
        return IDENT_BAD;
    }
    if (characters == 0)
        return IDENT_SHORT;
    if (characters > ID_CHARACTERS_MAX)
        return IDENT_LONG;
    if (has_control(id))
        *rule = "Value should not contain control characters";
    else if (memchr(id.at, '/', id.len) != NULL || memchr(id.at, '\\', id.len) != NULL)
        *rule = "Value should not contain '/' or '\\'";
    else if (is_dots(id))
        *rule = "Value should not be '.' or '..'";
    else
        return IDENT_FINE;
    return IDENT_BAD;
}

const char *ident_prefix_fault(struct span prefix) {
    if (!ident_utf8(prefix, NULL))
        return "Value should be valid UTF-8";
    return has_control(prefix) ? "Value should not contain control characters" : NULL;
}

const char *ident_key_fault(struct span key) {
    if (key.len == 0)
        return "Key should not be empty";
    if (key.len > KEY_BYTES_MAX)
        return "Key should have at most 2200 bytes";
    const char *fault = ident_prefix_fault(key);
    if (fault != NULL)
        return fault;
    for (struct span rest = key;;) {
        const char *slash = rest.len == 0 ? NULL : memchr(rest.at, '/', rest.len);
        struct span segment = {rest.at, slash == NULL ? rest.len : (size_t)(slash - rest.at)};
        if (segment.len == 0)
            return "Key should not have an empty segment";
        if (is_dots(segment))
            return "Key should not have a segment '.' or '..'";
        if (slash == NULL)
            return NULL;
        rest = (struct span){slash + 1, rest.len - segment.len - 1};
    }
}

bool ident_is_request_id(struct span id) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/+=@-";

    if (id.len == 0 || id.len > REQUEST_ID_MAX)
        return false;
    for (size_t at = 0; at < id.len; at++)
        if (memchr(allowed, id.at[at], sizeof allowed - 1) == NULL)
            return false;
    return true;
}
