/* unit_timestamp.c: times, compared with the C library's own calendar. */
#include "timestamp.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000)

/* text, as we print it or (no) */
static void run_parse(const struct unit_case *of) {
    int64_t micros = 77;
    struct buf out = {0};

    if (!timestamp_parse(of->field[0], &micros)) {
        EXPECT_CASE(unit_is(of->field[1], "(no)") && micros == 77, of, "was refused");
        return;
    }
    timestamp_append(&out, micros);
    EXPECT_CASE(out.len == TIMESTAMP_TEXT_LEN && of->field[1].len == out.len &&
                    memcmp(out.data, of->field[1].at, out.len) == 0,
                of, "became %.*s", (int)out.len, out.data);
    buf_free(&out);
}

/* Each day of the ten thousand years, at a random time of the day: printed as gmtime_r says, and read back the same. */
static void check_calendar(void) {
    unsigned wrong = 0;
    struct buf out = {0};

    for (int64_t day = -719162; day <= 2932896; day++) {
        int64_t second = day * 86400 + unit_random() % 86400, micros = second * SECOND + unit_random() % 1000000;
        time_t time = second;
        struct tm parts;
        char wanted[64];
        int64_t back;
        if (gmtime_r(&time, &parts) == NULL)
            wrong++;
        snprintf(wanted, sizeof wanted, "%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00", parts.tm_year + 1900,
                 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                 (int)(micros - second * SECOND));
        buf_clear(&out);
        timestamp_append(&out, micros);
        if (!unit_is((struct span){out.data, out.len}, wanted) ||
            !timestamp_parse((struct span){out.data, out.len}, &back) || back != micros)
            wrong++;
    }
    buf_free(&out);
    EXPECT(wrong == 0);
}

static void check_clocks(void) {
    struct timespec now;
    int64_t before = timestamp_monotonic();

    EXPECT(clock_gettime(CLOCK_REALTIME, &now) == 0);
    int64_t distance = timestamp_now() - (now.tv_sec * SECOND + now.tv_nsec / 1000);
    EXPECT(distance >= 0 && distance < 600 * SECOND);
    EXPECT(timestamp_monotonic() >= before);
}

void unit_timestamp(void) {
    unit_cases("timestamp.txt", 2, run_parse);
    check_calendar();
    check_clocks();
}
