/*
 * memory.h: the layout of the memory that the pool's processes share. Known to pool.c, availability.c, conninfo.c,
 * metrics*.c, prober.c and supervisor.c alone; everybody else calls those.
 *
 * Every cell is a relaxed atomic: readers may see counters of the same request a moment apart, which does no harm.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdatomic.h>
#include <sys/types.h>

#include "conninfo.h"
#include "error.h"
#include "http.h"

#define CACHE_LINE 64

/* The statuses of the contract; the last cell counts any other. */
#define STATUSES 200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 411, 412, 413, 415, 422, 431, 500, 501, 503, 505
#define STATUS_COUNT 21
extern const int memory_statuses[STATUS_COUNT - 1];

/* Upper bounds of the histograms; one cell more counts what is above the last. */
#define LATENCY_BOUNDS 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 5000000
#define LATENCY_COUNT 15
extern const int64_t memory_latency_bounds[LATENCY_COUNT - 1]; /* microseconds */
#define SIZE_BOUNDS 100, 1000, 10000, 100000, 1000000, 10000000, 100000000
#define SIZE_COUNT 8
extern const int64_t memory_size_bounds[SIZE_COUNT - 1]; /* bytes */

typedef _Atomic uint64_t counter;

/* What one route counts. */
struct route_cells {
    counter requests[METHOD_COUNT][STATUS_COUNT];
    counter latency[LATENCY_COUNT];
    counter latency_sum; /* microseconds */
};

#define ROLE_NONE 0 /* else an enum pool_role */

struct slot {
    /* Written by the supervisor. */
    _Alignas(CACHE_LINE) _Atomic pid_t pid;
    _Atomic int role; /* ROLE_NONE: free */
    /* Written by the process whose slot it is. */
    _Alignas(CACHE_LINE) _Atomic bool ready, busy, connected;
    counter reconnects, retries, connects;
    counter causes[DB_CAUSE_COUNT];
    counter db_wait[LATENCY_COUNT], db_wait_sum;
    counter body_in[SIZE_COUNT], body_in_sum;
    counter body_out[SIZE_COUNT], body_out_sum;
    _Alignas(CACHE_LINE) struct route_cells routes[]; /* head.routes + 1 of them: the last one is "no route" */
};

#define HOST_TEXT_MAX 256

struct address {
    char host[HOST_TEXT_MAX]; /* as configured */
    char port[8];
    char numeric[64]; /* "": use the host as it is (a socket directory, or not resolved yet) */
};

struct head {
    uint64_t layout; /* sizes and counts as a checksum: memory of another build is not taken over */
    size_t slot_count, slot_size, routes;
    int64_t started; /* timestamp_now */

    /* What is known of the database (availability.c). Read by every request, written only when something changes. */
    _Alignas(CACHE_LINE) _Atomic int probed; /* enum availability as the prober sees it */
    _Atomic int timeouts;                    /* of workers, without a success between them */
    _Atomic bool leaving;                    /* answers say Connection: close */

    _Alignas(CACHE_LINE) _Atomic int64_t tried; /* when a request was last let through, timestamp_monotonic */
    _Atomic int64_t timed_out;                  /* when a worker last timed out */
    _Atomic int64_t probe_micros;               /* how long the last probe that succeeded took */
    counter restarts;                           /* workers that ended without being told to */
    _Atomic int workers_wanted;

    /* Addresses that the prober found, behind a sequence lock: odd while being written. */
    _Alignas(CACHE_LINE) _Atomic unsigned addresses_version;
    unsigned address_count;
    struct address addresses[CONNINFO_TARGETS_MAX];
};

struct memory {
    struct head *head;
    struct slot *own; /* this process's; never NULL: a private one before pool_attach */
    int wake_fd;      /* eventfd that wakes the prober */
};
extern struct memory memory;

struct slot *memory_slot(size_t index);

/* One writer a cell: no locked instruction needed. */
static inline void counter_add(counter *cell, uint64_t amount) {
    atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + amount, memory_order_relaxed);
}
static inline uint64_t counter_get(counter *cell) {
    return atomic_load_explicit(cell, memory_order_relaxed);
}

#endif
