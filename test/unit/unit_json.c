/* unit_json.c: judging JSON texts and cutting them, by cases and over the recorded data. */
#include "json.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* Everything that can be asked of a valid text, asked recursively: each part is valid by itself and lies within its
 * whole. */
static bool parts_hold(struct span text, int depth) {
    size_t place;
    struct span value = json_trim(text), name, part;

    if (!json_check(value, &place) || value.at < text.at || value.at + value.len > text.at + text.len)
        return false;
    if (depth == 0 || (json_kind(value) != JSON_IS_OBJECT && json_kind(value) != JSON_IS_ARRAY))
        return true;
    struct json_walk walk = json_walk(value);
    const char *last = value.at;
    while (json_kind(value) == JSON_IS_ARRAY ? json_walk_value(&walk, &part) : json_walk_member(&walk, &name, &part)) {
        if (json_kind(value) == JSON_IS_OBJECT) {
            if (name.at <= last || name.at[-1] != '"' || name.at[name.len] != '"')
                return false;
            last = name.at + name.len;
        }
        if (part.at <= last || part.at + part.len >= value.at + value.len || !parts_hold(part, depth - 1))
            return false;
        last = part.at + part.len - 1;
    }
    return true;
}

static void run_valid(const struct unit_case *of) {
    size_t place = 77;
    bool fine = json_check(of->field[0], &place);

    EXPECT_CASE(fine, of, "was refused at %zu", place);
    EXPECT_CASE(fine && parts_hold(of->field[0], 3), of, "its parts are wrong");
}

/* text, place of the fault */
static void run_invalid(const struct unit_case *of) {
    size_t place = 77;
    bool fine = json_check(of->field[0], &place);

    EXPECT_CASE(!fine && (int64_t)place == unit_integer(of->field[1]), of, fine ? "was taken" : "fault at %zu", place);
}

/* object, name, value or (absent) */
static void run_member(const struct unit_case *of) {
    size_t place;
    char name[64] = "";

    memcpy(name, of->field[1].at, of->field[1].len);
    EXPECT_CASE(json_check(of->field[0], &place), of, "is not valid");
    struct span value = json_member(of->field[0], name);
    if (unit_is(of->field[2], "(absent)"))
        EXPECT_CASE(value.at == NULL, of, "is '%.*s'", (int)value.len, value.at);
    else
        EXPECT_CASE(value.at != NULL && value.len == of->field[2].len &&
                        memcmp(value.at, of->field[2].at, value.len) == 0,
                    of, "is '%.*s'", (int)value.len, value.at);
}

/* value, least, greatest, number or (no), spelled as an integer: yes or no */
static void run_integer(const struct unit_case *of) {
    int64_t number = 77;
    size_t place;
    bool taken = json_read_integer(of->field[0], unit_integer(of->field[1]), unit_integer(of->field[2]), &number);

    EXPECT_CASE(json_check(of->field[0], &place), of, "is not valid");
    if (unit_is(of->field[3], "(no)"))
        EXPECT_CASE(!taken && number == 77, of, "is %lld", (long long)number);
    else
        EXPECT_CASE(taken && number == unit_integer(of->field[3]), of, "%d, %lld", (int)taken, (long long)number);
    EXPECT_CASE(unit_is(of->field[4], json_spells_integer(of->field[0]) ? "yes" : "no"), of, "integer or not");
}

/* string, its bytes or (no) */
static void run_unescape(const struct unit_case *of) {
    struct buf out = {0};
    size_t place;

    EXPECT_CASE(json_check(of->field[0], &place), of, "is not valid");
    bool fine = json_unescape(of->field[0], &out);
    if (unit_is(of->field[1], "(no)"))
        EXPECT_CASE(!fine, of, "was taken");
    else
        EXPECT_CASE(fine && out.len == of->field[1].len &&
                        (out.len == 0 || memcmp(out.data, of->field[1].at, out.len) == 0),
                    of, "became '%.*s'", (int)out.len, out.data);
    buf_free(&out);
}

/* state, count */
static void run_removed(const struct unit_case *of) {
    size_t place;
    int32_t count = json_removed_count(of->field[0]);

    EXPECT_CASE(json_check(of->field[0], &place), of, "is not valid");
    EXPECT_CASE(count == unit_integer(of->field[1]), of, "is %d", (int)count);
}

/* Nested `levels` deep: arrays and objects by turns, or objects only. */
static char *nested(size_t levels, bool objects, size_t *len) {
    struct buf text = {0};

    for (size_t i = 0; i < levels; i++)
        buf_text(&text, objects || i % 2 == 1 ? "{\"a\":" : "[");
    buf_byte(&text, '1');
    for (size_t i = levels; i-- > 0;)
        buf_byte(&text, objects || i % 2 == 1 ? '}' : ']');
    *len = text.len;
    return text.data;
}

static void check_depth(void) {
    static const size_t levels[] = {1, 7, 8, 9, 999, 1000, 1001, 1002, 3000, 100000};

    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        for (int objects = 0; objects <= 1; objects++) {
            size_t len, place;
            char *text = nested(levels[i], objects == 1, &len);
            struct span span = {text, len};
            bool fine = json_check(span, &place);
            EXPECT(fine == (levels[i] <= JSON_LEVELS_MAX));
            if (fine)
                EXPECT(parts_hold(span, 20));
            else
                EXPECT(place == (objects == 1 ? 5 * 1000 : 6 * 500)); /* the bracket that opens level 1,001 */
            if (fine) {                                               /* a bracket of the wrong kind on the way out */
                text[len - 1] = (char)(text[len - 1] ^ ('}' ^ ']'));
                EXPECT(!json_check(span, &place) && place == len - 1);
            }
            free(text);
        }
    }
    size_t size = 32 * 1024 * 1024, place;
    char *brackets = malloc(size);
    EXPECT(brackets != NULL);
    memset(brackets, '[', size);
    EXPECT(!json_check((struct span){brackets, size}, &place) && place == 1000);
    free(brackets);
}

/* Something that ends or breaks a string is seen at every offset, whatever the width in which plain bytes are skipped.
 */
static void check_offsets(void) {
    static const char bad[] = {0, 1, 0x1F, '\n', (char)0x80, (char)0xFF, (char)0xC0};

    for (size_t len = 0; len < 70; len++) {
        char *text = malloc(len + 2);
        EXPECT(text != NULL);
        memset(text, '.', len + 1);
        text[0] = '"';
        text[len + 1] = '"';
        size_t place;
        EXPECT(json_check((struct span){text, len + 2}, &place));
        EXPECT(!json_check((struct span){text, len + 1}, &place) && place == len + 1);
        for (size_t at = 1; at <= len; at++) {
            text[at] = '"';
            EXPECT(!json_check((struct span){text, len + 2}, &place) && place == at + 1);
            text[at] = '\\'; /* with a dot, or the closing quote, behind it */
            EXPECT(!json_check((struct span){text, len + 2}, &place) && place == (at == len ? len + 2 : at));
            for (size_t i = 0; i < sizeof bad; i++) {
                text[at] = bad[i];
                EXPECT(!json_check((struct span){text, len + 2}, &place) && place == at);
            }
            text[at] = 0x7F; /* DEL is plain */
            EXPECT(json_check((struct span){text, len + 2}, &place));
            text[at] = '.';
        }
        free(text);
    }
}

/* Valid texts cut anywhere, and with any byte changed, never crash; what is taken then has sound parts. */
static void check_mutations(const struct unit_case *of) {
    size_t place;

    for (size_t len = 0; len < of->field[0].len; len++) {
        char *text = unit_copy((struct span){of->field[0].at, len});
        struct span cut = {text, len};
        if (json_check(cut, &place))
            EXPECT_CASE(parts_hold(cut, 3), of, "cut at %zu: its parts are wrong", len);
        else
            EXPECT_CASE(place <= len, of, "cut at %zu: place %zu", len, place);
        free(text);
        text = unit_copy(of->field[0]);
        text[len] = (char)unit_random();
        struct span changed = {text, of->field[0].len};
        if (json_check(changed, &place))
            EXPECT_CASE(parts_hold(changed, 3), of, "changed at %zu: its parts are wrong", len);
        free(text);
    }
}

/* Every recorded line is valid JSON, and so is its body, cut out as the data's README says. */
static void run_data(const char *name, int line, struct span text) {
    size_t place = 0;
    char *copy = unit_copy(text);
    struct span span = {copy, text.len};
    bool fine = json_check(span, &place);

    unit_expect(fine, name, line, "refused at %zu", place);
    unit_expect(fine && parts_hold(span, 6), name, line, "its parts are wrong");
    struct span body = json_member(span, "body");
    if (fine && body.at != NULL) {
        static const char mark[] = ",\"body\":";
        const char *at = memmem(copy, text.len, mark, sizeof mark - 1);
        bool whole = at != NULL && body.at == at + sizeof mark - 1 && body.at + body.len == copy + text.len - 2;
        unit_expect(whole, name, line, "the body was not cut as a whole");
    }
    free(copy);
}

void unit_json(void) {
    size_t place = 77;

    EXPECT(!json_check(SPAN_ABSENT, &place) && place == 0);
    EXPECT(json_member(SPAN_OF("{}"), "").at == NULL);
    unit_cases("json_valid.txt", 1, run_valid);
    unit_cases("json_invalid.txt", 2, run_invalid);
    unit_cases("json_member.txt", 3, run_member);
    unit_cases("json_integer.txt", 5, run_integer);
    unit_cases("json_unescape.txt", 2, run_unescape);
    unit_cases("json_removed.txt", 2, run_removed);
    unit_cases("json_valid.txt", 1, check_mutations);
    check_depth();
    check_offsets();
    unit_data(run_data);
}
