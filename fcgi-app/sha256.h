/* sha256.h: SHA-256 as in FIPS 180-4, sections 4.1.2, 5 and 6.2. */
#ifndef SHA256_H
#define SHA256_H

#include "base.h"

#define SHA256_LEN 32

void sha256(const void *data, size_t len, uint8_t digest[SHA256_LEN]);

#endif
