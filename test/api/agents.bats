#!/usr/bin/env bats
# Agents: contract 1.1.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

AGENT_TAIL='"created_at":TIME,"updated_at":TIME}'

@test "POST makes an agent and answers 201 with its members in order, internal state under both names" {
    new_session "$S"
    post "$API/sessions/$S/agents" '{"state":{"a": 1.0},"conversation_manager_state":{"b":[ ]},"internal_state":{"c":1e5},"agent_id":"a"}'
    status_is 201
    header_is Content-Type application/json
    body_is '{"agent_id":"a","state":{"a": 1.0},"conversation_manager_state":{"b":[ ]},"internal_state":{"c":1e5},"_internal_state":{"c":1e5},'"$AGENT_TAIL"
    cp "$BODY" "$BATS_TEST_TMPDIR/posted"
    get "$API/sessions/$S/agents/a"
    status_is 200
    body_equals_file "$BATS_TEST_TMPDIR/posted"
}

@test "internal_state is {} when it is left out" {
    new_session "$S"
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{}}'
    body_is '{"agent_id":"a","state":{},"conversation_manager_state":{},"internal_state":{},"_internal_state":{},'"$AGENT_TAIL"
}

@test "_internal_state alone comes back under both names" {
    new_session "$S"
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{},"_internal_state":{"k":-0}}'
    body_has '"internal_state":{"k":-0},"_internal_state":{"k":-0}'
}

@test "of both names the first counts when it is neither absent nor null, else the second" {
    new_session "$S"
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{},"_internal_state":{"second":1},"internal_state":{"first":1}}'
    body_has '"internal_state":{"first":1},"_internal_state":{"first":1}'
    post "$API/sessions/$S/agents" '{"agent_id":"b","state":{},"conversation_manager_state":{},"_internal_state":{"second":1},"internal_state":null}'
    status_is 201
    body_has '"internal_state":{"second":1},"_internal_state":{"second":1}'
    post "$API/sessions/$S/agents" '{"agent_id":"c","state":{},"conversation_manager_state":{},"_internal_state":null,"internal_state":{"first":1}}'
    status_is 201
    body_has '"internal_state":{"first":1},"_internal_state":{"first":1}'
}

@test "on create null alone, or both null, is dict_type" {
    new_session "$S"
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{},"internal_state":null}'
    faults_are 'dict_type body.internal_state'
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{},"_internal_state":null}'
    faults_are 'dict_type body._internal_state'
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{},"_internal_state":null,"internal_state":null}'
    status_is 422
    json_is '[.detail[].type]|unique' '["dict_type"]'
}

@test "an internal state that is no object is dict_type" {
    new_session "$S"
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{},"internal_state":[]}'
    faults_are 'dict_type body.internal_state'
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{},"_internal_state":3}'
    faults_are 'dict_type body._internal_state'
}

@test "required members that are missing or null are named all at once" {
    new_session "$S"
    post "$API/sessions/$S/agents" '{}'
    faults_are 'missing body.agent_id' 'missing body.state' 'missing body.conversation_manager_state'
    post "$API/sessions/$S/agents" '{"conversation_manager_state":[],"state":null,"agent_id":7}'
    faults_are 'string_type body.agent_id' 'dict_type body.state' 'dict_type body.conversation_manager_state'
    post "$API/sessions/$S/agents"
    faults_are 'missing body'
}

@test "the ids of path and body are judged together, path first" {
    post "$API/sessions/a%2Fb/agents" '{"agent_id":"","state":{},"conversation_manager_state":{}}'
    faults_are 'value_error path.session_id' 'string_too_short body.agent_id'
}

@test "POST of an id that exists is 409 and changes nothing" {
    new_session "$S"
    new_agent "$S" a
    cp "$BODY" "$BATS_TEST_TMPDIR/posted"
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{"x":1},"conversation_manager_state":{}}'
    conflict "Agent 'a' already exists in session '$S'"
    get "$API/sessions/$S/agents/a"
    body_equals_file "$BATS_TEST_TMPDIR/posted"
}

@test "the same agent id in two sessions is two agents" {
    new_session "$S"
    new_session "$S-2"
    new_agent "$S" a
    new_agent "$S-2" a
    put "$API/sessions/$S-2/agents/a" '{"state":{"x":1}}'
    get "$API/sessions/$S/agents/a"
    json_is .state '{}'
}

@test "without the session everything is 404 and names the session" {
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{}}'
    not_found "Session '$S' not found"
    get "$API/sessions/$S/agents"
    not_found "Session '$S' not found"
    get "$API/sessions/$S/agents/a"
    not_found "Session '$S' not found"
    put "$API/sessions/$S/agents/a" '{}'
    not_found "Session '$S' not found"
    delete "$API/sessions/$S/agents/a"
    not_found "Session '$S' not found"
}

@test "without the agent GET, PUT and DELETE are 404 and name the agent" {
    new_session "$S"
    get "$API/sessions/$S/agents/a"
    not_found "Agent 'a' not found in session '$S'"
    put "$API/sessions/$S/agents/a" '{"state":{}}'
    not_found "Agent 'a' not found in session '$S'"
    delete "$API/sessions/$S/agents/a"
    not_found "Agent 'a' not found in session '$S'"
}

@test "PUT changes what it names and leaves the rest, null included, as it was" {
    new_session "$S"
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{"s":1},"conversation_manager_state":{"c":1},"internal_state":{"i":1}}'
    put "$API/sessions/$S/agents/a" '{"state":{"s":2.0}}'
    status_is 200
    body_is '{"agent_id":"a","state":{"s":2.0},"conversation_manager_state":{"c":1},"internal_state":{"i":1},"_internal_state":{"i":1},'"$AGENT_TAIL"
    put "$API/sessions/$S/agents/a" '{"state":null,"conversation_manager_state":{"c":2},"internal_state":null,"_internal_state":null}'
    status_is 200
    body_is '{"agent_id":"a","state":{"s":2.0},"conversation_manager_state":{"c":2},"internal_state":{"i":1},"_internal_state":{"i":1},'"$AGENT_TAIL"
    put "$API/sessions/$S/agents/a" '{"_internal_state":{"i":3}}'
    body_has '"internal_state":{"i":3},"_internal_state":{"i":3}'
    put "$API/sessions/$S/agents/a" '{"_internal_state":{"i":5},"internal_state":{"i":4}}'
    body_has '"internal_state":{"i":4},"_internal_state":{"i":4}'
    put "$API/sessions/$S/agents/a" '{"_internal_state":{"i":5},"internal_state":null}'
    body_has '"internal_state":{"i":5},"_internal_state":{"i":5}'
    get "$API/sessions/$S/agents/a"
    body_is '{"agent_id":"a","state":{"s":2.0},"conversation_manager_state":{"c":2},"internal_state":{"i":5},"_internal_state":{"i":5},'"$AGENT_TAIL"
}

@test "PUT with wrong members is 422 with all of them and changes nothing" {
    new_session "$S"
    new_agent "$S" a
    cp "$BODY" "$BATS_TEST_TMPDIR/posted"
    put "$API/sessions/$S/agents/a" '{"_internal_state":1,"internal_state":[],"conversation_manager_state":"x","state":true}'
    status_is 422
    json_is '[.detail[].type]|unique' '["dict_type"]'
    json_is '[.detail[].loc[1]][0:3]' '["state","conversation_manager_state","internal_state"]'
    get "$API/sessions/$S/agents/a"
    body_equals_file "$BATS_TEST_TMPDIR/posted"
}

@test "ids and times in the body of a PUT are ignored, whatever their type" {
    new_session "$S"
    new_agent "$S" a
    put "$API/sessions/$S/agents/a" '{"agent_id":{"x":1},"session_id":[],"created_at":7,"updated_at":{}}'
    status_is 200
    json_is .agent_id '"a"'
}

@test "every PUT moves the agent's updated_at forward, {} included; its messages do not touch it" {
    local before
    new_session "$S"
    new_agent "$S" a
    before=$(json .updated_at)
    put "$API/sessions/$S/agents/a" '{}'
    [[ $(json .updated_at) > "$before" ]] || fail "updated_at did not move"
    before=$(json .updated_at)
    new_message "$S" a 0
    put "$API/sessions/$S/agents/a/messages/0" '{}'
    delete "$API/sessions/$S/agents/a/messages/0"
    get "$API/sessions/$S/agents/a"
    json_is .updated_at "$before"
}

@test "the list is oldest first, in the order of insertion where created_at is the same" {
    local id
    new_session "$S"
    for id in c a b; do
        post "$API/sessions/$S/agents" "{\"agent_id\":\"$id\",\"state\":{},\"conversation_manager_state\":{},\"created_at\":\"2020-01-01T00:00:00Z\"}"
    done
    post "$API/sessions/$S/agents" '{"agent_id":"z","state":{},"conversation_manager_state":{},"created_at":"2019-01-01T00:00:00Z"}'
    get "$API/sessions/$S/agents"
    json_is 'keys_unsorted' '["agents","total","page","page_size"]'
    json_is '[.agents[].agent_id],.total,.page,.page_size' $'["z","c","a","b"]\n4\n1\n10'
    get "$API/sessions/$S/agents?page=2&page_size=3"
    json_is '[.agents[].agent_id],.total,.page,.page_size' $'["b"]\n4\n2\n3'
    get "$API/sessions/$S/agents?page=3&page_size=3"
    json_is '.agents,.total' $'[]\n4'
}

@test "the list's entries are the agents as GET answers them" {
    new_session "$S"
    new_agent "$S" a
    cp "$BODY" "$BATS_TEST_TMPDIR/agent"
    get "$API/sessions/$S/agents"
    body_is_exactly "{\"agents\":[$(<"$BATS_TEST_TMPDIR/agent")],\"total\":1,\"page\":1,\"page_size\":10}"
}

@test "bad pages of the list are 422, before the session is looked for" {
    get "$API/sessions/$S/agents?page=0&page_size=1001"
    faults_are 'greater_than_equal query.page' 'less_than_equal query.page_size'
}

@test "DELETE answers 204, takes the messages along and leaves other agents alone" {
    new_conversation "$S" a 2
    new_agent "$S" b
    new_message "$S" b 0
    delete "$API/sessions/$S/agents/a"
    status_is 204
    body_is_empty
    get "$API/sessions/$S/agents/a"
    not_found "Agent 'a' not found in session '$S'"
    get "$API/sessions/$S/agents/b/messages"
    json_is .total 1
    new_agent "$S" a
    get "$API/sessions/$S/agents/a/messages"
    json_is .total 0
}

@test "agents, messages and restore are ordinary ids" {
    local id
    for id in agents messages restore multi_agents fork sessions; do
        new_session "$id"
        new_agent "$id" "$id"
        new_message "$id" "$id" 0
        get "$API/sessions/$id/agents/$id/messages/0"
        status_is 200
        get "$API/sessions/$id/agents/$id/restore"
        status_is 200
        delete "$API/sessions/$id"
        status_is 204
    done
}
