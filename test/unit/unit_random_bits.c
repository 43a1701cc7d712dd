/* unit_random_bits.c: random bits and UUIDs. */
#include "random.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void check_uuid(void) {
    char one[UUID_TEXT_LEN + 1], other[UUID_TEXT_LEN + 1];

    random_uuid(other);
    for (int i = 0; i < 1000; i++) {
        random_uuid(one);
        unsigned parts[5];
        int used = 0;
        EXPECT(sscanf(one, "%8x-%4x-4%3x-%4x-%12x%n", &parts[0], &parts[1], &parts[2], &parts[3], &parts[4], &used) ==
                   5 &&
               used == UUID_TEXT_LEN && one[UUID_TEXT_LEN] == '\0');
        EXPECT(strchr("89ab", one[19]) != NULL && strspn(one, "0123456789abcdef-") == UUID_TEXT_LEN);
        EXPECT(strcmp(one, other) != 0);
        memcpy(other, one, sizeof other);
    }
}

/* A child that called random_reset does not repeat what its parent draws. */
static void check_fork(void) {
    int ends[2];
    uint64_t mine, childs = 0;

    (void)random_bits();
    EXPECT(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        random_reset();
        mine = random_bits();
        _exit(write(ends[1], &mine, sizeof mine) == (ssize_t)sizeof mine ? 0 : 1);
    }
    mine = random_bits();
    int status = -1;
    EXPECT(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    EXPECT(read(ends[0], &childs, sizeof childs) == (ssize_t)sizeof childs && childs != mine);
    EXPECT(close(ends[0]) == 0 && close(ends[1]) == 0);
}

/* Each bit is now set and now clear; a constant or a counter would not pass. */
static void check_bits(void) {
    uint64_t any = 0, all = UINT64_MAX;

    for (int i = 0; i < 1000; i++) {
        uint64_t bits = random_bits();
        any |= bits;
        all &= bits;
    }
    EXPECT(any == UINT64_MAX && all == 0);
}

void unit_random_bits(void) {
    check_uuid();
    check_fork();
    check_bits();
}
