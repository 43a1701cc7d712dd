/* listener.h: the Unix sockets that workers accept on. */
#ifndef LISTENER_H
#define LISTENER_H

#include "base.h"

bool listener_is_socket(int fd) MUST_USE;

/* Opens RUN_DIR/health.sock, in place of one that is there: spawn-fcgi has made sure that no other
 * pool lives here. -1 when it cannot; a line is logged. */
int listener_open_health(const char *run_dir) MUST_USE;

/* Removes the socket's file. */
void listener_remove(int fd);

#endif
