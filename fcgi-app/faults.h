/*
 * faults.h: everything that is wrong with a request, gathered, to be answered at once as 422 (contract 1.3).
 * Entries never echo the client's value.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "base.h"
#include "buf.h"

#define FAULTS_MAX 100

struct faults {
    struct buf json; /* the entries, with commas */
    size_t count;    /* also of those beyond FAULTS_MAX, which are not kept */
};

/* `loc` is the inside of the location array, as JSON: "\"body\",\"session_id\"". */
void faults_add(struct faults *faults, const char *type, const char *loc, const char *message);

#endif
