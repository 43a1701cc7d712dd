/* cors.c: which origins may, and what they are told. */
#include "cors.h"

#include <string.h>

enum verdict { CORS_NO, CORS_LISTED, CORS_ANY };

static struct span trim(struct span text) {
    while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

/* CORS_ANY also for requests without Origin when the setting is `*`. */
static enum verdict judge(const char *origins, struct span origin) {
    while (*origins != '\0') {
        size_t len = strcspn(origins, ",");
        struct span entry = trim((struct span){origins, len});
        if (entry.len == 1 && entry.at[0] == '*') {
            return CORS_ANY;
        }
        if (origin.at != NULL && entry.len > 0 && entry.len == origin.len &&
            memcmp(entry.at, origin.at, entry.len) == 0) {
            return CORS_LISTED;
        }
        origins += len + (origins[len] == ',' ? 1 : 0);
    }
    return CORS_NO;
}

void cors_apply(const char *origins, struct request *request) {
    struct span origin = http_header(request, HEADER_ORIGIN);
    if (origins == NULL) {
        return;
    }
    enum verdict verdict = judge(origins, origin);
    if (verdict != CORS_ANY) {
        http_set_header(request, "Vary: ", SPAN_OF("Origin"));
    }
    if (verdict == CORS_NO || origin.at == NULL) {
        return;
    }
    http_set_header(request, "Access-Control-Allow-Origin: ", verdict == CORS_ANY ? SPAN_OF("*") : origin);
    http_set_header(request, "Access-Control-Expose-Headers: ",
                    SPAN_OF("ETag, X-Request-ID, Retry-After, Idempotency-Replayed, Allow, WWW-Authenticate"));
}

bool cors_preflight(const char *origins, struct request *request, const char *allow) {
    struct span origin = http_header(request, HEADER_ORIGIN);
    bool asked =
        request->method == METHOD_OPTIONS && origin.at != NULL && http_header(request, HEADER_CORS_METHOD).at != NULL;
    if (origins == NULL || !asked || judge(origins, origin) == CORS_NO) {
        return false;
    }
    http_set_header(request, "Access-Control-Allow-Methods: ", (struct span){allow, strlen(allow)});
    http_set_header(request, "Access-Control-Allow-Headers: ",
                    SPAN_OF("Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-ID, "
                            "traceparent, tracestate"));
    http_set_header(request, "Access-Control-Max-Age: ", SPAN_OF("600"));
    return true;
}
