# shellcheck shell=bash
# server.bash: the real service (spawn-fcgi, supervisor, workers, lighttpd) on a private database, for one .bats file.
#
#   server_start [NAME=VALUE ...]  in setup_file: database, service, waits until it is ready; the arguments are settings
#   server_stop                    in teardown_file: asserts that it is healthy, stops it, asserts that nothing is left
#   server_restart [NAME=VALUE ...]  stops and starts the service alone, the database stays
#   expect_restarts                from now on workers may die and come back
#   expect_errors REGEX            error lines of the log that match are meant to be there
#
# BUILD_DIR chooses the build (build, or the sanitizers'), SERVER_UNDER=valgrind runs the service under valgrind.

# shellcheck source=test/lib/database.bash
source "${BASH_SOURCE[0]%/*}/database.bash"

SERVER_DEADLINE=${SERVER_DEADLINE:-30} # seconds that starting and stopping may take
[[ -z ${SERVER_UNDER:-} ]] || SERVER_DEADLINE=240

poll() { # SECONDS COMMAND...: until it succeeds
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}

server_start() {
    SERVER_DIR=$(mktemp -d "${TMPDIR:-/tmp}/session-backend-test.XXXXXX")
    export SERVER_DIR
    mkdir "$SERVER_DIR/exchanges"
    if ! database_start "$SERVER_DIR" || ! service_start "$@"; then
        # bats keeps to itself what setup_file says before it fails; descriptor 3 is the terminal's
        { echo "the service did not start"; service_logs; server_check_reports; } 2>&1 | sed 's/^/# /' >&3
        service_kill
        database_stop "$SERVER_DIR" immediate
        rm -rf "$SERVER_DIR"
        return 1
    fi
    server_remember_workers
}

server_free_port() { # below the range that outgoing connections take theirs from
    local port
    while true; do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 4<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}

service_start() { # settings: retried with another port when somebody was faster; a restart keeps its port
    local attempt
    for attempt in 1 2 3 4 5; do
        SERVER_PORT=${KEEP_PORT:-$(server_free_port)}
        SERVER_URL=http://127.0.0.1:$SERVER_PORT
        export SERVER_PORT SERVER_URL
        service_launch "$@"
        if poll "$SERVER_DEADLINE" service_settled && service_answers && service_is_ours; then return 0; fi
        poll 5 service_ended lighttpd || return 1
        grep -qi 'address already in use' "$SERVER_DIR/lighttpd.log" || return 1
        echo "port $SERVER_PORT was taken (attempt $attempt)" >&2
        service_end || return 1
        : >"$SERVER_DIR/lighttpd.log"
    done
    return 1
}

service_launch() {
    local under=() settings
    export RUN_DIR=$SERVER_DIR/run
    settings=("RUN_DIR=$RUN_DIR" "PORT=$SERVER_PORT" "WORKERS=${TEST_WORKERS:-4}" LOG_FORMAT=json LOG_LEVEL=INFO
        "CONF_DIR=$PROJECT/conf" "DOCS_DIR=${DOCS_DIR:-$PROJECT/build/docs}" DRAIN_SECONDS=0
        REQUEST_TIMEOUT=60 CONNECT_TIMEOUT=30 # the machine may be loaded; tests of deadlines set their own
        "ASAN_OPTIONS=log_path=$SERVER_DIR/sanitizer:detect_leaks=1:exitcode=66:abort_on_error=0:detect_stack_use_after_return=1"
        "UBSAN_OPTIONS=log_path=$SERVER_DIR/sanitizer:print_stacktrace=1" "$@")
    mkdir -p "$RUN_DIR"
    if [[ ${SERVER_UNDER:-} == valgrind ]]; then
        under=("$(command -v valgrind)" -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=66 --trace-children=yes
            "--log-file=$SERVER_DIR/valgrind.%p")
    fi
    service_process supervisor spawn-fcgi -n -s "$RUN_DIR/fastcgi.sock" -b 4096 -- "${under[@]}" "$BUILD_DIR/session-backend"
    # lighttpd logs an error for each request that finds no socket yet
    if ! poll "$SERVER_DEADLINE" service_listens; then echo "the supervisor opened no socket" >&2; fi
    service_process lighttpd "$BUILD_DIR/session-backend" lighttpd
}

service_process() { # NAME COMMAND...: in a session of its own, so that whatever it leaves behind is found
    local name=$1
    shift
    rm -f "$SERVER_DIR/$name.status"
    (
        cd "$PROJECT" || exit 1
        set +e
        setsid env "${settings[@]}" "$@" </dev/null &
        echo $! >"$SERVER_DIR/$name.pid"
        wait $!
        echo $? >"$SERVER_DIR/$name.status"
    ) >>"$SERVER_DIR/$name.log" 2>&1 3>&- 4>&- &
    poll 5 test -s "$SERVER_DIR/$name.pid"
}

service_answers() { [[ $(curl -s -o /dev/null -m 5 -w '%{http_code}' "$SERVER_URL/health/db") == 200 ]]; }
service_listens() { [[ -S $RUN_DIR/health.sock ]] || service_ended supervisor; }
service_is_ours() { # it is ours that answers, not somebody else's who was faster to take the port
    local inode pid
    inode=$(awk -v port="$(printf ':%04X' "$SERVER_PORT")" \
        '$4 == "0A" && substr($2, length($2) - 4) == port { print $10; exit }' /proc/net/tcp /proc/net/tcp6)
    for pid in $(service_left | awk '{ print $3 }'); do
        [[ -z $(find "/proc/$pid/fd" -lname "socket:\[$inode\]" 2>/dev/null) ]] || return 0
    done
    return 1
}
service_ended() { [[ -e $SERVER_DIR/$1.status ]]; }
service_settled() { service_answers || service_ended lighttpd || service_ended supervisor; }
service_pid() { cat "$SERVER_DIR/$1.pid"; }

service_signal() { # NAME SIGNAL
    if ! service_ended "$1"; then kill "-$2" "$(service_pid "$1")"; fi
}

service_left() { # processes of the service that are alive, zombies aside
    ps -e -o sid=,stat=,pid=,args= | awk -v a="$(service_pid supervisor)" -v b="$(service_pid lighttpd)" \
        '($1 == a || $1 == b) && $2 !~ /^Z/'
}
service_gone() { [[ -z $(service_left) ]]; }

service_end() { # in order: lighttpd drains, then the workers go
    local failed=0
    service_signal lighttpd INT
    poll "$SERVER_DEADLINE" service_ended lighttpd || { echo "lighttpd did not end after INT" >&2; failed=1; }
    service_signal supervisor TERM
    poll "$SERVER_DEADLINE" service_ended supervisor || { echo "the supervisor did not end after TERM" >&2; failed=1; }
    poll "$SERVER_DEADLINE" service_gone || { echo "left behind:" >&2; service_left >&2; failed=1; }
    service_kill
    return "$failed"
}

service_kill() { # whatever is left; only processes of our own sessions
    local pid
    [[ -e $SERVER_DIR/supervisor.pid && -e $SERVER_DIR/lighttpd.pid ]] || return 0
    for pid in $(service_left | awk '{ print $3 }'); do kill -9 "$pid"; done
    return 0
}

service_logs() {
    local log
    for log in "$SERVER_DIR"/{supervisor,lighttpd}.log "$SERVER_DIR"/data/server.log; do
        if [[ -s $log ]]; then
            echo "--- ${log##*/} (last lines that are not of everyday)"
            grep -avE '"level":"INFO".*"status":|LOG:  (checkpoint|aborting|background worker)' "$log" | tail -n 30
        fi
    done >&2
}

server_restart() {
    service_end || { service_logs; return 1; }
    KEEP_PORT=$SERVER_PORT service_start "$@" || { service_logs; return 1; }
    server_remember_workers
}

# --- is it well? -----------------------------------------------------------------------------------------------------
server_workers() { # the children of the supervisor: workers, health worker, prober
    ps -o pid= --ppid "$(service_pid supervisor)" | sort -n | tr -d ' '
}
server_remember_workers() { server_workers >"$SERVER_DIR/workers"; }
expect_restarts() { touch "$SERVER_DIR/restarts-expected"; }
expect_errors() { printf '%s\n' "$1" >>"$SERVER_DIR/errors-expected"; }

server_check_alive() {
    service_ended supervisor && { echo "the supervisor ended by itself with $(<"$SERVER_DIR/supervisor.status")"; return 1; }
    service_ended lighttpd && { echo "lighttpd ended by itself with $(<"$SERVER_DIR/lighttpd.status")"; return 1; }
    if [[ -e $SERVER_DIR/restarts-expected ]]; then
        poll "$SERVER_DEADLINE" service_answers || { echo "the service does not answer any more"; return 1; }
    elif [[ $(server_workers) != "$(<"$SERVER_DIR/workers")" ]]; then
        echo "workers died: before $(tr '\n' ' ' <"$SERVER_DIR/workers"), now $(server_workers | tr '\n' ' ')"
        return 1
    fi
}

LIGHTTPDS_EVERYDAY='server started|graceful shutdown|server stopped|please add "mod_openssl"|request-size too long|-> sending Status (4|50[15])|"level":"INFO"'
server_check_log() { # error lines of ours, and what lighttpd complains about
    local unexpected
    touch "$SERVER_DIR/errors-expected"
    unexpected=$(grep -hE '"level": ?"(ERROR|CRITICAL)"|runtime error:|Sanitizer' "$SERVER_DIR"/{supervisor,lighttpd}.log \
        | { if [[ -s $SERVER_DIR/errors-expected ]]; then grep -vEf "$SERVER_DIR/errors-expected"; else cat; fi; } | head -n 20)
    # What it says of workers that were killed is known from the test that killed them.
    [[ -e $SERVER_DIR/restarts-expected ]] || unexpected+=$(grep -vE "$LIGHTTPDS_EVERYDAY" "$SERVER_DIR/lighttpd.log" \
        | { if [[ -s $SERVER_DIR/errors-expected ]]; then grep -vEf "$SERVER_DIR/errors-expected"; else cat; fi; } | head -n 20)
    [[ -z $unexpected ]] || { echo "errors in the log:"; echo "$unexpected"; return 1; }
}

server_check_reports() { # of the sanitizers and of valgrind
    local report failed=0
    for report in "$SERVER_DIR"/sanitizer.* "$SERVER_DIR"/valgrind.*; do
        [[ -s $report ]] || continue
        echo "--- ${report##*/}"
        head -n 200 "$report"
        failed=1
    done
    return "$failed"
}

server_check_left() { # nothing stays: no socket, no spooled body
    local left
    left=$(find "$RUN_DIR" \( -type s -o -type f \) -print)
    [[ -z $left ]] || { echo "files and sockets left behind:"; echo "$left"; return 1; }
}

server_check_documented() { # every answer that the tests saw is in the description of the API
    [[ -s $SERVER_DIR/exchanges/index ]] || return 0
    python3 "$PROJECT/test/lib/openapi.py" answers "$SERVER_DIR/openapi.json" "$SERVER_DIR/exchanges"
}

assert_healthy() { server_check_alive >&2 && server_check_log >&2; }

server_stop() {
    local failed=0
    curl -s -m 20 -o "$SERVER_DIR/openapi.json" "$SERVER_URL/openapi.json" || failed=1
    assert_healthy || failed=1
    service_end || failed=1
    server_check_log >&2 || failed=1
    server_check_reports >&2 || failed=1
    server_check_left >&2 || failed=1
    database_stop "$SERVER_DIR" || failed=1
    server_check_documented >&2 || failed=1
    ((failed == 0)) || service_logs
    if [[ -n ${KEEP_SERVER_DIR:-} ]]; then echo "kept $SERVER_DIR" >&2; else rm -rf "$SERVER_DIR"; fi
    return "$failed"
}
