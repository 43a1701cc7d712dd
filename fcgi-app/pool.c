/* pool.c: see pool.h and memory.h */
#include "pool.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "route.h"
#include "timestamp.h"

const int memory_statuses[STATUS_COUNT - 1] = {STATUSES};
const int64_t memory_latency_bounds[LATENCY_COUNT - 1] = {LATENCY_BOUNDS};
const int64_t memory_size_bounds[SIZE_COUNT - 1] = {SIZE_BOUNDS};

/* Before pool_setup, and in programs without a pool, everything counts into the void. */
static struct head no_head;
static struct {
    struct slot slot;
    struct route_cells room[1];
} no_slot;

struct memory memory = {.head = &no_head, .own = &no_slot.slot, .wake_fd = -1};
static int descriptor = -1;

struct slot *memory_slot(size_t index) {
    return (struct slot *)((char *)memory.head + sizeof(struct head) + index * memory.head->slot_size);
}

/* Changes with everything that the layout depends on (FNV-1a over the sizes and the routes' names). */
static uint64_t layout_of(size_t slot_count) {
    uint64_t hash = 0xcbf29ce484222325u;
    const size_t sizes[] = {sizeof(struct head), sizeof(struct slot), sizeof(struct route_cells), slot_count};
    const unsigned char *bytes = (const unsigned char *)sizes;
    for (size_t i = 0; i < sizeof sizes; i++) {
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): `sizes` is set, which it does not see
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    }
    for (size_t i = 0; i < route_count(); i++) {
        for (const char *c = route_pattern(i); *c != '\0'; c++) {
            hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
        }
    }
    return hash;
}

static bool map(int fd, size_t size) {
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        return false;
    }
    memory.head = at;
    descriptor = fd;
    return true;
}

static bool take_over(int fd, size_t size, uint64_t layout) {
    struct stat facts;
    if (fd < 0 || fstat(fd, &facts) != 0 || (size_t)facts.st_size != size || !map(fd, size)) {
        return false;
    }
    if (memory.head->layout == layout) {
        return true;
    }
    (void)munmap(memory.head, size);
    memory.head = &no_head;
    return false;
}

bool pool_setup(int workers, int inherited) {
    /* Twice the pool and some: in a rolling restart the old and the new ones live side by side. */
    size_t slot_count = 2 * (size_t)workers + 8;
    size_t slot_size = sizeof(struct slot) + (route_count() + 1) * sizeof(struct route_cells);
    slot_size = (slot_size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    size_t size = sizeof(struct head) + slot_count * slot_size;
    uint64_t layout = layout_of(slot_count);

    memory.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (memory.wake_fd < 0) {
        return false;
    }
    if (!take_over(inherited, size, layout)) {
        int fd = memfd_create("session-backend", MFD_CLOEXEC);
        if (fd < 0 || ftruncate(fd, (off_t)size) != 0 || !map(fd, size)) {
            return false;
        }
        if (inherited >= 0) {
            (void)close(inherited);
        }
        memory.head->layout = layout;
        memory.head->slot_count = slot_count;
        memory.head->slot_size = slot_size;
        memory.head->routes = route_count();
        memory.head->started = timestamp_now();
    }
    atomic_store(&memory.head->workers_wanted, workers);
    return true;
}

int pool_descriptor(void) {
    return descriptor;
}

bool pool_leaving(void) {
    return atomic_load_explicit(&memory.head->leaving, memory_order_relaxed);
}

void pool_set_leaving(bool leaving) {
    atomic_store(&memory.head->leaving, leaving);
}

void pool_ready(void) {
    atomic_store(&memory.own->ready, true);
}

struct slot *pool_take(enum pool_role role) {
    for (size_t i = 0; i < memory.head->slot_count; i++) {
        struct slot *slot = memory_slot(i);
        if (atomic_load(&slot->role) == ROLE_NONE) {
            atomic_store(&slot->role, (int)role);
            return slot;
        }
    }
    return NULL;
}

void pool_assign(struct slot *slot, pid_t pid) {
    atomic_store(&slot->pid, pid);
}

void pool_attach(struct slot *slot) {
    memory.own = slot;
}

void pool_release(struct slot *slot) {
    atomic_store(&slot->ready, false);
    atomic_store(&slot->busy, false);
    atomic_store(&slot->connected, false);
    atomic_store(&slot->pid, 0);
    atomic_store(&slot->role, ROLE_NONE);
}

struct slot *pool_find(pid_t pid) {
    for (size_t i = 0; i < memory.head->slot_count; i++) {
        if (atomic_load(&memory_slot(i)->pid) == pid) {
            return memory_slot(i);
        }
    }
    return NULL;
}

enum pool_role pool_role(const struct slot *slot) {
    return (enum pool_role)atomic_load(&slot->role);
}

bool pool_is_ready(const struct slot *slot) {
    return atomic_load(&slot->ready);
}

void pool_count_restart(void) {
    counter_add(&memory.head->restarts, 1);
}
