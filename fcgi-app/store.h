/*
 * store.h: what can be kept and asked for. One store_*.c a resource holds all its SQL and turns rows into the JSON of
 * the contract. No HTTP here. Every function is one statement, or one transaction, and wants db_begin before it.
 *
 * JSON arguments are the client's own bytes, already judged; they are stored as they are (column type json).
 * The JSON of the object goes to `out` only with OUTCOME_DONE, OUTCOME_CREATED or OUTCOME_REPLAYED.
 */
#ifndef STORE_H
#define STORE_H

#include "base.h"
#include "buf.h"
#include "writer.h"

struct db;

enum outcome {
    OUTCOME_DONE,
    OUTCOME_CREATED,
    OUTCOME_REPLAYED,   /* contract 2.7: it was there and is equal */
    OUTCOME_NO_SESSION, /* the outermost missing thing */
    OUTCOME_NO_AGENT,
    OUTCOME_NO_MULTI_AGENT,
    OUTCOME_NO_MESSAGE,
    OUTCOME_NO_OBJECT,
    OUTCOME_EXISTS,       /* 409 */
    OUTCOME_DROPPED,      /* 409: fewer messages would be left than removed_message_count */
    OUTCOME_PRECONDITION, /* 412 */
    OUTCOME_FAILED,       /* see db_cause */
    OUTCOME_BROKEN        /* failed after writer->streaming: the answer must be cut off */
};

struct scope {
    struct db *db;
    struct span tenant; /* "" without tokens */
};

/* If-Match: not given, `*`, or a list of tags. Tags that are not ours are left out of the list by the caller. */
struct match {
    bool given;
    bool any;
    const uint64_t *tags;
    size_t count;
};

/* A created_at sent by the client. */
struct sent_time {
    bool given;
    int64_t micros;
};

/* Which part of a list. Exactly one kind. */
struct page {
    enum { PAGE_NUMBERED, PAGE_SLICE, PAGE_CURSOR } kind;
    int64_t page, page_size; /* PAGE_NUMBERED, from 1 */
    int64_t offset;          /* PAGE_SLICE */
    int64_t limit;           /* PAGE_SLICE: -1 = all; PAGE_CURSOR: 1..1000 */
    bool after;              /* PAGE_CURSOR: continue behind (after_created, after_id) */
    int64_t after_created;
    struct span after_id;
    bool descending; /* messages */
    bool total;      /* false: "total":null */
};

/* ---- sessions: store_session.c ---- */
struct session_new {
    struct span session_id;
    struct span multi_agent_state; /* absent = null */
    struct sent_time created;
};
struct session_filter {
    struct span prefix;                             /* absent = all */
    struct sent_time created_after, created_before; /* both exclusive */
};
/* `repeat`: an Idempotency-Key was sent. *tag is the object's entity tag. The same everywhere below. */
enum outcome store_session_create(struct scope, const struct session_new *, bool repeat, struct buf *out,
                                  uint64_t *tag);
enum outcome store_session_get(struct scope, struct span session_id, struct buf *out, uint64_t *tag);
enum outcome store_session_update(struct scope, struct span session_id, struct span multi_agent_state,
                                  const struct match *, struct buf *out, uint64_t *tag);
enum outcome store_session_delete(struct scope, struct span session_id, bool storage, const struct match *);
/* PAGE_NUMBERED or PAGE_CURSOR; writes the whole list answer. */
enum outcome store_session_list(struct scope, const struct session_filter *, const struct page *, struct writer *);

/* ---- fork and rewind: store_fork.c ---- */
struct until {
    struct span agent_id;
    int32_t message_id;
};
/* *missing_agent: index into `until` of the agent that is not there (OUTCOME_NO_AGENT) or would lose too much
 * (DROPPED). */
enum outcome store_session_fork(struct scope, struct span session_id, struct span new_id, const struct until *,
                                size_t untils, struct buf *out, uint64_t *tag, size_t *missing_agent);
enum outcome store_message_truncate(struct scope, struct span session_id, struct span agent_id, int32_t from,
                                    int64_t *deleted);

/* ---- agents: store_agent.c ---- */
struct agent_new {
    struct span agent_id;
    struct span state, conversation_manager_state, internal_state;
    int32_t removed_count;
    struct sent_time created;
};
struct agent_change { /* absent = stays */
    struct span state, conversation_manager_state, internal_state;
    int32_t removed_count; /* counts when conversation_manager_state is there */
};
enum outcome store_agent_create(struct scope, struct span session_id, const struct agent_new *, bool repeat,
                                struct buf *out, uint64_t *tag);
enum outcome store_agent_get(struct scope, struct span session_id, struct span agent_id, struct buf *out,
                             uint64_t *tag);
enum outcome store_agent_update(struct scope, struct span session_id, struct span agent_id, const struct agent_change *,
                                const struct match *, struct buf *out, uint64_t *tag);
enum outcome store_agent_delete(struct scope, struct span session_id, struct span agent_id, const struct match *);
enum outcome store_agent_list(struct scope, struct span session_id, const struct page *, struct writer *);

/* ---- messages: store_message.c ---- */
struct message_new {
    int32_t message_id;
    struct span message;
    struct span redact_message; /* absent = null */
    struct sent_time created;
};
enum outcome store_message_create(struct scope, struct span session_id, struct span agent_id,
                                  const struct message_new *, bool repeat, struct buf *out, uint64_t *tag);
/* All or none. *conflict: on entry -1, or the smallest message_id that stands twice in the array: then nothing is
 * stored, and the outcome is the parents' 404 or OUTCOME_EXISTS. With OUTCOME_EXISTS the smallest of it and of the
 * array's message_ids that exist already. A repeat sets writer->replayed before its first row. */
enum outcome store_message_create_batch(struct scope, struct span session_id, struct span agent_id,
                                        const struct message_new *, size_t count, bool repeat, struct writer *,
                                        int32_t *conflict);
enum outcome store_message_get(struct scope, struct span session_id, struct span agent_id, int32_t message_id,
                               struct buf *out, uint64_t *tag);
enum outcome store_message_update(struct scope, struct span session_id, struct span agent_id, int32_t message_id,
                                  struct span message, struct span redact_message, const struct match *,
                                  struct buf *out, uint64_t *tag);
enum outcome store_message_delete(struct scope, struct span session_id, struct span agent_id, int32_t message_id,
                                  const struct match *);
/* PAGE_NUMBERED or PAGE_SLICE. */
enum outcome store_message_list(struct scope, struct span session_id, struct span agent_id, const struct page *,
                                struct writer *);
/* ---- restore: store_restore.c ---- offset -1: behind the agent's removed messages. */
enum outcome store_restore(struct scope, struct span session_id, struct span agent_id, int64_t offset, struct writer *);

/* ---- multi-agent states: store_multi_agent.c ---- */
enum outcome store_multi_agent_create(struct scope, struct span session_id, struct span multi_agent_id,
                                      struct span state, struct sent_time created, bool repeat, struct buf *out,
                                      uint64_t *tag);
enum outcome store_multi_agent_get(struct scope, struct span session_id, struct span multi_agent_id, struct buf *out,
                                   uint64_t *tag);
enum outcome store_multi_agent_update(struct scope, struct span session_id, struct span multi_agent_id,
                                      struct span state, const struct match *, struct buf *out, uint64_t *tag);
enum outcome store_multi_agent_delete(struct scope, struct span session_id, struct span multi_agent_id,
                                      const struct match *);
enum outcome store_multi_agent_list(struct scope, struct span session_id, const struct page *, struct writer *);

/* ---- stored objects: store_object.c ---- */
/* `none_match`: If-None-Match: *. OUTCOME_CREATED or OUTCOME_DONE (replaced). */
enum outcome store_object_put(struct scope, struct span key, struct span content_type, struct span bytes,
                              const struct match *, bool none_match, uint64_t *tag);
/* Calls `head` once, before any byte, with what the answer's head needs; it returns false when no bytes are wanted
 * (HEAD, 304). Then the bytes go to the writer in slices. OUTCOME_BROKEN when they could not all be fetched. */
struct object_head {
    uint64_t tag;
    int64_t size;
    struct span content_type;
};
enum outcome store_object_get(struct scope, struct span key, bool (*head)(void *to, const struct object_head *),
                              void *to, struct writer *);
enum outcome store_object_delete(struct scope, struct span key, const struct match *, bool none_match);
/* limit -1: all. Writes {"keys":[...]}. */
enum outcome store_object_list(struct scope, struct span prefix, struct span start_after, int64_t limit,
                               struct writer *);
enum outcome store_object_delete_prefix(struct scope, struct span prefix, int64_t *deleted);

#endif
