#!/usr/bin/env bats
# One-call restore: contract 2.3.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

with_removed() { # CONVERSATION_MANAGER_STATE: a conversation of five messages under it
    new_session "$S"
    post "$API/sessions/$S/agents" "{\"agent_id\":\"a\",\"state\":{\"s\":1},\"conversation_manager_state\":$1}"
    status_is 201
    post "$API/sessions/$S/agents/a/messages" "[$(for i in 0 1 2 3 4; do printf '{"message_id":%d,"message":{"role":"user","content":%d}},' $i $i; done | sed 's/,$//')]"
    status_is 201
}
restored_from() { # OFFSET NUMBERS: what offset=removed finds
    get "$API/sessions/$S/agents/a/restore?offset=removed"
    status_is 200
    json_is '.offset,[.messages[].message_id],.total' "$1"$'\n'"$2"$'\n5'
}

@test "restore answers session, agent and messages as their own GETs do" {
    local session agent
    with_removed '{}'
    get "$API/sessions/$S"
    session=$(<"$BODY")
    get "$API/sessions/$S/agents/a"
    agent=$(<"$BODY")
    get "$API/sessions/$S/agents/a/messages?offset=3"
    cp "$BODY" "$BATS_TEST_TMPDIR/list"
    get "$API/sessions/$S/agents/a/restore?offset=3"
    status_is 200
    header_is Content-Type application/json
    body_is_exactly "{\"session\":$session,\"agent\":$agent,$(sed 's/^{//; s/,"total".*//' "$BATS_TEST_TMPDIR/list"),\"total\":5,\"offset\":3}"
}

@test "offset is 0 when it is left out" {
    with_removed '{"removed_message_count":3}'
    get "$API/sessions/$S/agents/a/restore"
    status_is 200
    json_is '(.messages|length),.offset,.total' $'5\n0\n5'
}

@test "an agent without messages restores" {
    new_session "$S"
    new_agent "$S" a
    get "$API/sessions/$S/agents/a/restore?offset=removed"
    status_is 200
    json_is '.messages,.total,.offset' $'[]\n0\n0'
}

@test "an offset behind the end gives no messages and the true total" {
    with_removed '{}'
    get "$API/sessions/$S/agents/a/restore?offset=9223372036854775807"
    status_is 200
    body_has '"messages":[],"total":5,"offset":9223372036854775807}'
}

@test "offset=removed starts behind the messages that the conversation manager dropped" {
    with_removed '{"__name__":"SlidingWindowConversationManager","removed_message_count":2}'
    restored_from 2 '[2,3,4]'
}

@test "the count that was removed may be larger than what is there" {
    with_removed '{"removed_message_count":2147483647}'
    restored_from 2147483647 '[]'
}

@test "of removed_message_count the last occurrence counts, an escaped name too" {
    with_removed '{"removed_message_count":1,"a":{"removed_message_count":4},"removed\u005fmessage_count":3}'
    restored_from 3 '[3,4]'
}

@test "whatever is no integer from 0 to 2147483647 counts as 0" {
    local value
    with_removed '{"removed_message_count":1.0}'
    restored_from 0 '[0,1,2,3,4]'
    for value in '"2"' null true -1 2147483648 2.0 1e0 '[2]' '{"a":2}' 99999999999999999999999; do
        put "$API/sessions/$S/agents/a" "{\"conversation_manager_state\":{\"removed_message_count\":$value}}"
        status_is 200
        restored_from 0 '[0,1,2,3,4]'
    done
    put "$API/sessions/$S/agents/a" '{"conversation_manager_state":{"a":{"removed_message_count":2}}}'
    restored_from 0 '[0,1,2,3,4]'
    put "$API/sessions/$S/agents/a" '{"conversation_manager_state":{"removed_message_count":2,"removed_message_count":"x"}}'
    restored_from 0 '[0,1,2,3,4]'
}

@test "a PUT of the agent moves the count, a PUT of something else leaves it" {
    with_removed '{"removed_message_count":1}'
    restored_from 1 '[1,2,3,4]'
    put "$API/sessions/$S/agents/a" '{"state":{}}'
    restored_from 1 '[1,2,3,4]'
    put "$API/sessions/$S/agents/a" '{"conversation_manager_state":{"removed_message_count":4}}'
    restored_from 4 '[4]'
}

@test "offset counts rows, not message numbers" {
    new_session "$S"
    new_agent "$S" a
    new_message "$S" a 10
    new_message "$S" a 20
    new_message "$S" a 30
    get "$API/sessions/$S/agents/a/restore?offset=1"
    json_is '[.messages[].message_id]' '[20,30]'
}

@test "a bad offset is 422" {
    get "$API/sessions/$S/agents/a/restore?offset=x"
    faults_are 'int_parsing query.offset'
    get "$API/sessions/$S/agents/a/restore?offset=-1"
    faults_are 'greater_than_equal query.offset'
    get "$API/sessions/$S/agents/a/restore?offset=9223372036854775808"
    faults_are 'less_than_equal query.offset'
    get "$API/sessions/$S/agents/a/restore?offset="
    faults_are 'int_parsing query.offset'
}

@test "without session or agent it is 404" {
    get "$API/sessions/$S/agents/a/restore"
    not_found "Session '$S' not found"
    new_session "$S"
    get "$API/sessions/$S/agents/a/restore?offset=removed"
    not_found "Agent 'a' not found in session '$S'"
}

@test "other methods are 405" {
    post "$API/sessions/$S/agents/a/restore" '{}'
    status_is 405
    json_is . '{"detail":"Method Not Allowed"}'
}

@test "what is restored is one consistent view while messages are appended" {
    python3 "$PROJECT/test/lib/concurrency.py" restore "$S"
}
