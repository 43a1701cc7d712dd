/*
 * metrics.h: counters and histograms in memory shared by the pool; they outlive workers and rolling restarts.
 * The label sets are bounded: route patterns of the route table, methods of the API, statuses of the contract.
 */
#ifndef METRICS_H
#define METRICS_H

#include "base.h"
#include "error.h"

struct metrics_request {
    size_t route; /* index into the route table, route_count() for "no route" */
    int method;   /* enum method */
    int status;
    int64_t micros;
    int64_t db_micros;
    uint64_t bytes_in, bytes_out;
    enum db_cause cause;
};
void metrics_count(const struct metrics_request *request);
void metrics_busy(bool busy);           /* this worker took or finished a request */
void metrics_connected(bool connected); /* this worker's connection came up or went */
void metrics_reconnected(void);
void metrics_retried(void); /* a statement was repeated */

struct buf;
/* The object `application` of GET /health/metrics. */
void metrics_application_json(struct buf *out);
/* GET /metrics: the Prometheus text format. */
void metrics_prometheus(struct buf *out);

struct metrics_pool {
    int wanted, alive, busy, connected; /* workers */
};
struct metrics_pool metrics_pool(void);

/* Bytes: what the pool's processes do not share, and once what they share. */
uint64_t metrics_memory(void);

#endif
