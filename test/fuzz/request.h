/* request.h: what fuzz_request.c tells its stand-ins for libfcgi and for the store, and what they tell it. */
#ifndef REQUEST_H
#define REQUEST_H

#include "buf.h"
#include "error.h"
#include "store.h"

#define REQUEST_PARAMETERS_MAX 64
#define REQUEST_TENANT "team"

struct fake {
    /* for the worker */
    char *parameters[REQUEST_PARAMETERS_MAX + 1];
    struct span body;
    bool taken; /* the one request has been accepted */
    enum outcome outcome;
    enum db_cause cause, begin_cause;
    bool client_gone;
    /* from it */
    struct buf sent;
    size_t body_read;
    bool ended, cut;
    bool asked; /* some store function was called */
    bool began; /* db_begin without db_end */
};
extern struct fake fake;

#endif
