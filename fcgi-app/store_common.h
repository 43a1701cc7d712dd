/* store_common.h: what the store_*.c share. */
#ifndef STORE_COMMON_H
#define STORE_COMMON_H

#include "params.h"
#include "random.h"
#include "render.h"
#include "statement.h"
#include "store.h"

/* How deep the path of a request was found, as the statements say it in their column "found". */
enum found { FOUND_NOTHING, FOUND_SESSION, FOUND_CHILD, FOUND_GRANDCHILD };

/* The tenant, then up to three ids: the key of a thing. */
void store_key(struct params *params, struct scope scope, struct span first, struct span second);

bool store_equal(struct span one, struct span other);                  /* absent is not empty */
struct times store_times(const PGresult *result, int row, int column); /* created_at there, updated_at behind it */

/* Is `sent`, when it was given, the stored time? */
bool store_same_time(struct sent_time sent, int64_t stored);

/* Behind the longest text that begins with `prefix`, for texts of up to `longest` bytes: `key <= bound`. */
void store_bound(struct buf *out, struct span prefix, size_t longest);

/* (page - 1) * page_size without overflow. */
int64_t store_offset(const struct page *page);

/* Why a conditional write changed nothing: the precondition does not hold, or `missing`. */
enum outcome store_unmatched(const struct match *match, bool exists, enum outcome missing);

/* Does the page hold everything there is? Then the rows need not be counted by a second look. */
bool store_is_whole(const struct page *page);

/* `outcome`, or FAILED when the memory did not suffice. */
enum outcome store_written(const struct buf *out, enum outcome outcome);

/*
 * Streams a list: item rows, then one last row that has NULL in column 0 and says in `found_column` how deep the path
 * was found (-1: no such column) and in `total_column` the total.
 */
struct list {
    const struct statement *statement;
    const char *opening; /* {"sessions":[ */
    void (*item)(struct buf *out, const PGresult *row);
    int found_column, total_column;
    int needed; /* of enum found; less is missing[found] */
    enum outcome missing[FOUND_GRANDCHILD];
};
enum outcome store_list(struct scope scope, const struct list *list, const struct params *params,
                        const struct page *page, struct writer *writer);
/* The same in pieces, for other shapes: gives back what was written and says FAILED or BROKEN. */
enum outcome store_cut(struct db *db, struct writer *writer, size_t began);
/* {"…","total":N,"page":P,"page_size":S} or offset and limit. */
void store_list_end(struct buf *out, const struct page *page, int64_t total);

/* All statements, NULL behind the last of each. */
extern const struct statement *const STORE_SESSION_STATEMENTS[],
    *const STORE_AGENT_STATEMENTS[], *const STORE_MESSAGE_STATEMENTS[], *const STORE_BATCH_STATEMENTS[],
                                                                            *const STORE_RESTORE_STATEMENTS[],
                                                                                *const STORE_MULTI_AGENT_STATEMENTS[],
                                                                                    *const STORE_OBJECT_STATEMENTS[],
                                                                                        *const STORE_FORK_STATEMENTS[];

#endif
