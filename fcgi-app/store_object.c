/* store_object.c: stored objects (contract 2.5). $1 tenant, $2 key or prefix, then as each statement says. */
#include "store_common.h"

#define OBJECT_KEY "tenant = $1::text AND key = $2::text"
#define OBJECT_EXISTS "EXISTS (SELECT FROM session_backend.objects WHERE " OBJECT_KEY ")"
#define LONGEST_KEY 2200

/* $3 content type, $4 bytes, $5 tag. created_at = updated_at says that it is new. */
#define OBJECT_INSERT                                                                                                  \
    "INSERT INTO session_backend.objects AS o (tenant, key, content_type, data, created_at, updated_at, tag)"          \
    " VALUES ($1::text, $2::text, $3::bytea, $4::bytea, now(), now(), $5::bigint) ON CONFLICT "
static const struct statement OBJECT_PUT = {
    "object_put",
    OBJECT_INSERT "(tenant, key) DO UPDATE SET content_type = excluded.content_type, data = excluded.data,"
                  " updated_at = greatest(clock_timestamp(), o.updated_at + interval '1 microsecond'),"
                  " tag = excluded.tag RETURNING created_at = updated_at"};

static const struct statement OBJECT_PUT_NEW = {"object_put_new", OBJECT_INSERT "DO NOTHING RETURNING true"};

/* $6 tags, or NULL for any. */
static const struct statement OBJECT_PUT_MATCH = {
    "object_put_match",
    "UPDATE session_backend.objects SET content_type = $3::bytea, data = $4::bytea, tag = $5::bigint,"
    " updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')"
    " WHERE " OBJECT_KEY " AND ($6::bigint[] IS NULL OR tag = ANY ($6::bigint[])) RETURNING false"};

/* The object in slices of 1 MiB, at least one; the data column stays a pointer until a slice of it is read. */
#define SLICE "1048576"
static const struct statement OBJECT_GET = {
    "object_get", "SELECT o.tag, octet_length(o.data)::bigint, o.content_type, substring(o.data FROM i FOR " SLICE ")"
                  " FROM session_backend.objects AS o, generate_series(1, greatest(octet_length(o.data), 1), " SLICE
                  ") AS i WHERE " OBJECT_KEY};

/* $3 tags or NULL, $4 If-None-Match: *. */
static const struct statement OBJECT_DELETE = {
    "object_delete", "WITH gone AS (DELETE FROM session_backend.objects WHERE " OBJECT_KEY
                     "  AND NOT $4::boolean AND ($3::bigint[] IS NULL OR tag = ANY ($3::bigint[])) RETURNING 1)"
                     " SELECT EXISTS (SELECT FROM gone), " OBJECT_EXISTS};

/* $2 prefix, $3 behind the last key with that prefix, $4 start after, $5 limit or NULL. */
#define PREFIXED "tenant = $1::text AND key >= $2::text AND key <= $3::text AND starts_with(key, $2::text)"
static const struct statement OBJECT_LIST = {"object_list", "SELECT key FROM session_backend.objects WHERE " PREFIXED
                                                            " AND key > $4::text ORDER BY key LIMIT $5::bigint"};

static const struct statement OBJECT_DELETE_PREFIX = {
    "object_delete_prefix",
    "WITH gone AS (DELETE FROM session_backend.objects WHERE " PREFIXED " RETURNING 1) SELECT count(*) FROM gone"};

const struct statement *const STORE_OBJECT_STATEMENTS[] = {
    &OBJECT_PUT,    &OBJECT_PUT_NEW, &OBJECT_PUT_MATCH,     &OBJECT_GET,
    &OBJECT_DELETE, &OBJECT_LIST,    &OBJECT_DELETE_PREFIX, NULL};

enum outcome store_object_put(struct scope scope, struct span key, struct span content_type, struct span bytes,
                              const struct match *match, bool none_match, uint64_t *tag) {
    bool conditional = match && match->given;
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    if (conditional && none_match)
        return OUTCOME_PRECONDITION; /* there is an object, and there is none */
    *tag = random_bits();
    store_key(&params, scope, key, SPAN_ABSENT);
    params_span(&params, content_type.at ? content_type : SPAN_OF(""));
    params_span(&params, bytes.at ? bytes : SPAN_OF(""));
    params_tag(&params, *tag);
    if (conditional)
        params_match(&params, match);
    const struct statement *statement = conditional ? &OBJECT_PUT_MATCH : none_match ? &OBJECT_PUT_NEW : &OBJECT_PUT;
    PGresult *result =
        db_run(scope.db, statement, &params, conditional || none_match ? STATEMENT_WRITES : STATEMENT_REPEATABLE);
    if (result && PQntuples(result) == 0)
        outcome = OUTCOME_PRECONDITION;
    else if (result)
        outcome = result_bool(result, 0, 0) ? OUTCOME_CREATED : OUTCOME_DONE;
    PQclear(result);
    params_free(&params);
    return outcome;
}

enum outcome store_object_get(struct scope scope, struct span key, bool (*head)(void *to, const struct object_head *),
                              void *to, struct writer *writer) {
    struct params params = {0};
    size_t began = writer->buf->len;
    int64_t size = 0, got = 0;
    bool first = true;
    PGresult *row;
    store_key(&params, scope, key, SPAN_ABSENT);
    if (!db_stream(scope.db, &OBJECT_GET, &params))
        return OUTCOME_FAILED;
    while ((row = db_next(scope.db)) != NULL) {
        size = result_int8(row, 0, 1);
        struct object_head facts = {result_tag(row, 0, 0), size, result_span(row, 0, 2)};
        bool wanted = !first || head(to, &facts);
        if (wanted) {
            buf_span(writer->buf, result_span(row, 0, 3));
            got += PQgetlength(row, 0, 3);
        }
        first = false;
        PQclear(row);
        if (!wanted) {
            db_abandon(scope.db);
            return OUTCOME_DONE;
        }
        if (!writer_row(writer))
            break;
    }
    if (first && db_cause(scope.db) == DB_CAUSE_NONE)
        return OUTCOME_NO_OBJECT;
    bool fine = !first && got == size && !writer->broken && db_cause(scope.db) == DB_CAUSE_NONE;
    return fine ? OUTCOME_DONE : store_cut(scope.db, writer, began);
}

enum outcome store_object_delete(struct scope scope, struct span key, const struct match *match, bool none_match) {
    bool conditional = match && match->given;
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    store_key(&params, scope, key, SPAN_ABSENT);
    params_match(&params, match);
    params_bool(&params, none_match);
    PGresult *result =
        db_run(scope.db, &OBJECT_DELETE, &params, conditional || none_match ? STATEMENT_WRITES : STATEMENT_REPEATABLE);
    if (result) {
        bool gone = result_bool(result, 0, 0), exists = result_bool(result, 0, 1);
        bool fine = gone || (!conditional && !(exists && none_match));
        outcome = fine ? OUTCOME_DONE : OUTCOME_PRECONDITION;
    }
    PQclear(result);
    params_free(&params);
    return outcome;
}

enum outcome store_object_list(struct scope scope, struct span prefix, struct span start_after, int64_t limit,
                               struct writer *writer) {
    struct params params = {0};
    struct buf bound = {0};
    size_t began = writer->buf->len;
    int64_t count = 0;
    PGresult *row;
    prefix = prefix.at ? prefix : SPAN_OF("");
    store_key(&params, scope, prefix, SPAN_ABSENT);
    store_bound(&bound, prefix, LONGEST_KEY);
    params_span(&params, (struct span){bound.data, bound.len});
    params_span(&params, start_after.at ? start_after : SPAN_OF(""));
    if (limit < 0)
        params_span(&params, SPAN_ABSENT);
    else
        params_int8(&params, limit);
    params.failed |= bound.failed;
    bool fine = db_stream(scope.db, &OBJECT_LIST, &params);
    buf_free(&bound);
    if (!fine)
        return OUTCOME_FAILED;
    buf_text(writer->buf, "{\"keys\":[");
    while ((row = db_next(scope.db)) != NULL) {
        buf_text(writer->buf, count++ > 0 ? "," : "");
        buf_json_string(writer->buf, result_span(row, 0, 0));
        PQclear(row);
        if (!writer_row(writer))
            break;
    }
    buf_text(writer->buf, "]}");
    fine = !writer->broken && !writer->buf->failed && db_cause(scope.db) == DB_CAUSE_NONE;
    return fine ? OUTCOME_DONE : store_cut(scope.db, writer, began);
}

enum outcome store_object_delete_prefix(struct scope scope, struct span prefix, int64_t *deleted) {
    struct params params = {0};
    struct buf bound = {0};
    enum outcome outcome = OUTCOME_FAILED;
    store_key(&params, scope, prefix, SPAN_ABSENT);
    store_bound(&bound, prefix, LONGEST_KEY);
    params_span(&params, (struct span){bound.data, bound.len});
    params.failed |= bound.failed;
    PGresult *result = db_run(scope.db, &OBJECT_DELETE_PREFIX, &params, STATEMENT_WRITES);
    if (result) {
        *deleted = result_int8(result, 0, 0);
        outcome = OUTCOME_DONE;
    }
    PQclear(result);
    buf_free(&bound);
    return outcome;
}
