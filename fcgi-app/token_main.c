/*
 * token_main.c: session-backend-token: makes an access token (contract 2.10), prints it once, and the line for the
 * file. The token is 256 random bits, so a plain SHA-256 of it cannot be searched through.
 */
#include "sha256.h"
#include "tokens.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#ifndef VERSION
#define VERSION "unknown"
#endif

#define RANDOM_LEN 32

static const char USAGE[] =
    "Usage: session-backend-token NAME [read|write] [TENANT]\n"
    "\n"
    "Makes a token for AUTH_TOKENS_FILE. The token goes to standard error, for its user; the line for the file goes "
    "to\n"
    "standard output, so that `session-backend-token ci write >> tokens` shows the token once and keeps its hash.\n"
    "NAME says whose it is, the scope is `write` unless given, TENANT is the empty one unless given.\n";

static void to_hex(const uint8_t *bytes, size_t len, char *out) {
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

static int make(const char *name, const char *scope, const char *tenant) {
    uint8_t bytes[RANDOM_LEN], hash[SHA256_LEN];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        perror("session-backend-token: getrandom");
        return 1;
    }
    char token[3 + 2 * RANDOM_LEN + 1] = "sb_", hex[2 * SHA256_LEN + 1], line[512];
    to_hex(bytes, sizeof bytes, token + 3);
    sha256(token, strlen(token), hash);
    to_hex(hash, sizeof hash, hex);
    int len = snprintf(line, sizeof line, "%s:%s:%s:%s", name, hex, scope, tenant);
    struct tokens checked;
    const char *fault;
    if (len < 0 || (size_t)len >= sizeof line) {
        (void)fputs("session-backend-token: an argument is too long\n", stderr);
        return 2;
    }
    /* The file's own reader judges the line, so that what is printed is what will be accepted. */
    if (!tokens_parse((struct span){line, (size_t)len}, "the line made from the arguments", &checked, &fault)) {
        (void)fprintf(stderr, "session-backend-token: %s\n", fault);
        return 2;
    }
    bool single = checked.count == 1;
    tokens_free(&checked);
    if (!single) {
        (void)fputs("session-backend-token: NAME cannot begin with '#'\n", stderr);
        return 2;
    }
    if (printf("%s\n", line) < 0 || fflush(stdout) != 0) {
        perror("session-backend-token");
        return 1;
    }
    return fprintf(stderr, "%s\n", token) < 0 ? 1 : 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        return puts("session-backend-token " VERSION) < 0 ? 1 : 0;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return fputs(USAGE, stdout) < 0 ? 1 : 0;
    }
    if (argc < 2 || argc > 4 || argv[1][0] == '-') {
        (void)fputs(USAGE, stderr);
        return 2;
    }
    return make(argv[1], argc > 2 ? argv[2] : "write", argc > 3 ? argv[3] : "");
}
