/* metrics_render.c: adds the slots up and writes them as Prometheus text (exposition format 0.0.4) or for JSON. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "availability.h"
#include "buf.h"
#include "memory.h"
#include "metrics.h"
#include "pool.h"
#include "route.h"
#include "version.h"

/* Adds up one counter of every slot; `offset` counts from the slot's beginning. */
static uint64_t sum_at(size_t offset) {
    uint64_t sum = 0;
    for (size_t i = 0; i < memory.head->slot_count; i++) {
        sum += counter_get((counter *)((char *)memory_slot(i) + offset));
    }
    return sum;
}

/* What all slots counted for the routes: a struct route_cells a row, each an array of counters. */
#define ROUTE_COUNTERS (sizeof(struct route_cells) / sizeof(counter))
#define LATENCY_AT (METHOD_COUNT * STATUS_COUNT)
static_assert(sizeof(counter) == sizeof(uint64_t), "a cell is a plain number");
static_assert(offsetof(struct route_cells, latency) == LATENCY_AT * sizeof(counter), "requests stand first");
static_assert(offsetof(struct route_cells, latency_sum) == (LATENCY_AT + LATENCY_COUNT) * sizeof(counter),
              "their sum stands behind the cells");

static const char *label_of(size_t route) {
    return route < memory.head->routes ? route_pattern(route) : "none";
}

/* A pattern stands in the table once a method: its first row speaks for all of them. */
static size_t first_row(size_t route) {
    size_t i = 0;
    while (strcmp(label_of(i), label_of(route)) != 0) {
        i++;
    }
    return i;
}

/* Rows of ROUTE_COUNTERS numbers, one more than there are routes; rows that are not a pattern's first are zero. NULL
 * when memory runs out. */
static uint64_t *add_up(void) {
    size_t rows = memory.head->routes + 1;
    uint64_t *totals = calloc(rows * ROUTE_COUNTERS, sizeof *totals);
    for (size_t route = 0; totals != NULL && route < rows; route++) {
        uint64_t *to = totals + first_row(route) * ROUTE_COUNTERS;
        for (size_t i = 0; i < memory.head->slot_count; i++) {
            counter *from = (counter *)&memory_slot(i)->routes[route];
            for (size_t cell = 0; cell < ROUTE_COUNTERS; cell++) {
                to[cell] += counter_get(&from[cell]);
            }
        }
    }
    return totals;
}

static void status_text(char out[8], size_t status) {
    (void)snprintf(out, 8, "%d", status < STATUS_COUNT - 1 ? memory_statuses[status] : 0);
}

static void head(struct buf *out, const char *name, const char *type, const char *help) {
    buf_format(out, "# HELP session_backend_%s %s\n# TYPE session_backend_%s %s\n", name, help, name, type);
}

static void value(struct buf *out, const char *name, const char *type, const char *help, uint64_t number) {
    head(out, name, type, help);
    buf_format(out, "session_backend_%s %" PRIu64 "\n", name, number);
}

static void requests(struct buf *out, const uint64_t *totals) {
    head(out, "requests_total", "counter", "Requests answered, by route pattern, method and status.");
    for (size_t route = 0; route <= memory.head->routes; route++) {
        for (size_t cell = 0; cell < LATENCY_AT; cell++) {
            size_t method = cell / STATUS_COUNT;
            uint64_t count = totals[route * ROUTE_COUNTERS + cell];
            if (count > 0) {
                char text[8];
                status_text(text, cell % STATUS_COUNT);
                buf_format(
                    out, "session_backend_requests_total{route=\"%s\",method=\"%s\",status=\"%s\"} %" PRIu64 "\n",
                    label_of(route), method < METHOD_OTHER ? method_name((enum method)method) : "other", text, count);
            }
        }
    }
}

/* What a histogram's cells are found by. */
struct histogram {
    const char *name;
    const char *route; /* NULL: no label */
    const int64_t *bounds;
    size_t count; /* of bounds */
    double unit;  /* what a bound is divided by */
    uint64_t cells[LATENCY_COUNT > SIZE_COUNT ? LATENCY_COUNT : SIZE_COUNT];
    uint64_t sum;
};

static void write_histogram(struct buf *out, const struct histogram *h) {
    char label[160] = "", alone[164] = "";
    uint64_t below = 0;
    if (h->route != NULL) {
        (void)snprintf(label, sizeof label, "route=\"%s\",", h->route);
        (void)snprintf(alone, sizeof alone, "{route=\"%s\"}", h->route);
    }
    for (size_t i = 0; i <= h->count; i++) {
        below += h->cells[i];
        if (i < h->count) {
            buf_format(out, "session_backend_%s_bucket{%sle=\"%.10g\"} %" PRIu64 "\n", h->name, label,
                       (double)h->bounds[i] / h->unit, below);
        } else {
            buf_format(out, "session_backend_%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", h->name, label, below);
        }
    }
    buf_format(out, "session_backend_%s_sum%s %.10g\n", h->name, alone, (double)h->sum / h->unit);
    buf_format(out, "session_backend_%s_count%s %" PRIu64 "\n", h->name, alone, below);
}

static void latencies(struct buf *out, const uint64_t *totals) {
    head(out, "request_duration_seconds", "histogram",
         "Time from taking a request to having handed over its answer, by route pattern.");
    for (size_t route = 0; route <= memory.head->routes; route++) {
        struct histogram h = {
            "request_duration_seconds", label_of(route), memory_latency_bounds, LATENCY_COUNT - 1, 1e6, {0}, 0};
        const uint64_t *row = totals + route * ROUTE_COUNTERS + LATENCY_AT;
        uint64_t any = 0;
        for (size_t i = 0; i < LATENCY_COUNT; i++) {
            h.cells[i] = row[i];
            any += row[i];
        }
        h.sum = row[LATENCY_COUNT];
        if (any > 0) {
            write_histogram(out, &h);
        }
    }
}

static void plain_histogram(struct buf *out, struct histogram h, const char *help, size_t cells, size_t sum) {
    head(out, h.name, "histogram", help);
    for (size_t i = 0; i <= h.count; i++) {
        h.cells[i] = sum_at(cells + i * sizeof(counter));
    }
    h.sum = sum_at(sum);
    write_histogram(out, &h);
}

static void histograms(struct buf *out) {
    plain_histogram(
        out, (struct histogram){"database_wait_seconds", NULL, memory_latency_bounds, LATENCY_COUNT - 1, 1e6, {0}, 0},
        "Time a request waited for PostgreSQL.", offsetof(struct slot, db_wait), offsetof(struct slot, db_wait_sum));
    plain_histogram(out, (struct histogram){"request_body_bytes", NULL, memory_size_bounds, SIZE_COUNT - 1, 1, {0}, 0},
                    "Size of request bodies.", offsetof(struct slot, body_in), offsetof(struct slot, body_in_sum));
    plain_histogram(out, (struct histogram){"response_body_bytes", NULL, memory_size_bounds, SIZE_COUNT - 1, 1, {0}, 0},
                    "Size of response bodies.", offsetof(struct slot, body_out), offsetof(struct slot, body_out_sum));
}

struct metrics_pool metrics_pool(void) {
    struct metrics_pool pool = {.wanted = atomic_load(&memory.head->workers_wanted)};
    for (size_t i = 0; i < memory.head->slot_count; i++) {
        struct slot *slot = memory_slot(i);
        bool worker = atomic_load(&slot->role) == POOL_WORKER && atomic_load(&slot->ready);
        pool.alive += worker;
        pool.busy += worker && atomic_load(&slot->busy);
        pool.connected += worker && atomic_load(&slot->connected);
    }
    return pool;
}

static void unavailable(struct buf *out) {
    head(out, "unavailable_total", "counter", "Requests answered 503, by cause.");
    for (size_t i = 0; i < DB_CAUSE_COUNT; i++) {
        const char *cause = i == DB_CAUSE_NONE ? "other" : db_cause_name((enum db_cause)i);
        buf_format(out, "session_backend_unavailable_total{cause=\"%s\"} %" PRIu64 "\n", cause,
                   sum_at(offsetof(struct slot, causes) + i * sizeof(counter)));
    }
}

void metrics_prometheus(struct buf *out) {
    const struct metrics_pool pool = metrics_pool();
    uint64_t *totals = add_up();
    if (totals == NULL) {
        out->failed = true;
        return;
    }
    requests(out, totals);
    latencies(out, totals);
    free(totals);
    histograms(out);
    unavailable(out);
    value(out, "workers", "gauge", "Workers that the pool should have.", (uint64_t)pool.wanted);
    value(out, "workers_alive", "gauge", "Workers that accept requests.", (uint64_t)pool.alive);
    value(out, "workers_busy", "gauge", "Workers with a request in hand.", (uint64_t)pool.busy);
    value(out, "worker_restarts_total", "counter", "Processes of the pool that ended without being told to.",
          counter_get(&memory.head->restarts));
    value(out, "database_connections", "gauge", "Workers connected to PostgreSQL.", (uint64_t)pool.connected);
    value(out, "database_reconnects_total", "counter", "Connections that were made anew.",
          sum_at(offsetof(struct slot, reconnects)));
    value(out, "database_retries_total", "counter", "Statements that were sent a second time.",
          sum_at(offsetof(struct slot, retries)));
    head(out, "database_up", "gauge", "1 when the database answers, by what the last look saw.");
    enum availability seen = availability_get();
    buf_format(out, "session_backend_database_up %d\n", seen == AVAILABILITY_UP || seen == AVAILABILITY_READ_ONLY);
    head(out, "database_writable", "gauge", "1 when the database takes writes.");
    buf_format(out, "session_backend_database_writable %d\n", seen == AVAILABILITY_UP);
    value(out, "memory_bytes", "gauge", "Memory of the pool: what its processes do not share, and once what they do.",
          metrics_memory());
    head(out, "start_time_seconds", "gauge", "When the pool was started, in seconds since 1970.");
    buf_format(out, "session_backend_start_time_seconds %.3f\n", (double)memory.head->started / 1e6);
    head(out, "build_info", "gauge", "Version and commit of the program.");
    buf_format(out, "session_backend_build_info{version=\"%s\",revision=\"%s\"} 1\n", version_number, version_revision);
}

/* statm(5): size resident shared …, in pages. False: the process is gone. */
static bool read_statm(pid_t pid, uint64_t *resident, uint64_t *shared) {
    char path[40];
    unsigned long size, all, common;
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    // NOLINTNEXTLINE(cert-err34-c): the kernel's numbers fit
    int found = fscanf(file, "%lu %lu %lu", &size, &all, &common);
    (void)fclose(file);
    if (found != 3) {
        return false;
    }
    *resident = all;
    *shared = common;
    return true;
}

uint64_t metrics_memory(void) {
    uint64_t own = 0, common = 0, resident, shared;
    for (size_t i = 0; i < memory.head->slot_count; i++) {
        pid_t pid = atomic_load(&memory_slot(i)->pid);
        if (pid > 0 && read_statm(pid, &resident, &shared)) {
            own += resident - shared;
            common = shared > common ? shared : common;
        }
    }
    return (own + common) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void metrics_application_json(struct buf *out) {
    uint64_t by_status[STATUS_COUNT] = {0}, all = 0, errors = 0, micros = 0;
    uint64_t *totals = add_up();
    for (size_t route = 0; totals != NULL && route <= memory.head->routes; route++) {
        const uint64_t *row = totals + route * ROUTE_COUNTERS;
        for (size_t cell = 0; cell < LATENCY_AT; cell++) {
            by_status[cell % STATUS_COUNT] += row[cell];
        }
        micros += row[LATENCY_AT + LATENCY_COUNT];
    }
    out->failed = out->failed || totals == NULL;
    free(totals);
    const char *separator = "";
    struct buf members = {0};
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        all += by_status[i];
        errors += i == STATUS_COUNT - 1 || memory_statuses[i] >= 400 ? by_status[i] : 0;
        if (i < STATUS_COUNT - 1 && by_status[i] > 0) {
            buf_format(&members, "%s\"%d\":%" PRIu64, separator, memory_statuses[i], by_status[i]);
            separator = ",";
        }
    }
    buf_format(out, "{\"requests_total\":%" PRIu64 ",\"requests_by_status\":{", all);
    buf_append(out, members.data, members.len);
    buf_format(out, "},\"errors_total\":%" PRIu64 ",\"average_response_time_ms\":%.3f}", errors,
               all > 0 ? (double)micros / 1000.0 / (double)all : 0.0);
    out->failed = out->failed || members.failed;
    buf_free(&members);
}
