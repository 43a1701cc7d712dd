/*
 * unit.h: the frame of the unit tests. A case is a line of a file in test/cases: fields divided by tabs, `~HH` is the
 * byte with that hexadecimal value (so `~09` is a tab, `~7E` a tilde), lines that begin with `#` and empty lines are
 * skipped.
 */
#ifndef UNIT_H
#define UNIT_H

#include "base.h"
#include "buf.h"

#define UNIT_FIELDS_MAX 6

struct unit_case {
    const char *file;
    int line;
    size_t count;
    struct span
        field[UNIT_FIELDS_MAX]; /* each in memory of exactly its size, so that the sanitizer sees a step too far */
};

/* One check of a test (a line of a case file, a data file, a module); prints where and what when it does not hold. */
void unit_expect(bool holds, const char *file, int line, const char *format, ...) PRINTF_LIKE(4, 5);
#define EXPECT(condition) unit_expect((condition), __FILE__, __LINE__, "%s", #condition)
#define EXPECT_CASE(holds, of, ...) unit_expect((holds), (of)->file, (of)->line, __VA_ARGS__)

/* Calls `run` for each line of test/cases/NAME, which must have `fields` fields; a file without a case is a failure. */
void unit_cases(const char *name, size_t fields, void (*run)(const struct unit_case *of));

/* Calls `run` for each line of the data files (TEST_DATA); `name` is the file's. */
void unit_data(void (*run)(const char *name, int line, struct span text));

bool unit_is(struct span span, const char *text);
int64_t unit_integer(struct span span);
/* Bytes in memory of exactly their size, to be freed by the caller. */
char *unit_copy(struct span span);
/* The same random numbers in each run. */
uint32_t unit_random(void);

/* One a module. */
void unit_buf(void);
void unit_error(void);
void unit_headers(void);
void unit_ident(void);
void unit_json(void);
void unit_json_differential(void);
void unit_query(void);
void unit_random_bits(void);
void unit_settings(void);
void unit_timestamp(void);
void unit_uri(void);

#endif
