/* tcp.c: see tcp.h */
#include "tcp.h"

#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"

#define BACKLOG 4096

int tcp_listen(const char *bind_to, int port) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char service[8];
    const int yes = 1, no = 0;
    (void)snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(bind_to, service, &hints, &found) != 0) {
        log_line(LOG_CRITICAL, "BIND: %s is no numeric address", bind_to);
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool fine = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                (found->ai_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) == 0) &&
                bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    freeaddrinfo(found);
    if (!fine) {
        log_line(LOG_CRITICAL, "PORT: cannot listen on %s port %d: %s", bind_to, port, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    return fd;
}

/* How many connections wait to be accepted: on a listening socket that is what tcpi_unacked means (tcp(7), ss(8)). */
static bool queue_is_empty(int fd) {
    struct tcp_info facts;
    socklen_t size = sizeof facts;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &facts, &size) != 0 || facts.tcpi_unacked == 0;
}

void tcp_stop_listening(int fd) {
    struct sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog program = {.len = 1, .filter = &drop_all};
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
        log_line(LOG_DEBUG, "cannot filter new connections: %s", strerror(errno));
        return;
    }
    for (int i = 0; i < 200 && !queue_is_empty(fd); i++) {
        (void)poll(NULL, 0, 10);
    }
}
