/* handover.c: see handover.h */
#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"

#define VARIABLE "SESSION_BACKEND_HANDOVER"

static bool set_inherit(int fd, bool inherit) {
    return fcntl(fd, F_SETFD, inherit ? 0 : FD_CLOEXEC) == 0;
}

static int read_descriptor(char **text) {
    long fd = strtol(*text, text, 10);
    *text += **text == ' ';
    return fd > 2 && fd < 65536 && set_inherit((int)fd, false) ? (int)fd : -1;
}

void handover_read(struct handover *handover) {
    *handover = (struct handover){.memory_fd = -1, .health_fd = -1};
    char *text = getenv(VARIABLE);
    if (text == NULL) {
        return;
    }
    handover->memory_fd = read_descriptor(&text);
    handover->health_fd = read_descriptor(&text);
    while (*text != '\0' && handover->count < HANDOVER_PIDS_MAX) {
        char *end;
        long pid = strtol(text, &end, 10);
        if (end == text || pid <= 1) {
            break;
        }
        handover->pids[handover->count++] = (pid_t)pid;
        text = end + (*end == ' ');
    }
    (void)unsetenv(VARIABLE);
}

bool handover_check(const char *program) {
    pid_t pid = fork();
    if (pid == 0) {
        (void)execl(program, program, "-n", (char *)NULL);
        _exit(127);
    }
    if (pid < 0) {
        return false;
    }
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void handover_exec(const char *program, int memory_fd, int health_fd, const pid_t *pids, size_t count) {
    struct buf text = {0};
    buf_format(&text, "%d %d", memory_fd, health_fd);
    for (size_t i = 0; i < count; i++) {
        buf_format(&text, " %d", (int)pids[i]);
    }
    buf_byte(&text, '\0');
    if (!text.failed && setenv(VARIABLE, text.data, 1) == 0 && set_inherit(memory_fd, true) &&
        set_inherit(health_fd, true)) {
        (void)execl(program, program, (char *)NULL);
    }
    int why = errno;
    (void)unsetenv(VARIABLE);
    (void)set_inherit(memory_fd, false);
    (void)set_inherit(health_fd, false);
    buf_free(&text);
    errno = why;
}
