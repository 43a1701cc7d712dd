/* migrate_sql.c: running SQL and saying what went wrong. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "migrate.h"

static bool discreet_now;

void migrate_discreet(bool discreet) {
    discreet_now = discreet;
}

void migrate_say(const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)fputs("session-backend-migrate: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
}

static PGresult *checked(PGconn *connection, PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return result;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!state)
        migrate_say("the connection to the database broke");
    else if (discreet_now)
        migrate_say("the database says SQLSTATE %s", state);
    else
        migrate_say("the database says: %s (SQLSTATE %s)", text ? text : PQerrorMessage(connection), state);
    PQclear(result);
    return NULL;
}

PGresult *migrate_sql(PGconn *connection, const char *sql) {
    return checked(connection, PQexec(connection, sql));
}

PGresult *migrate_sql_with(PGconn *connection, const char *sql, int count, const char *const *values) {
    return checked(connection, PQexecParams(connection, sql, count, NULL, values, NULL, NULL, 0));
}

bool migrate_do(PGconn *connection, const char *sql) {
    PGresult *result = migrate_sql(connection, sql);
    PQclear(result);
    return result != NULL;
}
