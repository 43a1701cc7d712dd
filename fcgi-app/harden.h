/* harden.h: what a process gives up before it meets anything from outside. */
#ifndef HARDEN_H
#define HARDEN_H

/* No new privileges, no core dumps, not to be read by others' debuggers (prctl(2)). Logs what the kernel refuses. */
void harden_process(void);

#endif
