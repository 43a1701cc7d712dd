/* migrate_adopt.c: placeholder */
#include "migrate.h"
#include <stdlib.h>
int migrate_adopt(PGconn *connection) {
    (void)connection;
    return EXIT_SUCCESS;
}
