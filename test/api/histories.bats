#!/usr/bin/env bats
# Whole histories: contract 2.1.

load ../lib/server
load ../lib/http

setup_file() {
    server_start
    new_conversation h a 25
}
teardown_file() { server_stop; }

M=$API/sessions/h/agents/a/messages

numbers_are() { json_is '[.messages[].message_id]' "$1"; }

@test "offset alone gives everything from there" {
    get "$M?offset=20"
    status_is 200
    json_is keys_unsorted '["messages","total","offset","limit"]'
    numbers_are '[20,21,22,23,24]'
    json_is '.total,.offset,.limit' $'25\n20\nnull'
    get "$M?offset=0"
    json_is '(.messages|length),.total,.offset,.limit' $'25\n25\n0\nnull'
}

@test "limit alone begins at 0" {
    get "$M?limit=3"
    numbers_are '[0,1,2]'
    json_is '.total,.offset,.limit' $'25\n0\n3'
}

@test "offset and limit together" {
    get "$M?offset=3&limit=2"
    numbers_are '[3,4]'
    json_is '.total,.offset,.limit' $'25\n3\n2'
}

@test "limit 0 is none" {
    get "$M?limit=0"
    numbers_are '[]'
    json_is '.total,.limit' $'25\n0'
}

@test "offset counts rows in the order asked" {
    get "$M?offset=22&order=desc"
    numbers_are '[2,1,0]'
    get "$M?offset=1&limit=2&order=desc"
    numbers_are '[23,22]'
}

@test "an offset behind the end is an empty list" {
    get "$M?offset=25"
    numbers_are '[]'
    json_is '.total,.offset' $'25\n25'
    get "$M?offset=9223372036854775807&limit=9223372036854775807"
    status_is 200
    body_is '{"messages":[],"total":25,"offset":9223372036854775807,"limit":9223372036854775807}'
}

@test "a limit may be larger than any page" {
    get "$M?limit=9223372036854775807"
    status_is 200
    json_is '.messages|length' 25
}

@test "beyond 2^63-1, negative or no number is 422, all at once" {
    get "$M?offset=9223372036854775808"
    faults_are 'less_than_equal query.offset'
    get "$M?limit=9223372036854775808&offset=-1"
    faults_are 'greater_than_equal query.offset' 'less_than_equal query.limit'
    get "$M?offset=x&limit="
    faults_are 'int_parsing query.offset' 'int_parsing query.limit'
    get "$M?offset=removed"
    faults_are 'int_parsing query.offset'
}

@test "page or page_size together with offset or limit is 422, even when empty" {
    local query
    for query in 'page=1&offset=2' 'page_size=5&limit=1' 'offset=0&page=' 'limit=&page=1' 'limit=1&page_size='; do
        get "$M?$query"
        status_is 422
        json_is '[.detail[].loc[0]]|unique' '["query"]'
    done
}

@test "without the agent or the session it is 404" {
    get "$API/sessions/h/agents/none/messages?offset=0"
    not_found "Agent 'none' not found in session 'h'"
    get "$API/sessions/none/agents/a/messages?limit=1"
    not_found "Session 'none' not found"
}

@test "total=false leaves the counting out here too" {
    get "$M?offset=20&total=false"
    status_is 200
    json_is '(.messages|length),.total' $'5\nnull'
}

@test "a history of 30 MB comes whole, in order, and the workers do not stay large" {
    python3 "$PROJECT/test/lib/large.py" history large
}

waits() { database_sql "$SERVER_DIR" -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'" | grep -qx 1; }
streams() { database_sql "$SERVER_DIR" -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'" | grep -qx 1; }

@test "the database gone in the middle of a history: it ends visibly, and its log line is right" {
    local trace=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00 lighttpd request status=0
    lighttpd=$(pgrep -P "$(service_pid lighttpd)" -x lighttpd)
    expect_errors 'response already sent out|unexpected end-of-file|response not received'
    for _ in {1..20}; do # until a part had left the worker, and not all of it
        status=0
        # A lock has the request in a worker's hands before lighttpd stops taking what it sends.
        coproc HOLDER { database_sql "$SERVER_DIR" 2>&1; }
        local holder=$HOLDER_PID
        echo 'BEGIN; LOCK TABLE session_backend.messages IN ACCESS EXCLUSIVE MODE; SELECT 1;' >&"${HOLDER[1]}"
        read -r -u "${HOLDER[0]}"
        curl -s -f -H "traceparent: $trace" -H 'X-Request-ID: gone-in-the-middle' "$SERVER_URL$API/sessions/large/agents/a/messages?offset=0" \
            >"$BATS_TEST_TMPDIR/part" 3>&- &
        request=$!
        poll 30 waits
        kill -STOP "$lighttpd"
        echo 'ROLLBACK; \q' >&"${HOLDER[1]}"
        wait "$holder"
        poll 30 streams
        database_sql "$SERVER_DIR" -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'" >/dev/null
        kill -CONT "$lighttpd"
        wait "$request" || status=$?
        ((status != 18)) || break
    done
    [ "$status" -eq 18 ] # curl: transfer closed with outstanding data
    poll 30 grep -q '"request_id":"gone-in-the-middle".*"cause":.*"traceparent":"'"$trace"'"' "$SERVER_DIR/supervisor.log"
}
