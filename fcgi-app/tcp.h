/* tcp.h: the port that the world talks to. */
#ifndef TCP_H
#define TCP_H

#include "base.h"

/* Opens the listening socket that lighttpd inherits: so a port in use is one clear line of ours, and lighttpd can be
 * replaced without a refused connection. `bind_to`: numeric; "::" is IPv4 and IPv6. -1: a line was logged. */
int tcp_listen(const char *bind_to, int port) MUST_USE;

/* Before the end: new connections find nobody (their SYNs are dropped), while those that wait to be accepted are waited
 * for, at most two seconds: closing the socket would reset them with their requests. */
void tcp_stop_listening(int fd);

#endif
