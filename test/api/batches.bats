#!/usr/bin/env bats
# Many messages in one call: contract 2.2.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

M=
conversation() { new_conversation "$S" a 0; M=$API/sessions/$S/agents/a/messages; }
one() { echo "{\"message_id\":$1,\"message\":{\"role\":\"user\",\"content\":\"$1\"}}"; }

@test "a batch answers 201 with all messages in the order sent" {
    conversation
    post "$M" "[$(one 5),$(one 3), $(one 4)]"
    status_is 201
    body_is '{"messages":[{"message_id":5,"message":{"role":"user","content":"5"},"redact_message":null,"created_at":TIME,"updated_at":TIME},{"message_id":3,"message":{"role":"user","content":"3"},"redact_message":null,"created_at":TIME,"updated_at":TIME},{"message_id":4,"message":{"role":"user","content":"4"},"redact_message":null,"created_at":TIME,"updated_at":TIME}]}'
    header_absent ETag
    get "$M"
    json_is '[.messages[].message_id]' '[3,4,5]'
}

@test "the empty batch is 201" {
    conversation
    post "$M" '[]'
    status_is 201
    body_is '{"messages":[]}'
    post "$M" ' [ ] '
    status_is 201
}

@test "an id twice in the array is 409 and nothing is stored" {
    conversation
    post "$M" "[$(one 9),$(one 7),$(one 8),$(one 7),$(one 8)]"
    conflict "Message 7 already exists for agent 'a' in session '$S'"
    get "$M"
    json_is .total 0
}

@test "any that exists is 409, naming the smallest, and nothing is stored" {
    conversation
    post "$M" "[$(one 2),$(one 4)]"
    post "$M" "[$(one 9),$(one 4),$(one 3),$(one 2)]"
    conflict "Message 2 already exists for agent 'a' in session '$S'"
    get "$M"
    json_is '[.messages[].message_id]' '[2,4]'
}

@test "of an id twice and one that exists the smallest is named" {
    conversation
    post "$M" "[$(one 2)]"
    post "$M" "[$(one 9),$(one 5),$(one 2),$(one 5)]"
    conflict "Message 2 already exists for agent 'a' in session '$S'"
    post "$M" "[$(one 2),$(one 1),$(one 1)]"
    conflict "Message 1 already exists for agent 'a' in session '$S'"
}

@test "faults are named by their place in the array, all at once" {
    conversation
    post "$M" "[$(one 1),{\"message_id\":\"x\"},{\"message\":{\"role\":1,\"content\":[]},\"message_id\":-1}]"
    faults_are 'int_type body.1.message_id' 'missing body.1.message' 'greater_than_equal body.2.message_id' 'value_error body.2.message'
    json_is '.detail[0].loc' '["body",1,"message_id"]'
    get "$M"
    json_is .total 0
}

@test "an entry that is no object is dict_type at its place" {
    conversation
    post "$M" '[1,[],null,"x"]'
    faults_are 'dict_type body.0' 'dict_type body.1' 'dict_type body.2' 'dict_type body.3'
}

@test "at most 100 faults are named" {
    conversation
    post "$M" "[$(printf '1,%.0s' {1..250})1]"
    status_is 422
    json_is '.detail|length' 100
    json_is '.detail[99].loc' '["body",99]'
}

@test "the entries' own bytes are kept, escaped names and duplicates too" {
    conversation
    post "$M" '[{"message\u005fid":1,"message":{"role":"user","content": [1.0, 1e400,"\u0000\ud83d"]}},{"message":7,"message_id":2,"message":{"role":"user","content":-0}}]'
    status_is 201
    body_has '"message":{"role":"user","content": [1.0, 1e400,"\u0000\ud83d"]}'
    body_has '"message":{"role":"user","content":-0}'
    get "$M/1"
    body_has '"message":{"role":"user","content": [1.0, 1e400,"\u0000\ud83d"]}'
}

@test "redact_message and created_at count in batches" {
    conversation
    post "$M" '[{"message_id":0,"message":{"role":"user","content":0},"redact_message":{"role":"user","content":1},"created_at":"2020-01-01T00:00:00Z"}]'
    status_is 201
    json_is '.messages[0].redact_message.content,.messages[0].created_at' $'1\n"2020-01-01T00:00:00.000000+00:00"'
}

@test "without session or agent a batch is 404, the empty one too" {
    post "$API/sessions/$S/agents/a/messages" '[]'
    not_found "Session '$S' not found"
    post "$API/sessions/$S/agents/a/messages" "[$(one 1)]"
    not_found "Session '$S' not found"
    new_session "$S"
    post "$API/sessions/$S/agents/a/messages" '[]'
    not_found "Agent 'a' not found in session '$S'"
    post "$API/sessions/$S/agents/a/messages" "[$(one 1),$(one 1)]"
    not_found "Agent 'a' not found in session '$S'"
}

@test "a batch of 5,000 messages works" {
    conversation
    python3 -c 'print("[" + ",".join("{\"message_id\":%d,\"message\":{\"role\":\"user\",\"content\":%d}}" % (i, i) for i in range(5000)) + "]")' \
        >"$BATS_TEST_TMPDIR/batch"
    post "$M" "@$BATS_TEST_TMPDIR/batch"
    status_is 201
    json_is '[.messages[].message_id] == [range(5000)]' true
    get "$M?offset=4999"
    json_is '.messages[0].message.content,.total' $'4999\n5000'
}
