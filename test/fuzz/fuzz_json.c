/*
 * fuzz_json.c: judging JSON texts and cutting members. Jansson is the second opinion: what the two judge differently
 * must be a kind of valid JSON that Jansson is known to refuse. What is cut lies within its text, in order, and is
 * valid.
 */
#include "fuzz.h"
#include "json.h"

#include <jansson.h>

static void check_string(struct span string) {
    struct buf text = {0}, again = {0}, back = {0};
    size_t place;

    if (json_unescape(string, &text)) {
        struct span plain = {text.data, text.len};
        buf_json_string(&again, plain);
        struct span spelled = {again.data, again.len};
        HOLDS(json_check(spelled, &place) && json_kind(spelled) == JSON_IS_STRING);
        HOLDS(json_unescape(spelled, &back) && fuzz_same(plain, (struct span){back.data, back.len}));
        bool ascii = true; /* as json_name_is wants its plain names: without NUL, too */
        for (size_t at = 0; at < plain.len; at++)
            ascii = ascii && plain.at[at] > 0;
        buf_byte(&text, '\0');
        if (ascii)
            HOLDS(json_name_is((struct span){string.at + 1, string.len - 2}, text.data));
    }
    buf_free(&text);
    buf_free(&again);
    buf_free(&back);
}

static void check_scalar(struct span value) {
    int64_t number = 0;

    if (json_kind(value) == JSON_IS_STRING)
        check_string(value);
    bool taken = json_read_integer(value, INT64_MIN, INT64_MAX, &number);
    HOLDS(!taken || json_spells_integer(value));
    if (taken) {
        char digits[32] = "";
        HOLDS(value.len < sizeof digits);
        memcpy(digits, value.at, value.len);
        HOLDS(strtoll(digits, NULL, 10) == number);
        HOLDS(number == INT64_MIN || !json_read_integer(value, INT64_MIN, number - 1, &number));
        HOLDS(number == INT64_MAX || !json_read_integer(value, number + 1, INT64_MAX, &number));
    }
}

/* Each part, down to a few levels: the levels were counted by json_check already. */
static void check_parts(struct span whole, int depth) {
    struct span value = json_trim(whole), name = SPAN_ABSENT, part;
    size_t place;

    HOLDS(json_check(value, &place) && value.len > 0 && value.at >= whole.at);
    HOLDS(value.at + value.len <= whole.at + whole.len);
    bool object = json_kind(value) == JSON_IS_OBJECT;
    if (!object && json_kind(value) != JSON_IS_ARRAY) {
        check_scalar(value);
        return;
    }
    if (depth == 0)
        return;
    struct json_walk walk = json_walk(value);
    const char *last = value.at;
    while (object ? json_walk_member(&walk, &name, &part) : json_walk_value(&walk, &part)) {
        if (object) {
            HOLDS(name.at - 1 > last && name.at[-1] == '"' && name.at[name.len] == '"');
            check_string((struct span){name.at - 1, name.len + 2});
            last = name.at + name.len;
        }
        HOLDS(part.at > last && part.at + part.len < value.at + value.len);
        last = part.at + part.len - 1;
        check_parts(part, depth - 1);
    }
    HOLDS(json_removed_count(value) >= 0);
}

static bool has_surrogate(struct span text) {
    for (size_t at = 0; at + 6 <= text.len; at++)
        if (memcmp(text.at + at, "\\u", 2) == 0 && (text.at[at + 2] | 0x20) == 'd')
            return true;
    return false;
}

static void compare_members(struct span text, json_t *document) {
    const char *name;
    json_t *wanted;
    json_error_t error;

    json_object_foreach(document, name, wanted) {
        bool ascii = true;
        for (const char *at = name; *at != '\0'; at++)
            ascii = ascii && *at > 0;
        if (!ascii)
            continue;
        struct span value = json_member(text, name);
        HOLDS(value.at != NULL);
        json_t *got =
            json_loadb(value.at, value.len, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
        HOLDS(got != NULL && json_equal(got, wanted) == 1);
        json_decref(got);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span text = {(const char *)data, size};
    size_t place = 0;
    json_error_t error;
    bool fine = json_check(text, &place);
    json_t *document =
        json_loadb(text.at, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);

    if (fine) {
        check_parts(text, 4);
        if (document == NULL)
            HOLDS(json_error_code(&error) == json_error_numeric_overflow ||
                  json_error_code(&error) == json_error_null_byte_in_key || has_surrogate(text));
        else if (json_is_object(document))
            compare_members(text, document);
    } else {
        HOLDS(place <= size);
        if (place < size) { /* nothing behind the place had a say */
            size_t earlier;
            HOLDS(json_check((struct span){text.at, place}, &earlier) || earlier <= place);
        }
        /* Jansson goes deeper, and takes a raw NUL between tokens for the end of the text. */
        HOLDS(document == NULL || (place < size && (data[place] == 0 || data[place] == '[' || data[place] == '{')));
    }
    json_decref(document);
    return 0;
}
