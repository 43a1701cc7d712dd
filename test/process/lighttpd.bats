#!/usr/bin/env bats
# lighttpd as it is: what its settings must hold for. Cut answers are in answers.bats, its end in pool.bats.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

raw() { # REQUEST-LINE-AND-HEADERS as printf understands them: prints the whole answer
    python3 - "$SERVER_PORT" "$(printf '%b' "$1")" <<-'PYTHON'
	import socket, sys
	s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=30)
	s.sendall(sys.argv[2].encode("utf-8", "surrogateescape") + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
	while data := s.recv(65536):
	    sys.stdout.buffer.write(data)
	PYTHON
}
own() { # STATUS REQUEST: an answer of lighttpd's own is JSON with a detail and an id
    local answer
    answer=$(raw "$2")
    [[ $answer == HTTP/1.?" $1 "* ]] || { echo "$answer"; return 1; }
    grep -qi '^x-request-id: [A-Za-z0-9._:/+=@-]' <<<"$answer"
    grep -qi '^content-type: application/json' <<<"$answer"
    sed '1,/^\r*$/d' <<<"$answer" | jq -e .detail >/dev/null
}

@test "its own errors are JSON with a detail and an id" {
    own 400 'GET /health'
    own 400 'GET /health HTTP/1.1\r\nno colon'
    own 411 'POST /api/v1/sessions HTTP/1.1'
    own 413 'POST /api/v1/sessions HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999'
    own 431 "GET /$(printf 'a%.0s' {1..18000}) HTTP/1.1"
    own 501 'BREW /health HTTP/1.1'
    own 501 'POST /api/v1/sessions HTTP/1.1\r\nTransfer-Encoding: gzip'
    own 505 'GET /health HTTP/3.7'
}

@test "the client's own request id is kept in them" {
    raw 'POST /api/v1/sessions HTTP/1.1\r\nX-Request-ID: mine-1' | grep -qi '^x-request-id: mine-1'
}

@test "OPTIONS * is its own" {
    raw 'OPTIONS * HTTP/1.1' | grep -q '^HTTP/1.1 200'
}

reaches_a_worker() { [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$1$2") =~ ^(200|404)$ ]]; }

@test "no pool: 503 in JSON with Retry-After, at once, and requests go to the pool again when it is there" {
    local dir=$BATS_TEST_TMPDIR port
    port=$(server_free_port)
    env "RUN_DIR=$dir/run" "CONF_DIR=$PROJECT/conf" "PORT=$port" DRAIN_SECONDS=0 "$BUILD_DIR/session-backend" lighttpd >"$dir/log" 2>&1 3>&- &
    local keeper=$!
    answers() { [[ $(curl -s -o "$dir/body" -D "$dir/head" -w '%{http_code}' "http://127.0.0.1:$port$1") == 503 ]]; }
    poll 30 answers /health
    answers /api/v1/sessions
    grep -qi '^retry-after: 1' "$dir/head"
    [ "$(jq -r .detail.error "$dir/body")" = ServiceUnavailableError ]
    env "RUN_DIR=$dir/run" WORKERS=1 spawn-fcgi -n -s "$dir/run/fastcgi.sock" -b 4096 -- "$BUILD_DIR/session-backend" >"$dir/pool" 2>&1 3>&- &
    local pool=$! target
    # lighttpd looks once a second whether a pool that it missed is back
    for target in /health "$API/nothing"; do poll 30 reaches_a_worker "$port" "$target"; done
    kill -INT "$keeper"
    wait "$keeper"
    [ ! -e "$dir/run/lighttpd.lock" ]
    kill -TERM "$pool"
    wait "$pool"
}

@test "paths reach the workers as they were sent" {
    local path
    new_session "a%b" # the id
    get "$API/sessions/a%25b"
    status_is 200
    for path in '%00' '%0A' '%7F' '%FF' 'a%2Fb' '%5C' '%zz' '.' '..' '%2e%2e'; do
        get "$API/sessions/$path"
        status_is 422
    done
    get "$API/sessions/../sessions"
    status_is 404
    get "$API//sessions"
    status_is 404
}

@test "a GET with a body is answered, and a Range is ignored" {
    send GET /health '{"x":1}'
    status_is 200
    send GET /health - -H 'Range: bytes=0-3'
    status_is 200
    header_absent Content-Range
}

@test "request line and headers of 16 KiB work" {
    send GET "/health?x=$(printf 'a%.0s' {1..8000})" - -H "X-Long: $(printf 'b%.0s' {1..8000})"
    status_is 200
}

@test "the spool is private and emptied at start" {
    [ "$(stat -c %a "$RUN_DIR/spool")" = 700 ]
    local dir=$BATS_TEST_TMPDIR port
    port=$(server_free_port)
    mkdir -p "$dir/spool"
    touch "$dir/spool/lighttpd-upload-old" "$dir/spool/somebody-elses"
    env "RUN_DIR=$dir/run" "SPOOL_DIR=$dir/spool" "CONF_DIR=$PROJECT/conf" "PORT=$port" "$BUILD_DIR/session-backend" lighttpd >"$dir/log" 2>&1 3>&- &
    local keeper=$!
    up() { curl -s -o /dev/null "http://127.0.0.1:$port/health"; }
    poll 30 up
    [ ! -e "$dir/spool/lighttpd-upload-old" ]
    [ -e "$dir/spool/somebody-elses" ]
    kill -INT "$keeper"
    wait "$keeper"
}

@test "a port in use is one line that names it" {
    run env LOG_FORMAT=text "RUN_DIR=$BATS_TEST_TMPDIR/run" "CONF_DIR=$PROJECT/conf" "PORT=$SERVER_PORT" "$BUILD_DIR/session-backend" lighttpd
    [ "$status" -eq 1 ]
    [[ $output == *"CRITICAL lighttpd PORT: cannot listen on 0.0.0.0 port $SERVER_PORT: Address already in use" ]]
}

@test "two lighttpds do not share a RUN_DIR" {
    run env LOG_FORMAT=text "CONF_DIR=$PROJECT/conf" "PORT=$(server_free_port)" "$BUILD_DIR/session-backend" lighttpd
    [ "$status" -eq 1 ]
    [[ $output == *"another lighttpd runs here"* ]]
}

new_certificate() { # DIR
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$1/key" -out "$1/certificate" 2>/dev/null
    cat "$1/certificate" "$1/key" >"$1/pem"
}

@test "HTTPS by a setting; HUP reads the certificate again, and a broken one changes nothing" {
    local dir=$BATS_TEST_TMPDIR port
    port=$(server_free_port)
    new_certificate "$dir"
    env "TLS_CERTIFICATE=$dir/pem" DRAIN_SECONDS=0 "RUN_DIR=$dir/run" "CONF_DIR=$PROJECT/conf" "PORT=$port" "$BUILD_DIR/session-backend" lighttpd >"$dir/log" 2>&1 3>&- &
    local keeper=$!
    secure() { [[ $(curl -s -o /dev/null --cacert "$dir/certificate" -w '%{http_code}' "https://localhost:$port/health") == 503 ]]; }
    poll 30 secure || { cat "$dir/log" >&2; return 1; }
    new_certificate "$dir"
    if secure; then return 1; fi
    kill -HUP "$keeper"
    poll 30 secure
    echo broken >"$dir/pem"
    kill -HUP "$keeper"
    poll 30 grep -q 'the one before goes on' "$dir/log"
    secure
    [ "$(pgrep -c -P "$keeper")" -eq 1 ]
    kill -INT "$keeper"
    wait "$keeper"
}

@test "a worker at rest has little memory of its own" {
    local pid
    for pid in $(pgrep -x worker -P "$(service_pid supervisor)"); do
        [[ ${SERVER_UNDER:-}$BUILD_DIR != *valgrind* && $BUILD_DIR != *address* ]] || continue
        [ "$(awk -v page="$(getconf PAGESIZE)" '{ print int(($2 - $3) * page / 1000) }' "/proc/$pid/statm")" -le 4000 ]
    done
}
