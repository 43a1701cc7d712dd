/* migrate.h: the parts of session-backend-migrate. They may block, and say on stderr what went wrong, in one line. */
#ifndef MIGRATE_H
#define MIGRATE_H

#include <libpq-fe.h>

#include "base.h"
#include "buf.h"

#define MIGRATE_FAILED 1   /* exit status: nothing was changed, or what was begun can be begun again */
#define MIGRATE_LEFT_OUT 2 /* --adopt: rows were listed and left out */

/* ---- files: migrate_files.c ---- */
struct migration {
    int number;
    char name[256];          /* 001_initial.sql */
    char checksum[65];       /* SHA-256 in hex */
    char oldest_release[32]; /* from its first line */
    struct buf sql;
};
struct migrations {
    struct migration *files; /* in order, numbered from 1 without a gap */
    int count;
};
/* Reads SCHEMA_DIR, else schema/ beside the program, else the installed one. */
bool migrate_files_read(struct migrations *migrations) MUST_USE;
void migrate_files_free(struct migrations *migrations);
/* -1, 0 or 1 as release `one` is before, equal to or behind `other` (digits and dots). */
int migrate_release_compare(const char *one, const char *other);

/* ---- applying: migrate_apply.c ---- */
/* Each returns an exit status. */
int migrate_apply(PGconn *connection, const struct migrations *migrations, bool dry_run);
int migrate_status(PGconn *connection, const struct migrations *migrations);

/* ---- the program's role: migrate_role.c ---- */
/* Grants `role` what the program needs, now and for tables to come. A role that owns the schema needs nothing. */
int migrate_grant(PGconn *connection, const char *role);
/* Makes the role, or gives it the password (NULL: none) again, and grants. */
int migrate_create_role(PGconn *connection, const char *role, const char *password);

/* ---- taking over the tables of the service before: migrate_adopt.c ---- */
int migrate_adopt(PGconn *connection);

/* ---- shared: migrate_sql.c ---- */
/* Runs one command or several; NULL after having said why. The result is PQcleared by the caller. */
PGresult *migrate_sql(PGconn *connection, const char *sql) MUST_USE;
PGresult *migrate_sql_with(PGconn *connection, const char *sql, int count, const char *const *values) MUST_USE;
/* The same for what gives nothing back. */
bool migrate_do(PGconn *connection, const char *sql) MUST_USE;
/* Must failures be told without PostgreSQL's own sentence, which could quote people's data? */
void migrate_discreet(bool discreet);
void migrate_say(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
