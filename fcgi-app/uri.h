/* uri.h: splitting and percent-decoding of request targets (RFC 3986); pure functions. */
#ifndef URI_H
#define URI_H

#include "base.h"
#include "buf.h"

/* Splits a raw REQUEST_URI at its first '?'. `query` is absent when there is none. */
void uri_split(struct span target, struct span *path, struct span *query);

/* Appends the decoded bytes ('+' stays a plus unless plus_is_blank). False on a bad escape, with nothing appended;
 * %00 is a byte like others. Memory that ran out shows in out->failed, as always. */
bool uri_decode(struct span raw, bool plus_is_blank, struct buf *out) MUST_USE;

/* Takes one byte, decoded, off the front of `raw` (not empty). -1 on a bad escape. */
int uri_next(struct span *raw, bool plus_is_blank) MUST_USE;

/* The value of a hexadecimal digit, or -1. */
int uri_hex(char digit);

#endif
