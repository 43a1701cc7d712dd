#!/usr/bin/env bats
# Sessions: contract 1.1.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

@test "POST makes a session and answers 201 with its members in order" {
    post "$API/sessions" "{\"session_id\":\"$S\"}"
    status_is 201
    header_is Content-Type application/json
    body_is "{\"session_id\":\"$S\",\"session_type\":\"AGENT\",\"multi_agent_state\":null,\"created_at\":TIME,\"updated_at\":TIME}"
}

@test "GET answers what POST answered" {
    new_session "$S"
    cp "$BODY" "$BATS_TEST_TMPDIR/posted"
    get "$API/sessions/$S"
    status_is 200
    body_equals_file "$BATS_TEST_TMPDIR/posted"
}

@test "a session keeps its multi_agent_state to the byte" {
    post "$API/sessions" "{\"multi_agent_state\": { \"b\" : 1.0,\"a\":[ ] } ,\"session_type\":\"AGENT\",\"session_id\":\"$S\"}"
    status_is 201
    get "$API/sessions/$S"
    body_is "{\"session_id\":\"$S\",\"session_type\":\"AGENT\",\"multi_agent_state\":{ \"b\" : 1.0,\"a\":[ ] },\"created_at\":TIME,\"updated_at\":TIME}"
}

@test "null for each member that may be null is as if it were left out" {
    post "$API/sessions" "{\"session_id\":\"$S\",\"created_at\":null,\"updated_at\":null,\"multi_agent_state\":null}"
    status_is 201
    json_is .multi_agent_state null
}

@test "session_type null on create is enum" {
    post "$API/sessions" "{\"session_id\":\"$S\",\"session_type\":null}"
    faults_are 'enum body.session_type'
}

@test "a session_type other than AGENT is enum, a number too" {
    post "$API/sessions" "{\"session_id\":\"$S\",\"session_type\":\"GRAPH\"}"
    faults_are 'enum body.session_type'
    post "$API/sessions" "{\"session_id\":\"$S\",\"session_type\":\"agent\"}"
    faults_are 'enum body.session_type'
    post "$API/sessions" "{\"session_id\":\"$S\",\"session_type\":1}"
    faults_are 'enum body.session_type'
}

@test "POST of an id that exists is 409 and changes nothing" {
    new_session "$S"
    cp "$BODY" "$BATS_TEST_TMPDIR/posted"
    post "$API/sessions" "{\"session_id\":\"$S\",\"multi_agent_state\":{\"a\":1}}"
    conflict "Session with ID '$S' already exists"
    get "$API/sessions/$S"
    body_equals_file "$BATS_TEST_TMPDIR/posted"
}

@test "POST without a body is missing at body" {
    post "$API/sessions"
    faults_are 'missing body'
}

@test "POST without session_id is missing, and all faults come at once in the order of the schema" {
    post "$API/sessions" '{}'
    faults_are 'missing body.session_id'
    post "$API/sessions" '{"multi_agent_state":1,"updated_at":2,"created_at":1,"session_type":"X"}'
    faults_are 'missing body.session_id' 'enum body.session_type' 'string_type body.created_at' 'string_type body.updated_at' \
        'dict_type body.multi_agent_state'
}

@test "a body that is no object is dict_type at body" {
    local body
    for body in '[]' '"x"' null 3 true; do
        post "$API/sessions" "$body"
        faults_are 'dict_type body'
    done
}

@test "unknown members are ignored" {
    post "$API/sessions" "{\"x\":{\"session_id\":1},\"session_id\":\"$S\",\"id\":7,\"agents\":[1]}"
    status_is 201
    get "$API/sessions/$S"
    body_lacks '"agents"'
}

@test "GET, PUT and DELETE of a session that is not there are 404 and name it" {
    get "$API/sessions/$S"
    not_found "Session '$S' not found"
    put "$API/sessions/$S" '{}'
    not_found "Session '$S' not found"
    delete "$API/sessions/$S"
    not_found "Session '$S' not found"
}

@test "PUT never creates" {
    put "$API/sessions/$S" "{\"session_id\":\"$S\",\"multi_agent_state\":{}}"
    status_is 404
    get "$API/sessions/$S"
    status_is 404
}

@test "PUT sets multi_agent_state and answers the whole session" {
    new_session "$S"
    put "$API/sessions/$S" '{"multi_agent_state":{"z":1e5 , "a":-0}}'
    status_is 200
    body_is "{\"session_id\":\"$S\",\"session_type\":\"AGENT\",\"multi_agent_state\":{\"z\":1e5 , \"a\":-0},\"created_at\":TIME,\"updated_at\":TIME}"
}

@test "PUT leaves what is left out or null as it was" {
    new_session "$S"
    put "$API/sessions/$S" '{"multi_agent_state":{"a":1}}'
    put "$API/sessions/$S" '{"multi_agent_state":null,"session_type":null}'
    status_is 200
    json_is .multi_agent_state '{"a":1}'
    put "$API/sessions/$S" '{"session_type":"AGENT"}'
    json_is .multi_agent_state '{"a":1}'
    put "$API/sessions/$S" '{}'
    status_is 200
    json_is .multi_agent_state '{"a":1}'
}

@test "PUT with a wrong member is 422 and changes nothing" {
    new_session "$S"
    cp "$BODY" "$BATS_TEST_TMPDIR/posted"
    put "$API/sessions/$S" '{"session_type":"GRAPH","multi_agent_state":[]}'
    faults_are 'enum body.session_type' 'dict_type body.multi_agent_state'
    put "$API/sessions/$S" '{"multi_agent_state":"{}"}'
    faults_are 'dict_type body.multi_agent_state'
    get "$API/sessions/$S"
    body_equals_file "$BATS_TEST_TMPDIR/posted"
}

@test "ids in the body of a PUT are ignored, whatever their type" {
    local id
    new_session "$S"
    for id in '"other"' 7 null '{}' '["a/b"]'; do
        put "$API/sessions/$S" "{\"session_id\":$id}"
        status_is 200
        json_is .session_id "\"$S\""
    done
}

@test "PUT without a body is missing at body, with no object dict_type" {
    new_session "$S"
    put "$API/sessions/$S"
    faults_are 'missing body'
    put "$API/sessions/$S" '[]'
    faults_are 'dict_type body'
}

@test "every PUT moves updated_at strictly forward, {} included, and created_at never" {
    local before created i
    new_session "$S"
    created=$(json .created_at)
    before=$(json .updated_at)
    for i in 1 2 3; do
        put "$API/sessions/$S" '{}'
        [[ $(json .updated_at) > "$before" ]] || fail "updated_at did not move from $before"
        json_is .created_at "$created"
        before=$(json .updated_at)
    done
    get "$API/sessions/$S"
    json_is .updated_at "$before"
}

@test "a child's writes do not touch the session" {
    new_session "$S"
    cp "$BODY" "$BATS_TEST_TMPDIR/before"
    new_agent "$S" a
    put "$API/sessions/$S/agents/a" '{"state":{"x":1}}'
    new_message "$S" a 1
    delete "$API/sessions/$S/agents/a/messages/1"
    delete "$API/sessions/$S/agents/a"
    get "$API/sessions/$S"
    body_equals_file "$BATS_TEST_TMPDIR/before"
}

@test "DELETE answers 204 without a body, and the session is gone" {
    new_session "$S"
    delete "$API/sessions/$S"
    status_is 204
    body_is_empty
    header_absent Content-Type
    get "$API/sessions/$S"
    status_is 404
    delete "$API/sessions/$S"
    not_found "Session '$S' not found"
}

@test "DELETE takes agents, messages and multi-agent states along; the id made again is new and has no children" {
    new_conversation "$S" a 3
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{}}'
    delete "$API/sessions/$S"
    status_is 204
    new_session "$S"
    get "$API/sessions/$S/agents"
    json_is '.agents,.total' $'[]\n0'
    get "$API/sessions/$S/multi_agents"
    json_is '.multi_agents,.total' $'[]\n0'
    get "$API/sessions/$S/agents/a"
    status_is 404
    new_agent "$S" a
    get "$API/sessions/$S/agents/a/messages"
    json_is '.messages,.total' $'[]\n0'
}

@test "the list has its members in order and defaults of page 1 and 10 a page" {
    new_session "$S"
    get "$API/sessions?prefix=$S"
    status_is 200
    body_is "{\"sessions\":[{\"session_id\":\"$S\",$ANSWERED_SESSION],\"total\":1,\"page\":1,\"page_size\":10}"
}

@test "the list is newest created_at first, then session_id descending in byte order" {
    local id
    for id in b a Z é; do
        post "$API/sessions" "{\"session_id\":\"$S-$id\",\"created_at\":\"2020-01-01T00:00:00Z\"}"
    done
    post "$API/sessions" "{\"session_id\":\"$S-new\",\"created_at\":\"2020-01-01T00:00:00.000001Z\"}"
    post "$API/sessions" "{\"session_id\":\"$S-old\",\"created_at\":\"2019-12-31T23:59:59.999999Z\"}"
    get "$API/sessions?prefix=$S-"
    json_is '[.sessions[].session_id]' "[\"$S-new\",\"$S-é\",\"$S-b\",\"$S-a\",\"$S-Z\",\"$S-old\"]"
    get "$API/sessions?prefix=$S-&page=2&page_size=4"
    json_is '[.sessions[].session_id],.total,.page,.page_size' "[\"$S-Z\",\"$S-old\"]"$'\n6\n2\n4'
}

@test "pages neither repeat nor lose rows" {
    local i page all=
    for i in 1 2 3 4 5 6 7; do
        post "$API/sessions" "{\"session_id\":\"$S-$i\",\"created_at\":\"2020-01-01T00:00:00Z\"}"
    done
    for page in 1 2 3 4; do
        get "$API/sessions?prefix=$S-&page=$page&page_size=2"
        json_is .total 7
        all+=$(jq -r '.sessions[].session_id' "$BODY" | tr '\n' ' ')
    done
    [[ $all == "$S-7 $S-6 $S-5 $S-4 $S-3 $S-2 $S-1 " ]] || fail "$all"
}

@test "a page past the end, however far, is 200 with an empty list and the page echoed" {
    new_session "$S"
    get "$API/sessions?page=999999&page_size=1000"
    status_is 200
    json_is '.sessions,.page,.page_size' $'[]\n999999\n1000'
    get "$API/sessions?page=9223372036854775807&page_size=1000"
    status_is 200
    body_has '"sessions":[]'
    body_has '"page":9223372036854775807'
    body_has '"page_size":1000'
}

@test "page and page_size out of range are 422, all faults at once" {
    get "$API/sessions?page=9223372036854775808"
    faults_are 'less_than_equal query.page'
    get "$API/sessions?page=0&page_size=0"
    faults_are 'greater_than_equal query.page' 'greater_than_equal query.page_size'
    get "$API/sessions?page=-1&page_size=1001"
    faults_are 'greater_than_equal query.page' 'less_than_equal query.page_size'
    get "$API/sessions?page=x&page_size=1.0"
    faults_are 'int_parsing query.page' 'int_parsing query.page_size'
    get "$API/sessions?page=&page_size="
    faults_are 'int_parsing query.page' 'int_parsing query.page_size'
    get "$API/sessions?page=99999999999999999999999999"
    faults_are 'less_than_equal query.page'
}

@test "page_size goes from 1 to 1000" {
    get "$API/sessions?page_size=1"
    status_is 200
    get "$API/sessions?page_size=1000"
    status_is 200
    json_is .page_size 1000
}

@test "a session with 255 characters of four bytes as its id works" {
    local id
    id=$(printf '😀%.0s' {1..255})
    post "$API/sessions" "{\"session_id\":\"$id\"}"
    status_is 201
    get "$API/sessions/$(jq -rn --arg id "$id" '$id|@uri')"
    status_is 200
    json_is .session_id "\"$id\""
    delete "$API/sessions/$(jq -rn --arg id "$id" '$id|@uri')"
    status_is 204
}
