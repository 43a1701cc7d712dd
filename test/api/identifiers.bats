#!/usr/bin/env bats
# Identifiers: contract 1.5.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

@test "every character that is allowed works in every kind of id, through body and path" {
    python3 "$PROJECT/test/lib/identifiers.py" allowed "$S"
}

@test "every character that is not allowed is 422 in every kind of id, through body and path" {
    python3 "$PROJECT/test/lib/identifiers.py" refused "$S"
}

@test "ids are compared byte by byte: no trimming, no case, no normalisation" {
    python3 "$PROJECT/test/lib/identifiers.py" distinct "$S"
}

@test "a segment is decoded once" {
    new_session "$S%2F"
    get "$API/sessions/$S%252F"
    status_is 200
    json_is .session_id "\"$S%2F\""
    get "$API/sessions/$S%2F"
    faults_are 'value_error path.session_id'
}

@test "+ is a plus in a path" {
    new_session "$S+x"
    get "$API/sessions/$S+x"
    status_is 200
    get "$API/sessions/$S%20x"
    status_is 404
}

@test "needlessly encoded and lower-case escapes are the same id" {
    new_session "$S"
    get "$API/sessions/%74${S#t}"
    status_is 200
    new_session "$S-é"
    get "$API/sessions/$S-%c3%a9"
    status_is 200
}

@test "bad escapes are 422" {
    local id
    for id in '%' 'a%' 'a%4' '%zz' '%4g' '%%41'; do
        get "$API/sessions/$id"
        faults_are 'value_error path.session_id'
    done
}

@test "dot segments are ids that are refused, never resolved" {
    local id
    new_session "$S"
    for id in . .. %2E %2e%2E; do
        get "$API/sessions/$id"
        faults_are 'value_error path.session_id'
        delete "$API/sessions/$id"
        faults_are 'value_error path.session_id'
    done
    get "$API/sessions/$S/agents/../agents"
    status_is 404
    json_is . '{"detail":"Not Found"}'
    get "$API/sessions/x/../$S"
    status_is 404
    get "$API/sessions/$S/agents/.."
    faults_are 'value_error path.agent_id'
}

@test "all faults of a path come at once, in order" {
    get "$API/sessions/%00/agents/a%5Cb/messages/x"
    faults_are 'value_error path.session_id' 'value_error path.agent_id' 'int_parsing path.message_id'
}

@test "255 characters work, 256 are string_too_long, in path and body" {
    local id
    id=$(printf 'é%.0s' {1..255})
    new_session "$id"
    get "$API/sessions/$(printf '%%C3%%A9%.0s' {1..255})"
    status_is 200
    post "$API/sessions" "{\"session_id\":\"${id}x\"}"
    faults_are 'string_too_long body.session_id'
    get "$API/sessions/$(printf 'x%.0s' {1..256})"
    faults_are 'string_too_long path.session_id'
}

@test "an id with quotes is named as it is in errors" {
    get "$API/sessions/$S'%22%20%F0%9F%98%80"
    not_found "Session '$S'\" 😀' not found"
}
