/* fuzz_uri.c: splitting and percent-decoding. What was decoded and encoded again decodes to the same. */
#include "fuzz.h"
#include "uri.h"

#include <ctype.h>

static bool has_bad_escape(struct span raw) {
    for (size_t at = 0; at < raw.len; at++)
        if (raw.at[at] == '%' &&
            (at + 2 >= raw.len || !isxdigit((unsigned char)raw.at[at + 1]) || !isxdigit((unsigned char)raw.at[at + 2])))
            return true;
    return false;
}

static void check_decode(struct span raw, bool plus_is_blank) {
    struct buf once = {0}, encoded = {0}, twice = {0};
    bool fine = uri_decode(raw, plus_is_blank, &once);

    HOLDS(fine != has_bad_escape(raw));
    HOLDS(fine ? once.len <= raw.len : once.len == 0);
    for (size_t at = 0; at < once.len; at++)
        buf_format(&encoded, at % 2 == 0 ? "%%%02x" : "%%%02X", (unsigned char)once.data[at]);
    HOLDS(uri_decode((struct span){encoded.data, encoded.len}, plus_is_blank, &twice));
    HOLDS(fuzz_same((struct span){once.data, once.len}, (struct span){twice.data, twice.len}));
    if (memchr(once.data == NULL ? "" : once.data, '+', once.len) != NULL && plus_is_blank)
        HOLDS(memmem(raw.at, raw.len, "%2", 2) != NULL);
    buf_free(&once);
    buf_free(&encoded);
    buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span target = {(const char *)data, size}, path, query;

    uri_split(target, &path, &query);
    HOLDS(path.at == target.at && (path.len == 0 || memchr(path.at, '?', path.len) == NULL));
    if (query.at == NULL)
        HOLDS(path.len == target.len);
    else
        HOLDS(query.at[-1] == '?' && query.at == path.at + path.len + 1 && path.len + 1 + query.len == target.len);
    check_decode(target, false);
    check_decode(target, true);
    return 0;
}
