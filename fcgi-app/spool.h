/* spool.h: directories that must be there before anything runs. */
#ifndef SPOOL_H
#define SPOOL_H

#include "base.h"

/* Makes a directory, parents included, with this mode. False: one line was logged, naming the setting. */
bool spool_make_directory(const char *setting, const char *path, unsigned mode) MUST_USE;

/* Removes the files in it: kill -9 leaves lighttpd's temporary files behind. */
bool spool_empty(const char *setting, const char *path) MUST_USE;

#endif
