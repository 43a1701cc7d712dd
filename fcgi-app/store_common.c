/* store_common.c: see store_common.h. */
#include "store_common.h"

#include <string.h>

void store_key(struct params *params, struct scope scope, struct span first, struct span second) {
    params_span(params, scope.tenant.at ? scope.tenant : SPAN_OF(""));
    if (first.at)
        params_span(params, first);
    if (second.at)
        params_span(params, second);
}

bool store_equal(struct span one, struct span other) {
    if (!one.at || !other.at)
        return one.at == other.at;
    return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

struct times store_times(const PGresult *result, int row, int column) {
    return (struct times){result_time(result, row, column), result_time(result, row, column + 1)};
}

bool store_same_time(struct sent_time sent, int64_t stored) {
    return !sent.given || sent.micros == stored;
}

void store_bound(struct buf *out, struct span prefix, size_t longest) {
    static const char last[] = "\xf4\x8f\xbf\xbf"; /* U+10FFFF, behind every other character in UTF-8's order */
    buf_span(out, prefix);
    for (size_t len = prefix.len; len <= longest; len += sizeof(last) - 1)
        buf_text(out, last);
}

int64_t store_offset(const struct page *page) {
    int64_t offset;
    if (page->kind == PAGE_SLICE)
        return page->offset;
    if (page->kind == PAGE_CURSOR)
        return 0;
    return __builtin_mul_overflow(page->page - 1, page->page_size, &offset) ? INT64_MAX : offset;
}

enum outcome store_unmatched(const struct match *match, bool exists, enum outcome missing) {
    return exists && match && match->given && !match->any ? OUTCOME_PRECONDITION : missing;
}

enum outcome store_written(const struct buf *out, enum outcome outcome) {
    return out->failed ? OUTCOME_FAILED : outcome;
}

void store_list_end(struct buf *out, const struct page *page, int64_t total) {
    buf_text(out, "],\"total\":");
    if (page->total)
        buf_integer(out, total);
    else
        buf_text(out, "null");
    if (page->kind == PAGE_NUMBERED) {
        buf_text(out, ",\"page\":");
        buf_integer(out, page->page);
        buf_text(out, ",\"page_size\":");
        buf_integer(out, page->page_size);
    } else {
        buf_text(out, ",\"offset\":");
        buf_integer(out, page->offset);
        buf_text(out, ",\"limit\":");
        if (page->limit < 0)
            buf_text(out, "null");
        else
            buf_integer(out, page->limit);
    }
    buf_byte(out, '}');
}

enum outcome store_cut(struct db *db, struct writer *writer, size_t began) {
    db_abandon(db);
    if (writer->streaming || writer->broken)
        return OUTCOME_BROKEN;
    if (!writer->buf->failed)
        writer->buf->len = began;
    return OUTCOME_FAILED;
}

bool store_is_whole(const struct page *page) {
    return page->kind == PAGE_SLICE && page->offset == 0 && page->limit < 0;
}

enum outcome store_list(struct scope scope, const struct list *list, const struct params *params,
                        const struct page *page, struct writer *writer) {
    size_t began = writer->buf->len;
    bool opened = false, ended = false;
    int64_t items = 0;
    PGresult *row;
    if (!db_stream(scope.db, list->statement, params))
        return OUTCOME_FAILED;
    while ((row = db_next(scope.db)) != NULL) {
        bool item = !result_null(row, 0, 0);
        int found = item || list->found_column < 0 ? list->needed : result_int4(row, 0, list->found_column);
        if (found < list->needed) {
            PQclear(row);
            db_abandon(scope.db);
            return list->missing[found];
        }
        buf_text(writer->buf, opened ? item ? "," : "" : list->opening);
        opened = true;
        if (item)
            list->item(writer->buf, row);
        else
            store_list_end(writer->buf, page, store_is_whole(page) ? items : result_int8(row, 0, list->total_column));
        items += item;
        ended = ended || !item;
        PQclear(row);
        if (!writer_row(writer))
            return store_cut(scope.db, writer, began);
    }
    return ended && db_cause(scope.db) == DB_CAUSE_NONE ? OUTCOME_DONE : store_cut(scope.db, writer, began);
}
