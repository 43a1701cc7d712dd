/* access.c: bearer tokens (RFC 6750, section 2.1), scopes, tenants. */
#include "access.h"

#include <string.h>
#include <strings.h>

static const char SCHEME[] = "Bearer";

/* The token of `Bearer TOKEN`, or absent. */
static struct span bearer(struct span authorization) {
    size_t scheme = sizeof SCHEME - 1;
    if (authorization.at == NULL || authorization.len <= scheme || strncasecmp(authorization.at, SCHEME, scheme) != 0 ||
        authorization.at[scheme] != ' ') {
        return SPAN_ABSENT;
    }
    struct span token = {authorization.at + scheme, authorization.len - scheme};
    while (token.len > 0 && token.at[0] == ' ') {
        token.at++;
        token.len--;
    }
    while (token.len > 0 && token.at[token.len - 1] == ' ') {
        token.len--;
    }
    return token.len == 0 ? SPAN_ABSENT : token;
}

enum error access_judge(const struct access *access, const struct route *route, struct span authorization,
                        struct span *tenant) {
    *tenant = SPAN_OF("");
    bool metrics = (route->flags & ROUTE_METRICS) != 0;
    bool open = metrics ? !access->metrics_limited : access->tokens == NULL || (route->flags & ROUTE_OPEN) != 0;
    if (open) {
        return ERROR_NONE;
    }
    struct span text = bearer(authorization);
    const struct token *token = access->tokens == NULL || text.at == NULL ? NULL : tokens_find(access->tokens, text);
    if (token == NULL) {
        return ERROR_UNAUTHORIZED;
    }
    if (metrics) {
        return token->tenant[0] == '\0' ? ERROR_NONE : ERROR_FORBIDDEN;
    }
    if (route->method != METHOD_GET && !token->write) {
        return ERROR_FORBIDDEN;
    }
    *tenant = (struct span){token->tenant, strlen(token->tenant)};
    return ERROR_NONE;
}
