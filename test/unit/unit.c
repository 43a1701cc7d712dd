/* unit.c: runs the unit tests: `unit CASES-FOLDER DATA-FOLDER`. Prints what failed, then `N passed, N failed`. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *cases_folder, *data_folder;
static unsigned passed, failed; /* tests: a line of a case file, a data file, a module */
static unsigned broken;         /* single checks that did not hold */

void unit_expect(bool holds, const char *file, int line, const char *format, ...) {
    if (holds)
        return;
    broken++;
    va_list arguments;
    va_start(arguments, format);
    printf("%s:%d: ", file, line);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

/* Counts a test; `before` is how many checks were broken when it began. */
static void count_test(unsigned before) {
    if (broken == before)
        passed++;
    else
        failed++;
}

static void stop(const char *what, const char *name) {
    fprintf(stderr, "unit: %s %s: %s\n", what, name, strerror(errno));
    exit(2);
}

char *unit_copy(struct span span) {
    char *copy = malloc(span.len);

    if (copy == NULL && span.len > 0)
        stop("no memory for", "a test");
    if (span.len > 0)
        memcpy(copy, span.at, span.len);
    return copy;
}

bool unit_is(struct span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

int64_t unit_integer(struct span span) {
    char digits[32] = "";

    if (span.len < sizeof digits)
        memcpy(digits, span.at, span.len);
    char *end;
    errno = 0;
    int64_t value = strtoll(digits, &end, 10);
    if (errno != 0 || end == digits || *end != '\0')
        stop("no number in a case:", digits);
    return value;
}

uint32_t unit_random(void) {
    static uint64_t state = 88172645463325252u; /* xorshift64 (Marsaglia) */

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

/* Undoes ~HH. */
static struct span read_field(const char *at, size_t len, const struct unit_case *of) {
    struct buf bytes = {0};

    for (size_t i = 0; i < len; i++) {
        unsigned value;
        if (at[i] != '~') {
            buf_byte(&bytes, at[i]);
        } else if (i + 2 < len && sscanf(at + i + 1, "%2x", &value) == 1) {
            buf_byte(&bytes, (char)value);
            i += 2;
        } else {
            EXPECT_CASE(false, of, "the case has a bad ~ escape");
        }
    }
    struct span field = {unit_copy((struct span){bytes.data, bytes.len}), bytes.len};
    buf_free(&bytes);
    return field;
}

static void run_line(struct unit_case *of, const char *line, size_t fields, void (*run)(const struct unit_case *of)) {
    of->count = 0;
    for (const char *at = line;; of->count++) {
        const char *tab = strchr(at, '\t');
        size_t len = tab == NULL ? strlen(at) : (size_t)(tab - at);
        if (of->count == UNIT_FIELDS_MAX)
            break;
        of->field[of->count] = read_field(at, len, of);
        if (tab == NULL) {
            of->count++;
            break;
        }
        at = tab + 1;
    }
    unsigned before = broken;
    if (of->count == fields)
        run(of);
    else
        EXPECT_CASE(false, of, "the case has %zu fields, not %zu", of->count, fields);
    count_test(before);
    for (size_t i = 0; i < of->count; i++)
        free((void *)(uintptr_t)of->field[i].at);
}

void unit_cases(const char *name, size_t fields, void (*run)(const struct unit_case *of)) {
    char path[4096], *line = NULL;
    size_t size = 0;
    ssize_t len;
    bool any = false;
    struct unit_case of = {.file = path};

    snprintf(path, sizeof path, "%s/%s", cases_folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        stop("cannot read", path);
    while ((len = getline(&line, &size, file)) > 0) {
        of.line++;
        if (line[len - 1] == '\n')
            line[--len] = '\0';
        if (len == 0 || line[0] == '#')
            continue;
        any = true;
        run_line(&of, line, fields, run);
    }
    EXPECT_CASE(any && !ferror(file), &of, "no case in here, or it could not be read");
    free(line);
    fclose(file);
}

static void run_data_file(const char *name, void (*run)(const char *name, int line, struct span text)) {
    char path[4096], *text = NULL;
    size_t size = 0;
    ssize_t len;
    int line = 0;

    snprintf(path, sizeof path, "%s/%s", data_folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        stop("cannot read", path);
    unsigned before = broken;
    while ((len = getline(&text, &size, file)) > 0)
        run(path, ++line, (struct span){text, (size_t)len});
    EXPECT_CASE(line > 0 && !ferror(file), (&(struct unit_case){.file = path}), "no line in here");
    count_test(before);
    free(text);
    fclose(file);
}

void unit_data(void (*run)(const char *name, int line, struct span text)) {
    struct dirent **entries;
    int count = scandir(data_folder, &entries, NULL, alphasort), files = 0;

    if (count < 0)
        stop("cannot read", data_folder);
    for (int i = 0; i < count; i++) {
        const char *dot = strrchr(entries[i]->d_name, '.');
        if (dot != NULL && strcmp(dot, ".ndjson") == 0) {
            run_data_file(entries[i]->d_name, run);
            files++;
        }
        free(entries[i]);
    }
    free(entries);
    EXPECT(files > 0);
}

int main(int count, char **arguments) {
    static void (*const modules[])(void) = {
        unit_buf,   unit_error,       unit_headers,   unit_ident, unit_json,     unit_json_differential,
        unit_query, unit_random_bits, unit_timestamp, unit_uri,   unit_settings,
    };

    if (count != 3) {
        fprintf(stderr, "usage: unit CASES-FOLDER DATA-FOLDER\n");
        return 2;
    }
    cases_folder = arguments[1];
    data_folder = arguments[2];
    for (size_t i = 0; i < COUNT_OF(modules); i++) {
        unsigned before = broken;
        modules[i]();
        count_test(before);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
