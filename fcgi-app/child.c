/* child.c: see child.h */
#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "log.h"
#include "prober.h"
#include "random.h"
#include "settings.h"
#include "tokens.h"
#include "worker.h"

/* Undoes what the supervisor did to signals. */
static bool reset_signals(void) {
    static const int ours[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGPIPE};
    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        if (signal(ours[i], SIG_DFL) == SIG_ERR) {
            return false;
        }
    }
    /* Ctrl-C in a terminal reaches the whole process group: the supervisor is the one to obey it. */
    if (signal(SIGINT, SIG_IGN) == SIG_ERR || signal(SIGHUP, SIG_IGN) == SIG_ERR ||
        signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        return false;
    }
    sigset_t none;
    (void)sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

static int run(const struct child_setup *setup, enum pool_role role, pid_t parent) {
    if (role == POOL_PROBER) {
        return prober_main(parent);
    }
    const struct worker worker = {
        .settings = setup->settings,
        .tokens = setup->tokens,
        .listen_fd = role == POOL_HEALTH ? setup->health_fd : STDIN_FILENO,
        .health = role == POOL_HEALTH,
        .parent = parent,
        .leaving = pool_leaving,
        .ready = pool_ready,
    };
    return worker_main(&worker);
}

static void become(const struct child_setup *setup, enum pool_role role, struct slot *slot, pid_t parent) {
    static const char *const names[] = {[POOL_WORKER] = "worker", [POOL_HEALTH] = "health", [POOL_PROBER] = "prober"};
    char name[32];
    (void)snprintf(name, sizeof name, "%s-%d", names[role], (int)getpid());
    log_setup(setup->settings->log_level, setup->settings->log_format, name);
    (void)prctl(PR_SET_NAME, names[role]); /* what ps(1) and top(1) show; never fails */
    /* The prober may hang in the resolver; workers finish what they have in hand. */
    if (prctl(PR_SET_PDEATHSIG, role == POOL_PROBER ? SIGKILL : SIGTERM) != 0 || !reset_signals()) {
        _exit(1);
    }
    if (getppid() != parent) { /* it died before PR_SET_PDEATHSIG */
        _exit(0);
    }
    random_reset();
    pool_attach(slot);
    int status = run(setup, role, parent);
    log_flush();
    exit(status);
}

pid_t child_start(const struct child_setup *setup, enum pool_role role) {
    struct slot *slot = pool_take(role);
    if (slot == NULL) {
        errno = EAGAIN;
        return -1;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        become(setup, role, slot, parent);
    }
    if (pid < 0) {
        int why = errno;
        pool_release(slot);
        errno = why;
        return -1;
    }
    pool_assign(slot, pid);
    return pid;
}
