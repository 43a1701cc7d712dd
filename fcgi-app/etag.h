/* etag.h: lists of entity tags in If-Match and If-None-Match (RFC 9110, sections 8.8.3, 13.1.1, 13.1.2). */
#ifndef ETAG_H
#define ETAG_H

#include "base.h"

/* Is the field value `*`? */
bool etag_is_any(struct span field);

/* Takes the strong tags that we could have made out of an If-Match list, at most `max` of them into `tags` (NULL: only
 * counts). Weak tags never match there, and others' tags cannot, so both are left out. */
size_t etag_strong(struct span field, uint64_t *tags, size_t max);

/* If-None-Match on GET: does the list, or `*`, match this tag? Weak tags count (weak comparison). */
bool etag_matches(struct span field, uint64_t tag);

#endif
