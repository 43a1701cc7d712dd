/*
 * judge.h: judges what stands in path and query (contract 1.1, 1.5, 2.1, 2.5, 2.8). What is wrong goes to call->faults;
 * then what was put out is not to be used.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "call.h"
#include "route.h"

/* The path's parameters into the call. */
void judge_path(struct call *call, const struct route_match *match);

/* An identifier, decoded. `loc` as faults_add wants it. */
void judge_id(struct call *call, const char *loc, struct span id);

/* page and page_size, 1 and 10 unless given. */
void judge_pages(struct call *call, struct page *page);

/* Messages: those and `order`, or `offset` and `limit`. */
void judge_message_page(struct call *call, struct page *page);

/* Sessions: page and page_size, or limit and cursor; and the filters. */
void judge_session_page(struct call *call, struct page *page, struct session_filter *filter);

/* The text of a parameter in the request's memory, absent when it was not sent. */
struct span judge_text(struct call *call, const char *name);
/* The same for a prefix and what is like it: UTF-8 without control characters. */
struct span judge_prefix(struct call *call, const char *name);

/* An integer parameter from min to max; `otherwise` when it was not sent. */
int64_t judge_integer(struct call *call, const char *name, int64_t min, int64_t max, int64_t otherwise);

/* `true` or `false`; `otherwise` when it was not sent. */
bool judge_flag(struct call *call, const char *name, bool otherwise);

/* Was the parameter sent, be it empty? */
bool judge_sent(const struct call *call, const char *name);

#endif
