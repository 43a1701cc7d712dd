/* schema.c: see schema.h. */
#include "schema.h"

#include <string.h>

bool schema_is_missing(const char *sqlstate) {
    return strcmp(sqlstate, "42P01") == 0 || strcmp(sqlstate, "3F000") == 0 || strcmp(sqlstate, "42501") == 0;
}

const char *schema_sentence(enum schema_state state) {
    switch (state) {
    case SCHEMA_FINE:
        return "the database schema is fine";
    case SCHEMA_MISSING:
        return "the database has no session_backend schema, or this role may not use it: run session-backend-migrate";
    case SCHEMA_OLD:
        return "the database schema is older than this release needs: run session-backend-migrate of this release";
    case SCHEMA_NEW:
        break;
    }
    return "the database schema is too new for this release: install a newer release";
}
