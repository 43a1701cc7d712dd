/* buf.h: a growable buffer with a sticky `failed`: writers need no checks, the sender checks once. */
#ifndef BUF_H
#define BUF_H

#include "base.h"

/* All zero is a valid empty buffer. data is owned by the buffer; len <= cap. */
struct buf {
    char *data;
    size_t len;
    size_t cap;
    bool failed; /* memory ran out: from then on nothing is appended */
};

void buf_append(struct buf *buf, const void *data, size_t len);
void buf_span(struct buf *buf, struct span span);
void buf_text(struct buf *buf, const char *text);
void buf_byte(struct buf *buf, char byte);
void buf_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_integer(struct buf *buf, int64_t value);

/* Appends `text` (valid UTF-8) as a JSON string with its quotes, escaped as RFC 8259, section 7, asks. */
void buf_json_string(struct buf *buf, struct span text);

/* Makes room for `len` more bytes and returns where to write them, or NULL; buf_grown says how many were written. */
char *buf_room(struct buf *buf, size_t len) MUST_USE;
void buf_grown(struct buf *buf, size_t len);

void buf_clear(struct buf *buf);               /* empties it, keeps the memory, forgets `failed` */
void buf_shrink(struct buf *buf, size_t keep); /* empties it, gives memory above `keep` bytes back */
void buf_free(struct buf *buf);

#endif
