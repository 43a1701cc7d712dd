/* version.c: see version.h; the Makefile defines both words for this file alone. */
#include "version.h"

const char version_number[] = VERSION;
const char version_revision[] = REVISION;
