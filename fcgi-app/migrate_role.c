/* migrate_role.c: the plain role that the program connects as. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "migrate.h"

/* %1$s: the role, quoted. The bookkeeping of migrations is only read. */
#define GRANTS                                                                                                         \
    "GRANT USAGE ON SCHEMA session_backend TO %1$s;"                                                                   \
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA session_backend TO %1$s;"                            \
    "REVOKE INSERT, UPDATE, DELETE ON session_backend.migrations FROM %1$s;"                                           \
    "ALTER DEFAULT PRIVILEGES IN SCHEMA session_backend GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %1$s"

/* Under this lock, which ends with the transaction: PostgreSQL refuses to change one object's rights twice at once. */
#define BEGIN "BEGIN; SELECT pg_advisory_xact_lock(8315178084259062636)"

static bool run_quoted(PGconn *connection, const char *format, const char *role) {
    char sql[2048];
    char *quoted = PQescapeIdentifier(connection, role, strlen(role));
    if (!quoted) {
        migrate_say("the role's name cannot be quoted");
        return false;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int len = snprintf(sql, sizeof(sql), format, quoted);
#pragma GCC diagnostic pop
    PQfreemem(quoted);
    return len > 0 && (size_t)len < sizeof(sql) && migrate_do(connection, sql);
}

/* 1: the role owns the tables (or is us, or may do everything), 0: it does not, -1: it does not exist or failed. */
static int owns(PGconn *connection, const char *role) {
    const char *values[] = {role};
    PGresult *result =
        migrate_sql_with(connection,
                         "SELECT r.rolsuper OR pg_has_role(r.oid, c.relowner, 'USAGE') FROM pg_roles AS r,"
                         " pg_class AS c WHERE r.rolname = $1"
                         " AND c.oid = 'session_backend.migrations'::regclass",
                         1, values);
    int answer = -1;
    if (result && PQntuples(result) == 1)
        answer = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
    else if (result)
        migrate_say("there is no role \"%s\"", role);
    PQclear(result);
    return answer;
}

static bool grant(PGconn *connection, const char *role) {
    int owner = owns(connection, role);
    return owner == 1 || (owner == 0 && run_quoted(connection, GRANTS, role));
}

int migrate_grant(PGconn *connection, const char *role) {
    if (!migrate_do(connection, BEGIN))
        return MIGRATE_FAILED;
    bool fine = grant(connection, role);
    return migrate_do(connection, fine ? "COMMIT" : "ROLLBACK") && fine ? EXIT_SUCCESS : MIGRATE_FAILED;
}

/* CREATE ROLE fails when another pod was faster; under the lock none is. */
static bool make_role(PGconn *connection, const char *role) {
    const char *values[] = {role};
    PGresult *there = migrate_sql_with(connection, "SELECT 1 FROM pg_roles WHERE rolname = $1", 1, values);
    bool fine = there != NULL && (PQntuples(there) == 1 || run_quoted(connection, "CREATE ROLE %s LOGIN", role));
    PQclear(there);
    return fine;
}

/* The password travels as its SCRAM verifier, so that the server's log cannot show it. */
static bool set_password(PGconn *connection, const char *role, const char *password) {
    char sql[2048];
    char *verifier = PQencryptPasswordConn(connection, password, role, NULL);
    char *quoted = PQescapeIdentifier(connection, role, strlen(role));
    char *literal = verifier ? PQescapeLiteral(connection, verifier, strlen(verifier)) : NULL;
    bool fine = quoted && literal;
    if (fine) {
        int len = snprintf(sql, sizeof(sql), "ALTER ROLE %s LOGIN PASSWORD %s", quoted, literal);
        fine = len > 0 && (size_t)len < sizeof(sql) && migrate_do(connection, sql);
    } else {
        migrate_say("the password cannot be set");
    }
    PQfreemem(literal);
    PQfreemem(quoted);
    PQfreemem(verifier);
    return fine;
}

static bool grant_connect(PGconn *connection, const char *role) {
    char sql[1024];
    const char *name = PQdb(connection);
    char *database = PQescapeIdentifier(connection, name, strlen(name));
    char *quoted = PQescapeIdentifier(connection, role, strlen(role));
    bool fine = database && quoted;
    if (fine) {
        int len = snprintf(sql, sizeof(sql), "GRANT CONNECT ON DATABASE %s TO %s", database, quoted);
        fine = len > 0 && (size_t)len < sizeof(sql) && migrate_do(connection, sql);
    }
    PQfreemem(quoted);
    PQfreemem(database);
    return fine;
}

int migrate_create_role(PGconn *connection, const char *role, const char *password) {
    if (!migrate_do(connection, BEGIN))
        return MIGRATE_FAILED;
    bool fine = make_role(connection, role) && (!password || set_password(connection, role, password)) &&
                grant_connect(connection, role) && grant(connection, role);
    if (!migrate_do(connection, fine ? "COMMIT" : "ROLLBACK"))
        return MIGRATE_FAILED;
    if (fine)
        migrate_say("role \"%s\" is ready", role);
    return fine ? EXIT_SUCCESS : MIGRATE_FAILED;
}
