/* supervisor.c: see supervisor.h */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "handover.h"
#include "listener.h"
#include "log.h"
#include "pool.h"
#include "prober.h"
#include "settings.h"
#include "timestamp.h"
#include "tokens.h"

#define MILLISECOND INT64_C(1000)
#define REPEAT_TERM (50 * MILLISECOND) /* libfcgi may miss one between its look at the flag and accept() */
#define LOOK_AROUND (200 * MILLISECOND)
#define BACK_OFF_FIRST (100 * MILLISECOND)
#define BACK_OFF_MOST (5000 * MILLISECOND)
#define CHILDREN_MAX 1200

struct child {
    pid_t pid;
    enum pool_role role;
    bool old;     /* of the supervisor before a HUP, or told to end */
    bool leaving; /* gets TERM again and again */
};

static struct {
    const struct settings *settings;
    const char *program;
    struct child_setup setup;
    struct child children[CHILDREN_MAX];
    size_t count;
    int64_t hold_until, back_off; /* no start before; 0: nothing died before it was ready */
    int64_t repeated;             /* when TERM was last sent */
    bool stopping;
    int64_t stop_by;
    bool schema_wrong;
} state;

static size_t count_of(enum pool_role role, bool old, bool only_ready) {
    size_t count = 0;
    for (size_t i = 0; i < state.count; i++) {
        const struct child *c = &state.children[i];
        struct slot *slot = pool_find(c->pid);
        count += c->role == role && c->old == old && (!only_ready || (slot != NULL && pool_is_ready(slot)));
    }
    return count;
}

static bool start(enum pool_role role) {
    if (state.count == CHILDREN_MAX) {
        return false;
    }
    pid_t pid = child_start(&state.setup, role);
    if (pid < 0) {
        log_line(LOG_ERROR, "cannot start a process: %s", strerror(errno));
        state.hold_until = timestamp_monotonic() + BACK_OFF_MOST;
        return false;
    }
    state.children[state.count++] = (struct child){.pid = pid, .role = role};
    return true;
}

/* Brings the pool to size. In a rolling restart the new workers come one by one, each as an old one goes, so that the
 * database never sees more than one connection above the usual. */
static void fill(void) {
    if (timestamp_monotonic() < state.hold_until) {
        return;
    }
    if (count_of(POOL_PROBER, false, false) == 0 && !start(POOL_PROBER)) {
        return;
    }
    if (count_of(POOL_HEALTH, false, false) == 0 && !start(POOL_HEALTH)) {
        return;
    }
    size_t wanted = (size_t)state.settings->workers;
    size_t fresh = count_of(POOL_WORKER, false, false), all = fresh + count_of(POOL_WORKER, true, false);
    while (fresh < wanted && all < wanted + 1 && start(POOL_WORKER)) {
        fresh++;
        all++;
    }
}

static void tell_to_leave(struct child *c) {
    c->leaving = true;
    c->old = true;
    (void)kill(c->pid, SIGTERM); /* fails only when it is gone already: then it is reaped next */
}

/* Sends old ones away as new ones take their place. */
static void roll(void) {
    size_t keep = (size_t)state.settings->workers, ready = count_of(POOL_WORKER, false, true);
    keep -= ready < keep ? ready : keep;
    for (size_t i = 0; i < state.count; i++) {
        struct child *c = &state.children[i];
        if (!c->old || c->leaving) {
            continue;
        }
        if (c->role == POOL_WORKER && keep > 0) {
            keep--;
        } else if (c->role != POOL_HEALTH || count_of(POOL_HEALTH, false, true) > 0) {
            tell_to_leave(c);
        }
    }
}

static void repeat_term(void) {
    int64_t now = timestamp_monotonic();
    if (now - state.repeated < REPEAT_TERM) {
        return;
    }
    state.repeated = now;
    for (size_t i = 0; i < state.count; i++) {
        if (state.children[i].leaving) {
            (void)kill(state.children[i].pid, SIGTERM);
        }
    }
}

static void died_early(void) {
    state.back_off = state.back_off == 0 ? BACK_OFF_FIRST : 2 * state.back_off;
    state.back_off = state.back_off > BACK_OFF_MOST ? BACK_OFF_MOST : state.back_off;
    state.hold_until = timestamp_monotonic() + state.back_off;
    log_line(LOG_ERROR, "a process ended before it was ready; the next one starts in %lld ms",
             (long long)(state.back_off / MILLISECOND));
}

static void say_ended(const struct child *c, int status) {
    static const char *const roles[] = {
        [POOL_WORKER] = "a worker", [POOL_HEALTH] = "the health worker", [POOL_PROBER] = "the prober"};
    if (WIFSIGNALED(status)) {
        log_line(LOG_WARNING, "%s (pid %d) was ended by signal %d; restarting", roles[c->role], (int)c->pid,
                 WTERMSIG(status));
    } else {
        log_line(LOG_WARNING, "%s (pid %d) ended with status %d; restarting", roles[c->role], (int)c->pid,
                 WEXITSTATUS(status));
    }
}

static void reaped(struct child *c, int status) {
    struct slot *slot = pool_find(c->pid);
    bool was_ready = slot == NULL || pool_is_ready(slot) || c->role == POOL_PROBER;
    if (slot != NULL) {
        pool_release(slot);
    }
    if (c->role == POOL_PROBER && WIFEXITED(status) && WEXITSTATUS(status) == PROBER_WRONG_SCHEMA) {
        state.schema_wrong = true;
    } else if (!c->old && !state.stopping) {
        say_ended(c, status);
        pool_count_restart();
        if (was_ready) {
            state.back_off = 0;
        } else {
            died_early();
        }
    }
    *c = state.children[--state.count];
}

static void reap(void) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < state.count; i++) {
            if (state.children[i].pid == pid) {
                reaped(&state.children[i], status);
                break;
            }
        }
    }
}

/* HUP: the binary anew, in this process. When it would not start, everything stays as it is. */
static void restart(void) {
    log_line(LOG_INFO, "restarting: the program, the tokens and the settings' files are read again");
    if (!handover_check(state.program)) {
        log_line(LOG_ERROR, "not restarted: '%s -n' does not accept the settings", state.program);
        return;
    }
    pid_t pids[CHILDREN_MAX];
    for (size_t i = 0; i < state.count; i++) {
        pids[i] = state.children[i].pid;
    }
    handover_exec(state.program, pool_descriptor(), state.setup.health_fd, pids, state.count);
    log_line(LOG_ERROR, "not restarted: %s: %s", state.program, strerror(errno));
}

/* Whoever runs lighttpd (`session-backend lighttpd`) holds a lock while it runs: workers go last. */
static bool lighttpd_lives(void) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/lighttpd.lock", state.settings->run_dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool locked = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)close(fd);
    return locked;
}

static void begin_to_stop(void) {
    if (!state.stopping) {
        log_line(LOG_INFO, "stopping");
        state.stopping = true;
        state.stop_by = timestamp_monotonic() + state.settings->shutdown_timeout * INT64_C(1000000);
        pool_set_leaving(true);
    }
}

/* True: all are gone. */
static bool go_on_stopping(void) {
    int64_t now = timestamp_monotonic();
    if (!state.schema_wrong && now < state.stop_by && lighttpd_lives()) {
        return false;
    }
    for (size_t i = 0; i < state.count; i++) {
        if (!state.children[i].leaving) {
            tell_to_leave(&state.children[i]);
        }
        if (now > state.stop_by) {
            (void)kill(state.children[i].pid, SIGKILL);
        }
    }
    return state.count == 0;
}

/* `session-backend drain` leaves a file in RUN_DIR: the pod is about to go. */
static void look_for_drain_file(void) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/drain", state.settings->run_dir);
    bool leaving = access(path, F_OK) == 0;
    if (leaving != pool_leaving()) {
        log_line(LOG_INFO, leaving ? "draining: answers say Connection: close" : "no longer draining");
        pool_set_leaving(leaving);
    }
}

static void wait_for_signal(const sigset_t *signals) {
    bool busy = state.stopping || count_of(POOL_WORKER, true, false) > 0 || timestamp_monotonic() < state.hold_until ||
                count_of(POOL_WORKER, false, true) < (size_t)state.settings->workers;
    const struct timespec timeout = {.tv_nsec = 1000 * (busy ? 10 * MILLISECOND : LOOK_AROUND)};
    int number = sigtimedwait(signals, NULL, &timeout);
    if (number == SIGTERM || number == SIGINT) {
        begin_to_stop();
    } else if (number == SIGHUP && !state.stopping) {
        restart();
    }
}

static void run(const sigset_t *signals) {
    for (;;) {
        reap();
        if (state.schema_wrong) {
            begin_to_stop();
        }
        if (state.stopping) {
            if (go_on_stopping()) {
                return;
            }
        } else {
            look_for_drain_file();
            fill();
            roll();
        }
        if (state.stopping && !state.schema_wrong && timestamp_monotonic() < state.stop_by && lighttpd_lives()) {
            fill(); /* lighttpd still has requests; behind stop_by nobody would ever be the last */
        }
        repeat_term();
        wait_for_signal(signals);
    }
}

static bool read_tokens(const struct settings *settings) {
    static struct tokens tokens;
    const char *fault;
    if (settings->auth_tokens_file == NULL) {
        return true;
    }
    if (!tokens_read(settings->auth_tokens_file, &tokens, &fault)) {
        log_line(LOG_CRITICAL, "%s", fault);
        return false;
    }
    state.setup.tokens = &tokens;
    return true;
}

static void take_over_children(const struct handover *handover) {
    for (size_t i = 0; i < handover->count && state.count < CHILDREN_MAX; i++) {
        struct slot *slot = pool_find(handover->pids[i]);
        enum pool_role role = slot != NULL ? pool_role(slot) : POOL_WORKER;
        state.children[state.count++] = (struct child){.pid = handover->pids[i], .role = role, .old = true};
    }
}

int supervisor_main(const struct settings *settings, const char *program) {
    static struct handover handover;
    state.settings = settings;
    state.program = program;
    state.setup.settings = settings;
    handover_read(&handover);

    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        log_line(LOG_CRITICAL, "cannot set signals up: %s", strerror(errno));
        return 1;
    }
    if (!listener_is_socket(STDIN_FILENO)) {
        log_line(LOG_CRITICAL, "descriptor 0 is no listening socket: start me as 'spawn-fcgi -n -s SOCKET -- %s'",
                 program);
        return 1;
    }
    state.setup.health_fd = handover.health_fd >= 0 ? handover.health_fd : listener_open_health(settings->run_dir);
    if (state.setup.health_fd < 0 || !read_tokens(settings)) {
        return 1;
    }
    if (!pool_setup(settings->workers, handover.memory_fd)) {
        log_line(LOG_CRITICAL, "cannot get shared memory: %s", strerror(errno));
        return 1;
    }
    take_over_children(&handover);
    log_line(LOG_INFO, "%s with %d workers", handover.count > 0 ? "restarted" : "started", settings->workers);
    run(&signals);
    listener_remove(STDIN_FILENO);
    listener_remove(state.setup.health_fd);
    log_line(LOG_INFO, "stopped");
    return state.schema_wrong ? 1 : 0;
}
