/* api_health.c: health, readiness and metrics. What they say of the database was seen by the prober: nothing here asks
 * it, so they answer at once whatever it does. */
#include "api.h"
#include "availability.h"
#include "call.h"
#include "metrics.h"
#include "timestamp.h"
#include "version.h"

static void begin(struct buf *out, const char *status) {
    buf_format(out, "{\"status\":\"%s\",\"timestamp\":\"", status);
    timestamp_append(out, timestamp_now());
    buf_format(out, "\",\"version\":\"%s\",\"checks\":{", version_number);
}

static void service_check(struct buf *out) {
    buf_text(out, "\"service\":{\"status\":\"healthy\",\"message\":\"Service is running\"}");
}

static void pool_object(struct buf *out) {
    const struct metrics_pool pool = metrics_pool();
    buf_format(out, "{\"size\":%d,\"workers\":%d,\"connected\":%d,\"busy\":%d}", pool.wanted, pool.alive,
               pool.connected, pool.busy);
}

/* No inner error text: that is in the log. */
static const char *why(enum availability seen) {
    if (metrics_pool().alive == 0) {
        return "No worker is ready yet";
    }
    switch (seen) {
    case AVAILABILITY_UP:
        return "The database answers";
    case AVAILABILITY_READ_ONLY:
        return "The database answers but takes no writes";
    case AVAILABILITY_AWAY:
        return "The database cannot be reached";
    case AVAILABILITY_HANGING:
        return "The database does not answer in time";
    case AVAILABILITY_UNKNOWN:
        break;
    }
    return "The database has not been looked at yet";
}

static bool is_healthy(enum availability seen) {
    if (metrics_pool().alive == 0) {
        return false;
    }
    return seen == AVAILABILITY_UP || seen == AVAILABILITY_READ_ONLY;
}

static void database_check(struct buf *out, enum availability seen) {
    buf_format(out,
               "\"database\":{\"status\":\"%s\",\"response_time_ms\":", is_healthy(seen) ? "healthy" : "unhealthy");
    if (is_healthy(seen)) {
        buf_format(out, "%.3f", (double)availability_probe_micros() / 1000.0);
    } else {
        buf_text(out, "null");
    }
    buf_text(out, ",\"connection_pool\":");
    pool_object(out);
    if (is_healthy(seen)) {
        buf_format(out, ",\"writable\":%s", seen == AVAILABILITY_UP ? "true" : "false");
    }
    buf_format(out, ",\"message\":\"%s\"}", why(seen));
}

static void alive(struct call *call, const char *status) {
    struct buf *out = http_body(call->request);
    begin(out, status);
    service_check(out);
    buf_text(out, "}}");
    call_json(call, 200);
}

void api_health(struct call *call) {
    alive(call, "healthy");
}

void api_health_live(struct call *call) {
    alive(call, "alive");
}

static void readiness(struct call *call, bool with_service, const char *well, const char *ill) {
    struct buf *out = http_body(call->request);
    enum availability seen = availability_get();
    bool healthy = is_healthy(seen);
    if (!healthy) {
        buf_text(out, "{\"detail\":");
        http_set_header(call->request, "Retry-After: ", SPAN_OF("1"));
    }
    begin(out, healthy ? well : ill);
    if (with_service) {
        service_check(out);
        buf_byte(out, ',');
    }
    database_check(out, seen);
    buf_text(out, healthy ? "}}" : "}}}");
    call_json(call, healthy ? 200 : 503);
}

void api_health_db(struct call *call) {
    readiness(call, false, "healthy", "unhealthy");
}

void api_health_ready(struct call *call) {
    readiness(call, true, "ready", "not ready");
}

void api_health_metrics(struct call *call) {
    struct buf *out = http_body(call->request);
    enum availability seen = availability_get();
    buf_text(out, "{\"timestamp\":\"");
    timestamp_append(out, timestamp_now());
    buf_text(out, "\",\"application\":");
    metrics_application_json(out);
    buf_format(out, ",\"system\":{\"memory_usage_bytes\":%llu},\"database\":{\"status\":\"%s\",\"connection_pool\":",
               (unsigned long long)metrics_memory(), is_healthy(seen) ? "healthy" : "unhealthy");
    pool_object(out);
    buf_text(out, "}}");
    call_json(call, 200);
}

void api_metrics(struct call *call) {
    metrics_prometheus(http_body(call->request));
    http_status(call->request, 200);
    http_finish(call->request, "text/plain; version=0.0.4; charset=utf-8");
}
