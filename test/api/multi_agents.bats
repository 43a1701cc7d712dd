#!/usr/bin/env bats
# Multi-agent states of graphs and swarms: contract 2.4.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

@test "POST makes a state and answers 201 with its members in order" {
    new_session "$S"
    post "$API/sessions/$S/multi_agents" '{"state":{ "z":1.0,"a":"\u0000"},"multi_agent_id":"m"}'
    status_is 201
    header_is Content-Type application/json
    body_is '{"multi_agent_id":"m","state":{ "z":1.0,"a":"\u0000"},"created_at":TIME,"updated_at":TIME}'
    cp "$BODY" "$BATS_TEST_TMPDIR/posted"
    get "$API/sessions/$S/multi_agents/m"
    status_is 200
    body_equals_file "$BATS_TEST_TMPDIR/posted"
}

@test "it has nothing to do with the session's multi_agent_state" {
    new_session "$S"
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{"a":1}}'
    get "$API/sessions/$S"
    json_is .multi_agent_state null
}

@test "required members that are missing or wrong are named all at once" {
    new_session "$S"
    post "$API/sessions/$S/multi_agents" '{}'
    faults_are 'missing body.multi_agent_id' 'missing body.state'
    post "$API/sessions/$S/multi_agents" '{"state":[],"multi_agent_id":7}'
    faults_are 'string_type body.multi_agent_id' 'dict_type body.state'
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":null}'
    faults_are 'dict_type body.state'
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"a/b","state":{}}'
    faults_are 'value_error body.multi_agent_id'
    post "$API/sessions/$S/multi_agents"
    faults_are 'missing body'
}

@test "POST of an id that exists is 409" {
    new_session "$S"
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{"a":1}}'
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{"a":2}}'
    status_is 409
    json_is '.detail.error' '"ConflictError"'
    get "$API/sessions/$S/multi_agents/m"
    json_is .state '{"a":1}'
}

@test "without the session everything is 404 and names the session" {
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{}}'
    not_found "Session '$S' not found"
    get "$API/sessions/$S/multi_agents"
    not_found "Session '$S' not found"
    get "$API/sessions/$S/multi_agents/m"
    not_found "Session '$S' not found"
    put "$API/sessions/$S/multi_agents/m" '{"state":{}}'
    not_found "Session '$S' not found"
    delete "$API/sessions/$S/multi_agents/m"
    not_found "Session '$S' not found"
}

@test "GET, PUT and DELETE of what is not there are 404 and name it" {
    new_session "$S"
    get "$API/sessions/$S/multi_agents/m"
    not_found "Multi-agent 'm' not found in session '$S'"
    put "$API/sessions/$S/multi_agents/m" '{"state":{}}'
    not_found "Multi-agent 'm' not found in session '$S'"
    delete "$API/sessions/$S/multi_agents/m"
    not_found "Multi-agent 'm' not found in session '$S'"
}

@test "PUT sets the state; left out or null it stays; updated_at moves each time" {
    local before
    new_session "$S"
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{"a":1}}'
    before=$(json .updated_at)
    put "$API/sessions/$S/multi_agents/m" '{"state":{"a": 2.0},"multi_agent_id":[]}'
    status_is 200
    body_is '{"multi_agent_id":"m","state":{"a": 2.0},"created_at":TIME,"updated_at":TIME}'
    [[ $(json .updated_at) > "$before" ]] || fail "updated_at did not move"
    before=$(json .updated_at)
    put "$API/sessions/$S/multi_agents/m" '{"state":null}'
    status_is 200
    body_has '"state":{"a": 2.0}'
    put "$API/sessions/$S/multi_agents/m" '{}'
    body_has '"state":{"a": 2.0}'
    [[ $(json .updated_at) > "$before" ]] || fail "updated_at did not move"
    put "$API/sessions/$S/multi_agents/m" '{"state":[]}'
    faults_are 'dict_type body.state'
}

@test "DELETE answers 204; the id made again is new" {
    new_session "$S"
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{"a":1}}'
    delete "$API/sessions/$S/multi_agents/m"
    status_is 204
    body_is_empty
    get "$API/sessions/$S/multi_agents/m"
    status_is 404
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{}}'
    status_is 201
}

@test "the list is paged, oldest first, in the order of insertion where created_at is the same" {
    local id
    new_session "$S"
    get "$API/sessions/$S/multi_agents"
    body_is '{"multi_agents":[],"total":0,"page":1,"page_size":10}'
    for id in c a b; do
        post "$API/sessions/$S/multi_agents" "{\"multi_agent_id\":\"$id\",\"state\":{},\"created_at\":\"2020-01-01T00:00:00Z\"}"
    done
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"z","state":{},"created_at":"2019-01-01T00:00:00Z"}'
    get "$API/sessions/$S/multi_agents?page_size=3"
    json_is 'keys_unsorted,[.multi_agents[].multi_agent_id],.total,.page,.page_size' \
        $'["multi_agents","total","page","page_size"]\n["z","c","a"]\n4\n1\n3'
    get "$API/sessions/$S/multi_agents?page_size=3&page=2&total=false"
    json_is '[.multi_agents[].multi_agent_id],.total' $'["b"]\nnull'
    get "$API/sessions/$S/multi_agents?page=0"
    faults_are 'greater_than_equal query.page'
}
