#!/usr/bin/env bats
# Safe repeats: contract 2.7.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

KEY='Idempotency-Key: k1'
repeat() { post "$1" "$2" -H "$KEY"; }
replayed() { status_is 201 && header_is Idempotency-Replayed true; }

@test "the first attempt is 201 without Idempotency-Replayed, the repeat the same answer with it" {
    repeat "$API/sessions" "{\"session_id\":\"$S\",\"multi_agent_state\":{\"a\": 1.0}}"
    status_is 201
    header_absent Idempotency-Replayed
    cp "$BODY" "$BATS_TEST_TMPDIR/first"
    tag=$(header ETag)
    repeat "$API/sessions" "{\"session_id\":\"$S\",\"multi_agent_state\":{\"a\": 1.0}}"
    replayed
    body_equals_file "$BATS_TEST_TMPDIR/first"
    header_is ETag "$tag"
}

@test "without the header a repeat is 409" {
    repeat "$API/sessions" "{\"session_id\":\"$S\"}"
    post "$API/sessions" "{\"session_id\":\"$S\"}"
    conflict "Session with ID '$S' already exists"
}

@test "any value will do, it need not be the same" {
    repeat "$API/sessions" "{\"session_id\":\"$S\"}"
    post "$API/sessions" "{\"session_id\":\"$S\"}" -H 'Idempotency-Key: another, "quoted" = value é'
    replayed
    post "$API/sessions" "{\"session_id\":\"$S\"}" -H "Idempotency-Key: $(printf 'x%.0s' {1..255})"
    replayed
}

# An empty value does not reach us: lighttpd drops header fields without one.
@test "a longer value is 422 at header.idempotency-key" {
    post "$API/sessions" "{\"session_id\":\"$S\"}" -H "Idempotency-Key: $(printf 'x%.0s' {1..256})"
    status_is 422
    json_is '.detail[0].loc' '["header","idempotency-key"]'
    get "$API/sessions/$S"
    status_is 404
}

@test "what exists and differs is 409: other bytes of the same value too" {
    repeat "$API/sessions" "{\"session_id\":\"$S\",\"multi_agent_state\":{\"a\":1.0}}"
    repeat "$API/sessions" "{\"session_id\":\"$S\",\"multi_agent_state\":{\"a\":1}}"
    conflict "Session with ID '$S' already exists"
    repeat "$API/sessions" "{\"session_id\":\"$S\",\"multi_agent_state\":{\"a\": 1.0}}"
    status_is 409
    repeat "$API/sessions" "{\"session_id\":\"$S\"}"
    status_is 409
    repeat "$API/sessions" " { \"multi_agent_state\" : {\"a\":1.0} , \"session_id\":\"$S\" } "
    replayed
}

@test "a created_at that was sent is compared too" {
    repeat "$API/sessions" "{\"session_id\":\"$S\",\"created_at\":\"2020-01-01T00:00:00Z\"}"
    repeat "$API/sessions" "{\"session_id\":\"$S\",\"created_at\":\"2020-01-01T01:00:00.000000+01:00\"}"
    replayed
    repeat "$API/sessions" "{\"session_id\":\"$S\",\"created_at\":\"2020-01-01T00:00:01Z\"}"
    status_is 409
    repeat "$API/sessions" "{\"session_id\":\"$S\"}"
    replayed
}

@test "an agent is repeated safely, by all three states" {
    local url
    new_session "$S"
    url=$API/sessions/$S/agents
    repeat "$url" '{"agent_id":"a","state":{"s":1},"conversation_manager_state":{"c":1},"internal_state":{"i":1}}'
    status_is 201
    header_absent Idempotency-Replayed
    cp "$BODY" "$BATS_TEST_TMPDIR/first"
    repeat "$url" '{"agent_id":"a","state":{"s":1},"conversation_manager_state":{"c":1},"_internal_state":{"i":1}}'
    replayed
    body_equals_file "$BATS_TEST_TMPDIR/first"
    repeat "$url" '{"agent_id":"a","state":{"s":2},"conversation_manager_state":{"c":1},"internal_state":{"i":1}}'
    conflict "Agent 'a' already exists in session '$S'"
    repeat "$url" '{"agent_id":"a","state":{"s":1},"conversation_manager_state":{"c":2},"internal_state":{"i":1}}'
    status_is 409
    repeat "$url" '{"agent_id":"a","state":{"s":1},"conversation_manager_state":{"c":1},"internal_state":{"i":2}}'
    status_is 409
    repeat "$url" '{"agent_id":"a","state":{"s":1},"conversation_manager_state":{"c":1}}'
    status_is 409
}

@test "a message is repeated safely, redact_message and created_at included" {
    local url
    new_conversation "$S" a 0
    url=$API/sessions/$S/agents/a/messages
    repeat "$url" '{"message_id":0,"message":{"role":"user","content":"x"},"redact_message":{"role":"user","content":"y"},"created_at":"2020-01-01T00:00:00.1Z"}'
    status_is 201
    cp "$BODY" "$BATS_TEST_TMPDIR/first"
    repeat "$url" '{"message_id":0,"message":{"role":"user","content":"x"},"redact_message":{"role":"user","content":"y"},"created_at":"2020-01-01T00:00:00.1Z"}'
    replayed
    body_equals_file "$BATS_TEST_TMPDIR/first"
    repeat "$url" '{"message_id":0,"message":{"role":"user","content":"z"},"redact_message":{"role":"user","content":"y"}}'
    conflict "Message 0 already exists for agent 'a' in session '$S'"
    repeat "$url" '{"message_id":0,"message":{"role":"user","content":"x"}}'
    status_is 409
    repeat "$url" '{"message_id":0,"message":{"role":"user","content":"x"},"redact_message":{"role":"user","content":"y"},"created_at":"2020-01-01T00:00:00.2Z"}'
    status_is 409
}

@test "a multi-agent state is repeated safely" {
    local url
    new_session "$S"
    url=$API/sessions/$S/multi_agents
    repeat "$url" '{"multi_agent_id":"m","state":{"a":1e5}}'
    repeat "$url" '{"multi_agent_id":"m","state":{"a":1e5}}'
    replayed
    repeat "$url" '{"multi_agent_id":"m","state":{"a":100000}}'
    status_is 409
}

@test "of a batch all must be equal, or it is 409" {
    local url one='{"message_id":1,"message":{"role":"user","content":1}}' two='{"message_id":2,"message":{"role":"user","content":2}}'
    new_conversation "$S" a 0
    url=$API/sessions/$S/agents/a/messages
    repeat "$url" "[$two,$one]"
    status_is 201
    header_absent Idempotency-Replayed
    cp "$BODY" "$BATS_TEST_TMPDIR/first"
    repeat "$url" "[$two,$one]"
    replayed
    body_equals_file "$BATS_TEST_TMPDIR/first"
    repeat "$url" "[$one]"
    replayed
    repeat "$url" "[$one,$two,{\"message_id\":3,\"message\":{\"role\":\"user\",\"content\":3}}]"
    conflict "Message 1 already exists for agent 'a' in session '$S'"
    repeat "$url" '[{"message_id":2,"message":{"role":"user","content":"2"}},{"message_id":1,"message":{"role":"user","content":1}}]'
    status_is 409
    repeat "$url" "[$one,$one]"
    status_is 409
    get "$url"
    json_is .total 2
}

@test "after a change the repeat is 409" {
    new_conversation "$S" a 0
    repeat "$API/sessions/$S/agents/a/messages" '{"message_id":0,"message":{"role":"user","content":"x"}}'
    put "$API/sessions/$S/agents/a/messages/0" '{"message":{"role":"user","content":"y"}}'
    repeat "$API/sessions/$S/agents/a/messages" '{"message_id":0,"message":{"role":"user","content":"x"}}'
    status_is 409
}

@test "404 and 422 stay what they are with the header" {
    repeat "$API/sessions/$S/agents/a/messages" '{"message_id":0,"message":{"role":"user","content":"x"}}'
    not_found "Session '$S' not found"
    repeat "$API/sessions" '{}'
    faults_are 'missing body.session_id'
}

@test "a fork ignores the header" {
    new_session "$S"
    repeat "$API/sessions/$S/fork" "{\"session_id\":\"$S-f\"}"
    status_is 201
    repeat "$API/sessions/$S/fork" "{\"session_id\":\"$S-f\"}"
    conflict "Session with ID '$S-f' already exists"
    header_absent Idempotency-Replayed
}

@test "a client that loses 1,000 answers and repeats has every object exactly once and sees no 409" {
    python3 "$PROJECT/test/lib/repeats.py" "$S" "${TEST_REPEATS:-1000}"
}
