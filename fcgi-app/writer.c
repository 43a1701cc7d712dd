/* writer.c: gather, then stream. */
#include "writer.h"

bool writer_row(struct writer *writer) {
    if (writer->buf->failed) {
        writer->broken = true;
    }
    if (writer->broken) {
        return false;
    }
    if (writer->buf->len <= WRITER_LIMIT) {
        return true;
    }
    writer->streaming = true;
    if (!writer->send(writer->to, writer->buf->data, writer->buf->len)) {
        writer->broken = true;
        return false;
    }
    buf_clear(writer->buf);
    return true;
}
