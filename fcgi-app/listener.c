/* listener.c: see listener.h */
#include "listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"

#define BACKLOG 1024

bool listener_is_socket(int fd) {
    int listening = 0;
    socklen_t size = sizeof listening;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

int listener_open_health(const char *run_dir) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int len = snprintf(address.sun_path, sizeof address.sun_path, "%s/health.sock", run_dir);
    if (len < 0 || (size_t)len >= sizeof address.sun_path) {
        log_line(LOG_CRITICAL, "RUN_DIR: too long for a socket's path");
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || (unlink(address.sun_path) != 0 && errno != ENOENT) ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || chmod(address.sun_path, 0660) != 0 ||
        listen(fd, BACKLOG) != 0) {
        log_line(LOG_CRITICAL, "RUN_DIR: cannot listen on %s: %s", address.sun_path, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    return fd;
}

void listener_remove(int fd) {
    struct sockaddr_un address = {.sun_family = AF_UNSPEC};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0 && address.sun_family == AF_UNIX &&
        address.sun_path[0] == '/' && unlink(address.sun_path) != 0 && errno != ENOENT) {
        log_line(LOG_WARNING, "cannot remove %s: %s", address.sun_path, strerror(errno));
    }
}
