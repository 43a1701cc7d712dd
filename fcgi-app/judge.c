/* judge.c: path and query. */
#include "judge.h"

#include "cursor.h"
#include "ident.h"
#include "query.h"
#include "timestamp.h"
#include "uri.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAGE_SIZE_MAX 1000
#define PAGE_SIZE 10

static void query_fault(struct call *call, const char *name, const char *type, const char *message) {
    char loc[64];
    if (snprintf(loc, sizeof loc, "\"query\",\"%s\"", name) > 0) {
        faults_add(call->faults, type, loc, message);
    }
}

/* ---- path ---- */

void judge_id(struct call *call, const char *loc, struct span id) {
    const char *rule = NULL;
    switch (ident_check(id, &rule)) {
    case IDENT_FINE:
        break;
    case IDENT_SHORT:
        faults_add(call->faults, "string_too_short", loc, "String should have at least 1 character");
        break;
    case IDENT_LONG:
        faults_add(call->faults, "string_too_long", loc, "String should have at most 255 characters");
        break;
    case IDENT_BAD:
        faults_add(call->faults, "value_error", loc, rule);
        break;
    }
}

/* Decodes into the request's memory; absent (and a fault) when there is a bad escape in it. */
static struct span decode(struct call *call, const char *loc, struct span raw) {
    buf_clear(call->text);
    if (!uri_decode(raw, false, call->text)) {
        faults_add(call->faults, "value_error", loc, "Invalid percent-encoding");
        return SPAN_ABSENT;
    }
    struct span decoded = arena_copy(call->arena, (struct span){call->text->data, call->text->len});
    call->faults->json.failed |= decoded.at == NULL;
    return decoded;
}

static void judge_message_id(struct call *call, struct span text) {
    static const char LOC[] = "\"path\",\"message_id\"";
    int64_t value = 0;
    size_t sign = text.len > 1 && text.at[0] == '-' ? 1 : 0;
    bool digits = text.len > sign;
    for (size_t i = sign; i < text.len && digits; i++) {
        digits = text.at[i] >= '0' && text.at[i] <= '9';
        value = !digits || value > INT32_MAX ? value : value * 10 + (text.at[i] - '0');
    }
    if (!digits) {
        faults_add(call->faults, "int_parsing", LOC, "Input should be a valid integer, written in decimal digits");
    } else if (sign == 1) {
        faults_add(call->faults, "greater_than_equal", LOC, "Input should be greater than or equal to 0");
    } else if (value > INT32_MAX) {
        faults_add(call->faults, "less_than_equal", LOC, "Input should be less than or equal to 2147483647");
    } else {
        call->message_id = (int32_t)value;
        call->has_message_id = true;
    }
}

static void judge_parameter(struct call *call, const char *name, struct span raw) {
    size_t len = strcspn(name, "}");
    char loc[64];
    if (snprintf(loc, sizeof loc, "\"path\",\"%.*s\"", (int)len, name) < 0) {
        return;
    }
    struct span value = decode(call, loc, raw);
    if (value.at == NULL) {
        return;
    }
    if (strncmp(name, "message_id", len) == 0) {
        judge_message_id(call, value);
    } else if (strncmp(name, "key", len) == 0) {
        const char *rule = ident_key_fault(value);
        if (rule != NULL) {
            faults_add(call->faults, "value_error", loc, rule);
        }
        call->key = value;
    } else {
        judge_id(call, loc, value);
        *(strncmp(name, "session_id", len) == 0 ? &call->session_id
          : strncmp(name, "agent_id", len) == 0 ? &call->agent_id
                                                : &call->multi_agent_id) = value;
    }
}

void judge_path(struct call *call, const struct route_match *match) {
    for (size_t i = 0; i < match->count; i++) {
        judge_parameter(call, match->parameters[i].name, match->parameters[i].raw);
    }
}

/* ---- query ---- */

bool judge_sent(const struct call *call, const char *name) {
    buf_clear(call->text);
    return query_get(call->request->query, name, call->text) != QUERY_ABSENT;
}

struct span judge_text(struct call *call, const char *name) {
    buf_clear(call->text);
    switch (query_get(call->request->query, name, call->text)) {
    case QUERY_ABSENT:
        return SPAN_ABSENT;
    case QUERY_BAD_ESCAPE:
        query_fault(call, name, "value_error", "Invalid percent-encoding");
        return SPAN_ABSENT;
    case QUERY_FOUND:
        break;
    }
    struct span text = arena_copy(call->arena, (struct span){call->text->data, call->text->len});
    call->faults->json.failed |= text.at == NULL;
    return text;
}

struct span judge_prefix(struct call *call, const char *name) {
    struct span text = judge_text(call, name);
    const char *rule = text.at == NULL ? NULL : ident_prefix_fault(text);
    if (rule != NULL) {
        query_fault(call, name, "value_error", rule);
    }
    return text;
}

int64_t judge_integer(struct call *call, const char *name, int64_t min, int64_t max, int64_t otherwise) {
    int64_t value = otherwise;
    char message[96];
    switch (query_integer(call->request->query, name, min, max, &value)) {
    case QUERY_NUMBER_ABSENT:
        return otherwise;
    case QUERY_NUMBER_OK:
        return value;
    case QUERY_NUMBER_UNREADABLE:
        query_fault(call, name, "int_parsing", "Input should be a valid integer, unable to parse string as an integer");
        break;
    case QUERY_NUMBER_SMALL:
        if (snprintf(message, sizeof message, "Input should be greater than or equal to %" PRId64, min) > 0) {
            query_fault(call, name, "greater_than_equal", message);
        }
        break;
    case QUERY_NUMBER_LARGE:
        if (snprintf(message, sizeof message, "Input should be less than or equal to %" PRId64, max) > 0) {
            query_fault(call, name, "less_than_equal", message);
        }
        break;
    }
    return otherwise;
}

/* True when the text is the first word, false when it is the second; anything else is a fault. */
static bool either(struct call *call, const char *name, const char *yes, const char *no, bool otherwise) {
    struct span text = judge_text(call, name);
    if (text.at == NULL) {
        return otherwise;
    }
    /* arena_copy ended it with a NUL; one inside it cannot equal a word of this length. */
    bool is_yes = text.len == strlen(yes) && strcmp(text.at, yes) == 0;
    bool is_no = text.len == strlen(no) && strcmp(text.at, no) == 0;
    if (!is_yes && !is_no) {
        char message[64];
        if (snprintf(message, sizeof message, "Input should be '%s' or '%s'", yes, no) > 0) {
            query_fault(call, name, "enum", message);
        }
    }
    return is_yes;
}

bool judge_flag(struct call *call, const char *name, bool otherwise) {
    return either(call, name, "true", "false", otherwise);
}

static void numbered(struct call *call, struct page *page) {
    page->kind = PAGE_NUMBERED;
    page->page = judge_integer(call, "page", 1, INT64_MAX, 1);
    page->page_size = judge_integer(call, "page_size", 1, PAGE_SIZE_MAX, PAGE_SIZE);
}

void judge_pages(struct call *call, struct page *page) {
    *page = (struct page){.kind = PAGE_NUMBERED};
    numbered(call, page);
    page->total = judge_flag(call, "total", true);
}

/* Two ways of asking for a part of a list exclude each other, also when their values are empty. */
static void exclude(struct call *call, const char *other) {
    char message[96];
    if (judge_sent(call, other) && (judge_sent(call, "page") || judge_sent(call, "page_size")) &&
        snprintf(message, sizeof message, "%s cannot be combined with page or page_size", other) > 0) {
        query_fault(call, other, "value_error", message);
    }
}

void judge_message_page(struct call *call, struct page *page) {
    *page = (struct page){.kind = PAGE_NUMBERED};
    numbered(call, page);
    page->descending = either(call, "order", "desc", "asc", false);
    if (judge_sent(call, "offset") || judge_sent(call, "limit")) {
        page->kind = PAGE_SLICE;
        page->offset = judge_integer(call, "offset", 0, INT64_MAX, 0);
        exclude(call, "offset");
        page->limit = judge_integer(call, "limit", 0, INT64_MAX, -1);
        exclude(call, "limit");
    }
    page->total = judge_flag(call, "total", true);
}

/* A `+` in a query is a blank: the one before an offset is mended. */
static void mend_plus(struct call *call, struct span *text) {
    if (text->len > 6 && text->at[text->len - 6] == ' ' && text->at[text->len - 3] == ':') {
        buf_clear(call->text);
        buf_append(call->text, text->at, text->len - 6);
        buf_byte(call->text, '+');
        buf_append(call->text, text->at + text->len - 5, 5);
        *text = arena_copy(call->arena, (struct span){call->text->data, call->text->len});
        call->faults->json.failed |= text->at == NULL;
    }
}

static struct sent_time judge_time(struct call *call, const char *name) {
    struct sent_time time = {.given = false};
    struct span text = judge_text(call, name);
    if (text.at == NULL) {
        return time;
    }
    mend_plus(call, &text);
    time.given = text.at != NULL && timestamp_parse(text, &time.micros);
    if (!time.given) {
        query_fault(call, name, "value_error", "Input should be an ISO 8601 time: YYYY-MM-DDThh:mm:ss[.f][offset]");
    }
    return time;
}

static void judge_cursor(struct call *call, struct page *page) {
    struct span text = judge_text(call, "cursor");
    if (text.at == NULL) {
        return;
    }
    buf_clear(call->text);
    page->after = cursor_parse(text, call->text, &page->after_created, &page->after_id);
    if (!page->after) {
        query_fault(call, "cursor", "value_error", "This is not a cursor that was given out here");
        return;
    }
    page->after_id = arena_copy(call->arena, page->after_id);
    call->faults->json.failed |= page->after_id.at == NULL;
}

void judge_session_page(struct call *call, struct page *page, struct session_filter *filter) {
    *page = (struct page){.kind = PAGE_NUMBERED};
    numbered(call, page);
    if (judge_sent(call, "limit") || judge_sent(call, "cursor")) {
        page->kind = PAGE_CURSOR;
        page->limit = judge_integer(call, "limit", 1, PAGE_SIZE_MAX, PAGE_SIZE);
        exclude(call, "limit");
        judge_cursor(call, page);
        exclude(call, "cursor");
    }
    filter->prefix = judge_prefix(call, "prefix");
    filter->created_after = judge_time(call, "created_after");
    filter->created_before = judge_time(call, "created_before");
    page->total = judge_flag(call, "total", true);
}
