#!/usr/bin/env bats
# Messages: contract 1.1.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

MESSAGE_TAIL='"created_at":TIME,"updated_at":TIME}'

conversation() { # one session and agent of the test's own
    new_session "$S"
    new_agent "$S" a
    M=$API/sessions/$S/agents/a/messages
}

@test "POST makes a message and answers 201 with its members in order" {
    conversation
    post "$M" '{"message": {"content":[ {"text":"hi"} ],"role":"user"} ,"message_id":7}'
    status_is 201
    header_is Content-Type application/json
    body_is '{"message_id":7,"message":{"content":[ {"text":"hi"} ],"role":"user"},"redact_message":null,'"$MESSAGE_TAIL"
    cp "$BODY" "$BATS_TEST_TMPDIR/posted"
    get "$M/7"
    status_is 200
    body_equals_file "$BATS_TEST_TMPDIR/posted"
}

@test "content may be any value" {
    local content i=0
    conversation
    for content in '[]' '{}' '"x"' 1.0 null true; do
        post "$M" "{\"message_id\":$i,\"message\":{\"role\":\"user\",\"content\":$content}}"
        status_is 201
        body_has "\"message\":{\"role\":\"user\",\"content\":$content}"
        i=$((i + 1))
    done
}

@test "a redact_message is stored on create, null as none" {
    conversation
    post "$M" '{"message_id":0,"message":{"role":"user","content":[]},"redact_message":{"role":"user","content":[1.0]}}'
    status_is 201
    body_is '{"message_id":0,"message":{"role":"user","content":[]},"redact_message":{"role":"user","content":[1.0]},'"$MESSAGE_TAIL"
    post "$M" '{"message_id":1,"message":{"role":"user","content":[]},"redact_message":null}'
    status_is 201
    json_is .redact_message null
}

@test "message_id goes from 0 to 2147483647 and is a JSON integer" {
    local id
    conversation
    new_message "$S" a 0
    new_message "$S" a 2147483647
    post "$M" '{"message_id":-1,"message":{"role":"user","content":[]}}'
    faults_are 'greater_than_equal body.message_id'
    post "$M" '{"message_id":2147483648,"message":{"role":"user","content":[]}}'
    faults_are 'less_than_equal body.message_id'
    post "$M" '{"message_id":99999999999999999999999999999999,"message":{"role":"user","content":[]}}'
    faults_are 'less_than_equal body.message_id'
    post "$M" '{"message_id":-99999999999999999999999999999999,"message":{"role":"user","content":[]}}'
    faults_are 'greater_than_equal body.message_id'
    for id in 5.0 '"5"' true null '[]' '{}' 1e2 1.5; do
        post "$M" "{\"message_id\":$id,\"message\":{\"role\":\"user\",\"content\":[]}}"
        faults_are 'int_type body.message_id'
    done
}

@test "required members that are missing are named all at once" {
    conversation
    post "$M" '{}'
    faults_are 'missing body.message_id' 'missing body.message'
    post "$M" '{"redact_message":1,"message":[],"message_id":"x"}'
    faults_are 'int_type body.message_id' 'dict_type body.message' 'dict_type body.redact_message'
    post "$M"
    faults_are 'missing body'
    post "$M" '"x"'
    faults_are 'dict_type body'
}

@test "a message without role or content, or with a role that is no string, is one value_error at body.message" {
    local message
    conversation
    for message in '{}' '{"role":"user"}' '{"content":[]}' '{"role":1,"content":[]}' '{"role":null,"content":[]}'; do
        post "$M" "{\"message_id\":1,\"message\":$message}"
        faults_are 'value_error body.message'
    done
    post "$M" '{"message_id":1,"message":{"role":"user","content":[]},"redact_message":{"role":"user"}}'
    faults_are 'value_error body.message'
    post "$M" '{"message_id":1,"message":{"role":"user"},"redact_message":{"role":"user"}}'
    faults_are 'value_error body.message'
}

@test "role and content are found when their names are escaped" {
    conversation
    post "$M" '{"message_id":1,"message":{"r\u006fle":"user","\u0063ontent":[]}}'
    status_is 201
    body_has '{"r\u006fle":"user","\u0063ontent":[]}'
}

@test "of duplicate members the last counts, in judging and in cutting" {
    conversation
    post "$M" '{"message_id":"x","message":7,"message_id":3,"message":{"role":1,"content":[],"role":"user"}}'
    status_is 201
    body_has '{"message_id":3,"message":{"role":1,"content":[],"role":"user"}'
    post "$M" '{"message_id":4,"message":{"role":"user","content":[]},"message\u005fid":"x"}'
    faults_are 'int_type body.message_id'
}

@test "POST of a number that exists is 409 and changes nothing" {
    conversation
    new_message "$S" a 3 first
    cp "$BODY" "$BATS_TEST_TMPDIR/posted"
    post "$M" '{"message_id":3,"message":{"role":"user","content":"second"}}'
    conflict "Message 3 already exists for agent 'a' in session '$S'"
    get "$M/3"
    body_equals_file "$BATS_TEST_TMPDIR/posted"
}

@test "the outermost thing that is missing is named in each 404" {
    local target
    for target in '' /3; do
        get "$API/sessions/$S/agents/a/messages$target"
        not_found "Session '$S' not found"
    done
    post "$API/sessions/$S/agents/a/messages" '{"message_id":3,"message":{"role":"user","content":[]}}'
    not_found "Session '$S' not found"
    put "$API/sessions/$S/agents/a/messages/3" '{}'
    not_found "Session '$S' not found"
    delete "$API/sessions/$S/agents/a/messages/3"
    not_found "Session '$S' not found"
    new_session "$S"
    for target in '' /3; do
        get "$API/sessions/$S/agents/a/messages$target"
        not_found "Agent 'a' not found in session '$S'"
    done
    post "$API/sessions/$S/agents/a/messages" '{"message_id":3,"message":{"role":"user","content":[]}}'
    not_found "Agent 'a' not found in session '$S'"
    put "$API/sessions/$S/agents/a/messages/3" '{}'
    not_found "Agent 'a' not found in session '$S'"
    delete "$API/sessions/$S/agents/a/messages/3"
    not_found "Agent 'a' not found in session '$S'"
    new_agent "$S" a
    get "$API/sessions/$S/agents/a/messages/3"
    not_found "Message 3 not found for agent 'a' in session '$S'"
    put "$API/sessions/$S/agents/a/messages/3" '{"message":{"role":"user","content":[]}}'
    not_found "Message 3 not found for agent 'a' in session '$S'"
    delete "$API/sessions/$S/agents/a/messages/3"
    not_found "Message 3 not found for agent 'a' in session '$S'"
}

@test "PUT changes message or redact_message and leaves the other as it was" {
    conversation
    new_message "$S" a 0 one
    put "$M/0" '{"redact_message":{"role":"user","content":"gone" }}'
    status_is 200
    body_is '{"message_id":0,"message":{"role":"user","content":[{"text":"one"}]},"redact_message":{"role":"user","content":"gone" },'"$MESSAGE_TAIL"
    put "$M/0" '{"message":{"role":"assistant","content":2.0}}'
    status_is 200
    body_is '{"message_id":0,"message":{"role":"assistant","content":2.0},"redact_message":{"role":"user","content":"gone" },'"$MESSAGE_TAIL"
    get "$M/0"
    body_is '{"message_id":0,"message":{"role":"assistant","content":2.0},"redact_message":{"role":"user","content":"gone" },'"$MESSAGE_TAIL"
}

@test "null in a PUT leaves things as they were, so a redaction cannot be taken back" {
    conversation
    new_message "$S" a 0 one
    put "$M/0" '{"redact_message":{"role":"user","content":"gone"}}'
    put "$M/0" '{"redact_message":null,"message":null}'
    status_is 200
    json_is '.message.content[0].text,.redact_message.content' $'"one"\n"gone"'
}

@test "a PUT of the whole message object, as the client in the field sends it, works" {
    conversation
    new_message "$S" a 0 one
    put "$M/0" '{"message_id":0,"message":{"role":"user","content":"two"},"redact_message":null,"created_at":"x","updated_at":9}'
    status_is 200
    json_is .message.content '"two"'
    put "$M/0" '{"message_id":"other","session_id":[],"agent_id":{}}'
    status_is 200
    json_is .message_id 0
}

@test "PUT with wrong members is 422 and changes nothing" {
    conversation
    new_message "$S" a 0 one
    put "$M/0" '{"message":[],"redact_message":"x"}'
    faults_are 'dict_type body.message' 'dict_type body.redact_message'
    put "$M/0" '{"redact_message":{"role":"user"}}'
    faults_are 'value_error body.message'
    put "$M/0" '{"message":{"content":1}}'
    faults_are 'value_error body.message'
    put "$M/0"
    faults_are 'missing body'
    get "$M/0"
    json_is .message.content '[{"text":"one"}]'
}

@test "every PUT moves updated_at strictly forward, {} included, and created_at never" {
    local before created
    conversation
    new_message "$S" a 0
    before=$(json .updated_at)
    created=$(json .created_at)
    put "$M/0" '{}'
    status_is 200
    [[ $(json .updated_at) > "$before" ]] || fail "updated_at did not move"
    json_is .created_at "$created"
}

@test "DELETE answers 204 without a body; the number made again is new" {
    conversation
    new_message "$S" a 0 one
    delete "$M/0"
    status_is 204
    body_is_empty
    get "$M/0"
    not_found "Message 0 not found for agent 'a' in session '$S'"
    new_message "$S" a 0 two
    get "$M/0"
    json_is .message.content '[{"text":"two"}]'
}

@test "the list goes by message_id, whatever the order of sending, ten a page" {
    local id
    conversation
    for id in 5 3 10 1 100; do new_message "$S" a "$id"; done
    get "$M"
    status_is 200
    json_is keys_unsorted '["messages","total","page","page_size"]'
    json_is '[.messages[].message_id],.total,.page,.page_size' $'[1,3,5,10,100]\n5\n1\n10'
    get "$M?order=desc"
    json_is '[.messages[].message_id]' '[100,10,5,3,1]'
    get "$M?order=asc&page=2&page_size=2"
    json_is '[.messages[].message_id],.total,.page,.page_size' $'[5,10]\n5\n2\n2'
    get "$M?order=desc&page=3&page_size=2"
    json_is '[.messages[].message_id],.total' $'[1]\n5'
    get "$M?page=4&page_size=2"
    json_is '.messages,.total,.page' $'[]\n5\n4'
}

@test "the list's entries are the messages as GET answers them" {
    conversation
    new_message "$S" a 4
    cp "$BODY" "$BATS_TEST_TMPDIR/message"
    get "$M"
    body_is_exactly "{\"messages\":[$(<"$BATS_TEST_TMPDIR/message")],\"total\":1,\"page\":1,\"page_size\":10}"
}

@test "the default page has ten messages" {
    new_conversation "$S" a 12
    get "$API/sessions/$S/agents/a/messages"
    json_is '(.messages|length),.total,.page_size' $'10\n12\n10'
    get "$API/sessions/$S/agents/a/messages?page=2"
    json_is '[.messages[].message_id]' '[10,11]'
}

@test "order is asc or desc and nothing else" {
    local order
    for order in up ASC '' asc,desc; do
        get "$API/sessions/$S/agents/a/messages?order=$order"
        faults_are 'enum query.order'
    done
}

@test "bad pages of the list are 422, all faults at once" {
    get "$API/sessions/$S/agents/a/messages?order=x&page_size=0&page=x"
    faults_are 'int_parsing query.page' 'greater_than_equal query.page_size' 'enum query.order'
    get "$API/sessions/$S/agents/a/messages?page=9223372036854775808&page_size=1001"
    faults_are 'less_than_equal query.page' 'less_than_equal query.page_size'
    get "$API/sessions/$S/agents/a/messages?page="
    faults_are 'int_parsing query.page'
}

@test "a page far past the end is 200 and empty" {
    new_conversation "$S" a 2
    get "$API/sessions/$S/agents/a/messages?page=9223372036854775807&page_size=1000"
    status_is 200
    body_is '{"messages":[],"total":2,"page":9223372036854775807,"page_size":1000}'
}

@test "a message_id in the path is decimal digits up to 2147483647" {
    local id
    conversation
    new_message "$S" a 2147483647
    get "$M/2147483647"
    status_is 200
    get "$M/2147483648"
    faults_are 'less_than_equal path.message_id'
    get "$M/99999999999999999999999999"
    faults_are 'less_than_equal path.message_id'
    for id in x 1.0 1e2 '%20' 0x1 1a; do
        get "$M/$id"
        faults_are 'int_parsing path.message_id'
    done
    get "$M/-1"
    status_is 422
    put "$M/x" '[]'
    faults_are 'int_parsing path.message_id' 'dict_type body'
    delete "$M/x"
    faults_are 'int_parsing path.message_id'
}

@test "the same numbers under two agents are different messages" {
    new_conversation "$S" a 1
    new_agent "$S" b
    new_message "$S" b 0 other
    delete "$API/sessions/$S/agents/a/messages/0"
    status_is 204
    get "$API/sessions/$S/agents/b/messages/0"
    status_is 200
    json_is .message.content '[{"text":"other"}]'
}
