/*
 * cursor.h: a place in the list of sessions (contract 2.8), as text that survives restarts: base64url (RFC 4648,
 * section 5, without padding) of created_at, session id and a check that keeps strangers' texts out.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include "base.h"
#include "buf.h"

/* Appends the cursor behind the session with this time and id. */
void cursor_append(struct buf *out, int64_t created_micros, struct span session_id);

/* False when `text` is no cursor of ours. `memory` gets the decoded bytes, into which *session_id points. */
bool cursor_parse(struct span text, struct buf *memory, int64_t *created_micros, struct span *session_id) MUST_USE;

#endif
