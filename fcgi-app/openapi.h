/*
 * openapi.h: the text of openapi.json, which openapi.S puts into the program. The file is what people edit; what the
 * program answers for /openapi.json is the same, byte for byte.
 */
#ifndef OPENAPI_H
#define OPENAPI_H

#include "base.h"

extern const char openapi_json[];     /* valid UTF-8; a final NUL stands behind it */
extern const char openapi_json_end[]; /* where the text ends */

static inline struct span openapi_text(void) {
    /* cppcheck-suppress comparePointers ; the two are the ends of one text, which the assembler placed */
    return (struct span){openapi_json, (size_t)(openapi_json_end - openapi_json)};
}

#endif
