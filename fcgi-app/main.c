/* main.c: arguments, settings, and whom to run. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conninfo.h"
#include "harden.h"
#include "keeper.h"
#include "log.h"
#include "route.h"
#include "settings.h"
#include "statement.h"
#include "supervisor.h"
#include "tokens.h"
#include "version.h"

static int help(void) {
    printf("session-backend %s: keeps sessions, agents and messages of AI agents in PostgreSQL.\n\n"
           "  spawn-fcgi -n -s SOCKET -b 4096 -- session-backend   the pool of workers\n"
           "  session-backend lighttpd   check the settings and keep lighttpd\n"
           "  session-backend serve      both, under one process\n"
           "  session-backend drain      answers say Connection: close; waits DRAIN_SECONDS\n\n"
           "  -n          check the settings and exit\n"
           "  --help      this text\n"
           "  --version   version and commit\n"
           "  --routes    method and path pattern of every route\n"
           "  --sql       every SQL statement, with its name\n\n",
           version_number);
    settings_help();
    return 0;
}

static int routes(void) {
    for (size_t i = 0; i < route_count(); i++) {
        printf("%s %s\n", method_name(route_at(i)->method), route_pattern(i));
    }
    return 0;
}

static int complain(const char *fault) {
    log_line(LOG_CRITICAL, "%s", fault);
    return 1;
}

/* Where this program is, to be executed anew: the path, not the file, which may be replaced by then. */
static bool find_self(char path[PATH_MAX]) {
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (len <= 0) {
        return false;
    }
    path[len] = '\0';
    return true;
}

static int check_tokens(const struct settings *settings, const char **fault) {
    struct tokens tokens;
    if (settings->auth_tokens_file == NULL) {
        return 0;
    }
    if (!tokens_read(settings->auth_tokens_file, &tokens, fault)) {
        log_line(LOG_CRITICAL, "%s", *fault);
        return 1;
    }
    tokens_free(&tokens);
    return 0;
}

static int run(const struct settings *settings, const char *command) {
    static char self[PATH_MAX];
    const char *fault;
    if (strcmp(command, "lighttpd") == 0) {
        return keeper_lighttpd(settings);
    }
    if (strcmp(command, "drain") == 0) {
        return keeper_drain(settings);
    }
    if (!conninfo_setup(settings, &fault)) {
        return complain(fault);
    }
    if (strcmp(command, "-n") == 0) {
        return check_tokens(settings, &fault);
    }
    if (!find_self(self)) {
        return complain("cannot find out where this program is");
    }
    if (strcmp(command, "serve") == 0) {
        return keeper_serve(settings, self);
    }
    return supervisor_main(settings, self);
}

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "--help") == 0) {
        return help();
    }
    if (strcmp(command, "--version") == 0) {
        printf("session-backend %s (%s)\n", version_number, version_revision);
        return 0;
    }
    if (strcmp(command, "--routes") == 0) {
        return routes();
    }
    if (strcmp(command, "--sql") == 0) {
        statement_print_all();
        return 0;
    }
    static const char *const commands[] = {"", "-n", "lighttpd", "serve", "drain"};
    bool known = false;
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        known = known || strcmp(command, commands[i]) == 0;
    }
    if (!known || argc > 2) {
        (void)fprintf(stderr, "session-backend: unknown argument; try --help\n");
        return 2;
    }
    struct settings settings;
    const char *fault;
    if (!settings_read(&settings, &fault)) {
        return complain(fault);
    }
    log_setup(settings.log_level, settings.log_format, command[0] >= 'a' ? command : "supervisor");
    harden_process();
    return run(&settings, command);
}
