/* query.h: query strings (application/x-www-form-urlencoded): names case-sensitive, the last of repeated ones counts.
 */
#ifndef QUERY_H
#define QUERY_H

#include "base.h"
#include "buf.h"

enum query_found { QUERY_ABSENT, QUERY_FOUND, QUERY_BAD_ESCAPE };

/* The last parameter called `name`, decoded and appended to `out` ('+' is a blank). */
enum query_found query_get(struct span query, const char *name, struct buf *out) MUST_USE;

enum query_number {
    QUERY_NUMBER_ABSENT,
    QUERY_NUMBER_OK,
    QUERY_NUMBER_UNREADABLE,
    QUERY_NUMBER_SMALL,
    QUERY_NUMBER_LARGE
};

/* An integer parameter from min to max: blanks around it and a sign allowed, as Python's int() takes it, digits ASCII.
 * UNREADABLE also for an empty value. A number too long for int64_t counts as SMALL or LARGE by its sign. */
enum query_number query_integer(struct span query, const char *name, int64_t min, int64_t max, int64_t *out) MUST_USE;

#endif
