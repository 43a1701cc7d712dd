/* prober.c: see prober.h */
#include "prober.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "availability.h"
#include "connect.h"
#include "conninfo.h"
#include "log.h"
#include "memory.h"
#include "schema.h"
#include "timestamp.h"
#include "version.h"

#define MILLISECOND INT64_C(1000)
#define PROBE_EVERY (500 * MILLISECOND)     /* while all is well */
#define PROBE_AWAY_EVERY (50 * MILLISECOND) /* while connections are refused, which costs next to nothing */
#define PROBE_DEADLINE (1800 * MILLISECOND) /* then it hangs */
#define PROBE_PATIENCE (4000 * MILLISECOND) /* then a new connection is tried: this one may have lost its peer */
#define PROBE_GAP (20 * MILLISECOND)        /* at least, however often workers wake us */

static PGconn *connection;
static enum availability seen = AVAILABILITY_UNKNOWN;

static void say(enum availability now_seen, const char *why) {
    static const char *const words[] = {
        [AVAILABILITY_UNKNOWN] = "not looked at yet",           [AVAILABILITY_UP] = "there",
        [AVAILABILITY_READ_ONLY] = "there but takes no writes", [AVAILABILITY_AWAY] = "away",
        [AVAILABILITY_HANGING] = "not answering in time",
    };
    if (now_seen != seen) {
        bool well = now_seen == AVAILABILITY_UP;
        log_line(well ? LOG_INFO : LOG_WARNING, "the database is %s%s%s", words[now_seen], why[0] ? ": " : "", why);
        seen = now_seen;
    }
}

static void publish(enum availability now_seen, int64_t micros, const char *why) {
    availability_probed(now_seen, micros);
    say(now_seen, why);
}

static void drop(void) {
    PQfinish(connection);
    connection = NULL;
}

static bool try_connect(void) {
    enum db_cause cause;
    int64_t begin = timestamp_monotonic();
    connection = connect_open(begin + PROBE_DEADLINE, &cause);
    if (connection != NULL) {
        return true;
    }
    publish(cause == DB_CAUSE_TIMEOUT ? AVAILABILITY_HANGING : AVAILABILITY_AWAY, 0, connect_error());
    return false;
}

/* Waits for the answer: 1 it is there, 0 the deadline came first, -1 the connection is lost. */
static int wait_answer(int64_t deadline) {
    while (PQisBusy(connection)) {
        int ready = connect_wait(connection, true, false, deadline);
        if (ready <= 0) {
            return ready;
        }
        if (PQconsumeInput(connection) == 0) {
            return -1;
        }
    }
    return 1;
}

static bool send_question(const char *sql) {
    if (PQsendQuery(connection, sql) == 0) {
        return false;
    }
    int left;
    while ((left = PQflush(connection)) == 1) {
        if (connect_wait(connection, false, true, timestamp_monotonic() + PROBE_DEADLINE) <= 0) {
            return false;
        }
    }
    return left == 0;
}

/* Takes the whole answer in. False: the connection is lost, or it was an error. */
static bool read_answer(bool *read_only) {
    bool fine = false;
    PGresult *result;
    while ((result = PQgetResult(connection)) != NULL) {
        if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1) {
            *read_only = PQgetvalue(result, 0, 0)[0] == 't';
            fine = true;
        }
        PQclear(result);
    }
    return fine && PQstatus(connection) == CONNECTION_OK;
}

/* One look. False: the connection is gone, and should be made anew at once. */
static bool probe(void) {
    int64_t begin = timestamp_monotonic();
    static const char question[] = "SELECT current_setting('transaction_read_only') = 'on'";
    bool read_only = false;
    int answered = send_question(question) ? wait_answer(begin + PROBE_DEADLINE) : -1;
    if (answered == 0) {
        publish(AVAILABILITY_HANGING, 0, "a trivial statement takes too long");
        answered = wait_answer(begin + PROBE_PATIENCE);
    }
    if (answered != 1 || !read_answer(&read_only)) {
        drop();
        return false;
    }
    publish(read_only ? AVAILABILITY_READ_ONLY : AVAILABILITY_UP, timestamp_monotonic() - begin, "");
    return true;
}

static enum schema_state judge_schema(const PGresult *row) {
    long number = strtol(PQgetvalue(row, 0, 0), NULL, 10);
    if (number < SCHEMA_NUMBER) {
        return number == 0 ? SCHEMA_MISSING : SCHEMA_OLD;
    }
    return PQgetvalue(row, 0, 1)[0] == 't' ? SCHEMA_FINE : SCHEMA_NEW;
}

/* Asked before anything else: a program and a schema that do not fit must not meet. */
static enum schema_state look_at_schema(void) {
    char sql[512];
    enum schema_state found = SCHEMA_FINE;
    (void)snprintf(sql, sizeof sql, SCHEMA_QUERY, version_number);
    if (!send_question(sql) || wait_answer(timestamp_monotonic() + PROBE_DEADLINE) != 1) {
        return SCHEMA_FINE; /* not seen: the next statement shows what is wrong */
    }
    PGresult *result;
    while ((result = PQgetResult(connection)) != NULL) {
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1) {
            found = judge_schema(result);
        } else if (state != NULL && schema_is_missing(state)) {
            found = SCHEMA_MISSING;
        }
        PQclear(result);
    }
    return found;
}

/* Sleeps until it is time, a worker wakes us, or the server closes the connection. */
static void pause_for(int64_t micros) {
    struct pollfd waited[2] = {
        {.fd = memory.wake_fd, .events = POLLIN},
        {.fd = connection != NULL ? PQsocket(connection) : -1, .events = POLLIN},
    };
    int ready = poll(waited, 2, (int)(micros / MILLISECOND));
    if (ready > 0) {
        uint64_t wakes;
        if ((waited[0].revents & POLLIN) != 0 && read(memory.wake_fd, &wakes, sizeof wakes) < 0) {
            log_line(LOG_DEBUG, "the prober was woken for nothing");
        }
        (void)poll(NULL, 0, (int)(PROBE_GAP / MILLISECOND));
    }
}

static void look(void) {
    bool fine = connection != NULL && probe();
    if (!fine && connection == NULL && try_connect()) {
        fine = probe();
    }
    /* Also when a host takes no writes: another one, or another address of it, may. */
    if (fine && seen == AVAILABILITY_READ_ONLY) {
        drop();
    }
    if (connection == NULL) {
        conninfo_resolve();
    }
}

int prober_main(pid_t parent) {
    bool schema_seen = false;
    conninfo_resolve();
    while (getppid() == parent) {
        look();
        if (connection != NULL && !schema_seen) {
            enum schema_state schema = look_at_schema();
            if (schema != SCHEMA_FINE) {
                log_line(LOG_CRITICAL, "%s", schema_sentence(schema));
                return PROBER_WRONG_SCHEMA;
            }
            schema_seen = true;
        }
        pause_for(seen == AVAILABILITY_AWAY ? PROBE_AWAY_EVERY : PROBE_EVERY);
    }
    return 0;
}
