/* error.c: the one table of errors, and the one mapping from SQLSTATE. */
#include "error.h"

#include <assert.h>
#include <string.h>

struct row {
    int status;
    const char *name;
    const char *plain; /* not NULL: "detail" is this text instead of an object */
};

static const struct row ROWS[ERROR_COUNT] = {
    [ERROR_NONE] = {200, "OK", NULL},
    [ERROR_BAD_REQUEST] = {400, "BadRequestError", NULL},
    [ERROR_UNAUTHORIZED] = {401, "UnauthorizedError", NULL},
    [ERROR_FORBIDDEN] = {403, "ForbiddenError", NULL},
    [ERROR_NOT_FOUND] = {404, "NotFoundError", NULL},
    [ERROR_NO_PATH] = {404, "NotFound", "Not Found"},
    [ERROR_METHOD] = {405, "MethodNotAllowed", "Method Not Allowed"},
    [ERROR_CONFLICT] = {409, "ConflictError", NULL},
    [ERROR_LENGTH_REQUIRED] = {411, "LengthRequiredError", NULL},
    [ERROR_PRECONDITION] = {412, "PreconditionFailedError", NULL},
    [ERROR_TOO_LARGE] = {413, "PayloadTooLargeError", NULL},
    [ERROR_ENCODING] = {415, "UnsupportedMediaTypeError", NULL},
    [ERROR_INVALID] = {422, "ValidationError", NULL},
    [ERROR_HEADERS_TOO_LARGE] = {431, "HeadersTooLargeError", NULL},
    [ERROR_INTERNAL] = {500, "InternalServerError", NULL},
    [ERROR_NOT_IMPLEMENTED] = {501, "NotImplementedError", NULL},
    [ERROR_UNAVAILABLE] = {503, "ServiceUnavailableError", NULL},
    [ERROR_VERSION] = {505, "VersionNotSupportedError", NULL},
};

int error_status(enum error error) {
    return ROWS[error].status;
}

const char *error_name(enum error error) {
    return ROWS[error].name;
}

static void text_member(struct buf *out, const char *value) {
    buf_json_string(out, (struct span){value, strlen(value)});
}

void error_body(struct buf *out, enum error error, const char *message, const char *request_id) {
    const struct row *row = &ROWS[error];
    buf_text(out, "{\"detail\":");
    if (row->plain != NULL) {
        text_member(out, row->plain);
    } else {
        buf_text(out, "{\"error\":");
        text_member(out, row->name);
        buf_text(out, ",\"message\":");
        text_member(out, message);
        buf_text(out, ",\"request_id\":");
        text_member(out, request_id);
        buf_byte(out, '}');
    }
    buf_byte(out, '}');
}

static const char *const CAUSES[] = {
    [DB_CAUSE_NONE] = "none",           [DB_CAUSE_AWAY] = "away",           [DB_CAUSE_HANGING] = "hanging",
    [DB_CAUSE_TIMEOUT] = "timeout",     [DB_CAUSE_READ_ONLY] = "read_only", [DB_CAUSE_CONFLICT] = "conflict",
    [DB_CAUSE_RESOURCES] = "resources", [DB_CAUSE_SHUTDOWN] = "shutdown",   [DB_CAUSE_BUG] = "bug",
};
static_assert(COUNT_OF(CAUSES) == DB_CAUSE_COUNT, "a name for each cause");

const char *db_cause_name(enum db_cause cause) {
    return CAUSES[cause];
}

/* Rows are tried in order: a longer code stands before its class. */
static const struct {
    const char *begins;
    enum db_cause cause;
} STATES[] = {
    {"40001", DB_CAUSE_CONFLICT},  {"40P01", DB_CAUSE_CONFLICT}, {"55P03", DB_CAUSE_CONFLICT},
    {"25006", DB_CAUSE_READ_ONLY}, {"57014", DB_CAUSE_TIMEOUT},  {"57", DB_CAUSE_SHUTDOWN},
    {"53", DB_CAUSE_RESOURCES},    {"58", DB_CAUSE_RESOURCES},   {"08", DB_CAUSE_AWAY},
    {"28", DB_CAUSE_AWAY},         {"3D", DB_CAUSE_AWAY},
};

enum db_cause db_cause_of(const char *sqlstate) {
    if (sqlstate == NULL || sqlstate[0] == '\0') {
        return DB_CAUSE_AWAY;
    }
    for (size_t i = 0; i < COUNT_OF(STATES); i++) {
        if (strncmp(sqlstate, STATES[i].begins, strlen(STATES[i].begins)) == 0) {
            return STATES[i].cause;
        }
    }
    return DB_CAUSE_BUG;
}
