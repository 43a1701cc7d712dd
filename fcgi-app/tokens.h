/*
 * tokens.h: the file of access tokens (contract 2.10). A line is `name:sha256-in-hex:scope:tenant`; empty lines and
 * lines that begin with '#' are skipped. Tokens themselves are in no file and in no memory of ours for longer than a
 * request.
 */
#ifndef TOKENS_H
#define TOKENS_H

#include "base.h"

#define TOKENS_TENANT_MAX 63
#define TOKENS_NAME_MAX 63

struct token {
    uint8_t hash[32];
    bool write;
    char name[TOKENS_NAME_MAX + 1];
    char tenant[TOKENS_TENANT_MAX + 1];
};

struct tokens {
    struct token *list;
    size_t count;
};

/* Reads the file. False: *fault (static storage) is one line that names file and line number, never their contents. */
bool tokens_read(const char *path, struct tokens *tokens, const char **fault) MUST_USE;

/* The same from memory; `name` is what faults call the file. */
bool tokens_parse(struct span text, const char *name, struct tokens *tokens, const char **fault) MUST_USE;
void tokens_free(struct tokens *tokens);

/* The entry of this token, or NULL. Takes as long whether and wherever it is found. */
const struct token *tokens_find(const struct tokens *tokens, struct span token);

#endif
