/* version.h: what is built. */
#ifndef VERSION_H
#define VERSION_H

extern const char version_number[];   /* as in the file VERSION */
extern const char version_revision[]; /* the commit, or "unknown" */

#endif
