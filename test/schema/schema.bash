# shellcheck shell=bash
# schema.bash: a PostgreSQL for a .bats file and a fresh database in it for each test.
#
#   schema_start, schema_stop   in setup_file and teardown_file
#   schema_database             in setup: makes database $DB, empty, and exports DATABASE_URL of its administrator
#   sql SQL                     in $DB, as the administrator; sql_as ROLE SQL
#   migrate OPTIONS...          session-backend-migrate against $DB
#   schema_copy                 copies schema/ to $SCHEMA_DIR, which migrate then uses

# shellcheck source=test/lib/database.bash
source "${BASH_SOURCE[0]%/*}/../lib/database.bash"

schema_start() {
    CLUSTER=$(mktemp -d "${TMPDIR:-/tmp}/session-backend-test.XXXXXX")
    export CLUSTER
    if ! database_start "$CLUSTER"; then
        rm -rf "$CLUSTER"
        return 1
    fi
}

schema_stop() {
    database_stop "$CLUSTER" immediate
    rm -rf "$CLUSTER"
}

schema_url() { echo "postgresql:///$DB?host=$CLUSTER&user=${1:-postgres}"; }

schema_database() { # [CREATE DATABASE's options]
    DB=t$BATS_TEST_NUMBER
    database_sql "$CLUSTER" -c "CREATE DATABASE $DB ${1:-}"
    DATABASE_URL=$(schema_url)
    export DB DATABASE_URL
}

sql_as() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$(schema_url "$1")" -c "$2"; }
sql() { sql_as postgres "$1"; }

migrate() { "$BUILD_DIR/session-backend-migrate" "$@"; }

schema_copy() {
    SCHEMA_DIR=$BATS_TEST_TMPDIR/schema
    export SCHEMA_DIR
    cp -r "$PROJECT/schema" "$SCHEMA_DIR"
    NEWEST=$(find "$SCHEMA_DIR" -name '[0-9]*.sql' | wc -l)
    # shellcheck disable=SC2034 # for the tests: the number of the file to come
    NEXT=$(printf '%03d' $((NEWEST + 1)))
}

poll() { # SECONDS COMMAND...: until it succeeds
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}

# About bats' `run`, which sets status and output.
# shellcheck disable=SC2154
status_is() {
    [[ $status -eq $1 ]] || { echo "status $status instead of $1; output: $output" >&2; return 1; }
}
# shellcheck disable=SC2154
output_has() {
    [[ $output == *"$1"* ]] || { echo "no '$1' in: $output" >&2; return 1; }
}
# shellcheck disable=SC2154
output_lacks() {
    [[ $output != *"$1"* ]] || { echo "'$1' in: $output" >&2; return 1; }
}
