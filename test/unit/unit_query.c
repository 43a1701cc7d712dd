/* unit_query.c: query strings. */
#include "query.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* query, name, value or (absent) or (bad) */
static void run_get(const struct unit_case *of) {
    struct buf out = {0};
    struct span wanted = of->field[2];
    char name[64] = "";

    memcpy(name, of->field[1].at, of->field[1].len);
    enum query_found found = query_get(of->field[0], name, &out);
    if (unit_is(wanted, "(absent)"))
        EXPECT_CASE(found == QUERY_ABSENT, of, "was found");
    else if (unit_is(wanted, "(bad)"))
        EXPECT_CASE(found == QUERY_BAD_ESCAPE, of, "is %d", (int)found);
    else
        EXPECT_CASE(found == QUERY_FOUND && out.len == wanted.len &&
                        (out.len == 0 || memcmp(out.data, wanted.at, out.len) == 0),
                    of, "is %d '%.*s'", (int)found, (int)out.len, out.data);
    buf_free(&out);
}

/* query, least, greatest, value or a word; the name is always `n` */
static void run_integer(const struct unit_case *of) {
    static const char *const words[] = {[QUERY_NUMBER_ABSENT] = "absent",
                                        [QUERY_NUMBER_OK] = "",
                                        [QUERY_NUMBER_UNREADABLE] = "unreadable",
                                        [QUERY_NUMBER_SMALL] = "small",
                                        [QUERY_NUMBER_LARGE] = "large"};
    int64_t value = -77;
    enum query_number got =
        query_integer(of->field[0], "n", unit_integer(of->field[1]), unit_integer(of->field[2]), &value);

    if (got == QUERY_NUMBER_OK) {
        struct buf text = {0};
        buf_integer(&text, value);
        buf_byte(&text, '\0');
        EXPECT_CASE(!text.failed && unit_is(of->field[3], text.data), of, "is %s", text.data);
        buf_free(&text);
    } else {
        EXPECT_CASE(unit_is(of->field[3], words[got]) && value == -77, of, "is %s", words[got]);
    }
}

void unit_query(void) {
    EXPECT(query_get(SPAN_ABSENT, "n", &(struct buf){0}) == QUERY_ABSENT);
    unit_cases("query_get.txt", 3, run_get);
    unit_cases("query_integer.txt", 4, run_integer);
}
