/* buf.c: see buf.h. */
#include "buf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 256 };

char *buf_room(struct buf *buf, size_t len) {
    if (buf->failed)
        return NULL;
    if (buf->data != NULL && buf->cap - buf->len >= len)
        return buf->data + buf->len;
    if (len > SIZE_MAX / 2 - buf->len) {
        buf->failed = true;
        return NULL;
    }
    size_t cap = buf->cap < FIRST_SIZE ? FIRST_SIZE : buf->cap;
    while (cap < buf->len + len)
        cap *= 2;
    char *data = realloc(buf->data, cap);
    if (data == NULL) {
        buf->failed = true;
        return NULL;
    }
    buf->data = data;
    buf->cap = cap;
    return data + buf->len;
}

void buf_grown(struct buf *buf, size_t len) {
    buf->len += len;
}

void buf_append(struct buf *buf, const void *data, size_t len) {
    if (len == 0)
        return;
    char *to = buf_room(buf, len);
    if (to == NULL)
        return;
    memcpy(to, data, len);
    buf->len += len;
}

void buf_span(struct buf *buf, struct span span) {
    buf_append(buf, span.at, span.len);
}

void buf_text(struct buf *buf, const char *text) {
    buf_append(buf, text, strlen(text));
}

void buf_byte(struct buf *buf, char byte) {
    buf_append(buf, &byte, 1);
}

void buf_format(struct buf *buf, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *to = len < 0 ? NULL : buf_room(buf, (size_t)len + 1);
    if (to == NULL) {
        buf->failed = true;
        return;
    }
    va_start(arguments, format);
    int written = vsnprintf(to, (size_t)len + 1, format, arguments);
    va_end(arguments);
    if (written == len)
        buf->len += (size_t)len;
    else
        buf->failed = true;
}

void buf_integer(struct buf *buf, int64_t value) {
    char digits[20]; /* 2^63 has 19 digits, and the sign */
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        digits[--at] = '-';
    buf_append(buf, digits + at, sizeof digits - at);
}

/* Appends the escaped form of a byte that cannot stand in a JSON string as it is. */
static void append_escape(struct buf *buf, unsigned char byte) {
    static const char hex[] = "0123456789abcdef";
    static const char letters[32] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 0xF]};

    if (byte >= 0x20) /* a quote or a backslash */
        escape[1] = (char)byte;
    else if (letters[byte] != 0)
        escape[1] = letters[byte];
    buf_append(buf, escape, escape[1] == 'u' ? 6 : 2);
}

void buf_json_string(struct buf *buf, struct span text) {
    size_t begin = 0;

    buf_byte(buf, '"');
    for (size_t at = 0; at < text.len; at++) {
        unsigned char byte = (unsigned char)text.at[at];
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        buf_append(buf, text.at + begin, at - begin);
        append_escape(buf, byte);
        begin = at + 1;
    }
    if (begin < text.len)
        buf_append(buf, text.at + begin, text.len - begin);
    buf_byte(buf, '"');
}

void buf_clear(struct buf *buf) {
    buf->len = 0;
    buf->failed = false;
}

void buf_shrink(struct buf *buf, size_t keep) {
    buf_clear(buf);
    if (buf->cap > keep)
        buf_free(buf);
}

void buf_free(struct buf *buf) {
    free(buf->data);
    *buf = (struct buf){0};
}
