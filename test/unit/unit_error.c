/* unit_error.c: the error table, the mapping of SQLSTATEs, the gathering of faults. */
#include "error.h"
#include "faults.h"
#include "json.h"
#include "unit.h"

#include <string.h>

/* SQLSTATE, cause */
static void run_sqlstate(const struct unit_case *of) {
    char state[8] = "";

    memcpy(state, of->field[0].at, of->field[0].len < 7 ? of->field[0].len : 7);
    const char *cause = db_cause_name(db_cause_of(state));
    EXPECT_CASE(unit_is(of->field[1], cause), of, "is %s", cause);
}

static void check_table(void) {
    for (int error = ERROR_BAD_REQUEST; error < ERROR_COUNT; error++) {
        struct buf body = {0};
        size_t place;
        error_body(&body, (enum error)error, "a \"message\"\n", "id-1");
        struct span text = {body.data, body.len};
        EXPECT(error_status((enum error)error) >= 400 && error_status((enum error)error) <= 505);
        EXPECT(error_name((enum error)error)[0] != '\0');
        EXPECT(json_check(text, &place) && json_member(text, "detail").at != NULL);
        buf_free(&body);
    }
    for (int cause = DB_CAUSE_NONE; cause < DB_CAUSE_COUNT; cause++)
        EXPECT(db_cause_name((enum db_cause)cause)[0] != '\0');
    EXPECT(db_cause_of(NULL) == DB_CAUSE_AWAY);
}

static void check_bodies(void) {
    struct buf body = {0};

    error_body(&body, ERROR_NOT_FOUND, "Session 'x\"' not found", "r");
    EXPECT(unit_is(
        (struct span){body.data, body.len},
        "{\"detail\":{\"error\":\"NotFoundError\",\"message\":\"Session 'x\\\"' not found\",\"request_id\":\"r\"}}"));
    buf_clear(&body);
    error_body(&body, ERROR_NO_PATH, "ignored", "r");
    EXPECT(unit_is((struct span){body.data, body.len}, "{\"detail\":\"Not Found\"}"));
    buf_clear(&body);
    error_body(&body, ERROR_METHOD, "ignored", "r");
    EXPECT(unit_is((struct span){body.data, body.len}, "{\"detail\":\"Method Not Allowed\"}"));
    buf_free(&body);
}

static void check_faults(void) {
    struct faults faults = {0};

    faults_add(&faults, "missing", "\"body\",\"session_id\"", "Field required");
    EXPECT(unit_is((struct span){faults.json.data, faults.json.len},
                   "{\"type\":\"missing\",\"loc\":[\"body\",\"session_id\"],\"msg\":\"Field required\"}"));
    for (int i = 0; i < 200; i++)
        faults_add(&faults, "missing", "\"body\",1", "Field required");
    EXPECT(faults.count == 201);
    struct buf list = {0};
    buf_byte(&list, '[');
    buf_append(&list, faults.json.data, faults.json.len);
    buf_byte(&list, ']');
    struct span text = {list.data, list.len}, value;
    size_t place, kept = 0;
    EXPECT(json_check(text, &place));
    for (struct json_walk walk = json_walk(text); json_walk_value(&walk, &value);)
        kept++;
    EXPECT(kept == FAULTS_MAX);
    buf_free(&list);
    buf_free(&faults.json);
}

void unit_error(void) {
    unit_cases("error_sqlstate.txt", 2, run_sqlstate);
    check_table();
    check_bodies();
    check_faults();
}
