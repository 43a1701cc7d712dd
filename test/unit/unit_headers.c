/* unit_headers.c: entity tags, traceparent, cursors, SHA-256, the token file. */
#include "cursor.h"
#include "etag.h"
#include "sha256.h"
#include "tokens.h"
#include "trace.h"
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* header, strong tags, does GET match */
static void run_etag(const struct unit_case *of) {
    uint64_t tags[8];
    char text[256] = "";
    size_t count = etag_strong(of->field[0], tags, COUNT_OF(tags));

    for (size_t i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%" PRIx64, i > 0 ? "," : "", tags[i]);
    EXPECT_CASE(unit_is(of->field[1], text), of, "tags %s", text);
    EXPECT_CASE(etag_strong(of->field[0], NULL, 0) == count, of, "counted differently");
    EXPECT_CASE(etag_matches(of->field[0], 0xff) == unit_is(of->field[2], "yes"), of, "GET is judged wrongly");
}

/* header, what is taken, sampled */
static void run_trace(const struct unit_case *of) {
    bool sampled;
    struct span taken = trace_parent(of->field[0], &sampled);

    EXPECT_CASE(taken.len == of->field[1].len && (taken.len == 0 || memcmp(taken.at, of->field[1].at, taken.len) == 0),
                of, "%zu bytes", taken.len);
    EXPECT_CASE(sampled == unit_is(of->field[2], "yes"), of, "sampled: %d", (int)sampled);
}

#define YEAR_0001 INT64_C(-62135596800000000) /* its first microsecond */
#define YEAR_9999 INT64_C(253402300799999999) /* its last one */

static bool cursor_works(struct span text, int64_t micros, struct span id) {
    struct buf memory = {0};
    int64_t time = 0;
    struct span found = SPAN_ABSENT;
    bool fine = cursor_parse(text, &memory, &time, &found) && time == micros && found.len == id.len &&
                memcmp(found.at, id.at, id.len) == 0;

    buf_free(&memory);
    return fine;
}

/* Every cursor comes back; no cursor with one character changed, lost or added does. */
static void check_cursor(int64_t micros, struct span id) {
    struct buf text = {0};

    cursor_append(&text, micros, id);
    EXPECT(cursor_works((struct span){text.data, text.len}, micros, id));
    EXPECT(!cursor_works((struct span){text.data, text.len - 1}, micros, id));
    for (size_t i = 0; i < text.len; i++) {
        char was = text.data[i];
        text.data[i] = was == 'A' ? 'B' : 'A';
        EXPECT(!cursor_works((struct span){text.data, text.len}, micros, id));
        text.data[i] = was;
    }
    buf_byte(&text, 'A');
    EXPECT(!cursor_works((struct span){text.data, text.len}, micros, id));
    buf_free(&text);
}

/* Whoever knows how cursors are made can make one of a time that no session has, and that PostgreSQL refuses. */
static void expect_no_cursor(int64_t micros) {
    struct buf text = {0};

    cursor_append(&text, micros, SPAN_OF("a"));
    EXPECT(!cursor_works((struct span){text.data, text.len}, micros, SPAN_OF("a")));
    buf_free(&text);
}

static void check_cursors(void) {
    char longest[1020];

    for (size_t i = 0; i < sizeof longest; i += 4)
        memcpy(longest + i, "\xF0\x9F\x98\x80", 4);
    check_cursor(0, SPAN_OF("a"));
    check_cursor(-1, SPAN_OF("ab"));
    check_cursor(YEAR_9999, SPAN_OF("abc"));
    check_cursor(YEAR_0001, (struct span){longest, sizeof longest});
    expect_no_cursor(YEAR_9999 + 1);
    expect_no_cursor(YEAR_0001 - 1);
    expect_no_cursor(INT64_MAX);
    expect_no_cursor(INT64_MIN);
    EXPECT(!cursor_works(SPAN_OF(""), 0, SPAN_OF("")));
}

/* The examples of FIPS 180-2, appendix B, and lengths around a block. */
static void check_sha256(void) {
    static const struct {
        const char *text;
        const char *digest;
    } examples[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
         "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c"},
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        uint8_t digest[SHA256_LEN];
        char text[2 * SHA256_LEN + 1];
        sha256(examples[i].text, strlen(examples[i].text), digest);
        for (size_t k = 0; k < sizeof digest; k++)
            snprintf(text + 2 * k, 3, "%02x", digest[k]);
        EXPECT(strcmp(text, examples[i].digest) == 0);
    }
}

#define HASH_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define HASH_NONE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void expect_refused(const char *text) {
    struct tokens tokens;
    const char *fault = NULL;

    EXPECT(!tokens_parse((struct span){text, strlen(text)}, "file", &tokens, &fault));
    EXPECT(fault != NULL && strstr(fault, "AUTH_TOKENS_FILE") != NULL && strstr(fault, "ba78") == NULL);
}

static void check_tokens(void) {
    struct tokens tokens;
    const char *fault = NULL;

    EXPECT(tokens_parse(SPAN_OF("# a comment\r\n\nci:" HASH_ABC ":read:acme\r\nx:" HASH_NONE ":write:"), "file",
                        &tokens, &fault));
    EXPECT(tokens.count == 2);
    const struct token *found = tokens_find(&tokens, SPAN_OF("abc"));
    EXPECT(found != NULL && !found->write && strcmp(found->tenant, "acme") == 0 && strcmp(found->name, "ci") == 0);
    found = tokens_find(&tokens, SPAN_OF(""));
    EXPECT(found != NULL && found->write && found->tenant[0] == '\0');
    EXPECT(tokens_find(&tokens, SPAN_OF("abd")) == NULL);
    tokens_free(&tokens);
    EXPECT(tokens_parse(SPAN_OF(""), "file", &tokens, &fault) && tokens_find(&tokens, SPAN_OF("abc")) == NULL);
    expect_refused("ci:" HASH_ABC ":read");
    expect_refused("ci:" HASH_ABC ":admin:");
    expect_refused("ci:" HASH_ABC "0:read:");
    expect_refused("ci:x:read:");
    expect_refused(":" HASH_ABC ":read:");
    expect_refused("ci:" HASH_ABC ":read:a:b");
    expect_refused("ci:" HASH_ABC ":read: ");
    expect_refused("a:" HASH_ABC ":read:\nb:" HASH_ABC ":write:");
    EXPECT(!tokens_read("/nonexistent/tokens", &tokens, &fault) && strstr(fault, "/nonexistent/tokens") != NULL);
}

void unit_headers(void) {
    unit_cases("etag.txt", 3, run_etag);
    unit_cases("trace.txt", 3, run_trace);
    check_cursors();
    check_sha256();
    check_tokens();
}
