/* unit_settings.c: the one table of settings. */
#include "settings.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A variable as a string of C. */
static void copy(char *to, size_t size, struct span from) {
    snprintf(to, size, "%.*s", (int)from.len, from.len == 0 ? "" : from.at);
}

/* variable, value, whether it is fine: what is wrong is one line that begins with the variable's name */
static void run_setting(const struct unit_case *of) {
    struct settings settings;
    const char *fault = NULL;
    char name[64], value[512];

    copy(name, sizeof name, of->field[0]);
    copy(value, sizeof value, of->field[1]);
    EXPECT_CASE(setenv(name, value, 1) == 0, of, "setenv");
    bool fine = settings_read(&settings, &fault);
    EXPECT_CASE(fine == unit_is(of->field[2], "fine"), of, "%s", fine ? "was taken" : fault);
    if (!fine) {
        size_t len = strlen(name);
        EXPECT_CASE(strncmp(fault, name, len) == 0 && fault[len] == ':' && strchr(fault, '\n') == NULL, of, "says: %s",
                    fault);
    }
    EXPECT_CASE(unsetenv(name) == 0, of, "unsetenv");
}

static void check_defaults(void) {
    struct settings settings;
    const char *fault = NULL;

    EXPECT(settings_read(&settings, &fault));
    EXPECT(settings.port == 8001 && settings.max_body_bytes == 32 * 1024 * 1024 && settings.workers >= 4);
    EXPECT(settings.request_timeout == 5 && settings.connect_timeout == 2 && settings.slow_ms == 500);
    EXPECT(settings.log_level == LOG_INFO && settings.log_format == LOG_JSON && !settings.metrics_token_required);
    EXPECT(settings.database_url == NULL && settings.cors_origins == NULL && settings.auth_tokens_file == NULL);
}

static void check_values(void) {
    struct settings settings;
    const char *fault = NULL;

    EXPECT(setenv("LOG_LEVEL", "wArNiNg", 1) == 0 && setenv("LOG_FORMAT", "TEXT", 1) == 0);
    EXPECT(setenv("WORKERS", "7", 1) == 0 && setenv("MAX_BODY_BYTES", "1024", 1) == 0 && setenv("PORT", "", 1) == 0);
    EXPECT(settings_read(&settings, &fault));
    EXPECT(settings.log_level == LOG_WARNING && settings.log_format == LOG_TEXT);
    EXPECT(settings.workers == 7 && settings.max_body_bytes == 1024 && settings.port == 8001);
    EXPECT(clearenv() == 0);
}

/* The sanitizers have read theirs already; nothing later in this program wants the environment. */
void unit_settings(void) {
    EXPECT(clearenv() == 0);
    check_defaults();
    check_values();
    unit_cases("settings.txt", 3, run_setting);
}
