/* timestamp.h: ISO 8601 times of contract 1.1. In the program a time is microseconds since 1970-01-01T00:00:00Z. */
#ifndef TIMESTAMP_H
#define TIMESTAMP_H

#include "base.h"
#include "buf.h"

#define TIMESTAMP_TEXT_LEN 32 /* 2026-01-31T12:00:00.123456+00:00 */

/* False when the text is no time as contract 1.1 describes it, or falls out of years 0001 to 9999 in UTC. */
bool timestamp_parse(struct span text, int64_t *micros) MUST_USE;
/* Does it fall into years 0001 to 9999, as every time that is stored does? */
bool timestamp_is_stored(int64_t micros);
void timestamp_append(struct buf *out, int64_t micros);
int64_t timestamp_now(void);       /* CLOCK_REALTIME */
int64_t timestamp_monotonic(void); /* CLOCK_MONOTONIC, for deadlines and durations, microseconds */

#endif
