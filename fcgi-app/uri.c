/* uri.c: see uri.h. */
#include "uri.h"

#include <string.h>

void uri_split(struct span target, struct span *path, struct span *query) {
    const char *mark = target.len == 0 ? NULL : memchr(target.at, '?', target.len);

    if (mark == NULL) {
        *path = target;
        *query = SPAN_ABSENT;
        return;
    }
    *path = (struct span){target.at, (size_t)(mark - target.at)};
    *query = (struct span){mark + 1, target.len - path->len - 1};
}

int uri_hex(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int uri_next(struct span *raw, bool plus_is_blank) {
    char byte = raw->at[0];
    size_t used = 1;
    int value = (unsigned char)byte;

    if (byte == '%') {
        int high = raw->len < 3 ? -1 : uri_hex(raw->at[1]);
        int low = raw->len < 3 ? -1 : uri_hex(raw->at[2]);
        if (high < 0 || low < 0)
            return -1;
        value = high << 4 | low;
        used = 3;
    } else if (byte == '+' && plus_is_blank) {
        value = ' ';
    }
    raw->at += used;
    raw->len -= used;
    return value;
}

bool uri_decode(struct span raw, bool plus_is_blank, struct buf *out) {
    char *to = buf_room(out, raw.len);
    size_t len = 0;

    if (to == NULL)
        return true; /* the caller sees it in out->failed */
    while (raw.len > 0) {
        int byte = uri_next(&raw, plus_is_blank);
        if (byte < 0)
            return false;
        to[len++] = (char)byte;
    }
    buf_grown(out, len);
    return true;
}
