#!/usr/bin/env bats
# An answer is whole or visibly broken, whatever happens to its worker; and large ones leave no large worker behind.

load ../lib/server
load ../lib/http

setup_file() { server_start WORKERS=1 REQUEST_TIMEOUT=60 || return 1; expect_restarts; }
teardown_file() { server_stop; }

worker() { pgrep -x worker -P "$(service_pid supervisor)" || :; }
ready() { get /health/ready && [[ $STATUS == 200 ]]; }

# A lock makes the worker wait with the request in its hands, so that what follows comes in time.
locked() { database_sql "$SERVER_DIR" -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'" | grep -qx 1; }
lock() {
    coproc HOLDER { database_sql "$SERVER_DIR" 2>&1; }
    holder=$HOLDER_PID
    echo 'BEGIN; LOCK TABLE session_backend.messages, session_backend.sessions, session_backend.objects IN ACCESS EXCLUSIVE MODE; SELECT 1;' >&"${HOLDER[1]}"
    read -r -u "${HOLDER[0]}"
}
unlock() {
    echo 'ROLLBACK; \q' >&"${HOLDER[1]}"
    wait "$holder"
}
ask_and_wait() { # TARGET: in the background, until it waits for the lock
    curl -s -o "$BATS_TEST_TMPDIR/body" -D "$BATS_TEST_TMPDIR/head" -w '%{http_code}' "$SERVER_URL$1" >"$BATS_TEST_TMPDIR/status" 3>&- &
    request=$!
    poll 30 locked
}
kill_while_it_waits() { # TARGET
    local holder request pid
    lock
    pid=$(worker)
    ask_and_wait "$1"
    kill -9 "$pid"
    wait "$request"
    unlock
}

# As soon as the client has the first bytes lighttpd is stopped, so that the worker can send no more than fits into the
# socket, and killed. When it had sent all of it by then, or nothing, once more.
kill_in_the_middle() { # TARGET BYTES: sets CURL_STATUS
    local holder request pid lighttpd
    lighttpd=$(pgrep -P "$(service_pid lighttpd)" -x lighttpd)
    for _ in {1..20}; do
        poll 30 ready
        CURL_STATUS=0
        pid=$(worker)
        rm -f "$BATS_TEST_TMPDIR/body"
        lock
        ask_and_wait "$1"
        unlock
        poll 30 test -s "$BATS_TEST_TMPDIR/body"
        kill -STOP "$lighttpd"
        kill -9 "$pid"
        kill -CONT "$lighttpd"
        wait "$request" || CURL_STATUS=$?
        (($(stat -c %s "$BATS_TEST_TMPDIR/body") >= $2)) || return 0
    done
    return 1
}

@test "killed before a small answer: 503 in JSON, never 500 and never an empty 200" {
    new_conversation "$S" a 1
    kill_while_it_waits "$API/sessions/$S"
    [ "$(<"$BATS_TEST_TMPDIR/status")" = 503 ]
    [ "$(jq -r .detail.error "$BATS_TEST_TMPDIR/body")" = ServiceUnavailableError ]
    grep -qi '^retry-after: 1' "$BATS_TEST_TMPDIR/head"
    grep -qi '^x-request-id: ' "$BATS_TEST_TMPDIR/head"
    poll 30 ready
    get "$API/sessions/$S"
    status_is 200
}

@test "killed before an answer of 64 KB: the same" {
    new_conversation "$S" a 0
    new_message "$S" a 0 "$(head -c 65536 /dev/zero | tr '\0' x)"
    kill_while_it_waits "$API/sessions/$S/agents/a/messages?offset=0"
    [ "$(<"$BATS_TEST_TMPDIR/status")" = 503 ]
    poll 30 ready
}

fill_history() { # SESSION MEGABYTES
    new_conversation "$1" a 0
    local text i
    text=$(head -c 1000000 /dev/zero | tr '\0' x)
    for ((i = 0; i < $2; i += 20)); do
        {
            printf '['
            for ((j = i; j < i + 20; j++)); do
                ((j == i)) || printf ','
                printf '{"message_id":%d,"message":{"role":"user","content":"%s"}}' "$j" "$text"
            done
            printf ']'
        } >"$BATS_TEST_TMPDIR/batch"
        send POST "$API/sessions/$1/agents/a/messages" "@$BATS_TEST_TMPDIR/batch" -o "$BATS_TEST_TMPDIR/answer"
        status_is 201
    done
}

@test "killed in the middle of an answer of 100 MB: the last chunk is missing; memory stays small" {
    local pid
    fill_history large 100
    pid=$(worker)
    [ "$(curl -s "$SERVER_URL$API/sessions/large/agents/a/messages?offset=0" | wc -c)" -gt 100000000 ] # whole, first
    poll 30 small "$pid" 16
    kill_in_the_middle "$API/sessions/large/agents/a/messages?offset=0" 100000000
    cut_visibly
    [ "$(stat -c %s "$BATS_TEST_TMPDIR/body")" -lt 100000000 ]
    poll 30 ready
}

cut_visibly() { # curl's 18: transfer closed with outstanding data
    [[ $CURL_STATUS == 18 ]] || { echo "curl ended with $CURL_STATUS after $(stat -c %s "$BATS_TEST_TMPDIR/body") bytes" >&2; cat "$BATS_TEST_TMPDIR/head" >&2; return 1; }
}

own_memory() { # PID: MB that the process does not share
    awk -v page="$(getconf PAGESIZE)" '{ print int(($2 - $3) * page / 1000000) }' "/proc/$1/statm"
}
small() { [ "$(own_memory "$1")" -le "$2" ]; }

@test "killed in the middle of a stored object: fewer bytes than announced" {
    local pid
    poll 30 ready
    head -c 30000000 /dev/urandom >"$BATS_TEST_TMPDIR/object"
    pid=$(worker)
    send PUT "$API/storage/large" "@$BATS_TEST_TMPDIR/object"
    status_is 201
    poll 30 small "$pid" 16 # a body of 30 MB did not stay
    curl -s "$SERVER_URL$API/storage/large" >"$BATS_TEST_TMPDIR/whole"
    cmp "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/object" || { head -c 300 "$BATS_TEST_TMPDIR/whole" | cat -v >&2; return 1; }
    poll 30 small "$pid" 16
    kill_in_the_middle "$API/storage/large" 30000000
    cut_visibly
    grep -qi '^content-length: 30000000' "$BATS_TEST_TMPDIR/head"
    [ "$(stat -c %s "$BATS_TEST_TMPDIR/body")" -lt 30000000 ]
    poll 30 ready
}

@test "a body of 30 MB as JSON leaves no large worker behind, and lighttpd stays small" {
    local pid lighttpd
    poll 30 ready
    pid=$(worker)
    { printf '{"session_id":"%s","multi_agent_state":{"x":"' "$S"; head -c 30000000 /dev/zero | tr '\0' y; printf '"}}'; } >"$BATS_TEST_TMPDIR/body30"
    send POST "$API/sessions" "@$BATS_TEST_TMPDIR/body30" -o "$BATS_TEST_TMPDIR/answer"
    status_is 201
    poll 30 small "$pid" 16
    lighttpd=$(pgrep -P "$(service_pid lighttpd)" | tail -n 1)
    poll 30 small "$lighttpd" 32
}

@test "without its spool directory lighttpd breaks large answers visibly" {
    local status=0
    rm -rf "$RUN_DIR/spool"
    curl -s -m 10 --limit-rate 20M "$SERVER_URL$API/storage/large" >"$BATS_TEST_TMPDIR/part" || status=$?
    [ "$status" -ne 0 ] || [ "$(stat -c %s "$BATS_TEST_TMPDIR/part")" -eq 30000000 ]
    mkdir -m 0700 "$RUN_DIR/spool"
    get "$API/sessions"
    status_is 200
}
