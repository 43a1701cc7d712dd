/*
 * availability.h: what is known of the database, in memory shared by all processes. Written by the prober and by what
 * workers live through; read before every request, so that nobody waits for a database known to be away.
 */
#ifndef AVAILABILITY_H
#define AVAILABILITY_H

#include "base.h"

enum availability {
    AVAILABILITY_UNKNOWN,
    AVAILABILITY_UP,
    AVAILABILITY_READ_ONLY,
    AVAILABILITY_AWAY,
    AVAILABILITY_HANGING
};

enum availability availability_get(void);

/* May this request try the database? Always when it is up or unknown. While it hangs, one request a second over the
 * pool; while it is away and says so at once, one in ten milliseconds, so that the first request after it is back
 * succeeds before the prober has seen it. A worker whose own connection is alive needs not ask unless it hangs. */
bool availability_may_try(void) MUST_USE;

/* A worker's own experience. Two time-outs in a row without a success between them (over the pool) mean HANGING. */
void availability_succeeded(bool writable);
void availability_timed_out(void);
void availability_lost(void); /* a connection broke or could not be made: wakes the prober, which decides */
void availability_read_only(void);

/* What the prober saw; `micros`: how long the probe took. */
void availability_probed(enum availability seen, int64_t micros);
int64_t availability_probe_micros(void); /* of the last probe that succeeded */

#endif
