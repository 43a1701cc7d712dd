/* arena.h: memory that belongs to one request and is taken back all at once. */
#ifndef ARENA_H
#define ARENA_H

#include "base.h"

struct arena_block;

/* All zero is a valid empty arena. The first block is kept from request to request, larger ones are given back. */
struct arena {
    struct arena_block *kept;
    struct arena_block *large;
    size_t used; /* of the kept block */
};

/* Not initialised, aligned for any type; NULL when memory runs out. */
void *arena_take(struct arena *arena, size_t size) MUST_USE;

/* A copy of the bytes with a NUL behind them; absent when memory runs out. */
struct span arena_copy(struct arena *arena, struct span bytes) MUST_USE;

void arena_clear(struct arena *arena);
void arena_free(struct arena *arena);

#endif
