#!/usr/bin/env bats
# Fork and rewind: contract 2.9.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

fork() { post "$API/sessions/$S/fork" "$1"; }

@test "a fork copies agents, states and messages and answers 201 with the new session" {
    new_conversation "$S" a 3
    put "$API/sessions/$S" '{"multi_agent_state":{"x": 1.0}}'
    new_agent "$S" b
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{"y":1e5}}'
    put "$API/sessions/$S/agents/a/messages/1" '{"redact_message":{"role":"user","content":"gone"}}'
    fork "{\"session_id\":\"$S-f\"}"
    status_is 201
    body_is "{\"session_id\":\"$S-f\",\"session_type\":\"AGENT\",\"multi_agent_state\":{\"x\": 1.0},\"created_at\":TIME,\"updated_at\":TIME}"
    header_matches ETag '^"[^"]+"$'
    local path
    for path in agents agents/a/messages agents/a/messages/1 agents/b/messages multi_agents multi_agents/m agents/a agents/b; do
        get "$API/sessions/$S/$path"
        cp "$BODY" "$BATS_TEST_TMPDIR/old"
        get "$API/sessions/$S-f/$path"
        status_is 200
        body_equals_file "$BATS_TEST_TMPDIR/old"
    done
}

@test "agents, messages and states keep their times and their order, the session's are new" {
    local id
    post "$API/sessions" "{\"session_id\":\"$S\",\"created_at\":\"2020-01-01T00:00:00Z\"}"
    for id in c a b; do
        post "$API/sessions/$S/agents" "{\"agent_id\":\"$id\",\"state\":{},\"conversation_manager_state\":{},\"created_at\":\"2020-01-01T00:00:00Z\"}"
        post "$API/sessions/$S/multi_agents" "{\"multi_agent_id\":\"$id\",\"state\":{},\"created_at\":\"2020-01-01T00:00:00Z\"}"
    done
    fork "{\"session_id\":\"$S-f\"}"
    json_is '.created_at > "2021"' true
    get "$API/sessions/$S-f/agents"
    json_is '[.agents[]|.agent_id,.created_at[0:4]]' '["c","2020","a","2020","b","2020"]'
    get "$API/sessions/$S-f/multi_agents"
    json_is '[.multi_agents[].multi_agent_id]' '["c","a","b"]'
}

@test "copies share nothing, and have tags of their own" {
    local tag path
    new_conversation "$S" a 2
    fork "{\"session_id\":\"$S-f\"}"
    for path in agents/a agents/a/messages/0; do
        get "$API/sessions/$S/$path"
        tag=$(header ETag)
        get "$API/sessions/$S-f/$path"
        [[ $(header ETag) != "$tag" ]] || fail "$path has the same tag in both"
    done
    put "$API/sessions/$S-f/agents/a" '{"state":{"x":1}}'
    delete "$API/sessions/$S-f/agents/a/messages/0"
    get "$API/sessions/$S/agents/a"
    json_is .state '{}'
    get "$API/sessions/$S/agents/a/messages/0"
    status_is 200
    delete "$API/sessions/$S"
    get "$API/sessions/$S-f/agents/a/messages"
    json_is .total 1
}

@test "until cuts the agents it names, and leaves the others whole" {
    new_conversation "$S" a 5
    new_agent "$S" b
    new_message "$S" b 7
    fork "{\"session_id\":\"$S-f\",\"until\":{\"a\":2}}"
    status_is 201
    get "$API/sessions/$S-f/agents/a/messages"
    json_is '[.messages[].message_id]' '[0,1,2]'
    get "$API/sessions/$S-f/agents/b/messages"
    json_is .total 1
    fork "{\"session_id\":\"$S-g\",\"until\":{\"a\":2147483647,\"b\":0}}"
    get "$API/sessions/$S-g/agents/a/messages"
    json_is .total 5
    get "$API/sessions/$S-g/agents/b/messages"
    json_is .total 0
}

@test "of an agent twice in until the last counts, escaped names are names" {
    new_conversation "$S" a 5
    fork "{\"session_id\":\"$S-f\",\"until\":{\"a\":4,\"\\u0061\":1}}"
    status_is 201
    get "$API/sessions/$S-f/agents/a/messages"
    json_is .total 2
}

@test "an empty until is the whole session" {
    new_conversation "$S" a 2
    fork "{\"session_id\":\"$S-f\",\"until\":{}}"
    status_is 201
    get "$API/sessions/$S-f/agents/a/messages"
    json_is .total 2
}

@test "an agent of until that is not there is 404, and nothing is made" {
    new_conversation "$S" a 2
    fork "{\"session_id\":\"$S-f\",\"until\":{\"a\":1,\"none\":1}}"
    not_found "Agent 'none' not found in session '$S'"
    get "$API/sessions/$S-f"
    status_is 404
}

@test "404 without the session, 409 when the new id exists, the same id too" {
    fork "{\"session_id\":\"$S-f\"}"
    not_found "Session '$S' not found"
    new_session "$S"
    new_session "$S-f"
    fork "{\"session_id\":\"$S-f\"}"
    conflict "Session with ID '$S-f' already exists"
    fork "{\"session_id\":\"$S\"}"
    conflict "Session with ID '$S' already exists"
}

@test "404 comes before 409" {
    new_session "$S-f"
    fork "{\"session_id\":\"$S-f\"}"
    not_found "Session '$S' not found"
    new_conversation "$S" a 1
    fork "{\"session_id\":\"$S-f\",\"until\":{\"none\":1}}"
    not_found "Agent 'none' not found in session '$S'"
}

@test "wrong members are 422, all at once" {
    fork '{}'
    faults_are 'missing body.session_id'
    fork '{"session_id":"a/b","until":[]}'
    faults_are 'value_error body.session_id' 'dict_type body.until'
    fork "{\"session_id\":\"$S-f\",\"until\":{\"a\":\"x\"}}"
    faults_are 'int_type body.until'
    fork "{\"session_id\":\"$S-f\",\"until\":{\"a\":-1}}"
    faults_are 'greater_than_equal body.until'
    fork "{\"session_id\":\"$S-f\",\"until\":{\"a\":2147483648}}"
    faults_are 'less_than_equal body.until'
    fork
    faults_are 'missing body'
}

@test "storage keys are not copied" {
    new_session "$S"
    send PUT "$API/storage/session/$S/x" x -H 'Content-Type:'
    fork "{\"session_id\":\"$S-f\"}"
    get "$API/storage?prefix=session/$S-f/"
    json_is .keys '[]'
}

@test "an until that leaves fewer messages than were dropped is 409" {
    new_conversation "$S" a 5
    put "$API/sessions/$S/agents/a" '{"conversation_manager_state":{"removed_message_count":3}}'
    fork "{\"session_id\":\"$S-f\",\"until\":{\"a\":1}}"
    status_is 409
    json_is .detail.error '"ConflictError"'
    get "$API/sessions/$S-f"
    status_is 404
    fork "{\"session_id\":\"$S-f\",\"until\":{\"a\":2}}"
    status_is 201
    get "$API/sessions/$S-f/agents/a/messages"
    json_is .total 3
}

@test "a fork of 3,000 messages is whole" {
    new_conversation "$S" a 0
    python3 -c 'print("[" + ",".join("{\"message_id\":%d,\"message\":{\"role\":\"user\",\"content\":%d}}" % (i, i) for i in range(3000)) + "]")' \
        >"$BATS_TEST_TMPDIR/batch"
    post "$API/sessions/$S/agents/a/messages" "@$BATS_TEST_TMPDIR/batch"
    fork "{\"session_id\":\"$S-f\"}"
    status_is 201
    get "$API/sessions/$S-f/agents/a/messages?offset=0"
    json_is '[.messages[].message.content] == [range(3000)]' true
}

@test "DELETE of messages from a number removes it and all behind it" {
    new_conversation "$S" a 5
    new_agent "$S" b
    new_message "$S" b 4
    delete "$API/sessions/$S/agents/a/messages?from=3"
    status_is 200
    header_is Content-Type application/json
    body_is '{"deleted":2}'
    get "$API/sessions/$S/agents/a/messages"
    json_is '[.messages[].message_id]' '[0,1,2]'
    get "$API/sessions/$S/agents/b/messages"
    json_is .total 1
    delete "$API/sessions/$S/agents/a/messages?from=3"
    body_is '{"deleted":0}'
    delete "$API/sessions/$S/agents/a/messages?from=0"
    body_is '{"deleted":3}'
}

@test "without from, or with a wrong one, it is 422 and nothing is removed" {
    new_conversation "$S" a 2
    delete "$API/sessions/$S/agents/a/messages"
    faults_are 'missing query.from'
    delete "$API/sessions/$S/agents/a/messages?from="
    faults_are 'int_parsing query.from'
    delete "$API/sessions/$S/agents/a/messages?from=-1"
    faults_are 'greater_than_equal query.from'
    delete "$API/sessions/$S/agents/a/messages?from=2147483648"
    faults_are 'less_than_equal query.from'
    get "$API/sessions/$S/agents/a/messages"
    json_is .total 2
}

@test "a rewind without session or agent is 404" {
    delete "$API/sessions/$S/agents/a/messages?from=0"
    not_found "Session '$S' not found"
    new_session "$S"
    delete "$API/sessions/$S/agents/a/messages?from=0"
    not_found "Agent 'a' not found in session '$S'"
}

@test "a from that leaves fewer messages than were dropped is 409 and removes nothing; the agent's state stays" {
    new_conversation "$S" a 5
    put "$API/sessions/$S/agents/a" '{"conversation_manager_state":{"removed_message_count":3}}'
    cp "$BODY" "$BATS_TEST_TMPDIR/agent"
    delete "$API/sessions/$S/agents/a/messages?from=2"
    status_is 409
    json_is .detail.error '"ConflictError"'
    get "$API/sessions/$S/agents/a/messages"
    json_is .total 5
    delete "$API/sessions/$S/agents/a/messages?from=3"
    body_is '{"deleted":2}'
    get "$API/sessions/$S/agents/a"
    body_equals_file "$BATS_TEST_TMPDIR/agent"
}
