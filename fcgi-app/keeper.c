/* keeper.c: see keeper.h */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "settings.h"
#include "spool.h"
#include "tcp.h"
#include "timestamp.h"

#define SECOND INT64_C(1000000)
/* lighttpd takes two descriptors a connection, and no more connections than spawn-fcgi's backlog (4096). */
#define FILES_MOST 10240
#define CONNECTIONS_MOST 4096

struct kept {
    const char *name;
    pid_t pid; /* 0: not running */
    int status;
};

static struct {
    const struct settings *settings;
    struct kept lighttpd, pool;
    struct kept before; /* the lighttpd that HUP replaced, while it finishes */
    int listen_fd, lock_fd;
    sigset_t signals;
} state = {.lighttpd = {.name = "lighttpd"},
           .pool = {.name = "the pool of workers"},
           .before = {.name = "the lighttpd before"},
           .listen_fd = -1,
           .lock_fd = -1};

static void path_of(char out[128], const char *name) {
    (void)snprintf(out, 128, "%s/%s", state.settings->run_dir, name);
}

static bool export_number(const char *name, int64_t value) {
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    return setenv(name, text, 1) == 0;
}

/* Every variable that conf/lighttpd.conf names: an undefined one is a parse error there, an empty one no number. */
static bool export_all(void) {
    const struct settings *s = state.settings;
    struct rlimit files = {FILES_MOST, FILES_MOST};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        return false;
    }
    int64_t most = files.rlim_max < FILES_MOST ? (int64_t)files.rlim_max : FILES_MOST;
    int64_t connections = (most - 64) / 2 < CONNECTIONS_MOST ? (most - 64) / 2 : CONNECTIONS_MOST;
    return export_number("PORT", s->port) && setenv("BIND", s->bind, 1) == 0 && setenv("RUN_DIR", s->run_dir, 1) == 0 &&
           setenv("SPOOL_DIR", s->spool_dir, 1) == 0 && setenv("CONF_DIR", s->conf_dir, 1) == 0 &&
           setenv("TLS", s->tls_certificate != NULL ? "on" : "off", 1) == 0 &&
           setenv("TLS_CERTIFICATE", s->tls_certificate != NULL ? s->tls_certificate : "", 1) == 0 &&
           export_number("MAX_BODY_KB", (s->max_body_bytes + 1023) / 1024) && export_number("MAX_FILES", most) &&
           export_number("MAX_CONNECTIONS", connections) && export_number("SHUTDOWN_TIMEOUT", s->shutdown_timeout);
}

/* In the child: runs `argv`, and ends with `on_death` when the keeper dies. */
static void become(char *const argv[], int on_death, pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, on_death) != 0 || getppid() != parent ||
        sigprocmask(SIG_UNBLOCK, &state.signals, NULL) != 0) {
        _exit(1);
    }
    /* The pool asks for the lock to see whether lighttpd lives: it must not hold it itself. */
    if (on_death == SIGTERM && state.lock_fd >= 0 && fcntl(state.lock_fd, F_SETFD, FD_CLOEXEC) != 0) {
        _exit(1);
    }
    if (on_death == SIGINT && state.listen_fd >= 0) { /* sd_listen_fds(3) */
        if (dup2(state.listen_fd, 3) != 3 || fcntl(3, F_SETFD, 0) != 0 || !export_number("LISTEN_PID", getpid()) ||
            !export_number("LISTEN_FDS", 1)) {
            _exit(1);
        }
    }
    /* Ctrl-C in a terminal reaches the whole process group, but the keeper decides on the order. */
    (void)setpgid(0, 0);
    (void)execvp(argv[0], argv);
    if (errno == ENOENT && strcmp(argv[0], "lighttpd") == 0) { /* often not in a user's PATH */
        (void)execv("/usr/sbin/lighttpd", argv);
    }
    log_line(LOG_CRITICAL, "cannot run %s: %s", argv[0], strerror(errno));
    _exit(127);
}

static bool launch(struct kept *kept, char *const argv[], int on_death) {
    pid_t parent = getpid();
    kept->pid = fork();
    if (kept->pid == 0) {
        become(argv, on_death, parent);
    }
    if (kept->pid < 0) {
        log_line(LOG_CRITICAL, "cannot start %s: %s", kept->name, strerror(errno));
        kept->pid = 0;
    }
    return kept->pid > 0;
}

static bool launch_lighttpd(void) {
    static char conf[4200];
    (void)snprintf(conf, sizeof conf, "%s/lighttpd.conf", state.settings->conf_dir);
    char name[] = "lighttpd", foreground[] = "-D", file[] = "-f";
    char *const argv[] = {name, foreground, file, conf, NULL};
    return launch(&state.lighttpd, argv, SIGINT);
}

static bool launch_pool(const char *program) {
    static char socket[128], path[4200];
    path_of(socket, "fastcgi.sock");
    (void)snprintf(path, sizeof path, "%s", program);
    char name[] = "spawn-fcgi", stay[] = "-n", s[] = "-s", b[] = "-b", backlog[] = "4096", end[] = "--";
    char *const argv[] = {name, stay, s, socket, b, backlog, end, path, NULL};
    return launch(&state.pool, argv, SIGTERM);
}

static void reap(void) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct kept *kept = pid == state.lighttpd.pid ? &state.lighttpd
                            : pid == state.pool.pid   ? &state.pool
                            : pid == state.before.pid ? &state.before
                                                      : NULL;
        if (kept != NULL) {
            kept->pid = 0;
            kept->status = status;
        }
    }
}

static void say_ended(const struct kept *kept) {
    if (WIFSIGNALED(kept->status)) {
        log_line(LOG_CRITICAL, "%s was ended by signal %d; stopping everything", kept->name, WTERMSIG(kept->status));
    } else {
        log_line(LOG_CRITICAL, "%s ended with status %d; stopping everything", kept->name, WEXITSTATUS(kept->status));
    }
}

/* Waits until a signal of ours (its number), until one of the programs ends (0), or for so long (-1). */
static int wait_for(int64_t micros) {
    int64_t deadline = timestamp_monotonic() + micros;
    const bool lighttpd = state.lighttpd.pid != 0, pool = state.pool.pid != 0;
    for (;;) {
        reap();
        if ((lighttpd && state.lighttpd.pid == 0) || (pool && state.pool.pid == 0)) {
            return 0;
        }
        int64_t left = deadline - timestamp_monotonic();
        if (left <= 0) {
            return -1;
        }
        const struct timespec timeout = {.tv_sec = left / SECOND, .tv_nsec = left % SECOND * 1000};
        int number = sigtimedwait(&state.signals, NULL, &timeout);
        if (number > 0 && number != SIGCHLD) {
            return number;
        }
    }
}

/* Sends a signal and waits for the end; kills what does not end in time. */
static void finish(struct kept *kept, int number) {
    int64_t deadline = timestamp_monotonic() + (state.settings->shutdown_timeout + 1) * SECOND;
    while (kept->pid != 0) {
        int64_t left = deadline - timestamp_monotonic();
        if (kill(kept->pid, left > 0 ? number : SIGKILL) != 0) {
            return;
        }
        /* A second INT would make lighttpd hurry: it gets one. */
        number = 0;
        (void)wait_for(left > 0 ? left : SECOND);
        reap();
    }
}

static void finish_lighttpd(void) {
    if (state.listen_fd >= 0 && state.lighttpd.pid != 0) {
        tcp_stop_listening(state.listen_fd);
        (void)close(state.listen_fd);
        state.listen_fd = -1;
    }
    finish(&state.lighttpd, SIGINT);
    finish(&state.before, 0); /* it has been told */
}

static bool create_drain_file(void) {
    char path[128];
    path_of(path, "drain");
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        if (errno != EEXIST) {
            log_line(LOG_ERROR, "cannot create %s: %s", path, strerror(errno));
        }
        return false;
    }
    return close(fd) == 0;
}

static void remove_file(const char *name) {
    char path[128];
    path_of(path, name);
    if (unlink(path) != 0 && errno != ENOENT) {
        log_line(LOG_WARNING, "cannot remove %s: %s", path, strerror(errno));
    }
}

/* Somebody else who keeps lighttpd here is an error; so is a pool whose supervisor asks whether it still runs. */
static bool take_lock(void) {
    char path[128];
    path_of(path, "lighttpd.lock");
    /* Inherited by lighttpd: the lock is free when both are gone. */
    int fd = open(path, O_RDWR | O_CREAT, 0644);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        log_line(LOG_CRITICAL, "RUN_DIR: %s: %s", path,
                 errno == EWOULDBLOCK ? "another lighttpd runs here" : strerror(errno));
        return false;
    }
    state.lock_fd = fd;
    return true;
}

static bool prepare(const struct settings *settings) {
    state.settings = settings;
    (void)sigemptyset(&state.signals);
    (void)sigaddset(&state.signals, SIGTERM);
    (void)sigaddset(&state.signals, SIGINT);
    (void)sigaddset(&state.signals, SIGHUP);
    (void)sigaddset(&state.signals, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &state.signals, NULL) != 0 || !export_all()) {
        log_line(LOG_CRITICAL, "cannot prepare: %s", strerror(errno));
        return false;
    }
    char conf[4200];
    (void)snprintf(conf, sizeof conf, "%s/lighttpd.conf", settings->conf_dir);
    if (access(conf, R_OK) != 0) {
        log_line(LOG_CRITICAL, "CONF_DIR: cannot read %s: %s", conf, strerror(errno));
        return false;
    }
    if (!spool_make_directory("RUN_DIR", settings->run_dir, 0755) ||
        !spool_make_directory("SPOOL_DIR", settings->spool_dir, 0700) ||
        !spool_empty("SPOOL_DIR", settings->spool_dir) || !take_lock()) {
        return false;
    }
    remove_file("drain");
    state.listen_fd = tcp_listen(settings->bind, settings->port);
    return state.listen_fd >= 0;
}

/* A second lighttpd on the same socket reads the certificate again; the first one drains. Returns what wait_for did. */
static int replace_lighttpd(void) {
    state.before.pid = state.lighttpd.pid;
    bool launched = launch_lighttpd();
    int number = launched ? wait_for(SECOND) : -1;
    if (state.lighttpd.pid == 0) {
        log_line(LOG_ERROR, "the new lighttpd ended, the one before goes on: is TLS_CERTIFICATE right?");
        state.lighttpd.pid = state.before.pid;
        state.before.pid = 0;
        return number == 0 ? -1 : number;
    }
    if (number == -1 && create_drain_file()) {
        number = wait_for(state.settings->drain_seconds * SECOND);
        remove_file("drain");
    }
    if (state.before.pid != 0 && kill(state.before.pid, SIGINT) != 0) {
        log_line(LOG_ERROR, "cannot end the lighttpd before: %s", strerror(errno));
    }
    return number;
}

static void pass_hup_on(void) {
    if (state.pool.pid != 0 && kill(state.pool.pid, SIGHUP) != 0) {
        log_line(LOG_ERROR, "cannot pass HUP on: %s", strerror(errno));
    }
}

/* Waits for the reason to stop, and drains: 0 after a signal, 1 when something ended by itself. */
static int keep(void) {
    int number = -1;
    bool replace = false; /* as soon as the lighttpd that was replaced last is gone */
    while (number == -1 || number == SIGHUP) {
        if (number == SIGHUP) {
            pass_hup_on();
            replace = state.settings->tls_certificate != NULL;
        }
        bool now = replace && state.before.pid == 0;
        number = now ? replace_lighttpd() : wait_for(replace ? SECOND / 4 : 3600 * SECOND);
        replace = replace && !now;
    }
    if (number == 0) {
        say_ended(state.lighttpd.pid == 0 ? &state.lighttpd : &state.pool);
        return 1;
    }
    /* preStop may have drained already: then the file is there. */
    if (number == SIGTERM && state.settings->drain_seconds > 0 && create_drain_file()) {
        int64_t until = timestamp_monotonic() + state.settings->drain_seconds * SECOND;
        log_line(LOG_INFO, "draining for %d s", state.settings->drain_seconds);
        while (wait_for(until - timestamp_monotonic()) == SIGTERM) {
            continue;
        }
    }
    return 0;
}

int keeper_lighttpd(const struct settings *settings) {
    if (!prepare(settings) || !launch_lighttpd()) {
        return 1;
    }
    int status = keep();
    finish_lighttpd();
    remove_file("drain");
    remove_file("lighttpd.lock");
    return status;
}

int keeper_serve(const struct settings *settings, const char *program) {
    int status = 1;
    if (prepare(settings) && launch_pool(program) && launch_lighttpd()) {
        status = keep();
    }
    finish_lighttpd();
    if (state.lock_fd >= 0) { /* while it is held the pool waits: lighttpd may need it */
        remove_file("lighttpd.lock");
    }
    finish(&state.pool, SIGTERM);
    if (state.lock_fd >= 0) {
        static const char *const files[] = {"drain", "fastcgi.sock", "health.sock"};
        for (size_t i = 0; i < COUNT_OF(files); i++) {
            remove_file(files[i]);
        }
        (void)rmdir(settings->spool_dir); /* not when it holds what is not ours */
    }
    return status;
}

int keeper_drain(const struct settings *settings) {
    state.settings = settings;
    if (create_drain_file()) {
        const struct timespec wait = {.tv_sec = settings->drain_seconds};
        (void)nanosleep(&wait, NULL);
    }
    return 0;
}
