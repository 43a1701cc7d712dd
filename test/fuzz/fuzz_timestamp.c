/* fuzz_timestamp.c: what is read as a time prints and reads back as the same time, and as the C library computes it. */
#include "fuzz.h"
#include "timestamp.h"

#include <time.h>

#define SECOND INT64_C(1000000)

static void check_round(int64_t micros) {
    struct buf text = {0};
    int64_t back = 0;

    timestamp_append(&text, micros);
    HOLDS(text.len == TIMESTAMP_TEXT_LEN);
    HOLDS(timestamp_parse((struct span){text.data, text.len}, &back) && back == micros);
    buf_free(&text);
}

/* The parts of a text that was taken, read again with sscanf and put together by timegm. */
static void check_taken(struct span text, int64_t micros) {
    char line[128] = "", zone[16] = "";
    struct tm parts = {0};
    int used = 0, hours = 0, minutes = 0;
    int64_t fraction = 0, unit = SECOND;

    if (text.len >= sizeof line)
        return;
    memcpy(line, text.at, text.len);
    HOLDS(sscanf(line, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                 &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &used) == 6 &&
          used == 19);
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    struct tm asked = parts;
    int64_t time = timegm(&parts);
    HOLDS(parts.tm_mday == asked.tm_mday && parts.tm_mon == asked.tm_mon && parts.tm_hour == asked.tm_hour &&
          parts.tm_min == asked.tm_min && parts.tm_sec == asked.tm_sec); /* nothing had to be carried over */
    const char *at = line + used;
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++) {
            unit /= 10;
            fraction += unit * (*at - '0');
        }
    HOLDS(strlen(at) < sizeof zone);
    memcpy(zone, at, strlen(at));
    if (zone[0] == '+' || zone[0] == '-')
        HOLDS(sscanf(zone + 1, "%2d:%2d", &hours, &minutes) == 2 && strlen(zone) == 6);
    else
        HOLDS(zone[0] == '\0' || ((zone[0] == 'Z' || zone[0] == 'z') && zone[1] == '\0'));
    int64_t offset = (zone[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    HOLDS(micros == (time - offset) * SECOND + fraction);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span text = {(const char *)data, size};
    const int64_t first = INT64_C(-62135596800) * SECOND, after = INT64_C(253402300800) * SECOND;
    int64_t micros = 0;

    if (timestamp_parse(text, &micros)) {
        HOLDS(micros >= first && micros < after);
        check_taken(text, micros);
        check_round(micros);
    }
    if (size >= sizeof micros) {
        memcpy(&micros, data, sizeof micros);
        uint64_t within = (uint64_t)micros % (uint64_t)(after - first);
        check_round((int64_t)within + first);
        struct buf beyond = {0};
        timestamp_append(&beyond, micros); /* out of range it must still be 32 bytes */
        HOLDS(beyond.len == TIMESTAMP_TEXT_LEN);
        buf_free(&beyond);
    }
    return 0;
}
