/* migrate_apply.c: applies migrations, each in a transaction of its own, under a lock that ends with the transaction
 * (so that it works through a pooler too). What others did in the meantime is looked at again under the lock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "migrate.h"
#include "version.h"

/* "sessback" in ASCII. */
#define LOCK "SELECT pg_advisory_xact_lock(8315178084259062635)"
/* A migration that cannot get its table locks at once must not make the service's statements queue behind it. */
#define LOCK_TIMEOUT "SET LOCAL lock_timeout = '3s'"
#define ATTEMPTS 20

struct applied {
    int newest;     /* 0: none */
    PGresult *rows; /* number, name, checksum, oldest_release, applied_at; NULL when there is no table */
};

static bool applied_read(PGconn *connection, struct applied *applied) {
    *applied = (struct applied){0};
    PGresult *there = migrate_sql(connection, "SELECT to_regclass('session_backend.migrations') IS NOT NULL,"
                                              " current_setting('server_encoding')");
    if (!there)
        return false;
    bool table = strcmp(PQgetvalue(there, 0, 0), "t") == 0, utf8 = strcmp(PQgetvalue(there, 0, 1), "UTF8") == 0;
    PQclear(there);
    if (!utf8) {
        migrate_say("the database's encoding must be UTF8");
        return false;
    }
    if (!table)
        return true;
    applied->rows = migrate_sql(connection, "SELECT number, name, checksum, oldest_release, applied_at"
                                            " FROM session_backend.migrations ORDER BY number");
    int count = PQntuples(applied->rows);
    applied->newest = count > 0 ? (int)strtol(PQgetvalue(applied->rows, count - 1, 0), NULL, 10) : 0;
    return applied->rows != NULL;
}

/* Are the migrations that were applied the ones we know, or newer ones that this release can live with? */
static bool applied_check(const struct applied *applied, const struct migrations *migrations) {
    for (int i = 0; i < PQntuples(applied->rows); i++) {
        int number = (int)strtol(PQgetvalue(applied->rows, i, 0), NULL, 10);
        const char *name = PQgetvalue(applied->rows, i, 1), *oldest = PQgetvalue(applied->rows, i, 3);
        if (number <= migrations->count &&
            strcmp(PQgetvalue(applied->rows, i, 2), migrations->files[number - 1].checksum) != 0) {
            migrate_say("%s was changed after it had been applied; restore it and put the change into a new migration",
                        migrations->files[number - 1].name);
            return false;
        }
        if (number > migrations->count && migrate_release_compare(oldest, version_number) > 0) {
            migrate_say("the database is too new: %s needs release %s or newer, and this is %s", name, oldest,
                        version_number);
            return false;
        }
    }
    return true;
}

static bool make_schema(PGconn *connection) {
    PGresult *there = migrate_sql(connection, "SELECT 1 FROM pg_namespace WHERE nspname = 'session_backend'");
    bool fine = there && (PQntuples(there) == 1 || migrate_do(connection, "CREATE SCHEMA session_backend"));
    PQclear(there);
    return fine;
}

static bool record(PGconn *connection, const struct migration *migration) {
    char number[16];
    (void)snprintf(number, sizeof(number), "%d", migration->number);
    const char *values[] = {number, migration->name, migration->checksum, migration->oldest_release};
    PGresult *result =
        migrate_sql_with(connection,
                         "INSERT INTO session_backend.migrations (number, name, checksum, oldest_release)"
                         " VALUES ($1::integer, $2, $3, $4)",
                         (int)COUNT_OF(values), values);
    PQclear(result);
    return result != NULL;
}

enum step { STEP_DONE, STEP_NOTHING, STEP_BUSY, STEP_FAILED };

static bool is_lock_timeout(const PGresult *result) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state && strcmp(state, "55P03") == 0;
}

/* Inside the transaction and the lock: the next migration, if there is one. */
static enum step apply_locked(PGconn *connection, const struct migrations *migrations, const char **name) {
    struct applied applied;
    bool fine = applied_read(connection, &applied) && applied_check(&applied, migrations);
    int next = applied.newest;
    PQclear(applied.rows);
    if (!fine)
        return STEP_FAILED;
    if (next >= migrations->count)
        return STEP_NOTHING;
    const struct migration *migration = &migrations->files[next];
    *name = migration->name;
    if (!make_schema(connection) || !migrate_do(connection, LOCK_TIMEOUT))
        return STEP_FAILED;
    PGresult *result = PQexec(connection, migration->sql.data);
    if (is_lock_timeout(result)) {
        PQclear(result);
        return STEP_BUSY;
    }
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        migrate_say("%s failed: %s", migration->name, PQresultErrorMessage(result));
        PQclear(result);
        return STEP_FAILED;
    }
    PQclear(result);
    return record(connection, migration) ? STEP_DONE : STEP_FAILED;
}

static enum step apply_next(PGconn *connection, const struct migrations *migrations, const char **name) {
    if (!migrate_do(connection, "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0") ||
        !migrate_do(connection, LOCK))
        return STEP_FAILED;
    enum step step = apply_locked(connection, migrations, name);
    if (!migrate_do(connection, step == STEP_DONE ? "COMMIT" : "ROLLBACK"))
        return STEP_FAILED;
    return step;
}

static int apply_all(PGconn *connection, const struct migrations *migrations) {
    int attempts = 0;
    for (;;) {
        const char *name = "";
        switch (apply_next(connection, migrations, &name)) {
        case STEP_DONE:
            migrate_say("applied %s", name);
            attempts = 0;
            break;
        case STEP_NOTHING:
            migrate_say("the schema is up to date");
            return EXIT_SUCCESS;
        case STEP_BUSY:
            if (++attempts == ATTEMPTS) {
                migrate_say("%s: a table is locked by somebody else; try again later", name);
                return MIGRATE_FAILED;
            }
            (void)usleep(500000); /* cut short by a signal is fine */
            break;
        case STEP_FAILED:
            return MIGRATE_FAILED;
        }
    }
}

static int apply_dry(PGconn *connection, const struct migrations *migrations) {
    struct applied applied;
    bool fine = applied_read(connection, &applied) && applied_check(&applied, migrations);
    for (int i = applied.newest; fine && i < migrations->count; i++)
        (void)printf("would apply %s\n", migrations->files[i].name);
    if (fine && applied.newest >= migrations->count)
        (void)printf("nothing to apply\n");
    PQclear(applied.rows);
    return fine ? EXIT_SUCCESS : MIGRATE_FAILED;
}

int migrate_apply(PGconn *connection, const struct migrations *migrations, bool dry_run) {
    return dry_run ? apply_dry(connection, migrations) : apply_all(connection, migrations);
}

int migrate_status(PGconn *connection, const struct migrations *migrations) {
    struct applied applied;
    if (!applied_read(connection, &applied))
        return MIGRATE_FAILED;
    for (int i = 0; i < PQntuples(applied.rows); i++)
        (void)printf("%s applied %s, needs release %s or newer\n", PQgetvalue(applied.rows, i, 1),
                     PQgetvalue(applied.rows, i, 4), PQgetvalue(applied.rows, i, 3));
    for (int i = applied.newest; i < migrations->count; i++)
        (void)printf("%s pending\n", migrations->files[i].name);
    bool fine = applied_check(&applied, migrations) && applied.newest >= migrations->count;
    PQclear(applied.rows);
    return fine ? EXIT_SUCCESS : MIGRATE_FAILED;
}
