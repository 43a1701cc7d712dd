/* arena.c: one block that is kept, and a list of those that did not fit into it. */
#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_SIZE (32u * 1024)

struct arena_block {
    struct arena_block *next;
    alignas(max_align_t) char bytes[];
};

static struct arena_block *block_new(size_t size) {
    return size > SIZE_MAX - sizeof(struct arena_block) ? NULL : malloc(sizeof(struct arena_block) + size);
}

void *arena_take(struct arena *arena, size_t size) {
    if (arena->kept == NULL) {
        arena->kept = block_new(KEPT_SIZE);
        if (arena->kept == NULL) {
            return NULL;
        }
    }
    if (size <= KEPT_SIZE - arena->used) {
        void *at = arena->kept->bytes + arena->used;
        size_t rounded = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
        arena->used = rounded > KEPT_SIZE - arena->used ? KEPT_SIZE : arena->used + rounded;
        return at;
    }
    struct arena_block *block = block_new(size);
    if (block == NULL) {
        return NULL;
    }
    block->next = arena->large;
    arena->large = block;
    return block->bytes;
}

struct span arena_copy(struct arena *arena, struct span bytes) {
    char *at = arena_take(arena, bytes.len + 1);
    if (at == NULL) {
        return SPAN_ABSENT;
    }
    if (bytes.len > 0) {
        memcpy(at, bytes.at, bytes.len);
    }
    at[bytes.len] = '\0';
    return (struct span){at, bytes.len};
}

void arena_clear(struct arena *arena) {
    while (arena->large != NULL) {
        struct arena_block *next = arena->large->next;
        free(arena->large);
        arena->large = next;
    }
    arena->used = 0;
}

void arena_free(struct arena *arena) {
    arena_clear(arena);
    free(arena->kept);
    arena->kept = NULL;
}
