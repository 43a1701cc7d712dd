/* spool.c: see spool.h */
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

bool spool_make_directory(const char *setting, const char *path, unsigned mode) {
    char part[PATH_MAX];
    int len = snprintf(part, sizeof part, "%s", path);
    if (len < 0 || (size_t)len >= sizeof part) {
        log_line(LOG_CRITICAL, "%s: the path is too long", setting);
        return false;
    }
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(part, 0755); /* whatever is wrong shows at the last one */
        *slash = '/';
    }
    if ((mkdir(part, mode) != 0 && errno != EEXIST) || access(part, R_OK | W_OK | X_OK) != 0) {
        log_line(LOG_CRITICAL, "%s: cannot write in %s: %s", setting, path, strerror(errno));
        return false;
    }
    return true;
}

bool spool_empty(const char *setting, const char *path) {
    DIR *directory = opendir(path);
    if (directory == NULL) {
        log_line(LOG_CRITICAL, "%s: cannot read %s: %s", setting, path, strerror(errno));
        return false;
    }
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, "lighttpd-upload-", 16) == 0 && unlinkat(dirfd(directory), entry->d_name, 0) != 0) {
            log_line(LOG_WARNING, "%s: cannot remove %s: %s", setting, entry->d_name, strerror(errno));
        }
    }
    return closedir(directory) == 0;
}
