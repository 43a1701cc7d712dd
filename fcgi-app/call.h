/*
 * call.h: what a handler gets: the request, whose it is, what the path said, and the database (NULL in the health
 * worker). Handlers validate, call the store and answer.
 */
#ifndef CALL_H
#define CALL_H

#include "faults.h"
#include "http.h"
#include "store.h"

struct settings;

struct call {
    struct request *request;
    const struct settings *settings;
    struct scope scope;
    struct faults *faults;
    struct span session_id, agent_id, multi_agent_id, key; /* decoded; absent where the route has none */
    int32_t message_id;
};

#endif
