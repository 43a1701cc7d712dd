/* access.h: who may call what (contract 2.10). */
#ifndef ACCESS_H
#define ACCESS_H

#include "route.h"
#include "tokens.h"

struct access {
    const struct tokens *tokens; /* NULL: access is not limited */
    bool metrics_limited;        /* METRICS_TOKEN_REQUIRED */
};

/* ERROR_NONE, ERROR_UNAUTHORIZED or ERROR_FORBIDDEN. *tenant ("" without tokens) belongs to the tokens. */
enum error access_judge(const struct access *access, const struct route *route, struct span authorization,
                        struct span *tenant) MUST_USE;

#endif
