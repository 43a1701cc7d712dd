/*
 * call.h: what a handler gets: the request, whose it is, what the path said, and the database (NULL in the health
 * worker). A handler judges query, headers and body, asks call_judged, calls the store, and answers.
 */
#ifndef CALL_H
#define CALL_H

#include "arena.h"
#include "faults.h"
#include "http.h"
#include "store.h"

struct route;
struct settings;

struct call {
    struct request *request;
    const struct settings *settings;
    const struct route *route;
    struct scope scope;
    struct faults *faults;
    struct arena *arena; /* the request's memory */
    struct buf *text;    /* for short use: decoding, messages */
    struct span trace;   /* traceparent when its sampled flag is set, else absent */
    /* What the path said (and for messages of 409, the id in the body), decoded; absent where the route has none. */
    struct span session_id, agent_id, multi_agent_id, key;
    int32_t message_id;
    bool has_message_id;
    bool has_database;   /* db_begin was called: db_end is due */
    enum db_cause cause; /* why it was 503 or 500 */
};

/* ---- judging ---- */

/* Is the header Idempotency-Key there? A value that cannot be one is a fault. */
bool call_repeat(struct call *call);
/* If-Match. */
struct match call_match(struct call *call);
/* Is `If-None-Match: *` there? */
bool call_none_match(const struct call *call);

/* Ends the judging: true when there is no fault and the database is ready (where the route needs it); else the answer
 * has been sent. */
bool call_judged(struct call *call) MUST_USE;
/* For those who cannot judge further: answers 422 with the faults so far. */
void call_refuse(struct call *call);

/* ---- answering ---- */

void call_error(struct call *call, enum error error, const char *message);
/* What was gathered in http_body. */
void call_json(struct call *call, int status);
void call_empty(struct call *call, int status);

/* For a store function that wrote one object to http_body: 200, 201, 304, or its error. */
void call_object(struct call *call, enum outcome outcome, uint64_t tag);
/* For one that wrote a list through http_writer. */
void call_list(struct call *call, enum outcome outcome);
/* For one that deleted a thing: 204. */
void call_deleted(struct call *call, enum outcome outcome);
/* Everything but DONE, CREATED and REPLAYED. */
void call_failed(struct call *call, enum outcome outcome);

#endif
