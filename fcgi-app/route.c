/* route.c: THE route table and its matcher. */
#include "route.h"

#include "api.h"
#include "uri.h"

#include <string.h>

#define SESSIONS "/api/v1/sessions"
#define SESSION SESSIONS "/{session_id}"
#define AGENT SESSION "/agents/{agent_id}"
#define MESSAGE AGENT "/messages/{message_id}"
#define MULTI_AGENT SESSION "/multi_agents/{multi_agent_id}"
#define STORAGE "/api/v1/storage"

#define READS ROUTE_DATABASE
#define WRITES (ROUTE_DATABASE | ROUTE_WRITES)
#define PROBE (ROUTE_OPEN | ROUTE_HEALTH)

static const struct route ROUTES[] = {
    {METHOD_POST, WRITES | ROUTE_JSON, SESSIONS, api_session_create},
    {METHOD_GET, READS, SESSIONS, api_session_list},
    {METHOD_GET, READS, SESSION, api_session_get},
    {METHOD_PUT, WRITES | ROUTE_JSON, SESSION, api_session_update},
    {METHOD_DELETE, WRITES, SESSION, api_session_delete},
    {METHOD_POST, WRITES | ROUTE_JSON, SESSION "/fork", api_session_fork},
    {METHOD_POST, WRITES | ROUTE_JSON, SESSION "/agents", api_agent_create},
    {METHOD_GET, READS, SESSION "/agents", api_agent_list},
    {METHOD_GET, READS, AGENT, api_agent_get},
    {METHOD_PUT, WRITES | ROUTE_JSON, AGENT, api_agent_update},
    {METHOD_DELETE, WRITES, AGENT, api_agent_delete},
    {METHOD_GET, READS, AGENT "/restore", api_agent_restore},
    {METHOD_POST, WRITES | ROUTE_JSON, AGENT "/messages", api_message_create},
    {METHOD_GET, READS, AGENT "/messages", api_message_list},
    {METHOD_DELETE, WRITES, AGENT "/messages", api_message_truncate},
    {METHOD_GET, READS, MESSAGE, api_message_get},
    {METHOD_PUT, WRITES | ROUTE_JSON, MESSAGE, api_message_update},
    {METHOD_DELETE, WRITES, MESSAGE, api_message_delete},
    {METHOD_POST, WRITES | ROUTE_JSON, SESSION "/multi_agents", api_multi_agent_create},
    {METHOD_GET, READS, SESSION "/multi_agents", api_multi_agent_list},
    {METHOD_GET, READS, MULTI_AGENT, api_multi_agent_get},
    {METHOD_PUT, WRITES | ROUTE_JSON, MULTI_AGENT, api_multi_agent_update},
    {METHOD_DELETE, WRITES, MULTI_AGENT, api_multi_agent_delete},
    /* The collection stands before the keys: /api/v1/storage/ is the collection for the methods that it has. */
    {METHOD_GET, READS, STORAGE, api_storage_list},
    {METHOD_DELETE, WRITES, STORAGE, api_storage_clear},
    {METHOD_GET, READS, STORAGE "/{key}", api_storage_get},
    {METHOD_PUT, WRITES | ROUTE_BYTES, STORAGE "/{key}", api_storage_put},
    {METHOD_DELETE, WRITES, STORAGE "/{key}", api_storage_delete},
    {METHOD_GET, PROBE, "/health", api_health},
    {METHOD_GET, PROBE, "/health/live", api_health_live},
    {METHOD_GET, PROBE, "/health/db", api_health_db},
    {METHOD_GET, PROBE, "/health/ready", api_health_ready},
    {METHOD_GET, ROUTE_HEALTH | ROUTE_METRICS, "/health/metrics", api_health_metrics},
    {METHOD_GET, ROUTE_HEALTH | ROUTE_METRICS, "/metrics", api_metrics},
    {METHOD_GET, PROBE, "/docs", api_docs},
    {METHOD_GET, PROBE, "/redoc", api_redoc},
    {METHOD_GET, PROBE, "/openapi.json", api_openapi},
};

size_t route_count(void) {
    return COUNT_OF(ROUTES);
}

const struct route *route_at(size_t index) {
    return &ROUTES[index];
}

const char *route_pattern(size_t index) {
    return ROUTES[index].pattern;
}

/* Is this segment of a path the literal? `sessions` may also be spelled `%73essions`. */
static bool same_segment(struct span raw, const char *literal, size_t len) {
    if (raw.len == len && memcmp(raw.at, literal, len) == 0) {
        return true;
    }
    if (raw.len <= len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        int byte = raw.len == 0 ? -1 : uri_next(&raw, false);
        if (byte < 0 || (char)byte != literal[i]) {
            return false;
        }
    }
    return raw.len == 0;
}

static bool segment_matches(const char *pattern, size_t len, struct span raw, struct route_match *match) {
    if (pattern[0] != '{') {
        return same_segment(raw, pattern, len);
    }
    match->parameters[match->count].name = pattern + 1;
    match->parameters[match->count].raw = raw;
    match->count++;
    return raw.len > 0;
}

static bool path_matches(const char *pattern, struct span path, struct route_match *match) {
    const char *at = path.at, *end = path.at + path.len;
    match->count = 0;
    while (*pattern == '/') {
        if (at >= end || *at != '/') {
            return false;
        }
        pattern++;
        at++;
        if (strcmp(pattern, "{key}") == 0) {
            match->parameters[0].name = pattern + 1;
            match->parameters[0].raw = (struct span){at, (size_t)(end - at)};
            match->count = 1;
            return true;
        }
        size_t len = strcspn(pattern, "/");
        const char *slash = at < end ? memchr(at, '/', (size_t)(end - at)) : NULL;
        const char *stop = slash == NULL ? end : slash;
        if (!segment_matches(pattern, len, (struct span){at, (size_t)(stop - at)}, match)) {
            return false;
        }
        pattern += len;
        at = stop;
    }
    return at == end || (end - at == 1 && *at == '/');
}

void route_find(enum method method, struct span path, struct route_match *match) {
    struct route_match found = {.route = NULL};
    enum method wanted = method == METHOD_HEAD ? METHOD_GET : method;
    *match = (struct route_match){.route = NULL};
    for (size_t i = 0; i < COUNT_OF(ROUTES); i++) {
        const struct route *route = &ROUTES[i];
        if (!path_matches(route->pattern, path, &found)) {
            continue;
        }
        match->allowed |= METHOD_BIT(route->method) | (route->method == METHOD_GET ? METHOD_BIT(METHOD_HEAD) : 0);
        match->any = match->any == NULL ? route : match->any;
        if (route->method == wanted) {
            match->route = route;
            match->count = found.count;
            memcpy(match->parameters, found.parameters, sizeof found.parameters);
            return; /* `allowed` is only wanted when there is no such row */
        }
    }
}
