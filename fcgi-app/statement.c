/* statement.c: the list of all statements. */
#include "statement.h"

#include <stdio.h>

#include "store_common.h"

static const struct statement *const *const FILES[] = {
    STORE_SESSION_STATEMENTS, STORE_AGENT_STATEMENTS,       STORE_MESSAGE_STATEMENTS, STORE_BATCH_STATEMENTS,
    STORE_RESTORE_STATEMENTS, STORE_MULTI_AGENT_STATEMENTS, STORE_OBJECT_STATEMENTS,  STORE_FORK_STATEMENTS,
};

const struct statement *statement_at(size_t index) {
    for (size_t file = 0; file < COUNT_OF(FILES); file++) {
        for (size_t i = 0; FILES[file][i]; i++) {
            if (index-- == 0)
                return FILES[file][i];
        }
    }
    return NULL;
}

void statement_print_all(void) {
    const struct statement *statement;
    for (size_t i = 0; (statement = statement_at(i)) != NULL; i++)
        (void)printf("-- %s\n%s;\n", statement->name, statement->sql);
}
