/* cursor.c: eight bytes of time (big endian), the id, six bytes of check. */
#include "cursor.h"

#include "ident.h"
#include "sha256.h"
#include "timestamp.h"

#include <string.h>

#define TIME_LEN 8
#define CHECK_LEN 6
#define BYTES_MAX (TIME_LEN + 1020 + CHECK_LEN) /* an id has at most 255 characters of four bytes */

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char SALT[] = "session-backend cursor 1";

/* The check is no secret: a cursor is only a place, what may be seen there is judged by the request. */
static void check(const uint8_t *bytes, size_t len, uint8_t out[CHECK_LEN]) {
    uint8_t salted[sizeof SALT + BYTES_MAX], digest[SHA256_LEN];
    memcpy(salted, SALT, sizeof SALT);
    memcpy(salted + sizeof SALT, bytes, len);
    sha256(salted, sizeof SALT + len, digest);
    memcpy(out, digest, CHECK_LEN);
}

static void encode(struct buf *out, const uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i, n = left > 3 ? 3 : left;
        uint32_t word = (uint32_t)bytes[i] << 16;
        if (left > 1) {
            word |= (uint32_t)bytes[i + 1] << 8;
        }
        if (left > 2) {
            word |= bytes[i + 2];
        }
        for (size_t k = 0; k <= n; k++) {
            buf_byte(out, ALPHABET[word >> (18 - 6 * k) & 63]);
        }
    }
}

void cursor_append(struct buf *out, int64_t created_micros, struct span session_id) {
    uint8_t bytes[BYTES_MAX];
    size_t len = TIME_LEN + session_id.len;
    if (len + CHECK_LEN > sizeof bytes) {
        out->failed = true; /* cannot be: ids are judged before they are stored */
        return;
    }
    for (size_t i = 0; i < TIME_LEN; i++) {
        bytes[i] = (uint8_t)((uint64_t)created_micros >> (56 - 8 * i));
    }
    memcpy(bytes + TIME_LEN, session_id.at, session_id.len);
    check(bytes, len, bytes + len);
    encode(out, bytes, len + CHECK_LEN);
}

static bool decode(struct span text, struct buf *out) {
    uint32_t word = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *at = text.at[i] == '\0' ? NULL : strchr(ALPHABET, text.at[i]);
        if (at == NULL) {
            return false;
        }
        word = (word << 6 | (uint32_t)(at - ALPHABET)) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buf_byte(out, (char)(word >> bits));
        }
    }
    /* What is left over must be nothing: each cursor has one spelling. */
    return bits < 6 && (word & ((1u << bits) - 1)) == 0 && !out->failed;
}

bool cursor_parse(struct span text, struct buf *memory, int64_t *created_micros, struct span *session_id) {
    size_t start = memory->len;
    if (text.len > (BYTES_MAX + 2) / 3 * 4 || !decode(text, memory)) {
        return false;
    }
    const uint8_t *bytes = (const uint8_t *)memory->data + start;
    size_t len = memory->len - start;
    if (len <= TIME_LEN + CHECK_LEN || len > BYTES_MAX) {
        return false;
    }
    uint8_t wanted[CHECK_LEN];
    check(bytes, len - CHECK_LEN, wanted);
    if (memcmp(wanted, bytes + len - CHECK_LEN, CHECK_LEN) != 0) {
        return false;
    }
    uint64_t time = 0;
    for (size_t i = 0; i < TIME_LEN; i++) {
        time = time << 8 | bytes[i];
    }
    *created_micros = (int64_t)time;
    *session_id = (struct span){memory->data + start + TIME_LEN, len - TIME_LEN - CHECK_LEN};
    const char *rule;
    return timestamp_is_stored(*created_micros) && ident_check(*session_id, &rule) == IDENT_FINE;
}
