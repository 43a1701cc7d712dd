/* timestamp.c: see timestamp.h. Days are counted in the proleptic Gregorian calendar. */
#include "timestamp.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define SECONDS_A_DAY (DAY / SECOND)
#define FIRST (INT64_C(-62135596800) * SECOND)    /* 0001-01-01T00:00:00Z */
#define LAST (INT64_C(253402300800) * SECOND - 1) /* the end of 9999 */

/* Takes exactly `count` digits off the front; -1 when they are not there. */
static int take_digits(struct span *text, size_t count) {
    int value = 0;

    if (text->len < count)
        return -1;
    for (size_t at = 0; at < count; at++) {
        int digit = text->at[at] - '0';
        if (digit < 0 || digit > 9)
            return -1;
        value = value * 10 + digit;
    }
    *text = (struct span){text->at + count, text->len - count};
    return value;
}

/* Takes one byte that is among `allowed` off the front. */
static bool take_one(struct span *text, const char *allowed) {
    if (text->len == 0 || text->at[0] == '\0' || strchr(allowed, text->at[0]) == NULL)
        return false;
    *text = (struct span){text->at + 1, text->len - 1};
    return true;
}

static bool is_leap(int64_t year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to a date. Years begin in March here, so that the leap day is the last of its year. */
static int64_t days_from_date(int64_t year, int month, int day) {
    if (month <= 2)
        year--;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* The way back. */
static void date_from_days(int64_t days, int64_t *year, int *month, int *day) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static bool take_date(struct span *text, int64_t *micros) {
    int year = take_digits(text, 4);
    int month = take_one(text, "-") ? take_digits(text, 2) : -1;
    int day = take_one(text, "-") ? take_digits(text, 2) : -1;

    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return false;
    *micros = days_from_date(year, month, day) * DAY;
    return true;
}

static bool take_clock(struct span *text, int64_t *micros) {
    int hour = take_digits(text, 2);
    int minute = take_one(text, ":") ? take_digits(text, 2) : -1;
    int second = take_one(text, ":") ? take_digits(text, 2) : -1;

    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    *micros = hour * HOUR + minute * MINUTE + second * SECOND;
    if (!take_one(text, "."))
        return true;
    int64_t unit = SECOND / 10;
    int digit = take_digits(text, 1);
    if (digit < 0)
        return false;
    for (; digit >= 0; digit = take_digits(text, 1), unit /= 10)
        *micros += digit * unit; /* the unit is 0 behind the sixth digit */
    return true;
}

/* Z, an offset, or nothing. */
static bool take_zone(struct span *text, int64_t *micros) {
    bool west = text->len > 0 && text->at[0] == '-';

    *micros = 0;
    if (text->len == 0 || take_one(text, "Zz"))
        return true;
    int hours = take_one(text, "+-") ? take_digits(text, 2) : -1;
    int minutes = take_one(text, ":") ? take_digits(text, 2) : -1;
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *micros = (west ? -1 : 1) * (hours * HOUR + minutes * MINUTE);
    return true;
}

bool timestamp_is_stored(int64_t micros) {
    return micros >= FIRST && micros <= LAST;
}

bool timestamp_parse(struct span text, int64_t *micros) {
    int64_t date, clock, zone;

    if (!take_date(&text, &date) || !take_one(&text, "Tt ") || !take_clock(&text, &clock) || !take_zone(&text, &zone) ||
        text.len > 0)
        return false;
    int64_t time = date + clock - zone;
    if (!timestamp_is_stored(time))
        return false;
    *micros = time;
    return true;
}

static void put_digits(char *to, int count, int64_t value) {
    for (; count > 0; count--, value /= 10)
        to[count - 1] = (char)('0' + value % 10);
}

static void put_second(char *text, int64_t second) {
    int64_t of_day = (second % SECONDS_A_DAY + SECONDS_A_DAY) % SECONDS_A_DAY;
    int64_t year;
    int month, day;

    date_from_days((second - of_day) / SECONDS_A_DAY, &year, &month, &day);
    put_digits(text, 4, year);
    put_digits(text + 5, 2, month);
    put_digits(text + 8, 2, day);
    put_digits(text + 11, 2, of_day / 3600);
    put_digits(text + 14, 2, of_day / 60 % 60);
    put_digits(text + 17, 2, of_day % 60);
}

/* A list's times often lie in one second (a batch, a busy conversation): its text is made once. */
void timestamp_append(struct buf *out, int64_t micros) {
    static char text[TIMESTAMP_TEXT_LEN + 1] = "1970-01-01T00:00:00.000000+00:00";
    static int64_t shown; /* the second in `text` */
    int64_t time = micros < FIRST ? FIRST : micros > LAST ? LAST : micros;
    int64_t fraction = (time % SECOND + SECOND) % SECOND, second = (time - fraction) / SECOND;

    if (second != shown) {
        put_second(text, second);
        shown = second;
    }
    put_digits(text + 20, 6, fraction);
    buf_append(out, text, TIMESTAMP_TEXT_LEN);
}

static int64_t read_clock(clockid_t clock) {
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        abort(); /* both clocks exist on every Linux */
    return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t timestamp_now(void) {
    return read_clock(CLOCK_REALTIME);
}

int64_t timestamp_monotonic(void) {
    return read_clock(CLOCK_MONOTONIC);
}
