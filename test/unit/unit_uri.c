/* unit_uri.c: splitting and percent-decoding. */
#include "unit.h"
#include "uri.h"

#include <string.h>

/* raw, decoded or (bad), decoded with '+' as a blank or (bad) */
static void run_decode(const struct unit_case *of) {
    for (int plus = 0; plus <= 1; plus++) {
        struct buf out = {0};
        struct span wanted = of->field[1 + plus];
        bool fine = uri_decode(of->field[0], plus == 1, &out);
        if (unit_is(wanted, "(bad)"))
            EXPECT_CASE(!fine && out.len == 0, of, "was taken");
        else
            EXPECT_CASE(fine && out.len == wanted.len && (out.len == 0 || memcmp(out.data, wanted.at, out.len) == 0),
                        of, "became '%.*s' (plus is blank: %d)", (int)out.len, out.data, plus);
        buf_free(&out);
    }
}

/* target, path, query or (absent) */
static void run_split(const struct unit_case *of) {
    struct span path, query, wanted = of->field[2];

    uri_split(of->field[0], &path, &query);
    EXPECT_CASE(path.len == of->field[1].len && (path.len == 0 || memcmp(path.at, of->field[1].at, path.len) == 0), of,
                "path '%.*s'", (int)path.len, path.at);
    if (unit_is(wanted, "(absent)"))
        EXPECT_CASE(query.at == NULL, of, "has a query");
    else
        EXPECT_CASE(query.at != NULL && query.len == wanted.len &&
                        (query.len == 0 || memcmp(query.at, wanted.at, query.len) == 0),
                    of, "query '%.*s'", (int)query.len, query.at);
}

static void check_every_byte(void) {
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

    for (unsigned byte = 0; byte < 256; byte++) {
        char raw[6] = {'%', lower[byte >> 4], lower[byte & 15], '%', upper[byte >> 4], upper[byte & 15]};
        struct buf out = {0};
        EXPECT(uri_decode((struct span){raw, sizeof raw}, false, &out));
        EXPECT(out.len == 2 && (unsigned char)out.data[0] == byte && (unsigned char)out.data[1] == byte);
        buf_free(&out);
        EXPECT((uri_hex((char)byte) >= 0) == (byte != 0 && strchr("0123456789abcdefABCDEF", (int)byte) != NULL));
    }
}

void unit_uri(void) {
    unit_cases("uri_decode.txt", 3, run_decode);
    unit_cases("uri_split.txt", 3, run_split);
    check_every_byte();
}
