/* conninfo.c: see conninfo.h. Connection strings: PostgreSQL 15 manual, 34.1.1. */
#include "conninfo.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "buf.h"
#include "log.h"
#include "memory.h"
#include "settings.h"
#include "timestamp.h"

static struct {
    struct conninfo base; /* without host, hostaddr and port */
    size_t count;
    char *host, *hostaddr, *port; /* lists with commas, as configured */
    struct address configured[CONNINFO_TARGETS_MAX];
    size_t configured_count;
    struct address now[CONNINFO_TARGETS_MAX]; /* what the prober found, as of `version` */
    size_t now_count;
    unsigned version;
    int64_t started;
} state;

/* Adds a keyword, or gives it another value. False when the table is full or memory ran out. */
static bool set(const char *keyword, const char *value) {
    size_t i = 0;
    while (i < state.count && strcmp(state.base.keywords[i], keyword) != 0) {
        i++;
    }
    if (i == CONNINFO_KEYWORDS_MAX - 3) { /* host, hostaddr and port come later */
        return false;
    }
    if (i == state.count) {
        state.base.keywords[i] = strdup(keyword);
        state.count++;
    }
    state.base.values[i] = strdup(value);
    return state.base.keywords[i] != NULL && state.base.values[i] != NULL;
}

static bool has(const char *keyword) {
    for (size_t i = 0; i < state.count; i++) {
        if (strcmp(state.base.keywords[i], keyword) == 0) {
            return true;
        }
    }
    return false;
}

static bool replace(char **text, const char *value) {
    free(*text);
    *text = strdup(value);
    return *text != NULL;
}

/* Hosts and ports are kept apart: connections go through them one by one. */
static bool take(const char *keyword, const char *value) {
    if (strcmp(keyword, "host") == 0) {
        return replace(&state.host, value);
    }
    if (strcmp(keyword, "hostaddr") == 0) {
        return replace(&state.hostaddr, value);
    }
    if (strcmp(keyword, "port") == 0) {
        return replace(&state.port, value);
    }
    return set(keyword, value);
}

static bool is_libpq_option(const char *name, size_t len) {
    PQconninfoOption *options = PQconndefaults();
    bool found = false;
    for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL && !found; o++) {
        found = strlen(o->keyword) == len && strncmp(o->keyword, name, len) == 0;
    }
    PQconninfoFree(options);
    return found;
}

/* asyncpg's ssl=…: libpq's sslmode, or a truth value. */
static struct span sslmode_of(struct span ssl) {
    static const struct {
        const char *from, *to;
    } words[] = {{"true", "require"}, {"on", "require"}, {"1", "require"}, {"false", "disable"}, {"0", "disable"}};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (ssl.len == strlen(words[i].from) && strncasecmp(ssl.at, words[i].from, ssl.len) == 0) {
            return (struct span){words[i].to, strlen(words[i].to)};
        }
    }
    return ssl;
}

/* Copies one query parameter of postgresql+asyncpg://, or leaves it out. Its name is not shown where an '@' follows: it
 * may be a piece of a password that should have been percent-encoded. */
static void take_driver_option(struct buf *out, const char *at, size_t len, char *separator) {
    const char *equals = memchr(at, '=', len);
    size_t name = equals != NULL ? (size_t)(equals - at) : len;
    if (name == 3 && memcmp(at, "ssl", 3) == 0 && equals != NULL) {
        struct span value = sslmode_of((struct span){equals + 1, len - name - 1});
        buf_byte(out, *separator);
        buf_text(out, "sslmode=");
        buf_span(out, value);
    } else if (is_libpq_option(at, name)) {
        buf_byte(out, *separator);
        buf_append(out, at, len);
    } else {
        if (len > 0) {
            int shown = strchr(at, '@') != NULL ? 0 : name < 64 ? (int)name : 64;
            log_line(LOG_WARNING, "DATABASE_URL: the driver option '%.*s' means nothing here and is ignored", shown,
                     at);
        }
        return;
    }
    *separator = '&';
}

/* postgresql+asyncpg://… as libpq spells it. */
static void translate(const char *url, struct buf *out) {
    const char *rest = strstr(url, "://") + 3;
    /* A password may hold a '?': the parameters begin behind user and host. */
    size_t user = strcspn(rest, "@/");
    size_t head = rest[user] == '@' ? user + strcspn(rest + user, "?") : strcspn(rest, "?");
    buf_text(out, "postgresql://");
    buf_append(out, rest, head);
    const char *at = rest + head;
    char separator = '?';
    while (*at != '\0') {
        at++; /* '?' or '&' */
        size_t len = strcspn(at, "&");
        take_driver_option(out, at, len, &separator);
        at += len;
    }
    buf_byte(out, '\0');
}

/* libpq's own words may hold parts of the password, so they are not repeated. */
static bool read_url(const char *url, const char **fault) {
    static const char *const schemes[] = {"postgresql://", "postgres://"};
    struct buf text = {0};
    if (strncmp(url, "postgresql+", 11) == 0 && strstr(url, "://") != NULL) {
        translate(url, &text);
    } else if (strncmp(url, schemes[0], strlen(schemes[0])) == 0 || strncmp(url, schemes[1], strlen(schemes[1])) == 0) {
        buf_append(&text, url, strlen(url) + 1);
    } else {
        *fault = "DATABASE_URL: must begin with postgresql://";
        return false;
    }
    char *words = NULL;
    PQconninfoOption *options = text.failed ? NULL : PQconninfoParse(text.data, &words);
    PQfreemem(words);
    buf_free(&text);
    if (options == NULL) {
        *fault = "DATABASE_URL: is no connection string that PostgreSQL's library understands "
                 "(special characters in user and password must be percent-encoded)";
        return false;
    }
    bool fine = true;
    for (PQconninfoOption *o = options; o->keyword != NULL; o++) {
        fine = fine && (o->val == NULL || o->val[0] == '\0' || take(o->keyword, o->val));
    }
    PQconninfoFree(options);
    if (!fine) {
        *fault = "DATABASE_URL: too long";
    }
    return fine;
}

/* What the environment's PG* variables or a service file say of the hosts, where we were told nothing. */
static bool fill_in_hosts(void) {
    PQconninfoOption *options = PQconndefaults();
    if (options == NULL) {
        return false;
    }
    bool fine = true, hosts = state.host != NULL || state.hostaddr != NULL;
    for (PQconninfoOption *o = options; o->keyword != NULL; o++) {
        bool wanted = strcmp(o->keyword, "port") == 0                                          ? state.port == NULL
                      : strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0 ? !hosts
                                                                                               : false;
        if (wanted && o->val != NULL && o->val[0] != '\0') {
            fine = fine && take(o->keyword, o->val);
        }
    }
    PQconninfoFree(options);
    return fine;
}

/* The index-th word of a list with commas; of a list of one word, that one whatever the index. Empty beyond. */
static struct span word_at(const char *list, size_t index, bool one_for_all) {
    if (list == NULL) {
        return SPAN_OF("");
    }
    if (one_for_all && strchr(list, ',') == NULL) {
        index = 0;
    }
    for (; index > 0; index--) {
        list = strchr(list, ',');
        if (list == NULL) {
            return SPAN_OF("");
        }
        list++;
    }
    return (struct span){list, strcspn(list, ",")};
}

static size_t words_in(const char *list) {
    size_t count = list != NULL;
    for (; list != NULL && *list != '\0'; list++) {
        count += *list == ',';
    }
    return count;
}

static bool is_numeric(const char *host) {
    unsigned char binary[16];
    return inet_pton(AF_INET, host, binary) == 1 || inet_pton(AF_INET6, host, binary) == 1;
}

static bool copy_word(char *to, size_t size, struct span word) {
    int len = snprintf(to, size, "%.*s", (int)word.len, word.at);
    return len >= 0 && (size_t)len < size;
}

static bool read_hosts(const char **fault) {
    size_t count = words_in(state.host), addresses = words_in(state.hostaddr);
    count = addresses > count ? addresses : count;
    count = count == 0 ? 1 : count;
    if (count > CONNINFO_TARGETS_MAX) {
        *fault = "DATABASE_URL: more than 32 hosts";
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct address *a = &state.configured[i];
        if (!copy_word(a->host, sizeof a->host, word_at(state.host, i, false)) ||
            !copy_word(a->numeric, sizeof a->numeric, word_at(state.hostaddr, i, false)) ||
            !copy_word(a->port, sizeof a->port, word_at(state.port, i, true))) {
            *fault = "DATABASE_URL, POSTGRES_HOST or POSTGRES_PORT: a host or port is too long";
            return false;
        }
        size_t digits = strspn(a->port, "0123456789");
        if (a->port[digits] != '\0' || strtol(a->port, NULL, 10) > 65535) {
            *fault = "POSTGRES_PORT: must be a port number";
            return false;
        }
        if (a->numeric[0] == '\0' && is_numeric(a->host)) {
            memcpy(a->numeric, a->host, strlen(a->host) + 1);
        }
    }
    state.configured_count = count;
    return true;
}

bool conninfo_setup(const struct settings *settings, const char **fault) {
    const struct {
        const char *keyword, *value;
    } ours[] = {
        {"host", settings->postgres_host}, {"port", settings->postgres_port},         {"dbname", settings->postgres_db},
        {"user", settings->postgres_user}, {"password", settings->postgres_password},
    };
    memset(&state, 0, sizeof state);
    state.started = timestamp_monotonic();
    *fault = "out of memory";
    const char *source = "libpq's own PG* variables and defaults";
    if (settings->database_url != NULL) {
        source = "DATABASE_URL";
        if (!read_url(settings->database_url, fault)) {
            return false;
        }
    }
    for (size_t i = 0; i < COUNT_OF(ours) && settings->database_url == NULL; i++) {
        if (ours[i].value != NULL) {
            source = "POSTGRES_*";
            if (!take(ours[i].keyword, ours[i].value)) {
                return false;
            }
        }
    }
    char seconds[16];
    (void)snprintf(seconds, sizeof seconds, "%d", settings->connect_timeout);
    if (!fill_in_hosts() || !read_hosts(fault) || !set("client_encoding", "UTF8") ||
        (!has("connect_timeout") && !set("connect_timeout", seconds)) ||
        (!has("fallback_application_name") && !set("fallback_application_name", "session-backend"))) {
        return false;
    }
    log_line(LOG_INFO, "the database is taken from %s", source);
    return true;
}

static void add(struct conninfo *out, size_t *at, const char *keyword, const char *value) {
    if (value != NULL && value[0] != '\0') {
        out->keywords[*at] = keyword;
        out->values[*at] = value;
        (*at)++;
    }
}

void conninfo_all(struct conninfo *out) {
    *out = state.base;
    size_t at = state.count;
    add(out, &at, "host", state.host);
    add(out, &at, "hostaddr", state.hostaddr);
    add(out, &at, "port", state.port);
}

static bool is_name(const struct address *a) {
    return a->numeric[0] == '\0' && a->host[0] != '\0' && a->host[0] != '/' && a->host[0] != '@';
}

/* Copies what the prober published, when it is newer than what we have. */
static void refresh(void) {
    struct head *head = memory.head;
    for (int attempt = 0; attempt < 1000; attempt++) {
        unsigned before = atomic_load_explicit(&head->addresses_version, memory_order_acquire);
        if (before == state.version || before % 2 == 1) {
            if (before == state.version) {
                return;
            }
            continue;
        }
        unsigned count = head->address_count;
        memcpy(state.now, head->addresses, sizeof state.now);
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&head->addresses_version, memory_order_relaxed) == before) {
            state.now_count = count <= CONNINFO_TARGETS_MAX ? count : 0;
            state.version = before;
            return;
        }
    }
}

size_t conninfo_targets(void) {
    refresh();
    return state.now_count > 0 ? state.now_count : state.configured_count;
}

bool conninfo_target(size_t index, struct conninfo *out) {
    const struct address *a = state.now_count > 0 ? &state.now[index] : &state.configured[index];
    *out = state.base;
    size_t at = state.count;
    add(out, &at, "host", a->host);
    add(out, &at, "hostaddr", a->numeric);
    add(out, &at, "port", a->port);
    return !is_name(a);
}

bool conninfo_resolving(void) {
    refresh();
    return state.version == 0 && timestamp_monotonic() - state.started < 1000000;
}

/* Appends the addresses of one host to `found`; without any, the host as it is. */
static size_t resolve_one(const struct address *a, struct address *found, size_t room) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *list = NULL;
    size_t count = 0;
    if (is_name(a) && getaddrinfo(a->host, NULL, &hints, &list) == 0) {
        for (struct addrinfo *one = list; one != NULL && count < room; one = one->ai_next) {
            found[count] = *a;
            if (getnameinfo(one->ai_addr, one->ai_addrlen, found[count].numeric, sizeof found[count].numeric, NULL, 0,
                            NI_NUMERICHOST) == 0) {
                count++;
            }
        }
        freeaddrinfo(list);
    }
    if (count == 0 && room > 0) {
        found[count++] = *a;
    }
    return count;
}

void conninfo_resolve(void) {
    static struct address found[CONNINFO_TARGETS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < state.configured_count; i++) {
        count += resolve_one(&state.configured[i], found + count, CONNINFO_TARGETS_MAX - count);
    }
    struct head *head = memory.head;
    unsigned version = atomic_load(&head->addresses_version);
    if (version > 0 && version % 2 == 0 && head->address_count == count &&
        memcmp(head->addresses, found, count * sizeof found[0]) == 0) {
        return;
    }
    version -= version % 2; /* a prober that was killed while it wrote */
    atomic_store_explicit(&head->addresses_version, version + 1, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    memcpy(head->addresses, found, sizeof found);
    head->address_count = (unsigned)count;
    atomic_store_explicit(&head->addresses_version, version + 2, memory_order_release);
}
