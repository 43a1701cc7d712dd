/* metrics.c: counting; metrics_render.c reads it out. See metrics.h and memory.h. */
#include "metrics.h"

#include "memory.h"

static size_t status_cell(int status) {
    size_t i = 0;
    while (i < STATUS_COUNT - 1 && memory_statuses[i] != status) {
        i++;
    }
    return i;
}

static size_t bucket(const int64_t *bounds, size_t count, int64_t value) {
    size_t i = 0;
    while (i < count && value > bounds[i]) {
        i++;
    }
    return i;
}

static void observe_time(counter *cells, counter *sum, int64_t micros) {
    micros = micros > 0 ? micros : 0;
    counter_add(&cells[bucket(memory_latency_bounds, LATENCY_COUNT - 1, micros)], 1);
    counter_add(sum, (uint64_t)micros);
}

static void observe_size(counter *cells, counter *sum, uint64_t bytes) {
    int64_t size = bytes > INT64_MAX ? INT64_MAX : (int64_t)bytes;
    counter_add(&cells[bucket(memory_size_bounds, SIZE_COUNT - 1, size)], 1);
    counter_add(sum, bytes);
}

void metrics_count(const struct metrics_request *request) {
    struct slot *own = memory.own;
    size_t route = request->route < memory.head->routes ? request->route : memory.head->routes;
    size_t method = request->method >= 0 && request->method < METHOD_COUNT ? (size_t)request->method : METHOD_OTHER;
    struct route_cells *cells = &own->routes[route];
    counter_add(&cells->requests[method][status_cell(request->status)], 1);
    observe_time(cells->latency, &cells->latency_sum, request->micros);
    observe_size(own->body_in, &own->body_in_sum, request->bytes_in);
    observe_size(own->body_out, &own->body_out_sum, request->bytes_out);
    if (request->db_micros > 0) {
        observe_time(own->db_wait, &own->db_wait_sum, request->db_micros);
    }
    if (request->status == 503 && request->cause < DB_CAUSE_COUNT) {
        counter_add(&own->causes[request->cause], 1);
    }
}

void metrics_busy(bool busy) {
    atomic_store_explicit(&memory.own->busy, busy, memory_order_relaxed);
}

void metrics_connected(bool connected) {
    atomic_store_explicit(&memory.own->connected, connected, memory_order_relaxed);
}

void metrics_reconnected(void) {
    counter_add(&memory.own->reconnects, 1);
}

void metrics_retried(void) {
    counter_add(&memory.own->retries, 1);
}
