/* unit_buf.c: the growable buffer. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static struct span made(const struct buf *buf) {
    return (struct span){buf->data, buf->len};
}

static void check_appending(void) {
    struct buf buf = {0};

    buf_text(&buf, "a");
    buf_byte(&buf, 'b');
    buf_span(&buf, SPAN_OF("cd"));
    buf_span(&buf, SPAN_ABSENT);
    buf_format(&buf, "%d-%s", 5, "x");
    EXPECT(unit_is(made(&buf), "abcd5-x"));
    buf_clear(&buf);
    EXPECT(buf.len == 0 && buf.data != NULL);
    for (int i = 0; i < 10000; i++)
        buf_text(&buf, "0123456789");
    EXPECT(buf.len == 100000 && buf.cap >= buf.len && memcmp(buf.data + 99990, "0123456789", 10) == 0);
    buf_shrink(&buf, SIZE_MAX);
    EXPECT(buf.len == 0 && buf.cap >= 100000);
    buf_shrink(&buf, 1000);
    EXPECT(buf.cap <= 1000);
    buf_free(&buf);
    EXPECT(buf.data == NULL && buf.len == 0 && buf.cap == 0 && !buf.failed);
}

static void check_integers(void) {
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"}, {-1, "-1"}, {10, "10"}, {INT64_MAX, "9223372036854775807"}, {INT64_MIN, "-9223372036854775808"}};
    struct buf buf = {0};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf_clear(&buf);
        buf_integer(&buf, cases[i].value);
        EXPECT(unit_is(made(&buf), cases[i].text));
    }
    buf_free(&buf);
}

static void check_failing(void) {
    struct buf buf = {0};

    buf_text(&buf, "kept");
    EXPECT(buf_room(&buf, SIZE_MAX - 10) == NULL && buf.failed);
    buf_text(&buf, "not appended");
    EXPECT(unit_is(made(&buf), "kept"));
    EXPECT(buf_room(&buf, 1) == NULL);
    buf_clear(&buf);
    buf_text(&buf, "again");
    EXPECT(unit_is(made(&buf), "again") && !buf.failed);
    buf_free(&buf);
}

static void check_room(void) {
    struct buf buf = {0};
    char *room = buf_room(&buf, 3);

    EXPECT(room != NULL && buf.len == 0);
    memcpy(room, "xyz", 3);
    buf_grown(&buf, 2);
    EXPECT(unit_is(made(&buf), "xy"));
    buf_free(&buf);
}

static void run_string(const struct unit_case *of) {
    struct buf buf = {0};

    buf_json_string(&buf, of->field[0]);
    EXPECT_CASE(buf.len == of->field[1].len && memcmp(buf.data, of->field[1].at, buf.len) == 0, of, "became %.*s",
                (int)buf.len, buf.data);
    buf_free(&buf);
}

void unit_buf(void) {
    check_appending();
    check_integers();
    check_failing();
    check_room();
    unit_cases("buf_json_string.txt", 2, run_string);
}
