/* migrate_main.c: session-backend-migrate: brings the database's schema up to this release. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conninfo.h"
#include "migrate.h"
#include "settings.h"
#include "timestamp.h"
#include "version.h"

static const char HELP[] =
    "Usage: session-backend-migrate [--wait SECONDS] [--dry-run | --status | --create-role | --adopt]\n"
    "\n"
    "Applies the migrations that the database lacks, each in a transaction. Safe to run from many places at once.\n"
    "\n"
    "  --status        list the migrations, applied and pending; exit status 0 when nothing is pending\n"
    "  --dry-run       say what would be applied\n"
    "  --wait SECONDS  wait so long for the database to take connections (default 5)\n"
    "  --create-role   then make the role MIGRATE_ROLE (default session_backend) with the password MIGRATE_PASSWORD "
    "and\n"
    "                  grant it what the program needs; for an administrator; may be repeated\n"
    "  --adopt         then copy the tables of the service before from the schema public (sessions, session_agents,\n"
    "                  session_messages); may be interrupted and repeated; exit status 2 when rows were left out\n"
    "  --help, --version\n"
    "\n"
    "Environment: DATABASE_URL or POSTGRES_* as for session-backend; MIGRATE_ROLE: a role that is granted what the\n"
    "program needs after each run; SCHEMA_DIR: where the migrations are, if not beside the program.\n";

struct options {
    bool status, dry_run, create_role, adopt;
    long wait; /* seconds */
};

static bool parse_wait(const char *text, long *out) {
    char *end;
    *out = strtol(text, &end, 10);
    if (*text && !*end && *out >= 0 && *out <= 86400)
        return true;
    migrate_say("--wait takes a number of seconds from 0 to 86400");
    return false;
}

/* False: end with *status. */
static bool parse(int argc, char **argv, struct options *options, int *status) {
    static const struct option known[] = {{"status", no_argument, NULL, 's'},      {"dry-run", no_argument, NULL, 'd'},
                                          {"create-role", no_argument, NULL, 'r'}, {"adopt", no_argument, NULL, 'a'},
                                          {"wait", required_argument, NULL, 'w'},  {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},     {0}};
    int option;
    *status = EXIT_SUCCESS;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 's':
            options->status = true;
            break;
        case 'd':
            options->dry_run = true;
            break;
        case 'r':
            options->create_role = true;
            break;
        case 'a':
            options->adopt = true;
            break;
        case 'w':
            if (parse_wait(optarg, &options->wait))
                break;
            *status = MIGRATE_FAILED;
            return false;
        case 'h':
            (void)fputs(HELP, stdout);
            return false;
        case 'v':
            (void)printf("session-backend-migrate %s\n", version_number);
            return false;
        default:
            *status = MIGRATE_FAILED;
            return false;
        }
    }
    if (optind < argc || options->status + options->dry_run + options->create_role + options->adopt > 1) {
        migrate_say("at most one of --status, --dry-run, --create-role and --adopt; see --help");
        *status = MIGRATE_FAILED;
        return false;
    }
    return true;
}

static void no_notices(void *unused, const char *message) {
    (void)unused;
    (void)message;
}

/* Tries until the deadline; NULL after having said why. */
static PGconn *open_connection(long wait) {
    int64_t deadline = timestamp_monotonic() + wait * 1000000;
    struct conninfo conninfo;
    conninfo_all(&conninfo);
    for (;;) {
        PGconn *connection = PQconnectdbParams(conninfo.keywords, conninfo.values, 0);
        if (PQstatus(connection) == CONNECTION_OK) {
            (void)PQsetNoticeProcessor(connection, no_notices, NULL);
            if (PQsetClientEncoding(connection, "UTF8") == 0)
                return connection;
        } else if (timestamp_monotonic() >= deadline) {
            const char *text = connection ? PQerrorMessage(connection) : "out of memory";
            migrate_say("cannot connect: %.*s", (int)strcspn(text, "\n"), text);
        }
        PQfinish(connection);
        if (timestamp_monotonic() >= deadline)
            return NULL;
        (void)nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL); /* cut short is fine */
    }
}

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static int run(PGconn *connection, const struct migrations *migrations, const struct options *options) {
    const char *role = setting("MIGRATE_ROLE");
    if (options->status)
        return migrate_status(connection, migrations);
    int status = migrate_apply(connection, migrations, options->dry_run);
    if (status != EXIT_SUCCESS || options->dry_run)
        return status;
    if (options->create_role)
        return migrate_create_role(connection, role ? role : "session_backend", setting("MIGRATE_PASSWORD"));
    if (role)
        status = migrate_grant(connection, role);
    if (status == EXIT_SUCCESS && options->adopt)
        status = migrate_adopt(connection);
    return status;
}

int main(int argc, char **argv) {
    struct options options = {.wait = 5};
    struct migrations migrations = {0};
    struct settings settings;
    const char *fault = NULL;
    int status;
    if (!parse(argc, argv, &options, &status))
        return status;
    log_setup(LOG_WARNING, LOG_TEXT, "migrate");
    if (!settings_read(&settings, &fault) || !conninfo_setup(&settings, &fault)) {
        migrate_say("%s", fault);
        return MIGRATE_FAILED;
    }
    status = MIGRATE_FAILED;
    if (migrate_files_read(&migrations)) {
        PGconn *connection = open_connection(options.wait);
        if (connection)
            status = run(connection, &migrations, &options);
        PQfinish(connection);
    }
    migrate_files_free(&migrations);
    return status;
}
