/* params.c: see params.h. Formats: PostgreSQL's *_recv and *_send functions; integers in network byte order. */
#include "params.h"

#include <endian.h>
#include <limits.h>
#include <string.h>

/* PostgreSQL counts time from 2000-01-01T00:00:00Z, we from 1970. */
#define EPOCH_DISTANCE INT64_C(946684800000000)

static void params_add(struct params *params, const char *value, size_t len) {
    if (params->count >= PARAMS_MAX || len > INT_MAX) {
        params->failed = true;
        return;
    }
    int at = params->count++;
    params->values[at] = value;
    params->lengths[at] = (int)len;
    params->formats[at] = 1;
    params->bytes += len;
}

static void params_number(struct params *params, const void *number, size_t len) {
    if (params->count >= PARAMS_MAX) {
        params->failed = true;
        return;
    }
    unsigned char *place = params->numbers[params->count];
    memcpy(place, number, len);
    params_add(params, (const char *)place, len);
}

void params_span(struct params *params, struct span value) {
    params_add(params, value.at, value.at ? value.len : 0);
}

void params_bool(struct params *params, bool value) {
    unsigned char byte = value;
    params_number(params, &byte, sizeof(byte));
}

void params_int4(struct params *params, int32_t value) {
    uint32_t net = htobe32((uint32_t)value);
    params_number(params, &net, sizeof(net));
}

void params_int8(struct params *params, int64_t value) {
    uint64_t net = htobe64((uint64_t)value);
    params_number(params, &net, sizeof(net));
}

void params_tag(struct params *params, uint64_t tag) {
    params_int8(params, (int64_t)tag);
}

void params_time(struct params *params, struct sent_time time) {
    if (time.given)
        params_int8(params, time.micros - EPOCH_DISTANCE);
    else
        params_add(params, NULL, 0);
}

void params_time_or_infinity(struct params *params, struct sent_time time, bool positive) {
    if (time.given)
        params_time(params, time);
    else
        params_int8(params, positive ? INT64_MAX : INT64_MIN);
}

void params_match(struct params *params, const struct match *match) {
    if (!match || !match->given || match->any) {
        params_add(params, NULL, 0);
        return;
    }
    params_array(params, PARAMS_INT8, match->count);
    for (size_t i = 0; i < match->count; i++)
        params_array_int8(params, (int64_t)match->tags[i]);
    params_array_end(params);
}

void params_free(struct params *params) {
    for (size_t i = 0; i < PARAMS_MAX; i++)
        buf_free(&params->arrays[i]);
}

static void append_int4(struct buf *buf, int32_t value) {
    uint32_t net = htobe32((uint32_t)value);
    buf_append(buf, &net, sizeof(net));
}

static struct buf *params_open_array(struct params *params) {
    static struct buf nowhere = {.failed = true};
    if (params->count < PARAMS_MAX)
        return &params->arrays[params->count];
    params->failed = true;
    return &nowhere;
}

void params_array(struct params *params, enum params_element type, size_t count) {
    struct buf *buf = params_open_array(params);
    buf_clear(buf);
    append_int4(buf, count > 0 ? 1 : 0); /* dimensions */
    append_int4(buf, 1);                 /* there may be NULLs */
    append_int4(buf, (int32_t)type);
    if (count > 0) {
        append_int4(buf, (int32_t)count);
        append_int4(buf, 1); /* first subscript */
    }
}

void params_array_span(struct params *params, struct span value) {
    struct buf *buf = params_open_array(params);
    append_int4(buf, value.at ? (int32_t)value.len : -1);
    if (value.at)
        buf_append(buf, value.at, value.len);
}

void params_array_int4(struct params *params, int32_t value) {
    struct buf *buf = params_open_array(params);
    append_int4(buf, (int32_t)sizeof(value));
    append_int4(buf, value);
}

void params_array_int8(struct params *params, int64_t value) {
    struct buf *buf = params_open_array(params);
    uint64_t net = htobe64((uint64_t)value);
    append_int4(buf, (int32_t)sizeof(net));
    buf_append(buf, &net, sizeof(net));
}

void params_array_time(struct params *params, struct sent_time time) {
    if (time.given)
        params_array_int8(params, time.micros - EPOCH_DISTANCE);
    else
        params_array_span(params, SPAN_ABSENT);
}

void params_array_end(struct params *params) {
    struct buf *buf = params_open_array(params);
    if (buf->failed)
        params->failed = true;
    else
        params_add(params, buf->data, buf->len);
}

bool result_null(const PGresult *result, int row, int column) {
    return PQgetisnull(result, row, column) != 0;
}

int32_t result_int4(const PGresult *result, int row, int column) {
    uint32_t net;
    if (PQgetlength(result, row, column) != (int)sizeof(net))
        return 0;
    memcpy(&net, PQgetvalue(result, row, column), sizeof(net));
    return (int32_t)be32toh(net);
}

int64_t result_int8(const PGresult *result, int row, int column) {
    uint64_t net;
    if (PQgetlength(result, row, column) != (int)sizeof(net))
        return 0;
    memcpy(&net, PQgetvalue(result, row, column), sizeof(net));
    return (int64_t)be64toh(net);
}

bool result_bool(const PGresult *result, int row, int column) {
    return PQgetlength(result, row, column) == 1 && *PQgetvalue(result, row, column) != 0;
}

uint64_t result_tag(const PGresult *result, int row, int column) {
    return (uint64_t)result_int8(result, row, column);
}

int64_t result_time(const PGresult *result, int row, int column) {
    return result_int8(result, row, column) + EPOCH_DISTANCE;
}

struct span result_span(const PGresult *result, int row, int column) {
    if (PQgetisnull(result, row, column))
        return SPAN_ABSENT;
    return (struct span){PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
}
