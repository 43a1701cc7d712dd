#!/usr/bin/env bats
# Each row of docs/faults.md that concerns PostgreSQL, in short form.

load ../lib/server
load ../lib/faults

setup_file() {
    server_start REQUEST_TIMEOUT=1 CONNECT_TIMEOUT=1 || return 1
}
teardown_file() {
    if mountpoint -q "$SERVER_DIR/small"; then umount -l "$SERVER_DIR/small"; fi
    server_stop
}
setup() { S=f$BATS_TEST_NUMBER; }

refuses_at_once() { # 503 with Retry-After, and far below the time-out each: twenty of them within one
    local began=${EPOCHREALTIME/./}
    for _ in {1..5}; do
        [[ $(status_of /api/v1/sessions) == 503 ]]
        grep -qi '^retry-after: [0-9]' "$SERVER_DIR/answer.head"
    done
    [ $((${EPOCHREALTIME/./} - began)) -lt 4000000 ]
}

@test "PostgreSQL stopped (fast) and started again" {
    load_begin "$S"
    database_stop "$SERVER_DIR" fast
    poll 30 probe_is 503
    refuses_at_once
    [ "$(status_of /health)" = 200 ]
    load_finish
    load_is_as_promised
    recovered database_run "$SERVER_DIR"
}

@test "PostgreSQL crashed (immediate) and restarted" {
    load_begin "$S"
    database_stop "$SERVER_DIR" immediate
    poll 30 probe_is 503
    refuses_at_once
    load_finish
    load_is_as_promised
    recovered database_run "$SERVER_DIR"
}

@test "PostgreSQL paused" {
    load_begin "$S"
    fault_pause
    poll 30 probe_is 503
    sleep "$FAULT_SECONDS"
    [ "$(status_of /health)" = 200 ]
    # By now it is known to hang: nearly all is refused at once.
    load_finish
    load_is_as_promised
    [ "$(jq '.refused_p50_ms < 500' "$LOAD_REPORT")" = true ]
    recovered fault_continue
}

@test "its connections terminated every 500 ms" {
    load_begin "$S"
    fault_terminate_all
    load_finish
    load_is_as_promised
    [ "$(load_fact answered)" -gt "$(load_fact failed)" ]
    recovered true
}

@test "a table locked exclusively" {
    load_begin "$S"
    lock_begin messages
    poll 30 probe_is 503
    sleep "$FAULT_SECONDS"
    [ "$(status_of /health)" = 200 ]
    load_finish
    load_is_as_promised
    [ "$(jq '.refused_p50_ms < 900' "$LOAD_REPORT")" = true ] # most did not wait out the time-out
    recovered lock_end
}

@test "a read-only database: reads work, writes are 503, it is ready but not writable" {
    read_only() {
        database_sql "$SERVER_DIR" -c "ALTER SYSTEM SET default_transaction_read_only = $1" -c 'SELECT pg_reload_conf()' >/dev/null
    }
    not_writable() { probe_is 200 && [[ $(jq .checks.database.writable "$SERVER_DIR/answer") == false ]]; }
    writable() { probe_is 200 && [[ $(jq .checks.database.writable "$SERVER_DIR/answer") == true ]]; }
    load_begin "$S"
    read_only on
    poll 30 not_writable
    [ "$(write_status)" = 503 ]
    grep -qi '^retry-after: ' "$SERVER_DIR/answer.head"
    [ "$(status_of /api/v1/sessions)" = 200 ]
    load_finish
    load_is_as_promised
    PGOPTIONS='-c default_transaction_read_only=off' psql -X -q -d "$(database_url "$SERVER_DIR" postgres)" \
        -c 'ALTER SYSTEM RESET default_transaction_read_only' -c 'SELECT pg_reload_conf()' >/dev/null
    poll 30 writable
    [ "$(write_status)" = 201 ]
    load_lost_nothing
}

@test "max_connections used up by others: workers keep what they have" {
    local n
    load_begin "$S"
    n=$(database_sql "$SERVER_DIR" -c "SELECT current_setting('max_connections')::int")
    python3 - "$SERVER_DIR/.s.PGSQL.5432" "$n" 3>&- >"$SERVER_DIR/hogs" <<-'PYTHON' &
	import socket, struct, sys, time
	# Start-up messages that are answered and then held: each is a connection of somebody else's.
	held = []
	text = b"user\0session_backend\0database\0session_backend\0\0"
	for _ in range(int(sys.argv[2])):
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(sys.argv[1])
	    s.sendall(struct.pack("!ii", 8 + len(text), 196608) + text)
	    held.append(s)
	print("held", flush=True)
	time.sleep(60)
	PYTHON
    local hogs=$!
    poll 30 grep -q held "$SERVER_DIR/hogs"
    sleep "$FAULT_SECONDS"
    [ "$(status_of /api/v1/sessions)" = 200 ]
    [ "$(write_status)" = 201 ]
    [ "$(status_of /health/db)" = 200 ]
    load_finish
    load_is_as_promised
    kill "$hogs"
    wait "$hogs" || :
    recovered true
}

@test "a network that drops every packet" {
    local proxied=$SERVER_DIR/proxied
    mkdir "$proxied"
    python3 "$PROJECT/test/lib/proxy.py" "$proxied/.s.PGSQL.5432" "$SERVER_DIR/.s.PGSQL.5432" 3>&- &
    local proxy=$!
    poll 30 test -S "$proxied/.s.PGSQL.5432"
    server_restart REQUEST_TIMEOUT=1 CONNECT_TIMEOUT=1 "DATABASE_URL=$(database_url "$proxied")"
    load_begin "$S"
    kill -USR1 "$proxy"
    poll 30 probe_is 503
    sleep "$FAULT_SECONDS"
    [ "$(status_of /health)" = 200 ]
    load_finish
    load_is_as_promised
    recovered kill -USR2 "$proxy"
    server_restart REQUEST_TIMEOUT=1 CONNECT_TIMEOUT=1
    kill -TERM "$proxy"
    wait "$proxy" || :
    rm -r "$proxied"
}

@test "failover: two hosts, the one that takes writes is found" {
    local second=$SERVER_DIR/second bin
    bin=$(database_bin)
    mkdir "$second"
    database_directory "$second"
    database_as_user "$bin/pg_basebackup" -h "$SERVER_DIR" -U postgres -D "$second/data" -R -c fast
    database_as_user "$bin/pg_ctl" -D "$second/data" -w -t 30 -s -l "$second/data/server.log" -o "-k '$second'" start 3>&-
    database_sql "$SERVER_DIR" -c "ALTER SYSTEM SET synchronous_standby_names = '*'" -c 'SELECT pg_reload_conf()' >/dev/null
    server_restart REQUEST_TIMEOUT=1 CONNECT_TIMEOUT=1 \
        "DATABASE_URL=postgresql:///session_backend?host=$second,$SERVER_DIR&user=session_backend&target_session_attrs=read-write"
    load_begin "$S"
    database_stop "$SERVER_DIR" immediate
    poll 30 probe_is 503
    [ "$(status_of /health)" = 200 ]
    load_finish
    load_is_as_promised
    sleep 1.1
    database_as_user "$bin/pg_ctl" -D "$second/data" -w -t 30 -s promote
    [ "$(write_status)" = 201 ]
    poll 30 probe_is 200
    load_lost_nothing
    database_stop "$second" immediate
    database_run "$SERVER_DIR"
    database_sql "$SERVER_DIR" -c 'ALTER SYSTEM RESET synchronous_standby_names' -c 'SELECT pg_reload_conf()' >/dev/null
    server_restart
}

@test "the disk of PostgreSQL full: reads work, writes are 503, and go on when there is room" {
    ((EUID == 0)) || skip "needs root, to mount a small tmpfs"
    local small=$SERVER_DIR/small
    mkdir "$small"
    mount -t tmpfs -o "size=24m,mode=0700,uid=$(id -u "$(database_user)")" tmpfs "$small" 2>/dev/null || skip "mounting is not allowed here"
    head -c 6000000 /dev/zero >"$small/somebody-elses"
    database_sql "$SERVER_DIR" -c "CREATE TABLESPACE small LOCATION '$small'" -c 'ALTER TABLE session_backend.objects SET TABLESPACE small'
    full() { [[ $(status_of "/api/v1/storage/full-$RANDOM" -X PUT --data-binary "@$SERVER_DIR/megabyte") == 503 ]]; }
    head -c 1000000 /dev/urandom >"$SERVER_DIR/megabyte"
    poll 60 full
    grep -qi '^retry-after: ' "$SERVER_DIR/answer.head"
    [ "$(status_of '/api/v1/storage?limit=1')" = 200 ]
    [ "$(status_of /health/db)" = 200 ]
    rm "$small/somebody-elses"
    [ "$(status_of /api/v1/storage/fits -X PUT --data-binary "@$SERVER_DIR/megabyte")" = 201 ]
    database_sql "$SERVER_DIR" -c 'ALTER TABLE session_backend.objects SET TABLESPACE pg_default' -c 'DROP TABLESPACE small'
    umount "$small"
}
