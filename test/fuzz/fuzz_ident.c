/* fuzz_ident.c: identifiers, keys and prefixes, with iconv(3) as the second opinion on UTF-8. */
#include "fuzz.h"
#include "ident.h"

#include <iconv.h>

/* The code points of the text, or false. `points` has room for one a byte. */
static bool read_points(struct span text, uint32_t *points, size_t *count) {
    static iconv_t converter;
    char *from = (char *)(uintptr_t)text.at, *to = (char *)points;
    size_t left = text.len, room = text.len * sizeof *points;

    if (converter == NULL)
        converter = iconv_open("UCS-4LE", "UTF-8");
    HOLDS(converter != (iconv_t)-1);
    iconv(converter, NULL, NULL, NULL, NULL);
    if (iconv(converter, &from, &left, &to, &room) == (size_t)-1)
        return false;
    *count = (size_t)(to - (char *)points) / sizeof *points;
    for (size_t i = 0; i < *count; i++) /* where iconv is laxer than RFC 3629 */
        if (points[i] > 0x10FFFF || (points[i] >= 0xD800 && points[i] <= 0xDFFF))
            return false;
    return true;
}

static bool any_control(const uint32_t *points, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (points[i] < 0x20 || (points[i] >= 0x7F && points[i] < 0xA0))
            return true;
    return false;
}

static bool is_dots(struct span text) {
    return fuzz_same(text, SPAN_OF(".")) || fuzz_same(text, SPAN_OF(".."));
}

/* No segment of a key is empty or dots: looked at between every two slashes. */
static bool segments_hold(struct span key) {
    for (size_t begin = 0, end; begin <= key.len; begin = end + 1) {
        for (end = begin; end < key.len && key.at[end] != '/';)
            end++;
        if (end == begin || is_dots((struct span){key.at + begin, end - begin}))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span text = {(const char *)data, size};
    uint32_t *points = calloc(size + 1, sizeof *points);
    size_t count = 0, characters = 0;
    const char *rule = NULL;

    HOLDS(points != NULL);
    bool valid = read_points(text, points, &count);
    bool clean = valid && !any_control(points, count);
    HOLDS(ident_utf8(text, &characters) == valid && (!valid || characters == count));
    HOLDS((ident_prefix_fault(text) == NULL) == clean);
    bool key = clean && size >= 1 && size <= 2200 && segments_hold(text);
    HOLDS((ident_key_fault(text) == NULL) == key);

    bool plain =
        clean && (size == 0 || (memchr(data, '/', size) == NULL && memchr(data, '\\', size) == NULL)) && !is_dots(text);
    enum ident_fault wanted = !valid        ? IDENT_BAD
                              : count == 0  ? IDENT_SHORT
                              : count > 255 ? IDENT_LONG
                              : plain       ? IDENT_FINE
                                            : IDENT_BAD;
    HOLDS(ident_check(text, &rule) == wanted && (rule != NULL) == (wanted == IDENT_BAD));
    HOLDS(!ident_is_request_id(text) || (clean && size >= 1 && size <= 128));
    free(points);
    return 0;
}
