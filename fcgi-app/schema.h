/* schema.h: which database schema this release needs. */
#ifndef SCHEMA_H
#define SCHEMA_H

#include "base.h"

#define SCHEMA_NUMBER 1 /* the newest file in schema/ */

/* What the database says of itself: "n|f" of SCHEMA_QUERY, in text. */
enum schema_state {
    SCHEMA_FINE,
    SCHEMA_MISSING, /* nothing of ours is there */
    SCHEMA_OLD,     /* older than this release needs */
    SCHEMA_NEW      /* so new that this release cannot live with it */
};

/* One row: the newest migration (int4, 0: none), and whether this release may live with it (bool). %s is the release's
 * number, digits and dots. */
#define SCHEMA_QUERY                                                                                                   \
    "SELECT coalesce(max(number), 0), coalesce(max(string_to_array(oldest_release, '.')::int[]), '{}')"                \
    " <= string_to_array('%s', '.')::int[] FROM session_backend.migrations"

/* Is it the SQLSTATE of an undefined schema or table, or of one that this role may not use? */
bool schema_is_missing(const char *sqlstate);

/* One sentence with the command to run, without secrets. */
const char *schema_sentence(enum schema_state state);

#endif
