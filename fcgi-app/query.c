/* query.c: see query.h. */
#include "query.h"

#include "uri.h"

#include <string.h>

/* Cuts the next parameter off the front of `rest`; false when there is none. */
static bool next_parameter(struct span *rest, struct span *name, struct span *value) {
    while (rest->len > 0) {
        const char *mark = memchr(rest->at, '&', rest->len);
        size_t len = mark == NULL ? rest->len : (size_t)(mark - rest->at);
        struct span part = {rest->at, len};
        size_t used = mark == NULL ? len : len + 1;

        rest->at += used;
        rest->len -= used;
        if (len == 0)
            continue;
        const char *equals = memchr(part.at, '=', len);
        *name = (struct span){part.at, equals == NULL ? len : (size_t)(equals - part.at)};
        *value = equals == NULL ? (struct span){part.at + len, 0} : (struct span){equals + 1, len - name->len - 1};
        return true;
    }
    return false;
}

static bool name_is(struct span raw, const char *plain) {
    for (; raw.len > 0; plain++)
        if (*plain == '\0' || uri_next(&raw, true) != (unsigned char)*plain)
            return false;
    return *plain == '\0';
}

/* The raw value of the last parameter of that name, or absent. */
static struct span find_last(struct span query, const char *name) {
    struct span found = SPAN_ABSENT, raw_name, value;

    while (next_parameter(&query, &raw_name, &value))
        if (name_is(raw_name, name))
            found = value;
    return found;
}

enum query_found query_get(struct span query, const char *name, struct buf *out) {
    struct span raw = find_last(query, name);

    if (raw.at == NULL)
        return QUERY_ABSENT;
    return uri_decode(raw, true, out) ? QUERY_FOUND : QUERY_BAD_ESCAPE;
}

static bool is_blank(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Reads blanks, a sign, digits, blanks. Digits beyond int64_t set *beyond, and *out to its end with the right sign. */
static bool read_integer(struct span text, int64_t *out, bool *beyond) {
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_blank(text.at[0]))
        text = (struct span){text.at + 1, text.len - 1};
    bool negative = text.len > 0 && text.at[0] == '-';
    if (negative || (text.len > 0 && text.at[0] == '+'))
        text = (struct span){text.at + 1, text.len - 1};
    if (text.len == 0)
        return false;
    *out = 0;
    for (size_t at = 0; at < text.len; at++) {
        int digit = text.at[at] - '0';
        if (digit < 0 || digit > 9)
            return false;
        *beyond |=
            __builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, negative ? -digit : digit, out);
        if (*beyond)
            *out = negative ? INT64_MIN : INT64_MAX;
    }
    return true;
}

enum query_number query_integer(struct span query, const char *name, int64_t min, int64_t max, int64_t *out) {
    struct buf text = {0};
    enum query_number result = QUERY_NUMBER_UNREADABLE;
    int64_t value = 0;
    bool beyond = false;
    enum query_found found = query_get(query, name, &text);

    if (found == QUERY_ABSENT) {
        result = QUERY_NUMBER_ABSENT;
    } else if (found == QUERY_FOUND && !text.failed &&
               read_integer((struct span){text.data, text.len}, &value, &beyond)) {
        if (value < min || (beyond && value < 0)) {
            result = QUERY_NUMBER_SMALL;
        } else if (value > max || beyond) {
            result = QUERY_NUMBER_LARGE;
        } else {
            *out = value;
            result = QUERY_NUMBER_OK;
        }
    }
    buf_free(&text);
    return result;
}
