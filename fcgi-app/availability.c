/* availability.c: see availability.h */
#include "availability.h"

#include <unistd.h>

#include "memory.h"
#include "timestamp.h"

#define SECOND INT64_C(1000000)
/* How often one request may try, over the pool. */
#define TRY_HANGING SECOND
#define TRY_AWAY (SECOND / 100)
/* Workers' time-outs count for so long after the last one: without requests nobody else would ever clear them. */
#define TIMEOUTS_HOLD (10 * SECOND)

/* Two time-outs in a row over the pool, and no success since. */
static bool workers_hang(void) {
    if (atomic_load_explicit(&memory.head->timeouts, memory_order_relaxed) < 2) {
        return false;
    }
    return timestamp_monotonic() - atomic_load_explicit(&memory.head->timed_out, memory_order_relaxed) < TIMEOUTS_HOLD;
}

enum availability availability_get(void) {
    enum availability probed = (enum availability)atomic_load_explicit(&memory.head->probed, memory_order_relaxed);
    if (probed == AVAILABILITY_AWAY || probed == AVAILABILITY_HANGING) {
        return probed;
    }
    return workers_hang() ? AVAILABILITY_HANGING : probed;
}

bool availability_may_try(void) {
    enum availability now_known = availability_get();
    if (now_known != AVAILABILITY_AWAY && now_known != AVAILABILITY_HANGING) {
        return true;
    }
    int64_t now = timestamp_monotonic();
    int64_t tried = atomic_load(&memory.head->tried);
    if (now - tried < (now_known == AVAILABILITY_HANGING ? TRY_HANGING : TRY_AWAY)) {
        return false;
    }
    return atomic_compare_exchange_strong(&memory.head->tried, &tried, now);
}

/* Stores only what differs: the line is read by every request of every worker. */
static void set_probed(enum availability value) {
    if (atomic_load_explicit(&memory.head->probed, memory_order_relaxed) != (int)value) {
        atomic_store(&memory.head->probed, (int)value);
    }
}

void availability_succeeded(bool writable) {
    if (atomic_load_explicit(&memory.head->timeouts, memory_order_relaxed) != 0) {
        atomic_store(&memory.head->timeouts, 0);
    }
    int probed = atomic_load_explicit(&memory.head->probed, memory_order_relaxed);
    if (probed != AVAILABILITY_UP && (writable || probed != AVAILABILITY_READ_ONLY)) {
        set_probed(AVAILABILITY_UP);
    }
}

static void wake_prober(void) {
    const uint64_t one = 1;
    if (memory.wake_fd >= 0 && write(memory.wake_fd, &one, sizeof one) < 0) {
        return; /* its counter is full: the prober is awake */
    }
}

void availability_timed_out(void) {
    atomic_store(&memory.head->timed_out, timestamp_monotonic());
    atomic_fetch_add(&memory.head->timeouts, 1);
    wake_prober();
}

void availability_lost(void) {
    wake_prober();
}

void availability_read_only(void) {
    set_probed(AVAILABILITY_READ_ONLY);
    wake_prober();
}

void availability_probed(enum availability seen, int64_t micros) {
    set_probed(seen);
    if (seen == AVAILABILITY_UP || seen == AVAILABILITY_READ_ONLY) {
        atomic_store(&memory.head->probe_micros, micros);
    }
}

int64_t availability_probe_micros(void) {
    return atomic_load(&memory.head->probe_micros);
}
