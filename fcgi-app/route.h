/*
 * route.h: THE route table: every method and path of the API, what must hold before its handler is called, and the
 * handler. A path that no row matches is 404; a path that rows match, but not by this method, is 405 with Allow.
 * Preconditions are enforced by worker.c, never in handlers.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "http.h"

struct call;

enum route_flags {
    ROUTE_DATABASE = 1, /* needs the database: 503 while it is away, once the request has been judged */
    ROUTE_WRITES = 2,   /* needs a database that takes writes, and a token of scope `write` */
    ROUTE_JSON = 4,     /* takes a JSON body: Content-Type and Content-Encoding are judged */
    ROUTE_BYTES = 8,    /* takes any body */
    ROUTE_OPEN = 16,    /* no token asked */
    ROUTE_METRICS = 32, /* a token of the empty tenant, when METRICS_TOKEN_REQUIRED */
    ROUTE_HEALTH = 64,  /* lighttpd gives it to the health worker; any worker could answer it */
};

struct route {
    enum method method; /* METHOD_GET stands for HEAD too */
    unsigned flags;
    const char *pattern; /* literal segments and {names}; {key} takes the rest of the path, slashes included */
    void (*handler)(struct call *call);
};

#define ROUTE_PARAMETERS 3
struct route_match {
    const struct route *route; /* NULL: no row has this method; see `allowed` */
    const struct route *any;   /* a row of this path, whatever its method; NULL: no such path */
    unsigned allowed;          /* METHOD_BITs of the path's rows; complete only when route is NULL */
    struct {
        const char *name; /* points into the pattern, behind '{' */
        struct span raw;  /* not yet decoded */
    } parameters[ROUTE_PARAMETERS];
    size_t count;
};

/* Finds the row for a raw path. One trailing slash is overlooked, but not behind a {key}. */
void route_find(enum method method, struct span path, struct route_match *match);

/* For metrics, logs and --routes. A pattern stands in the table once for each of its methods. */
size_t route_count(void);
const struct route *route_at(size_t index);
const char *route_pattern(size_t index);

#endif
