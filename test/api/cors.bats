#!/usr/bin/env bats
# CORS: contract 1.4.

load ../lib/server
load ../lib/http

setup_file() { server_start 'CORS_ORIGINS=http://a.example, https://b.example:8443'; }
teardown_file() { server_stop; }

no_cors_headers() { ! grep -i '^access-control' "$EXCHANGE.head" >&2 || fail "CORS headers"; }

@test "an origin of the list is named in every answer, errors included, with Vary" {
    local path
    for path in "$API/sessions" "$API/sessions/none" /health /nothing "$API/sessions?page=0" "$API/storage/none"; do
        get "$path" - -H 'Origin: http://a.example'
        header_is Access-Control-Allow-Origin http://a.example
        header_matches Vary '[Oo]rigin'
        header_absent Access-Control-Allow-Credentials
    done
    post "$API/sessions" "{\"session_id\":\"$S\"}" -H 'Origin: https://b.example:8443'
    status_is 201
    header_is Access-Control-Allow-Origin https://b.example:8443
}

@test "another origin, or none, gets no CORS header that allows it" {
    local origin
    for origin in http://evil.example https://a.example http://a.example:80 http://a.example.evil null http://A.example; do
        get "$API/sessions" - -H "Origin: $origin"
        status_is 200
        header_absent Access-Control-Allow-Origin
    done
    get "$API/sessions"
    header_absent Access-Control-Allow-Origin
}

@test "a preflight is answered with methods and headers, without a body" {
    send OPTIONS "$API/sessions/x" - -H 'Origin: http://a.example' -H 'Access-Control-Request-Method: PUT' \
        -H 'Access-Control-Request-Headers: content-type, if-match, authorization, idempotency-key, x-request-id'
    [[ $STATUS == 204 || $STATUS == 200 ]] || fail "status $STATUS"
    header_is Access-Control-Allow-Origin http://a.example
    header_matches Access-Control-Allow-Methods PUT
    header_matches Access-Control-Allow-Methods DELETE
    local name
    for name in Content-Type Authorization If-Match If-None-Match Idempotency-Key X-Request-ID; do
        header Access-Control-Allow-Headers | grep -qi "$name" || fail "$name is not allowed"
    done
    header_absent Access-Control-Allow-Credentials
}

@test "a preflight of another origin is not allowed anything" {
    send OPTIONS "$API/sessions" - -H 'Origin: http://evil.example' -H 'Access-Control-Request-Method: POST'
    header_absent Access-Control-Allow-Origin
}

@test "a browser may read our own headers" {
    get "$API/sessions" - -H 'Origin: http://a.example'
    local name
    for name in ETag X-Request-ID Idempotency-Replayed Retry-After; do
        header Access-Control-Expose-Headers | grep -qi "$name" || fail "$name is hidden"
    done
}

@test "with * every origin is allowed, still without credentials; an empty list is off" {
    server_restart 'CORS_ORIGINS=*'
    get "$API/sessions" - -H 'Origin: http://any.example'
    header_is Access-Control-Allow-Origin '*'
    header_absent Access-Control-Allow-Credentials
    send OPTIONS "$API/sessions" - -H 'Origin: http://any.example' -H 'Access-Control-Request-Method: POST'
    header_is Access-Control-Allow-Origin '*'
    server_restart CORS_ORIGINS=
    get "$API/sessions" - -H 'Origin: http://any.example'
    no_cors_headers
    send OPTIONS "$API/sessions" - -H 'Origin: http://any.example' -H 'Access-Control-Request-Method: POST'
    status_is 405
    no_cors_headers
}
