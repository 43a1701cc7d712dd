/* unit_ident.c: identifiers, keys, prefixes, request ids. */
#include "ident.h"
#include "unit.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* id, what it is */
static void run_id(const struct unit_case *of) {
    static const char *const words[] = {
        [IDENT_FINE] = "fine", [IDENT_SHORT] = "short", [IDENT_LONG] = "long", [IDENT_BAD] = "bad"};
    const char *rule = NULL;
    enum ident_fault fault = ident_check(of->field[0], &rule);

    EXPECT_CASE(unit_is(of->field[1], words[fault]) && (rule != NULL) == (fault == IDENT_BAD), of, "is %s",
                words[fault]);
}

/* key, what a key of it is, what a prefix of it is */
static void run_key(const struct unit_case *of) {
    const char *key = ident_key_fault(of->field[0]), *prefix = ident_prefix_fault(of->field[0]);

    EXPECT_CASE(unit_is(of->field[1], key == NULL ? "fine" : "bad"), of, "as a key: %s", key == NULL ? "fine" : key);
    EXPECT_CASE(unit_is(of->field[2], prefix == NULL ? "fine" : "bad"), of, "as a prefix: %s",
                prefix == NULL ? "fine" : prefix);
}

/* text, number of characters or (bad) */
static void run_utf8(const struct unit_case *of) {
    size_t characters = 77;
    bool fine = ident_utf8(of->field[0], &characters);

    if (unit_is(of->field[1], "(bad)"))
        EXPECT_CASE(!fine, of, "was taken");
    else
        EXPECT_CASE(fine && (int64_t)characters == unit_integer(of->field[1]), of, "%d, %zu characters", (int)fine,
                    characters);
}

static enum ident_fault fault_of(const char *unit, size_t times) {
    struct buf id = {0};
    const char *rule;

    for (size_t i = 0; i < times; i++)
        buf_text(&id, unit);
    enum ident_fault fault = ident_check((struct span){id.data, id.len}, &rule);
    buf_free(&id);
    return fault;
}

static void check_lengths(void) {
    EXPECT(fault_of("x", 255) == IDENT_FINE && fault_of("x", 256) == IDENT_LONG);
    EXPECT(fault_of("\xF0\x9F\x98\x80", 255) == IDENT_FINE && fault_of("\xF0\x9F\x98\x80", 256) == IDENT_LONG);
    EXPECT(fault_of("/", 256) == IDENT_LONG && fault_of("/", 255) == IDENT_BAD);

    char key[2201];
    memset(key, 'k', sizeof key);
    EXPECT(ident_key_fault((struct span){key, 2200}) == NULL && ident_key_fault((struct span){key, 2201}) != NULL);

    char id[129];
    memset(id, 'r', sizeof id);
    EXPECT(ident_is_request_id((struct span){id, 128}) && !ident_is_request_id((struct span){id, 129}));
    EXPECT(!ident_is_request_id(SPAN_ABSENT));
    for (unsigned byte = 0; byte < 256; byte++) {
        char one = (char)byte;
        bool wanted = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                      (byte != 0 && strchr("._:/+=@-", (int)byte) != NULL);
        EXPECT(ident_is_request_id((struct span){&one, 1}) == wanted);
    }
}

/* Every code point, as RFC 3629 writes it, is one character; every control character is one in our sense. */
static void check_every_character(void) {
    unsigned wrong = 0;

    for (uint32_t point = 0; point < 0x110000; point++) {
        unsigned char bytes[4];
        size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
        bytes[0] = (unsigned char)(leads[len] | point >> 6 * (len - 1));
        for (size_t i = 1; i < len; i++)
            bytes[i] = (unsigned char)(0x80 | (point >> 6 * (len - 1 - i) & 0x3F));
        bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
        if (utf8_length(bytes, len) != (surrogate ? 0 : len) || utf8_is_control(bytes, len) != control ||
            (len > 1 && utf8_length(bytes, len - 1) != 0))
            wrong++;
    }
    EXPECT(wrong == 0);
}

void unit_ident(void) {
    unit_cases("ident.txt", 2, run_id);
    unit_cases("ident_key.txt", 3, run_key);
    unit_cases("ident_utf8.txt", 2, run_utf8);
    check_lengths();
    check_every_character();
}
