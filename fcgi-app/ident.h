/* ident.h: what may be an identifier (contract 1.5), a storage key or a prefix (2.5), a request id. */
#ifndef IDENT_H
#define IDENT_H

#include "base.h"

/* NULL when fine, else the rule that was broken, as a sentence that never echoes the value. */
const char *ident_key_fault(struct span key);       /* storage key, decoded: 1..2200 bytes, segments */
const char *ident_prefix_fault(struct span prefix); /* storage or session prefix: UTF-8, no control character */

enum ident_fault { IDENT_FINE, IDENT_SHORT, IDENT_LONG, IDENT_BAD };

/* Session, agent, multi-agent id, decoded. IDENT_BAD puts the rule that was broken into *rule. */
enum ident_fault ident_check(struct span id, const char **rule) MUST_USE;

/* X-Request-ID: 1 to 128 of [A-Za-z0-9._:/+=@-]. */
bool ident_is_request_id(struct span id);

/* Valid UTF-8 (RFC 3629: no overlong forms, no surrogates)? *characters, unless NULL, counts code points. */
bool ident_utf8(struct span text, size_t *characters);

#endif
