/* fuzz_tokens.c: the file of access tokens. What was taken is sound, and written out again it reads the same. */
#include "buf.h"
#include "fuzz.h"
#include "tokens.h"

static bool is_name(const char *text) {
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span text = {(const char *)data, size};
    struct tokens tokens = {0}, again = {0};
    const char *fault = NULL;
    struct buf lines = {0};
    size_t feeds = 0;

    if (!tokens_parse(text, "tokens", &tokens, &fault)) {
        HOLDS(fault != NULL && strlen(fault) > 0 && strchr(fault, '\n') == NULL);
        return 0;
    }
    for (size_t at = 0; at < size; at++)
        feeds += data[at] == '\n';
    HOLDS(tokens.count <= feeds + 1);
    for (size_t i = 0; i < tokens.count; i++) {
        const struct token *token = &tokens.list[i];
        HOLDS(memchr(token->name, '\0', sizeof token->name) != NULL && strlen(token->name) > 0);
        HOLDS(memchr(token->tenant, '\0', sizeof token->tenant) != NULL && is_name(token->tenant));
        buf_format(&lines, "%s:", token->name);
        for (size_t at = 0; at < sizeof token->hash; at++)
            buf_format(&lines, "%02x", token->hash[at]);
        buf_format(&lines, ":%s:%s\n", token->write ? "write" : "read", token->tenant);
    }
    HOLDS(!lines.failed && tokens_parse((struct span){lines.data, lines.len}, "tokens", &again, &fault));
    HOLDS(again.count == tokens.count);
    HOLDS(again.count == 0 || memcmp(again.list, tokens.list, again.count * sizeof *again.list) == 0);
    (void)tokens_find(&tokens, text);
    tokens_free(&again);
    tokens_free(&tokens);
    buf_free(&lines);
    return 0;
}
