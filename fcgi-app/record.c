/* record.c: see record.h. */
#include "record.h"

#include <errno.h>
#include <sys/uio.h>

#define VERSION_1 1
#define STDOUT 6
#define CONTENT_MAX 65528u /* a multiple of 8, so that no record needs padding */
#define HEADER_LEN 8
#define RECORDS_A_CALL 16

/* Writes all of it; takes what was written off the front of `parts`. */
static bool write_all(int fd, struct iovec *parts, int count) {
    while (count > 0) {
        ssize_t written = writev(fd, parts, count);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        size_t left = (size_t)written;
        for (; count > 0 && left >= parts->iov_len; parts++, count--) {
            left -= parts->iov_len;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + left;
            parts->iov_len -= left;
        }
    }
    return true;
}

/* writev only reads what iov_base points to, but its type does not say so. */
static void *readable(const char *data) {
    union {
        const char *given;
        void *taken;
    } pointer = {.given = data};
    return pointer.taken;
}

static void fill_header(unsigned char header[HEADER_LEN], int id, size_t len) {
    header[0] = VERSION_1;
    header[1] = STDOUT;
    header[2] = (unsigned char)(id >> 8);
    header[3] = (unsigned char)id;
    header[4] = (unsigned char)(len >> 8);
    header[5] = (unsigned char)len;
    header[6] = header[7] = 0; /* padding, reserved */
}

bool record_send(int fd, int id, const char *data, size_t len) {
    while (len > 0) {
        unsigned char headers[RECORDS_A_CALL][HEADER_LEN];
        struct iovec parts[2 * RECORDS_A_CALL];
        int count = 0;
        for (int i = 0; i < RECORDS_A_CALL && len > 0; i++) {
            size_t part = len > CONTENT_MAX ? CONTENT_MAX : len;
            fill_header(headers[i], id, part);
            parts[count++] = (struct iovec){headers[i], HEADER_LEN};
            parts[count++] = (struct iovec){readable(data), part};
            data += part;
            len -= part;
        }
        if (!write_all(fd, parts, count)) {
            return false;
        }
    }
    return true;
}
