/* body.c: one table-driven checker for all bodies. */
#include "body.h"

#include "json.h"
#include "judge.h"
#include "timestamp.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LOC_MAX 128

/* ---- the document ---- */

/* application/json or application/<something>+json, whatever its parameters; absent is JSON too. */
static bool is_json_type(struct span type) {
    static const char FIRST[] = "application/", JSON[] = "json", SUFFIX[] = "+json";
    if (type.at == NULL) {
        return true;
    }
    const char *semicolon = type.len == 0 ? NULL : memchr(type.at, ';', type.len);
    size_t len = semicolon == NULL ? type.len : (size_t)(semicolon - type.at);
    while (len > 0 && (type.at[len - 1] == ' ' || type.at[len - 1] == '\t')) {
        len--;
    }
    size_t first = sizeof FIRST - 1, suffix = sizeof SUFFIX - 1;
    if (len < first || strncasecmp(type.at, FIRST, first) != 0) {
        return false;
    }
    const char *rest = type.at + first;
    len -= first;
    return (len == sizeof JSON - 1 && strncasecmp(rest, JSON, len) == 0) ||
           (len > suffix && strncasecmp(rest + len - suffix, SUFFIX, suffix) == 0);
}

bool body_read(struct call *call, struct span *value) {
    struct request *request = call->request;
    size_t place;
    if (request->body.len == 0) {
        faults_add(call->faults, "missing", "\"body\"", "Field required");
        return false;
    }
    if (!is_json_type(http_header(request, HEADER_CONTENT_TYPE))) {
        faults_add(call->faults, "dict_type", "\"body\"",
                   "The body should be JSON, with the Content-Type application/json");
        return false;
    }
    if (!json_check(request->body, &place)) {
        char loc[LOC_MAX];
        if (snprintf(loc, sizeof loc, "\"body\",%zu", place) > 0) {
            faults_add(call->faults, "json_invalid", loc, "JSON decode error");
        }
        return false;
    }
    *value = json_trim(request->body);
    return true;
}

/* ---- single values ---- */

static void fault(struct call *call, const char *type, const char *loc, const char *name, const char *message) {
    char full[LOC_MAX];
    if (snprintf(full, sizeof full, "%s,\"%s\"", loc, name) > 0) {
        faults_add(call->faults, type, full, message);
    }
}

static bool is_kind(struct span value, enum json_kind kind) {
    return json_kind(value) == kind;
}

static void take_id(struct call *call, struct span value, const char *loc, const char *name, struct span *into) {
    char full[LOC_MAX];
    if (!is_kind(value, JSON_IS_STRING)) {
        fault(call, "string_type", loc, name, "Input should be a valid string");
        return;
    }
    struct span text = body_text(call, value);
    if (text.at == NULL) {
        fault(call, "value_error", loc, name, "The string holds a lone surrogate");
    } else if (snprintf(full, sizeof full, "%s,\"%s\"", loc, name) > 0) {
        judge_id(call, full, text);
        *into = text;
    }
}

static void take_time(struct call *call, struct span value, struct sent_time *into) {
    struct span text = is_kind(value, JSON_IS_STRING) ? body_text(call, value) : SPAN_ABSENT;
    if (text.at != NULL) {
        into->given = timestamp_parse(text, &into->micros);
    }
}

bool body_message_id(struct call *call, struct span value, const char *loc, int32_t *id) {
    int64_t number;
    if (!is_kind(value, JSON_IS_NUMBER) || !json_spells_integer(value)) {
        faults_add(call->faults, "int_type", loc, "Input should be a valid integer");
        return false;
    }
    if (!json_read_integer(value, 0, INT32_MAX, &number)) {
        bool small = value.at[0] == '-';
        faults_add(call->faults, small ? "greater_than_equal" : "less_than_equal", loc,
                   small ? "Input should be greater than or equal to 0"
                         : "Input should be less than or equal to 2147483647");
        return false;
    }
    *id = (int32_t)number;
    return true;
}

/* Both members in one walk: content may be large. */
static bool is_message(struct span value) {
    struct json_walk walk = json_walk(value);
    struct span name, member, role = SPAN_ABSENT;
    bool content = false;
    while (json_walk_member(&walk, &name, &member)) {
        if (json_name_is(name, "role")) {
            role = member;
        }
        content = content || json_name_is(name, "content");
    }
    return content && role.at != NULL && is_kind(role, JSON_IS_STRING);
}

/* ---- objects ---- */

static bool is_absent(struct span value) {
    return value.at == NULL || is_kind(value, JSON_IS_NULL);
}

/* False: *into is not set, and a fault says why. Messages' shape is judged by the caller, for all of them at once. */
static bool take_object(struct call *call, struct span value, const char *loc, const char *name, struct span *into) {
    if (!is_kind(value, JSON_IS_OBJECT)) {
        fault(call, "dict_type", loc, name, "Input should be a valid dictionary");
        return false;
    }
    *into = value;
    return true;
}

static void take(struct call *call, const struct body_field *field, const char *name, struct span value,
                 const char *loc, char *into) {
    void *at = into + field->at;
    char full[LOC_MAX];
    switch (field->kind) {
    case BODY_ID:
        take_id(call, value, loc, name, at);
        break;
    case BODY_SESSION_TYPE: {
        struct span text = is_kind(value, JSON_IS_STRING) ? body_text(call, value) : SPAN_ABSENT;
        if (text.at == NULL || text.len != 5 || memcmp(text.at, "AGENT", 5) != 0) {
            fault(call, "enum", loc, name, "Input should be 'AGENT'");
        }
        break;
    }
    case BODY_TIME:
    case BODY_TEXT:
        if (!is_kind(value, JSON_IS_STRING)) {
            fault(call, "string_type", loc, name, "Input should be a valid string");
        } else if (field->kind == BODY_TIME) {
            take_time(call, value, at);
        }
        break;
    case BODY_ANY_TIME:
        take_time(call, value, at);
        break;
    case BODY_OBJECT:
    case BODY_MESSAGE:
        (void)take_object(call, value, loc, name, at);
        break;
    case BODY_MESSAGE_ID:
        if (snprintf(full, sizeof full, "%s,\"%s\"", loc, name) > 0) {
            (void)body_message_id(call, value, full, at);
        }
        break;
    }
}

/* The last value of each name of the table, in one walk. */
static void cut(struct span object, const struct body_field *fields, size_t count, struct span *firsts,
                struct span *others) {
    struct json_walk walk = json_walk(object);
    struct span name, value;
    while (json_walk_member(&walk, &name, &value)) {
        for (size_t i = 0; i < count; i++) {
            if (json_name_is(name, fields[i].name)) {
                firsts[i] = value;
            } else if (fields[i].other != NULL && json_name_is(name, fields[i].other)) {
                others[i] = value;
            }
        }
    }
}

static void judge_field(struct call *call, const struct body_field *field, struct span first, struct span other,
                        const char *loc, char *into) {
    /* Of two names the first counts when it is neither absent nor null, else the second. */
    bool use_other = is_absent(first) && other.at != NULL;
    struct span value = use_other ? other : first;
    const char *name = use_other ? field->other : field->name;
    if (value.at == NULL) {
        if (field->presence == BODY_REQUIRED) {
            fault(call, "missing", loc, name, "Field required");
        }
    } else if (field->presence != BODY_NULLABLE || !is_kind(value, JSON_IS_NULL)) {
        take(call, field, name, value, loc, into);
    }
}

/* One fault for message and redact_message together (contract 1.3). */
static void judge_messages(struct call *call, const struct body_field *fields, size_t count, const struct span *values,
                           const char *loc) {
    for (size_t i = 0; i < count; i++) {
        bool judged = fields[i].kind == BODY_MESSAGE && values[i].at != NULL && is_kind(values[i], JSON_IS_OBJECT);
        if (judged && !is_message(values[i])) {
            char message[LOC_MAX];
            if (snprintf(message, sizeof message, "Value error, %s should have role, a string, and content",
                         fields[i].name) > 0) {
                fault(call, "value_error", loc, "message", message);
            }
            return;
        }
    }
}

void body_object(struct call *call, struct span value, const char *loc, const struct body_field *fields, size_t count,
                 void *into) {
    struct span firsts[BODY_FIELDS_MAX] = {{NULL, 0}}, others[BODY_FIELDS_MAX] = {{NULL, 0}};
    if (!is_kind(value, JSON_IS_OBJECT)) {
        faults_add(call->faults, "dict_type", loc, "Input should be a valid dictionary");
        return;
    }
    cut(value, fields, count, firsts, others);
    for (size_t i = 0; i < count; i++) {
        judge_field(call, &fields[i], firsts[i], others[i], loc, into);
    }
    judge_messages(call, fields, count, firsts, loc);
}

void body_fields(struct call *call, const struct body_field *fields, size_t count, void *into) {
    struct span value;
    if (body_read(call, &value)) {
        body_object(call, value, "\"body\"", fields, count, into);
    }
}
