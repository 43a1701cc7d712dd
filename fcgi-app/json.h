/*
 * json.h: judges JSON texts (RFC 8259) and finds where their members begin and end, without changing a byte.
 * Jansson refuses five kinds of valid JSON and re-spells numbers, so the client's own JSON never goes through it.
 * No name here is one of Jansson's: a function of the same name would take its place inside of libjansson, too.
 */
#ifndef JSON_H
#define JSON_H

#include "base.h"
#include "buf.h"

#define JSON_LEVELS_MAX 1000 /* the outermost included */

enum json_kind {
    JSON_IS_NULL,
    JSON_IS_FALSE,
    JSON_IS_TRUE,
    JSON_IS_NUMBER,
    JSON_IS_STRING,
    JSON_IS_ARRAY,
    JSON_IS_OBJECT
};

/* True when `text` is one JSON value in valid UTF-8 of at most JSON_LEVELS_MAX levels, white space around it allowed;
 * else *place is the byte offset of what is wrong. */
bool json_check(struct span text, size_t *place) MUST_USE;

/* The functions below want texts that json_check has passed. Their spans point into the text. */

/* The value without white space around it. */
struct span json_trim(struct span text);
/* Kind of a trimmed value. */
enum json_kind json_kind(struct span value);

/* Walks an object's members or an array's values, in order: set `rest` up with json_walk, then call until false. */
struct json_walk {
    const char *next;
    const char *end;
};
struct json_walk json_walk(struct span container);
bool json_walk_member(struct json_walk *walk, struct span *raw_name, struct span *value); /* raw_name without quotes */
bool json_walk_value(struct json_walk *walk, struct span *value);

/* Is the member name, compared after unescaping, `plain` (ASCII)? */
bool json_name_is(struct span raw_name, const char *plain);
/* The value of the object's last member of that name; absent when there is none. */
struct span json_member(struct span object, const char *name);

/* A number spelled as an integer (no fraction, no exponent) from min to max. `-0` is 0. */
bool json_read_integer(struct span value, int64_t min, int64_t max, int64_t *out) MUST_USE;
/* Is it a number spelled as an integer, of any length? */
bool json_spells_integer(struct span value);

/* Appends what a JSON string (quotes included) says, as UTF-8. False when it holds a lone surrogate escape. */
bool json_unescape(struct span string, struct buf *out) MUST_USE;

/* Contract 2.3: the last `removed_message_count` of a conversation_manager_state when it is an integer from 0 to
 * 2 147 483 647, else 0. */
int32_t json_removed_count(struct span conversation_manager_state);

#endif
