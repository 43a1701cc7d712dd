/* params.h: parameters of a prepared statement and values of its result, both in PostgreSQL's binary format. */
#ifndef PARAMS_H
#define PARAMS_H

#include <libpq-fe.h>

#include "base.h"
#include "buf.h"
#include "store.h"

#define PARAMS_MAX 12

/* All zero is empty. Values are pointed to, not copied, and must live until the statement was sent; numbers are kept
 * in `numbers`, arrays in `arrays` (params_free). */
struct params {
    int count;
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX];
    int formats[PARAMS_MAX];
    unsigned char numbers[PARAMS_MAX][8];
    struct buf arrays[PARAMS_MAX];
    size_t bytes; /* of all values together */
    bool failed;  /* memory ran out, or a value is too long */
};

/* text, json and bytea alike: bytes as they are; absent is NULL. */
void params_span(struct params *params, struct span value);
void params_bool(struct params *params, bool value);
void params_int4(struct params *params, int32_t value);
void params_int8(struct params *params, int64_t value);
void params_tag(struct params *params, uint64_t tag);
/* timestamptz; microseconds since 1970. Not given: NULL. */
void params_time(struct params *params, struct sent_time time);
/* timestamptz; not given: infinity or -infinity. */
void params_time_or_infinity(struct params *params, struct sent_time time, bool positive);
/* bigint[] of the tags, or NULL when the write is unconditional (no If-Match, or `*`). */
void params_match(struct params *params, const struct match *match);
void params_free(struct params *params);

/* One-dimensional arrays: begin with the number of elements and their type, then add each. */
enum params_element { PARAMS_INT4 = 23, PARAMS_INT8 = 20, PARAMS_JSON = 114, PARAMS_TEXT = 25, PARAMS_TIME = 1184 };
void params_array(struct params *params, enum params_element type, size_t count);
void params_array_span(struct params *params, struct span value); /* absent: NULL */
void params_array_int4(struct params *params, int32_t value);
void params_array_int8(struct params *params, int64_t value);
void params_array_time(struct params *params, struct sent_time time);
/* After the last element of the array: it has its place in memory now. */
void params_array_end(struct params *params);

/* Values of a row. Reading NULL gives 0, absent. Spans live as long as the result. */
int32_t result_int4(const PGresult *result, int row, int column);
int64_t result_int8(const PGresult *result, int row, int column);
bool result_bool(const PGresult *result, int row, int column);
uint64_t result_tag(const PGresult *result, int row, int column);
int64_t result_time(const PGresult *result, int row, int column); /* microseconds since 1970 */
struct span result_span(const PGresult *result, int row, int column);
bool result_null(const PGresult *result, int row, int column);

#endif
