#!/usr/bin/env bats
# Requests and errors in general: contract 1.1, 1.3.

load ../lib/server
load ../lib/http

setup_file() {
    server_start
    new_conversation r a 1
    post "$API/sessions/r/multi_agents" '{"multi_agent_id":"m","state":{}}'
    send PUT "$API/storage/r/k" x -H 'Content-Type:'
}
teardown_file() { server_stop; }

ITEMS=("$API/sessions/r" "$API/sessions/r/agents/a" "$API/sessions/r/agents/a/messages/0" "$API/sessions/r/multi_agents/m")
LISTS=("$API/sessions" "$API/sessions/r/agents" "$API/sessions/r/agents/a/messages" "$API/sessions/r/multi_agents" "$API/sessions/r/agents/a/restore")
OPEN=(/health /health/live /health/db /health/ready /health/metrics /metrics /docs /redoc /openapi.json)

@test "one trailing slash addresses the same resource, for every method, without a redirect" {
    local path
    for path in "${ITEMS[@]}" "${LISTS[@]}" /health /health/live /health/db /health/ready; do
        get "$path/"
        status_is 200
        get "$path//"
        status_is 404
        json_is . '{"detail":"Not Found"}'
    done
    for path in /health/metrics /metrics /docs /redoc /openapi.json; do
        get "$path/"
        status_is 200
    done
    post "$API/sessions/" "{\"session_id\":\"$S\"}"
    status_is 201
    put "$API/sessions/$S/" '{}'
    status_is 200
    post "$API/sessions/$S/agents/" '{"agent_id":"a","state":{},"conversation_manager_state":{}}'
    status_is 201
    post "$API/sessions/$S/agents/a/messages/" '{"message_id":0,"message":{"role":"user","content":[]}}'
    status_is 201
    delete "$API/sessions/$S/agents/a/messages/?from=0"
    status_is 200
    post "$API/sessions/$S/fork/" "{\"session_id\":\"$S-f\"}"
    status_is 201
    delete "$API/sessions/$S/?storage=true"
    status_is 204
}

@test "// is no path of ours" {
    local path
    for path in // //health /health// /api//v1/sessions "/$API/sessions" "$API//sessions" "$API/sessions//" "$API/sessions//agents"; do
        get "$path"
        status_is 404
    done
}

@test "an unknown path is 404 with Not Found, for every method" {
    local method path
    for path in / /api /api/v1 /api/v1/session /api/v2/sessions /health/x /Health /api/v1/sessions/r/x /api/v1/sessions/r/agents/a/x /_error /index.html; do
        for method in GET POST PUT DELETE; do
            send "$method" "$path" "$([[ $method == P* ]] && echo '{}' || echo -)"
            status_is 404
            header_is Content-Type application/json
            body_is_exactly '{"detail":"Not Found"}'
        done
    done
}

@test "a known path with another method is 405, and Allow lists all of the path's methods" {
    allow_is() { [[ $(header Allow | tr -d ' ' | tr ',' '\n' | sort | tr '\n' ' ') == "$1 " ]] || fail "Allow is '$(header Allow)'"; }
    send PATCH "$API/sessions"
    status_is 405
    header_is Content-Type application/json
    body_is_exactly '{"detail":"Method Not Allowed"}'
    allow_is 'GET HEAD POST'
    put "$API/sessions" '{}'
    status_is 405
    allow_is 'GET HEAD POST'
    post "$API/sessions/r" '{}'
    allow_is 'DELETE GET HEAD PUT'
    send PATCH "$API/sessions/r/agents/a/messages"
    allow_is 'DELETE GET HEAD POST'
    get "$API/sessions/r/fork"
    status_is 405
    allow_is 'POST'
    delete "$API/sessions/r/agents/a/restore"
    allow_is 'GET HEAD'
    send PATCH "$API/storage"
    allow_is 'DELETE GET HEAD'
    send PATCH "$API/storage/r/k"
    allow_is 'DELETE GET HEAD PUT'
    post /health '{}'
    status_is 405
    allow_is 'GET HEAD'
}

@test "405 is judged before ids and bodies, 404 of the path before 405" {
    send PATCH "$API/sessions/%00"
    status_is 405
    post "$API/sessions/%00" 'x'
    status_is 405
    send PATCH "$API/nothing/%00"
    status_is 404
}

@test "OPTIONS is 405 with Allow while CORS is off" {
    send OPTIONS "$API/sessions" - -H 'Origin: http://example.org' -H 'Access-Control-Request-Method: POST'
    status_is 405
    header_present Allow
    ! grep -qi '^access-control' "$EXCHANGE.head" || fail "a CORS header while CORS is off"
    get "$API/sessions" - -H 'Origin: http://example.org'
    ! grep -qi '^access-control' "$EXCHANGE.head" || fail "a CORS header while CORS is off"
}

@test "HEAD works wherever GET does: the same status and headers, no body" {
    local path
    for path in "${ITEMS[@]}" "${LISTS[@]}" "${OPEN[@]}" "$API/storage" "$API/storage/r/k" "$API/sessions/none" /nothing "$API/sessions?page=0"; do
        get "$path"
        local status=$STATUS type length tag
        type=$(header Content-Type) length=$(header Content-Length) tag=$(header ETag)
        send HEAD "$path"
        status_is "$status"
        header_is Content-Type "$type"
        header_is ETag "$tag"
        case $path in
            /health* | /metrics) ;; # their length moves with the time
            *) header_is Content-Length "$length" ;;
        esac
        python3 "$PROJECT/test/lib/framing.py" head-has-no-body "$path"
    done
}

@test "of a repeated query parameter the last counts" {
    get "$API/sessions?page=x&page=2&page_size=0&page_size=3"
    status_is 200
    json_is '.page,.page_size' $'2\n3'
    get "$API/sessions?page=2&page=x"
    faults_are 'int_parsing query.page'
}

@test "unknown query parameters are ignored, names are case-sensitive and decoded" {
    get "$API/sessions?Page=0&PAGE_SIZE=x&what=ever&=&&a=b=c&%ff=%zz"
    status_is 200
    json_is '.page,.page_size' $'1\n10'
    get "$API/sessions?p%61ge=2"
    json_is .page 2
    get "$API/sessions?page"
    faults_are 'int_parsing query.page'
}

@test "+ is a blank in a query" {
    new_session "$S x"
    get "$API/sessions?prefix=$S+x"
    json_is .total 1
    get "$API/sessions?prefix=$S%2Bx"
    json_is .total 0
}

@test "X-Request-ID is the client's own when it is well formed, in the error's body too" {
    local id
    for id in a 'A-z0.9_:/+=@-' "$(printf 'x%.0s' {1..128})"; do
        get "$API/sessions/none" - -H "X-Request-ID: $id"
        header_is X-Request-ID "$id"
        json_is .detail.request_id "\"$id\""
        get /health - -H "X-Request-ID: $id"
        header_is X-Request-ID "$id"
        get /nothing - -H "X-Request-ID: $id"
        header_is X-Request-ID "$id"
    done
}

@test "else it is a new UUID, another one each time" {
    local id before=
    for id in 'a b' "$(printf 'x%.0s' {1..129})" 'a"b' 'a,b' 'é' '<x>'; do
        get "$API/sessions/none" - -H "X-Request-ID: $id"
        header_matches X-Request-ID '^[0-9a-f]{8}-[0-9a-f]{4}-[1-9a-f][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
        [[ $(header X-Request-ID) != "$before" ]] || fail "the same id again"
        before=$(header X-Request-ID)
        json_is .detail.request_id "\"$before\""
    done
}

@test "the request id is in the log" {
    local id=in-the-log-$S
    get "$API/sessions/none" - -H "X-Request-ID: $id"
    poll 10 grep -q "$id" "$SERVER_DIR/supervisor.log"
}

@test "bodies and ids of people never reach the log" {
    post "$API/sessions" "{\"session_id\":\"$S\",\"multi_agent_state\":{\"a\":\"confidential words\"}}" -H "X-Request-ID: marks-$S"
    put "$API/sessions/$S" '{"multi_agent_state":"confidential words"}' -H "X-Request-ID: later-$S"
    poll 10 grep -q "later-$S" "$SERVER_DIR/supervisor.log"
    ! grep -qh 'confidential words' "$SERVER_DIR"/{supervisor,lighttpd}.log "$SERVER_DIR/data/server.log" || fail "a body is in a log"
}

@test "Content-Type may be absent or any JSON type, in any case, with parameters" {
    local type n=0
    for type in 'Content-Type:' 'Content-Type: application/json' 'Content-Type: APPLICATION/JSON' 'Content-Type: application/json; charset=utf-8' \
        'Content-Type: application/json;charset=latin1' 'Content-Type: application/vnd.api+json' 'Content-Type: Application/Problem+JSON ; x=y'; do
        n=$((n + 1))
        post "$API/sessions" "{\"session_id\":\"$S-$n\"}" -H "$type"
        status_is 201
    done
}

@test "other types are 422 at body" {
    local type
    for type in text/plain application/x-www-form-urlencoded text/json application/jsonx application/xml+jso 'multipart/form-data; boundary=x' json application/+json+x; do
        post "$API/sessions" "{\"session_id\":\"$S\"}" -H "Content-Type: $type"
        status_is 422
        json_is '.detail|length' 1
        json_is '.detail[0].loc' '["body"]'
    done
    put "$API/sessions/r" '{}' -H 'Content-Type: text/plain'
    status_is 422
}

@test "a Content-Encoding is 415" {
    post "$API/sessions" "{\"session_id\":\"$S\"}" -H 'Content-Encoding: gzip'
    status_is 415
    header_is Content-Type application/json
    json_is '.detail.error|type' '"string"'
    put "$API/sessions/r" '{}' -H 'Content-Encoding: br'
    status_is 415
    get "$API/sessions/$S"
    status_is 404
}

@test "a body on GET, HEAD and DELETE is read and ignored" {
    get "$API/sessions/r" 'not json' -H 'Content-Type: text/plain'
    status_is 200
    new_session "$S"
    delete "$API/sessions/$S" '{"x":'
    status_is 204
    python3 "$PROJECT/test/lib/framing.py" body-on-get
}

@test "Range is ignored everywhere" {
    local path
    for path in "$API/sessions/r" "$API/sessions/r/agents/a/messages" /health/live /openapi.json /docs; do
        get "$path" - -H 'Range: bytes=0-3'
        status_is 200
        header_absent Content-Range
        [[ $(stat -c %s "$BODY") -gt 4 ]] || fail "only a range came"
    done
}

@test "at most 100 faults are named" {
    local list
    list=$(printf '{"message_id":"x"},%.0s' {1..80})
    post "$API/sessions/r/agents/a/messages" "[${list%,}]"
    status_is 422
    json_is '.detail|length' 100
}

@test "request line and headers together up to 16 KiB work" {
    python3 "$PROJECT/test/lib/framing.py" headers-of-16-kib
}

@test "errors name no inner text" {
    get "$API/sessions/none"
    body_lacks session_backend
    body_lacks postgres
    body_lacks SELECT
}

@test "no answer tells versions of lighttpd or invites sniffing of a stored page" {
    get "$API/sessions/r"
    ! header Server | grep -q '[0-9]' || fail "Server is $(header Server)"
}
