/*
 * fuzz_request.c: FastCGI parameters and a body through the whole worker, from accept to the last byte of the answer,
 * with stand-ins for libfcgi (request_fcgx.c) and the store (request_store.c). Whatever comes in, what goes out is one
 * whole, well-formed answer of the contract, and nothing that was not judged reaches the store.
 *
 * The input: a letter for the outcome of the store, one for the state of the database, one for the switches below;
 * then lines NAME=value, an empty line, the body.
 */
#include "fuzz.h"
#include "ident.h"
#include "json.h"
#include "log.h"
#include "request.h"
#include "settings.h"
#include "sha256.h"
#include "tokens.h"
#include "worker.h"

#include <sys/socket.h>

#define BODY_LIMIT 4096

enum { WITH_TOKENS = 1, WITH_CORS = 2, LEAVING = 4, GONE = 8, HEALTH = 16, METRICS_LIMITED = 32 };

struct fake fake;
static uint8_t switches;

int LLVMFuzzerInitialize(int *count, char ***arguments);

static bool leaving(void) {
    return (switches & LEAVING) != 0;
}

static void ready(void) {
}

/* ---- the request ---- */

static const struct tokens *the_tokens(void) {
    static struct tokens tokens;
    const char *fault;
    struct buf lines = {0};
    static const struct span secrets[] = {{"reader", 6}, {"writer", 6}, {"plain", 5}};

    if (tokens.count > 0)
        return &tokens;
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        uint8_t hash[SHA256_LEN];
        sha256(secrets[i].at, secrets[i].len, hash);
        buf_format(&lines, "n%zu:", i);
        for (size_t at = 0; at < sizeof hash; at++)
            buf_format(&lines, "%02x", hash[at]);
        buf_text(&lines, i == 0 ? ":read:" REQUEST_TENANT "\n" : i == 1 ? ":write:" REQUEST_TENANT "\n" : ":write:\n");
    }
    HOLDS(tokens_parse((struct span){lines.data, lines.len}, "tokens", &tokens, &fault));
    buf_free(&lines);
    return &tokens;
}

/* Makes the parameters out of the lines; returns where the body begins. */
static size_t take_lines(char *text, size_t len, char *length_parameter, size_t size) {
    size_t count = 0, at = 0;
    bool has_length = false;

    while (at < len && text[at] != '\n') {
        char *feed = memchr(text + at, '\n', len - at);
        char *end = feed == NULL ? text + len : feed;
        *end = '\0'; /* there is a byte behind the text */
        if (count < REQUEST_PARAMETERS_MAX - 1) {
            has_length = has_length || strncmp(text + at, "CONTENT_LENGTH=", 15) == 0;
            fake.parameters[count++] = text + at;
        }
        at = (size_t)(end - text) + (feed == NULL ? 0 : 1);
    }
    size_t body = at < len ? at + 1 : len;
    snprintf(length_parameter, size, "CONTENT_LENGTH=%zu", len - body);
    if (!has_length)
        fake.parameters[count++] = length_parameter;
    fake.parameters[count] = NULL;
    return body;
}

/* The last of that name, as the worker takes it. */
static const char *parameter(const char *name) {
    const char *value = "";

    for (char **at = fake.parameters; *at != NULL; at++)
        if (strncmp(*at, name, strlen(name)) == 0 && (*at)[strlen(name)] == '=')
            value = *at + strlen(name) + 1;
    return value;
}

/* ---- the answer ---- */

struct answer {
    int status;
    int64_t length; /* -1: not announced */
    bool id, retry_after, allow, challenge, tag;
    struct span type, body;
};

static bool header_is(struct span line, const char *name, struct span *value) {
    size_t len = strlen(name);

    if (line.len < len + 2 || memcmp(line.at, name, len) != 0 || memcmp(line.at + len, ": ", 2) != 0)
        return false;
    *value = (struct span){line.at + len + 2, line.len - len - 2};
    return true;
}

static void read_header(struct answer *answer, struct span line) {
    struct span value;
    size_t name = strspn(line.at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");

    HOLDS(name > 0 && name + 2 <= line.len && memcmp(line.at + name, ": ", 2) == 0);
    for (size_t at = 0; at < line.len; at++) /* nothing of the client's can begin a line of its own */
        HOLDS((unsigned char)line.at[at] >= ' ' && line.at[at] != 0x7F);
    if (header_is(line, "Status", &value))
        answer->status = atoi(value.at);
    else if (header_is(line, "Content-Length", &value))
        answer->length = atoll(value.at);
    else if (header_is(line, "X-Request-ID", &value))
        answer->id = ident_is_request_id(value);
    else if (header_is(line, "Content-Type", &value))
        answer->type = value;
    else if (header_is(line, "Retry-After", &value))
        answer->retry_after = value.len > 0 && strspn(value.at, "0123456789") == value.len;
    else if (header_is(line, "Allow", &value))
        answer->allow = value.len > 0;
    else if (header_is(line, "WWW-Authenticate", &value))
        answer->challenge = fuzz_same(value, SPAN_OF("Bearer"));
    else if (header_is(line, "ETag", &value))
        HOLDS(answer->tag = fuzz_same(value, SPAN_OF("\"0123456789abcdef\""))); /* the store's */
}

static struct answer read_answer(struct span text) {
    struct answer answer = {.status = 0, .length = -1};

    for (;;) {
        const char *end = text.len < 2 ? NULL : memmem(text.at, text.len, "\r\n", 2);
        HOLDS(end != NULL);
        struct span line = {text.at, (size_t)(end - text.at)};
        text = (struct span){end + 2, text.len - line.len - 2};
        if (line.len == 0)
            break;
        read_header(&answer, line);
    }
    answer.body = text;
    return answer;
}

/* What 1.3 of the contract says of the body of an error. */
static void check_error(const struct answer *answer) {
    struct span detail = json_member(answer->body, "detail"), entry;
    size_t entries = 0;

    HOLDS(fuzz_same(answer->type, SPAN_OF("application/json")) && detail.at != NULL);
    if (answer->status != 422) {
        HOLDS(json_kind(detail) == JSON_IS_STRING || json_kind(detail) == JSON_IS_OBJECT);
        return;
    }
    HOLDS(json_kind(detail) == JSON_IS_ARRAY);
    for (struct json_walk walk = json_walk(detail); json_walk_value(&walk, &entry); entries++) {
        struct span place, loc = json_member(entry, "loc");
        HOLDS(json_member(entry, "type").at != NULL && json_member(entry, "msg").at != NULL && loc.at != NULL);
        struct json_walk inside = json_walk(loc);
        HOLDS(json_walk_value(&inside, &place));
        HOLDS(fuzz_same(place, SPAN_OF("\"path\"")) || fuzz_same(place, SPAN_OF("\"query\"")) ||
              fuzz_same(place, SPAN_OF("\"header\"")) || fuzz_same(place, SPAN_OF("\"body\"")));
    }
    HOLDS(entries >= 1 && entries <= 100);
}

static void check_status(const struct answer *answer) {
    static const int known[] = {200, 201, 204, 304, 400, 401, 403, 404, 405, 409,
                                411, 412, 413, 415, 422, 431, 500, 501, 503, 505};
    bool found = false;

    for (size_t i = 0; i < COUNT_OF(known); i++)
        found = found || known[i] == answer->status;
    HOLDS(found && answer->id);
    HOLDS(answer->status != 500 || (fake.asked && fake.outcome == OUTCOME_FAILED) || fake.begin_cause == DB_CAUSE_BUG);
    HOLDS(answer->status != 503 || answer->retry_after);
    HOLDS(answer->status != 405 || answer->allow);
    HOLDS(answer->status != 401 || answer->challenge);
    HOLDS(answer->status != 304 || answer->tag);
    HOLDS(!fake.asked || answer->status < 422 || answer->status >= 500); /* whoever asks the store has judged */
}

static void check_answer(void) {
    bool head = strcmp(parameter("REQUEST_METHOD"), "HEAD") == 0;
    size_t place;

    HOLDS(fake.taken && fake.ended && !fake.began);
    if (fake.client_gone)
        return;
    if (fake.cut) {
        HOLDS(fake.asked && fake.outcome == OUTCOME_BROKEN);
        return;
    }
    struct answer answer = read_answer((struct span){fake.sent.data, fake.sent.len});
    check_status(&answer);
    if (head || answer.type.at == NULL) {
        HOLDS(answer.body.len == 0 && (head || answer.status < 400));
        return;
    }
    HOLDS(answer.status != 204 && answer.status != 304);
    HOLDS(answer.length < 0 ? answer.body.len > WRITER_LIMIT : (size_t)answer.length == answer.body.len);
    HOLDS(!fuzz_same(answer.type, SPAN_OF("application/json")) || json_check(answer.body, &place));
    if (answer.status >= 400)
        check_error(&answer);
}

/* ---- one input ---- */

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    log_setup(LOG_CRITICAL, LOG_TEXT, "fuzz");
    return 0;
}

static int listening(void) {
    static int ends[2] = {-1, -1};

    if (ends[0] < 0)
        HOLDS(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    return ends[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct settings settings = {
        .max_body_bytes = BODY_LIMIT, .request_timeout = 1, .slow_ms = 500, .docs_dir = "."};
    char length_parameter[64];

    if (size < 3)
        return 0;
    char *text = malloc(size - 2); /* one byte more than the text */
    HOLDS(text != NULL);
    memcpy(text, data + 3, size - 3);
    struct buf sent = fake.sent;
    buf_clear(&sent);
    fake = (struct fake){.outcome = (enum outcome)(data[0] % (OUTCOME_BROKEN + 1)),
                         .cause = (enum db_cause)(data[1] % DB_CAUSE_COUNT),
                         .sent = sent};
    fake.begin_cause = (data[1] & 0x40) != 0 ? DB_CAUSE_NONE : fake.cause; /* letters: the database is there */
    switches = data[2];
    fake.client_gone = (switches & GONE) != 0;
    size_t body = take_lines(text, size - 3, length_parameter, sizeof length_parameter);
    fake.body = (struct span){text + body, size - 3 - body};
    settings.cors_origins = (switches & WITH_CORS) != 0 ? "https://a.example, https://b.example" : NULL;
    settings.metrics_token_required = (switches & METRICS_LIMITED) != 0;
    const struct worker worker = {
        .settings = &settings,
        .tokens = (switches & WITH_TOKENS) != 0 ? the_tokens() : NULL,
        .listen_fd = listening(),
        .health = (switches & HEALTH) != 0,
        .parent = -1, /* so that it ends when there is no second request */
        .leaving = leaving,
        .ready = ready,
    };
    HOLDS(worker_main(&worker) == 0);
    check_answer();
    free(text);
    return 0;
}
