/* body_text.c: the envelope's own texts, decoded by Jansson, whose names collide with those of json.h. */
#include "body.h"

#include <jansson.h>
#include <string.h>

struct span body_text(struct call *call, struct span string) {
    struct span inside = {string.at + 1, string.len - 2};
    if (memchr(inside.at, '\\', inside.len) == NULL) {
        return inside;
    }
    /* Jansson refuses lone surrogates, which is what is wanted: they have no UTF-8. */
    json_error_t error;
    json_t *decoded = json_loadb(string.at, string.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (decoded == NULL) {
        return SPAN_ABSENT;
    }
    struct span text = arena_copy(call->arena, (struct span){json_string_value(decoded), json_string_length(decoded)});
    json_decref(decoded);
    call->faults->json.failed |= text.at == NULL;
    return text;
}
