/*
 * json.c: see json.h. Two halves: json_check judges a text it knows nothing about; everything else walks texts that
 * json_check has passed, and only asks where things end. Neither recurses: levels are counted, so depth costs no stack.
 */
#include "json.h"

#include "uri.h"
#include "utf8.h"

#include <limits.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- judging ---- */

struct scan {
    const unsigned char *at;
    const unsigned char *end;
};

/* One bit a level: is it an object? */
struct levels {
    unsigned count;
    unsigned char objects[(JSON_LEVELS_MAX + CHAR_BIT - 1) / CHAR_BIT];
};

static void skip_blanks(struct scan *scan) {
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
}

/* Skips bytes of a string that mean themselves: ASCII, no control character, no quote, no backslash. */
static void skip_plain(struct scan *scan) {
    const unsigned char *at = scan->at;

#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), blank = _mm_set1_epi8(' ');
    for (; scan->end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
        /* The comparison is signed: bytes from 0x80 on count as less than a blank too. */
        int found = _mm_movemask_epi8(_mm_or_si128(special, _mm_cmplt_epi8(bytes, blank)));
        if (found != 0) {
            scan->at = at + __builtin_ctz((unsigned)found);
            return;
        }
    }
#else
    /* Eight bytes at a time: a byte minus 0x20 or xor-ed to zero minus 1 borrows its top bit (Bit Twiddling Hacks,
     * "haszero"); a borrow may also mark a byte above a special one, which only ends the run for the loop below to look
     * closely. */
    const uint64_t ones = UINT64_MAX / 255, tops = ones * 0x80;
    for (; scan->end - at >= 8; at += 8) {
        uint64_t bytes;
        memcpy(&bytes, at, sizeof bytes);
        uint64_t quote = bytes ^ ones * '"', backslash = bytes ^ ones * '\\';
        if (((bytes | (bytes - ones * ' ') | (quote - ones) | (backslash - ones)) & tops) != 0)
            break;
    }
#endif
    while (at < scan->end && *at >= ' ' && *at < 0x80 && *at != '"' && *at != '\\')
        at++;
    scan->at = at;
}

/* At a backslash. */
static bool check_escape(struct scan *scan) {
    const unsigned char *at = scan->at + 1;

    if (at >= scan->end || *at == '\0' || strchr("\"\\/bfnrtu", *at) == NULL)
        return false;
    if (*at == 'u') {
        if (scan->end - at < 5)
            return false;
        for (int digit = 1; digit <= 4; digit++)
            if (uri_hex((char)at[digit]) < 0)
                return false;
        at += 4;
    }
    scan->at = at + 1;
    return true;
}

/* Behind the opening quote; afterwards behind the closing one. */
static bool check_string(struct scan *scan) {
    for (;;) {
        skip_plain(scan);
        if (scan->at >= scan->end || *scan->at < ' ')
            return false;
        if (*scan->at == '"') {
            scan->at++;
            return true;
        }
        if (*scan->at == '\\') {
            if (!check_escape(scan))
                return false;
            continue;
        }
        while (scan->at < scan->end && *scan->at >= 0x80) { /* text that is not English stays in here */
            size_t length = utf8_length(scan->at, (size_t)(scan->end - scan->at));
            if (length == 0)
                return false;
            scan->at += length;
        }
    }
}

static bool skip_digits(struct scan *scan) {
    const unsigned char *begin = scan->at;

    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > begin;
}

static bool at_byte(const struct scan *scan, char one, char other) {
    return scan->at < scan->end && (*scan->at == (unsigned char)one || *scan->at == (unsigned char)other);
}

static bool check_number(struct scan *scan) {
    if (at_byte(scan, '-', '-'))
        scan->at++;
    if (at_byte(scan, '0', '0'))
        scan->at++;
    else if (!skip_digits(scan))
        return false;
    if (at_byte(scan, '.', '.')) {
        scan->at++;
        if (!skip_digits(scan))
            return false;
    }
    if (at_byte(scan, 'e', 'E')) {
        scan->at++;
        if (at_byte(scan, '+', '-'))
            scan->at++;
        if (!skip_digits(scan))
            return false;
    }
    return true;
}

static bool check_literal(struct scan *scan, const char *literal) {
    for (; *literal != '\0'; literal++, scan->at++)
        if (scan->at >= scan->end || *scan->at != (unsigned char)*literal)
            return false;
    return true;
}

static bool check_scalar(struct scan *scan) {
    switch (*scan->at) {
    case '"':
        scan->at++;
        return check_string(scan);
    case 't':
        return check_literal(scan, "true");
    case 'f':
        return check_literal(scan, "false");
    case 'n':
        return check_literal(scan, "null");
    default:
        return check_number(scan);
    }
}

static bool in_object(const struct levels *levels) {
    unsigned level = levels->count - 1;

    return (levels->objects[level / CHAR_BIT] >> (level % CHAR_BIT) & 1) != 0;
}

static bool open_level(struct levels *levels, bool object) {
    unsigned level = levels->count;

    if (level == JSON_LEVELS_MAX)
        return false;
    unsigned char bit = (unsigned char)(1u << (level % CHAR_BIT));
    unsigned char *byte = &levels->objects[level / CHAR_BIT];
    *byte = (unsigned char)(object ? *byte | bit : *byte & ~bit);
    levels->count++;
    return true;
}

/* A name and its colon, blanks around both; afterwards at the value. */
static bool check_name(struct scan *scan) {
    skip_blanks(scan);
    if (!at_byte(scan, '"', '"'))
        return false;
    scan->at++;
    if (!check_string(scan))
        return false;
    skip_blanks(scan);
    if (!at_byte(scan, ':', ':'))
        return false;
    scan->at++;
    return true;
}

/* Behind a value: closes what ends here, up to the next value or the end of the text. */
static bool check_between(struct scan *scan, struct levels *levels) {
    for (; levels->count > 0; levels->count--) {
        bool object = in_object(levels);
        skip_blanks(scan);
        if (at_byte(scan, ',', ',')) {
            scan->at++;
            return !object || check_name(scan);
        }
        char close = object ? '}' : ']';
        if (!at_byte(scan, close, close))
            return false;
        scan->at++;
    }
    return true;
}

static bool check_document(struct scan *scan, struct levels *levels) {
    do {
        skip_blanks(scan);
        if (scan->at >= scan->end)
            return false;
        bool object = *scan->at == '{';
        if (!object && *scan->at != '[') {
            if (!check_scalar(scan))
                return false;
        } else {
            if (!open_level(levels, object))
                return false;
            scan->at++;
            skip_blanks(scan);
            char close = object ? '}' : ']';
            if (!at_byte(scan, close, close)) {
                if (object && !check_name(scan))
                    return false;
                continue; /* to the first value in it */
            }
        }
        if (!check_between(scan, levels))
            return false;
    } while (levels->count > 0);
    skip_blanks(scan);
    return scan->at == scan->end;
}

bool json_check(struct span text, size_t *place) {
    const unsigned char *begin = (const unsigned char *)text.at;
    struct levels levels = {.count = 0};
    struct scan scan = {begin, begin + text.len};

    *place = 0;
    if (text.len == 0)
        return false;
    bool fine = check_document(&scan, &levels);
    if (!fine)
        *place = (size_t)(scan.at - begin);
    return fine;
}

/* ---- walking: the text is valid, so only quotes, backslashes and brackets matter ---- */

/* `at` is behind the opening quote; returns where the closing one is. */
static const char *string_end(const char *at, const char *end) {
    for (const char *from = at;;) {
        const char *quote = memchr(from, '"', (size_t)(end - from));
        if (quote == NULL)
            return end;
        const char *before = quote;
        while (before > at && before[-1] == '\\')
            before--;
        if ((quote - before) % 2 == 0)
            return quote;
        from = quote + 1;
    }
}

/* The next quote or bracket of any kind, outside of strings. '[' and '{', ']' and '}' differ in one bit. */
static const char *next_mark(const char *at, const char *end) {
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}');
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
        __m128i bracket = _mm_or_si128(_mm_cmpeq_epi8(folded, open), _mm_cmpeq_epi8(folded, close));
        int found = _mm_movemask_epi8(_mm_or_si128(bracket, _mm_cmpeq_epi8(bytes, quote)));
        if (found != 0)
            return at + __builtin_ctz((unsigned)found);
    }
#endif
    while (at < end && *at != '"' && (*at | 0x20) != '{' && (*at | 0x20) != '}')
        at++;
    return at;
}

/* At an opening bracket; returns what is behind its closing one. */
static const char *container_end(const char *at, const char *end) {
    size_t depth = 0;

    while ((at = next_mark(at, end)) < end) {
        if (*at == '"') {
            at = string_end(at + 1, end);
            if (at == end)
                break;
        } else if ((*at | 0x20) == '{') {
            depth++;
        } else if (--depth == 0) {
            return at + 1;
        }
        at++;
    }
    return end;
}

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static const char *value_end(const char *at, const char *end) {
    if (*at == '{' || *at == '[')
        return container_end(at, end);
    if (*at == '"') {
        const char *quote = string_end(at + 1, end);
        return quote == end ? end : quote + 1;
    }
    while (at < end && *at != ',' && *at != '}' && *at != ']' && !is_blank(*at))
        at++;
    return at;
}

struct span json_trim(struct span text) {
    while (text.len > 0 && is_blank(text.at[0]))
        text = (struct span){text.at + 1, text.len - 1};
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

enum json_kind json_kind(struct span value) {
    switch (value.len == 0 ? 'n' : value.at[0]) {
    case 'n':
        return JSON_IS_NULL;
    case 'f':
        return JSON_IS_FALSE;
    case 't':
        return JSON_IS_TRUE;
    case '"':
        return JSON_IS_STRING;
    case '[':
        return JSON_IS_ARRAY;
    case '{':
        return JSON_IS_OBJECT;
    default:
        return JSON_IS_NUMBER;
    }
}

struct json_walk json_walk(struct span container) {
    struct span inside = json_trim(container);

    if (inside.len < 2)
        return (struct json_walk){inside.at, inside.at};
    return (struct json_walk){inside.at + 1, inside.at + inside.len - 1};
}

bool json_walk_value(struct json_walk *walk, struct span *value) {
    const char *at = walk->next;

    while (at < walk->end && (is_blank(*at) || *at == ',' || *at == ':'))
        at++;
    walk->next = at;
    if (at >= walk->end)
        return false;
    walk->next = value_end(at, walk->end);
    *value = (struct span){at, (size_t)(walk->next - at)};
    return true;
}

bool json_walk_member(struct json_walk *walk, struct span *raw_name, struct span *value) {
    struct span name;

    if (!json_walk_value(walk, &name) || name.len < 2 || !json_walk_value(walk, value))
        return false;
    *raw_name = (struct span){name.at + 1, name.len - 2};
    return true;
}

/* ---- what strings and numbers say ---- */

/* The four digits of a \u escape. */
static uint32_t hex4(const char *at) {
    return (uint32_t)(uri_hex(at[0]) << 12 | uri_hex(at[1]) << 8 | uri_hex(at[2]) << 4 | uri_hex(at[3]));
}

/* Takes one UTF-16 code unit that an escape stands for off the front of `text`, which begins with a backslash. */
static uint32_t take_escape(struct span *text) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    char letter = text->at[1];
    const char *known = strchr(from, letter);
    uint32_t unit = letter == 'u' ? hex4(text->at + 2) : (uint32_t)(known == NULL ? letter : to[known - from]);
    size_t used = letter == 'u' ? 6 : 2;

    *text = (struct span){text->at + used, text->len - used};
    return unit;
}

bool json_name_is(struct span raw_name, const char *plain) {
    if (raw_name.len == strlen(plain) && memcmp(raw_name.at, plain, raw_name.len) == 0)
        return true; /* a plain ASCII name holds no backslash */
    if (raw_name.len == 0 || memchr(raw_name.at, '\\', raw_name.len) == NULL)
        return false;
    for (; raw_name.len > 0; plain++) {
        uint32_t unit = (unsigned char)raw_name.at[0];
        if (unit == '\\')
            unit = take_escape(&raw_name);
        else
            raw_name = (struct span){raw_name.at + 1, raw_name.len - 1};
        if (*plain == '\0' || unit != (unsigned char)*plain)
            return false;
    }
    return *plain == '\0';
}

struct span json_member(struct span object, const char *name) {
    struct json_walk walk = json_walk(object);
    struct span found = SPAN_ABSENT, raw_name, value;

    while (json_walk_member(&walk, &raw_name, &value))
        if (json_name_is(raw_name, name))
            found = value;
    return found;
}

bool json_spells_integer(struct span value) {
    if (json_kind(value) != JSON_IS_NUMBER)
        return false;
    for (size_t at = value.at[0] == '-' ? 1 : 0; at < value.len; at++)
        if (value.at[at] < '0' || value.at[at] > '9')
            return false;
    return true;
}

bool json_read_integer(struct span value, int64_t min, int64_t max, int64_t *out) {
    if (!json_spells_integer(value))
        return false;
    bool negative = value.at[0] == '-';
    int64_t sum = 0;
    for (size_t at = negative ? 1 : 0; at < value.len; at++) {
        int digit = value.at[at] - '0';
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, negative ? -digit : digit, &sum))
            return false;
    }
    if (sum < min || sum > max)
        return false;
    *out = sum;
    return true;
}

static void append_character(struct buf *out, uint32_t point) {
    char bytes[4];
    size_t len = 0;

    if (point < 0x80) {
        bytes[len++] = (char)point;
    } else if (point < 0x800) {
        bytes[len++] = (char)(0xC0 | point >> 6);
    } else if (point < 0x10000) {
        bytes[len++] = (char)(0xE0 | point >> 12);
        bytes[len++] = (char)(0x80 | (point >> 6 & 0x3F));
    } else {
        bytes[len++] = (char)(0xF0 | point >> 18);
        bytes[len++] = (char)(0x80 | (point >> 12 & 0x3F));
        bytes[len++] = (char)(0x80 | (point >> 6 & 0x3F));
    }
    if (point >= 0x80)
        bytes[len++] = (char)(0x80 | (point & 0x3F));
    buf_append(out, bytes, len);
}

bool json_unescape(struct span string, struct buf *out) {
    struct span rest = {string.at + 1, string.len - 2};

    while (rest.len > 0) {
        const char *backslash = memchr(rest.at, '\\', rest.len);
        size_t plain = backslash == NULL ? rest.len : (size_t)(backslash - rest.at);
        buf_append(out, rest.at, plain);
        rest = (struct span){rest.at + plain, rest.len - plain};
        if (rest.len == 0)
            break;
        uint32_t point = take_escape(&rest);
        if (point >= 0xD800 && point <= 0xDFFF) {
            bool pair = point < 0xDC00 && rest.len >= 6 && rest.at[0] == '\\' && rest.at[1] == 'u';
            uint32_t low = pair ? take_escape(&rest) : 0;
            if (low < 0xDC00 || low > 0xDFFF)
                return false;
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        }
        append_character(out, point);
    }
    return true;
}

int32_t json_removed_count(struct span conversation_manager_state) {
    struct span state = json_trim(conversation_manager_state);
    int64_t count = 0;

    if (json_kind(state) != JSON_IS_OBJECT)
        return 0;
    struct span value = json_member(state, "removed_message_count");
    return value.at != NULL && json_read_integer(value, 0, INT32_MAX, &count) ? (int32_t)count : 0;
}
