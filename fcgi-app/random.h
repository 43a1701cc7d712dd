/* random.h: random bits of the kernel (getrandom(2)), fetched in blocks. A process that forks must call random_reset.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include "base.h"

#define UUID_TEXT_LEN 36

void random_reset(void);
uint64_t random_bits(void);
/* A UUID of version 4 (RFC 9562), lower case, with a final NUL. */
void random_uuid(char text[UUID_TEXT_LEN + 1]);

#endif
