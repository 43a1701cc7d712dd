/* connect.c: see connect.h */
#include "connect.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "conninfo.h"
#include "timestamp.h"

static char error_text[256];
static size_t preferred; /* the target that worked last */

const char *connect_error(void) {
    return error_text;
}

int connect_wait(PGconn *connection, bool for_reading, bool for_writing, int64_t deadline) {
    short events = (short)((for_reading ? POLLIN : 0) | (for_writing ? POLLOUT : 0));
    struct pollfd one = {.fd = PQsocket(connection), .events = events};
    for (;;) {
        int64_t left = deadline - timestamp_monotonic();
        int ready = poll(&one, 1, left <= 0 ? 0 : (int)((left + 999) / 1000));
        if (ready >= 0) {
            return ready > 0;
        }
        if (errno != EINTR) {
            return -1;
        }
    }
}

/* The five letters in "FATAL:  53300", which is all that libpq says with PQERRORS_SQLSTATE; NULL: no answer at all. */
static const char *sqlstate_in(const char *message) {
    static char sqlstate[6];
    const char *at = strstr(message, "FATAL:");
    if (at == NULL) {
        return NULL;
    }
    at += strspn(at + 6, " ") + 6;
    if (strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") < 5) {
        return NULL;
    }
    memcpy(sqlstate, at, 5);
    return sqlstate;
}

static enum db_cause cause_of(PGconn *connection) {
    const char *message = PQerrorMessage(connection);
    (void)snprintf(error_text, sizeof error_text, "%.*s", (int)strcspn(message, "\n"), message);
    if (strstr(message, "session is read-only") != NULL || strstr(message, "hot standby") != NULL) {
        return DB_CAUSE_READ_ONLY;
    }
    const char *sqlstate = sqlstate_in(message);
    enum db_cause cause = sqlstate != NULL ? db_cause_of(sqlstate) : DB_CAUSE_AWAY;
    return cause == DB_CAUSE_BUG ? DB_CAUSE_AWAY : cause; /* a wrong password, no such database, … */
}

static PGconn *open_target(const struct conninfo *target, int64_t deadline, enum db_cause *cause) {
    PGconn *connection = PQconnectStartParams(target->keywords, target->values, 0);
    if (connection == NULL) {
        *cause = DB_CAUSE_RESOURCES;
        return NULL;
    }
    (void)PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE);
    PostgresPollingStatusType next =
        PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    int ready = 1;
    while (ready == 1 && (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING)) {
        ready = connect_wait(connection, next == PGRES_POLLING_READING, next == PGRES_POLLING_WRITING, deadline);
        if (ready == 1) {
            next = PQconnectPoll(connection);
        }
    }
    if (ready == 1 && next == PGRES_POLLING_OK && PQsetnonblocking(connection, 1) == 0) {
        (void)PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
        return connection;
    }
    if (ready == 1) {
        *cause = cause_of(connection);
    } else {
        *cause = DB_CAUSE_TIMEOUT;
        (void)snprintf(error_text, sizeof error_text, "no answer in time from %s", PQhost(connection));
    }
    PQfinish(connection);
    return NULL;
}

static void wait_for_names(int64_t deadline) {
    while (conninfo_resolving() && timestamp_monotonic() < deadline) {
        const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};
        (void)nanosleep(&moment, NULL);
    }
}

PGconn *connect_open(int64_t deadline, enum db_cause *cause) {
    size_t count = conninfo_targets();
    *cause = DB_CAUSE_AWAY;
    for (size_t i = 0; i < count; i++) {
        size_t index = (preferred + i) % count;
        struct conninfo target;
        if (!conninfo_target(index, &target)) {
            wait_for_names(deadline);
            count = conninfo_targets();
            if (index >= count || !conninfo_target(index, &target)) {
                (void)snprintf(error_text, sizeof error_text, "a host name could not be resolved");
                continue;
            }
        }
        int64_t now = timestamp_monotonic();
        int64_t share = (deadline - now) / (int64_t)(count > i ? count - i : 1);
        PGconn *connection = open_target(&target, now + share, cause);
        if (connection != NULL) {
            preferred = index;
            return connection;
        }
    }
    return NULL;
}
