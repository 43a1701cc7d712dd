/* migrate_files.c: the migrations as they lie in the schema directory. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "migrate.h"
#include "sha256.h"

#define FIRST_WORDS "-- oldest-release: "

int migrate_release_compare(const char *one, const char *other) {
    while (*one || *other) {
        char *end_one, *end_other;
        long left = strtol(one, &end_one, 10), right = strtol(other, &end_other, 10);
        if (left != right)
            return left < right ? -1 : 1;
        one = *end_one ? end_one + 1 : end_one;
        other = *end_other ? end_other + 1 : end_other;
    }
    return 0;
}

static bool is_directory(const char *path) {
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    (void)closedir(directory); /* fails only for a bad handle */
    return true;
}

/* Where the files are; false when they are nowhere. */
static bool find_directory(char path[PATH_MAX]) {
    static const char *const beside[] = {"/../schema", "/../../schema", "/../share/session-backend/schema"};
    const char *chosen = getenv("SCHEMA_DIR");
    if (chosen && *chosen) {
        (void)snprintf(path, PATH_MAX, "%s", chosen);
        return true;
    }
    char program[PATH_MAX - 64];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(program, '/');
    for (size_t i = 0; slash && i < COUNT_OF(beside); i++) {
        (void)snprintf(path, PATH_MAX, "%.*s%s", (int)(slash - program), program, beside[i]);
        if (is_directory(path))
            return true;
    }
    migrate_say("no schema directory beside the program; SCHEMA_DIR can name one");
    return false;
}

static int is_migration(const struct dirent *entry) {
    const char *name = entry->d_name;
    size_t len = strlen(name);
    return len > 8 && isdigit((unsigned char)name[0]) && isdigit((unsigned char)name[1]) &&
           isdigit((unsigned char)name[2]) && name[3] == '_' && strcmp(name + len - 4, ".sql") == 0;
}

static bool read_file(const char *path, struct buf *out) {
    FILE *file = fopen(path, "re");
    if (!file) {
        migrate_say("cannot read %s: %s", path, strerror(errno));
        return false;
    }
    char block[4096];
    size_t len;
    while ((len = fread(block, 1, sizeof(block), file)) > 0)
        buf_append(out, block, len);
    bool fine = !ferror(file);
    fine = fclose(file) == 0 && fine;
    buf_byte(out, '\0');
    if (!fine || out->failed)
        migrate_say("cannot read %s", path);
    return fine && !out->failed;
}

static bool read_migration(const char *directory, const char *name, int number, struct migration *out) {
    char path[PATH_MAX + 300];
    uint8_t digest[SHA256_LEN];
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    (void)snprintf(out->name, sizeof(out->name), "%s", name);
    out->number = (int)strtol(name, NULL, 10);
    if (out->number != number) {
        migrate_say("%s: number %03d was expected", name, number);
        return false;
    }
    if (!read_file(path, &out->sql))
        return false;
    sha256(out->sql.data, out->sql.len - 1, digest);
    for (size_t i = 0; i < SHA256_LEN; i++)
        (void)snprintf(out->checksum + 2 * i, 3, "%02x", digest[i]);
    if (sscanf(out->sql.data, FIRST_WORDS "%31[0-9.]", out->oldest_release) != 1) {
        migrate_say("%s: the first line must be '" FIRST_WORDS "X.Y.Z'", name);
        return false;
    }
    return true;
}

bool migrate_files_read(struct migrations *migrations) {
    char directory[PATH_MAX];
    struct dirent **names = NULL;
    bool fine = true;
    if (!find_directory(directory))
        return false;
    int count = scandir(directory, &names, is_migration, alphasort);
    if (count <= 0) {
        migrate_say("no migrations in %s", directory);
        free(names);
        return false;
    }
    migrations->files = calloc((size_t)count, sizeof(*migrations->files));
    fine = migrations->files != NULL;
    for (int i = 0; i < count; i++) {
        fine = fine && read_migration(directory, names[i]->d_name, i + 1, &migrations->files[i]);
        if (migrations->files)
            migrations->count = i + 1;
        free(names[i]);
    }
    free(names);
    return fine;
}

void migrate_files_free(struct migrations *migrations) {
    for (int i = 0; i < migrations->count; i++)
        buf_free(&migrations->files[i].sql);
    free(migrations->files);
    *migrations = (struct migrations){0};
}
