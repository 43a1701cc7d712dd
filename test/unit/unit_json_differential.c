/*
 * unit_json_differential.c: our scanner against Jansson, on the cases, on the recorded data and on changed copies of
 * both. What they judge differently must be one of the kinds of valid JSON that Jansson is known to refuse; where
 * both take a text, they must find the same members in it.
 */
#include "json.h"
#include "unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *load(struct span text, json_error_t *error) {
    return json_loadb(text.at, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, error);
}

/* Does a \uD8..DF escape stand in it? Whether it is a lone one is Jansson's word. */
static bool has_surrogate(struct span text) {
    for (size_t at = 0; at + 6 <= text.len; at++)
        if (memcmp(text.at + at, "\\u", 2) == 0 && (text.at[at + 2] | 0x20) == 'd' &&
            strchr("89abcdefABCDEF", text.at[at + 3]))
            return true;
    return false;
}

static bool may_refuse(struct span text, const json_error_t *error) {
    switch (json_error_code(error)) {
    case json_error_numeric_overflow: /* 1e400, or more than 308 digits */
    case json_error_null_byte_in_key: /* a NUL in a name */
        return true;
    case json_error_invalid_syntax:
        return has_surrogate(text);
    default:
        return false;
    }
}

/* Each member that Jansson found is the one that we cut. */
static bool same_members(struct span text, json_t *document) {
    const char *name;
    json_t *wanted;

    json_object_foreach(document, name, wanted) {
        json_error_t error;
        struct span value = json_member(text, name);
        bool ascii = true;
        for (const char *at = name; *at != '\0'; at++)
            ascii = ascii && (unsigned char)*at < 0x80;
        if (!ascii)
            continue; /* json_member takes plain names only */
        json_t *got = value.at == NULL ? NULL : load(value, &error);
        bool same = got != NULL && json_equal(got, wanted) == 1;
        json_decref(got);
        if (!same)
            return false;
    }
    return true;
}

static void compare(const char *name, int line, struct span text) {
    json_error_t error;
    size_t place = 0;
    bool ours = json_check(text, &place);
    json_t *theirs = load(text, &error);

    if (theirs == NULL && ours)
        unit_expect(may_refuse(text, &error), name, line, "only we take it; Jansson: %s\n    %.*s", error.text,
                    (int)(text.len < 200 ? text.len : 200), text.at);
    else if (theirs != NULL && !ours)
        /* Jansson takes a raw NUL between tokens for the end of the text. RFC 8259 does not. */
        unit_expect(place < text.len && text.at[place] == '\0', name, line, "only Jansson takes it; we stop at %zu",
                    place);
    else
        unit_expect(theirs == NULL || !json_is_object(theirs) || same_members(text, theirs), name, line,
                    "members differ");
    json_decref(theirs);
}

/* Changes, doubles or drops a byte or two, mostly to bytes that mean something in JSON. */
static void compare_changed(const char *name, int line, struct span text) {
    static const char bytes[] = "{}[]:,\"\\/0123456789-+.eEutrfnalsbd \t\n\r\x01\x1f\x7f\x80\xbf\xc2\xe0\xed\xf0\xff";
    char *copy = malloc(text.len + 2);
    size_t len = text.len;

    if (copy == NULL || len == 0) {
        free(copy);
        return;
    }
    memcpy(copy, text.at, len);
    for (uint32_t times = 1 + unit_random() % 2; times > 0 && len > 0; times--) {
        size_t at = unit_random() % len;
        char byte = bytes[unit_random() % (sizeof bytes - 1)];
        switch (unit_random() % 3) {
        case 0:
            copy[at] = byte;
            break;
        case 1:
            memmove(copy + at + 1, copy + at, len - at);
            copy[at] = byte;
            len++;
            break;
        default:
            memmove(copy + at, copy + at + 1, len - at - 1);
            len--;
        }
    }
    compare(name, line, (struct span){copy, len});
    free(copy);
}

static void run_case(const struct unit_case *of) {
    compare(of->file, of->line, of->field[0]);
    for (int i = 0; i < 500; i++)
        compare_changed(of->file, of->line, of->field[0]);
}

static void run_data(const char *name, int line, struct span text) {
    compare(name, line, text);
    if (text.len < 4096)
        for (int i = 0; i < 10; i++)
            compare_changed(name, line, text);
}

void unit_json_differential(void) {
    unit_cases("json_valid.txt", 1, run_case);
    unit_cases("json_invalid.txt", 2, run_case);
    unit_cases("json_member.txt", 3, run_case);
    unit_data(run_data);
}
