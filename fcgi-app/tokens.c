/* tokens.c: the token file. */
#include "tokens.h"

#include "sha256.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (16u * 1024 * 1024)

static char fault_text[512];

PRINTF_LIKE(2, 3) static bool refuse(const char **fault, const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (vsnprintf(fault_text, sizeof fault_text, format, args) < 0) {
        fault_text[0] = '\0';
    }
    va_end(args);
    *fault = fault_text;
    return false;
}

static bool is_name(struct span text, size_t max, const char *also) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!plain && (c == '\0' || strchr(also, c) == NULL)) {
            return false;
        }
    }
    return text.len <= max;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hash(struct span text, uint8_t hash[SHA256_LEN]) {
    if (text.len != 2 * SHA256_LEN) {
        return false;
    }
    for (size_t i = 0; i < SHA256_LEN; i++) {
        int high = hex_digit(text.at[2 * i]), low = hex_digit(text.at[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        hash[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Cuts what stands before the next ':' (or the rest) off `line`. */
static struct span cut(struct span *line) {
    const char *colon = line->len == 0 ? NULL : memchr(line->at, ':', line->len);
    struct span field = *line;
    if (colon == NULL) {
        *line = SPAN_ABSENT;
    } else {
        field.len = (size_t)(colon - line->at);
        *line = (struct span){colon + 1, line->len - field.len - 1};
    }
    return field;
}

static bool span_is(struct span text, const char *word) {
    return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

/* NULL when the line is fine, else what is wrong with it. */
static const char *read_line(struct span line, struct token *token) {
    struct span name = cut(&line);
    struct span hash = cut(&line);
    struct span scope = cut(&line);
    struct span tenant = line;
    if (tenant.at == NULL) {
        return "a line is name:sha256-in-hex:scope:tenant";
    }
    if (name.len == 0 || !is_name(name, TOKENS_NAME_MAX, ".@")) {
        return "the name is not 1 to 63 of [A-Za-z0-9_.@-]";
    }
    if (!read_hash(hash, token->hash)) {
        return "the second field is not the 64 hexadecimal digits of a SHA-256";
    }
    token->write = span_is(scope, "write");
    if (!token->write && !span_is(scope, "read")) {
        return "the scope is neither read nor write";
    }
    if (!is_name(tenant, TOKENS_TENANT_MAX, "")) {
        return "the tenant is not up to 63 of [A-Za-z0-9_-]";
    }
    memcpy(token->name, name.at, name.len);
    if (tenant.len > 0) {
        memcpy(token->tenant, tenant.at, tenant.len);
    }
    return NULL;
}

static struct token *add(struct tokens *tokens) {
    if ((tokens->count & (tokens->count - 1)) == 0) { /* full at each power of two */
        size_t room = tokens->count == 0 ? 1 : 2 * tokens->count;
        struct token *list = realloc(tokens->list, room * sizeof *list);
        if (list == NULL) {
            return NULL;
        }
        tokens->list = list;
    }
    struct token *token = &tokens->list[tokens->count++];
    memset(token, 0, sizeof *token);
    return token;
}

static int by_hash(const void *a, const void *b) {
    return memcmp(((const struct token *)a)->hash, ((const struct token *)b)->hash, SHA256_LEN);
}

static bool has_twins(struct tokens *tokens) {
    qsort(tokens->list, tokens->count, sizeof *tokens->list, by_hash);
    for (size_t i = 1; i < tokens->count; i++) {
        if (by_hash(&tokens->list[i - 1], &tokens->list[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool tokens_parse(struct span text, const char *name, struct tokens *tokens, const char **fault) {
    *tokens = (struct tokens){NULL, 0};
    const char *at = text.at, *end = text.len == 0 ? at : at + text.len;
    for (size_t number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop == NULL ? end : stop;
        struct span line = {at, (size_t)(stop - at)};
        at = stop + 1;
        if (line.len > 0 && line.at[line.len - 1] == '\r') {
            line.len--;
        }
        if (line.len == 0 || line.at[0] == '#') {
            continue;
        }
        struct token *token = add(tokens);
        const char *wrong = token == NULL ? "out of memory" : read_line(line, token);
        if (wrong != NULL) {
            tokens_free(tokens);
            return refuse(fault, "AUTH_TOKENS_FILE: %s, line %zu: %s", name, number, wrong);
        }
    }
    if (tokens->count > 0 && has_twins(tokens)) {
        tokens_free(tokens);
        return refuse(fault, "AUTH_TOKENS_FILE: %s: two lines have the same SHA-256", name);
    }
    return true;
}

/* The whole file in fresh memory, or NULL with errno set. */
static char *slurp(const char *path, size_t *len) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return NULL;
    }
    char *data = NULL;
    size_t have = 0, room = 0;
    do {
        if (have == room) {
            room = room == 0 ? 4096 : 2 * room;
            char *more = room > FILE_MAX ? NULL : realloc(data, room);
            if (more == NULL) {
                errno = EFBIG;
                goto fail;
            }
            data = more;
        }
        have += fread(data + have, 1, room - have, file);
    } while (have == room);
    if (ferror(file)) {
        goto fail;
    }
    if (fclose(file) != 0) {
        free(data);
        return NULL;
    }
    *len = have;
    return data;
fail:;
    int why = errno;
    free(data);
    if (fclose(file) != 0) {
        why = errno;
    }
    errno = why;
    return NULL;
}

bool tokens_read(const char *path, struct tokens *tokens, const char **fault) {
    size_t len;
    char *text = slurp(path, &len);
    if (text == NULL) {
        return refuse(fault, "AUTH_TOKENS_FILE: %s cannot be read: %s", path, strerror(errno));
    }
    bool fine = tokens_parse((struct span){text, len}, path, tokens, fault);
    free(text);
    return fine;
}

void tokens_free(struct tokens *tokens) {
    free(tokens->list);
    *tokens = (struct tokens){NULL, 0};
}

const struct token *tokens_find(const struct tokens *tokens, struct span token) {
    uint8_t hash[SHA256_LEN];
    sha256(token.at, token.len, hash);
    size_t found = tokens->count;
    for (size_t i = 0; i < tokens->count; i++) {
        const volatile uint8_t *kept = tokens->list[i].hash; /* volatile: each byte is really looked at */
        uint8_t differs = 0;
        for (size_t k = 0; k < SHA256_LEN; k++) {
            differs |= (uint8_t)(kept[k] ^ hash[k]);
        }
        found = differs == 0 ? i : found;
    }
    return found == tokens->count ? NULL : &tokens->list[found];
}
