/* base.h: the few words that every module uses. */
#ifndef BASE_H
#define BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, first) __attribute__((format(printf, format_at, first)))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes that somebody else owns. at == NULL means "absent", which is not the same as empty. */
struct span {
    const char *at;
    size_t len;
};

#define SPAN_ABSENT ((struct span){NULL, 0})
#define SPAN_OF(literal) ((struct span){(literal), sizeof(literal) - 1})

#endif
