/* harden.c: see harden.h */
#include "harden.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "log.h"

static void say(const char *what) {
    log_line(LOG_WARNING, "the kernel refused to %s: %s", what, strerror(errno));
}

void harden_process(void) {
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        say("switch core dumps off");
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        say("give up new privileges");
    }
#ifndef __SANITIZE_ADDRESS__ /* the leak sanitizer traces its own process */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        say("hide the memory from debuggers");
    }
#endif
}
