/*
 * writer.h: the body of an answer on its way to the client. Up to WRITER_LIMIT it is gathered, so that it gets a
 * Content-Length and may still turn into an error; beyond, it streams and can only be cut off visibly.
 */
#ifndef WRITER_H
#define WRITER_H

#include "buf.h"

#define WRITER_LIMIT (1024 * 1024)

struct writer {
    struct buf *buf; /* append here */
    bool streaming;  /* something has left already */
    bool replayed;   /* set before the first row: the answer repeats an earlier one (contract 2.7) */
    bool broken;     /* the client is gone, or memory ran out */
    bool (*send)(void *to, const char *data, size_t len); /* set by http.c; false: the client is gone */
    void *to;
};

/* Call after each row: sends what was gathered once it is above the limit. False: stop, the answer is broken. */
bool writer_row(struct writer *writer) MUST_USE;

#endif
