/* fuzz_query.c: query strings, against a slow reading of the same rules. The first line of the input is the name. */
#include "fuzz.h"
#include "query.h"
#include "uri.h"

/* Splits everywhere, decodes everything, and keeps the last that fits. */
static enum query_found find_slowly(struct span query, const char *name, struct buf *out) {
    enum query_found found = QUERY_ABSENT;

    for (size_t begin = 0, end; begin < query.len; begin = end + 1) {
        struct buf left = {0}, right = {0};
        size_t equals;
        for (end = begin; end < query.len && query.at[end] != '&';)
            end++;
        for (equals = begin; equals < end && query.at[equals] != '=';)
            equals++;
        bool known = uri_decode((struct span){query.at + begin, equals - begin}, true, &left);
        size_t value = equals < end ? equals + 1 : end;
        if (end > begin && known && left.len == strlen(name) &&
            (left.len == 0 || memcmp(left.data, name, left.len) == 0)) {
            found =
                uri_decode((struct span){query.at + value, end - value}, true, &right) ? QUERY_FOUND : QUERY_BAD_ESCAPE;
            buf_clear(out);
            buf_append(out, right.data, right.len);
        }
        buf_free(&left);
        buf_free(&right);
    }
    return found;
}

/* Digits with blanks and a sign around them, by arithmetic that cannot overflow here: above 2^100 it stays there. */
static bool read_slowly(const struct buf *text, __int128 *number) {
    size_t begin = 0, end = text->len;
    const __int128 far = (__int128)1 << 100;

    while (begin < end && strchr(" \t\n\v\f\r", text->data[begin]) != NULL && text->data[begin] != '\0')
        begin++;
    while (end > begin && strchr(" \t\n\v\f\r", text->data[end - 1]) != NULL && text->data[end - 1] != '\0')
        end--;
    bool negative = begin < end && text->data[begin] == '-';
    if (begin < end && (negative || text->data[begin] == '+'))
        begin++;
    if (begin == end)
        return false;
    for (*number = 0; begin < end; begin++) {
        if (text->data[begin] < '0' || text->data[begin] > '9')
            return false;
        *number = *number > far ? *number : *number * 10 + (text->data[begin] - '0');
    }
    *number = negative ? -*number : *number;
    return true;
}

static void check_integer(struct span query, const char *name, int64_t min, int64_t max) {
    struct buf text = {0};
    int64_t value = 0;
    __int128 wanted = 0;
    enum query_number got = query_integer(query, name, min, max, &value);
    enum query_found found = find_slowly(query, name, &text);

    if (found == QUERY_ABSENT)
        HOLDS(got == QUERY_NUMBER_ABSENT);
    else if (found == QUERY_BAD_ESCAPE || !read_slowly(&text, &wanted))
        HOLDS(got == QUERY_NUMBER_UNREADABLE);
    else if (wanted < min)
        HOLDS(got == QUERY_NUMBER_SMALL);
    else if (wanted > max)
        HOLDS(got == QUERY_NUMBER_LARGE);
    else
        HOLDS(got == QUERY_NUMBER_OK && value == wanted);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span query = {(const char *)data, size}, line = fuzz_first_line(&query);
    char name[32] = "n";
    struct buf fast = {0}, slow = {0};

    if (line.len > 0 && line.len < sizeof name && memchr(line.at, '\0', line.len) == NULL)
        memcpy(name, line.at, line.len);
    enum query_found found = query_get(query, name, &fast);
    HOLDS(found == find_slowly(query, name, &slow));
    HOLDS(found != QUERY_FOUND || fuzz_same((struct span){fast.data, fast.len}, (struct span){slow.data, slow.len}));
    check_integer(query, name, 1, 1000);
    check_integer(query, name, INT64_MIN, INT64_MAX);
    check_integer(query, name, 0, INT64_MAX);
    buf_free(&fast);
    buf_free(&slow);
    return 0;
}
