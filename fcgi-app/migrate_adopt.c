/*
 * migrate_adopt.c: takes over the tables of the service before, from the schema public, in batches of rows in the order
 * of their keys, each batch in a transaction. The old tables are only read. session_backend.adopted remembers what was
 * copied and with which tag, so that another run knows what the new service has changed or deleted since, and leaves
 * it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "migrate.h"
#include "migrate_adopt_sql.h"

#define KEYS_MAX 3

/* What became of a table's rows. */
struct count {
    int64_t read;    /* in the old table */
    int64_t added;   /* copied now */
    int64_t changed; /* copied before, changed in the old table since: copied again */
    int64_t same;    /* copied before, as they were */
    int64_t kept;    /* written or deleted by the new service: left to it */
    int64_t orphans; /* below something that was not copied */
    int64_t refused; /* with an id that the contract refuses */
};

/* The key behind which the next batch begins; NULL at first. */
struct place {
    char *keys[KEYS_MAX];
};

static void place_free(struct place *place) {
    for (size_t i = 0; i < KEYS_MAX; i++) {
        free(place->keys[i]);
        place->keys[i] = NULL;
    }
}

static bool place_move(struct place *place, const PGresult *result, int column, int keys) {
    place_free(place);
    for (int i = 0; i < keys; i++) {
        place->keys[i] = strdup(PQgetvalue(result, 0, column + i));
        if (!place->keys[i])
            return false;
    }
    return true;
}

static int64_t number(const PGresult *result, int column) {
    return strtoll(PQgetvalue(result, 0, column), NULL, 10);
}

/* An id as it can be shown on a line. */
static void print_id(const char *id) {
    (void)putchar('"');
    for (; *id; id++) {
        unsigned char c = (unsigned char)*id;
        if (c < 0x20 || c == 0x7f || c == '"')
            (void)printf("\\x%02x", c);
        else
            (void)putchar(c);
    }
    (void)putchar('"');
}

/* Rows of: what it is, its key, how many. */
static bool list_refused(PGconn *connection, const struct adopt_table *table, const struct place *from,
                         const struct place *to) {
    const char *values[2 * KEYS_MAX];
    for (int i = 0; i < table->keys; i++) {
        values[i] = from->keys[i];
        values[table->keys + i] = to->keys[i];
    }
    PGresult *result = migrate_sql_with(connection, table->refused, 2 * table->keys, values);
    for (int row = 0; row < PQntuples(result); row++) {
        (void)printf("left out: %s", table->singular);
        for (int i = 0; i < table->keys; i++) {
            (void)putchar(' ');
            if (!PQgetisnull(result, row, i))
                print_id(PQgetvalue(result, row, i));
        }
        (void)printf(" (%s)\n", PQgetvalue(result, row, table->keys));
    }
    PQclear(result);
    return result != NULL;
}

/* One batch in a transaction; *more: there may be another. */
static bool adopt_batch(PGconn *connection, const struct adopt_table *table, struct place *place, struct count *count,
                        bool *more) {
    if (!migrate_do(connection, ADOPT_BEGIN))
        return false;
    struct place before = *place;
    *place = (struct place){0};
    const char *values[KEYS_MAX] = {before.keys[0], before.keys[1], before.keys[2]};
    PGresult *result = migrate_sql_with(connection, table->copy, table->keys, values);
    bool fine = result != NULL;
    int64_t read = fine ? number(result, 0) : 0;
    *more = read > 0;
    if (fine && read > 0) {
        count->read += read;
        count->added += number(result, 1);
        count->changed += number(result, 2);
        count->same += number(result, 3);
        count->kept += number(result, 4);
        count->orphans += number(result, 5);
        count->refused += number(result, 6);
        fine = place_move(place, result, 7, table->keys);
        if (fine && number(result, 6) > 0)
            fine = list_refused(connection, table, &before, place);
    }
    PQclear(result);
    place_free(&before);
    if (!migrate_do(connection, fine ? "COMMIT" : "ROLLBACK"))
        return false;
    return fine;
}

static bool adopt_table(PGconn *connection, const struct adopt_table *table, struct count *count) {
    struct place place = {0};
    bool fine = true, more = true;
    for (int batch = 1; fine && more; batch++) {
        fine = adopt_batch(connection, table, &place, count, &more);
        if (batch % 20 == 0)
            migrate_say("%s: %" PRId64 " read so far", table->plural, count->read);
    }
    place_free(&place);
    if (!fine)
        migrate_say("%s: stopped; what was copied is there, and the command can be repeated", table->plural);
    return fine;
}

static bool report(PGconn *connection, const struct adopt_table *table, const struct count *count) {
    PGresult *result = migrate_sql(connection, table->verify);
    if (!result)
        return false;
    (void)printf("%s: %s in the old table, %s of them in the new one; %" PRId64 " copied, %" PRId64
                 " brought up to date, %" PRId64 " unchanged, %" PRId64 " left to the new service, %" PRId64
                 " without a copied parent, %" PRId64 " with ids that are refused\n",
                 table->plural, PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1), count->added, count->changed,
                 count->same, count->kept, count->orphans, count->refused);
    PQclear(result);
    return true;
}

/* Are the old tables there? */
static bool tables_exist(PGconn *connection) {
    PGresult *result = migrate_sql(connection, ADOPT_LOOK);
    bool fine = result && strcmp(PQgetvalue(result, 0, 0), "t") == 0;
    if (result && !fine)
        migrate_say("there are no tables public.sessions, public.session_agents and public.session_messages to adopt");
    PQclear(result);
    return fine;
}

int migrate_adopt(PGconn *connection) {
    struct count counts[ADOPT_TABLES] = {{0}};
    int64_t refused = 0;
    if (!tables_exist(connection) || !migrate_do(connection, ADOPT_NOTEBOOK))
        return MIGRATE_FAILED;
    migrate_discreet(true); /* the rows are people's conversations */
    for (size_t i = 0; i < ADOPT_TABLES; i++) {
        if (!adopt_table(connection, &ADOPT[i], &counts[i]))
            return MIGRATE_FAILED;
        refused += counts[i].refused;
    }
    for (size_t i = 0; i < ADOPT_TABLES; i++) {
        if (!report(connection, &ADOPT[i], &counts[i]))
            return MIGRATE_FAILED;
    }
    return refused > 0 ? MIGRATE_LEFT_OUT : EXIT_SUCCESS;
}
