#!/usr/bin/env bats
# Nothing is lost: contract 1.2, with the recorded data.

load ../lib/server
load ../lib/http

setup_file() {
    server_start
    [[ -d $TEST_DATA ]] || { echo "TEST_DATA=$TEST_DATA is no directory" >&2; return 1; }
}
teardown_file() { server_stop; }

replay() { python3 "$PROJECT/test/lib/replay.py" "$TEST_DATA/conversation_$1.ndjson"; }

@test "a plain chat replays and reads back equal" { replay chat; }
@test "tool calls replay and read back equal" { replay tools; }
@test "reasoning replays and reads back equal" { replay reasoning; }
@test "media replay and read back equal" { replay media; }
@test "interrupts replay and read back equal" { replay interrupt; }
@test "redactions replay and read back equal" { replay redaction; }
@test "summaries replay and read back equal" { replay summarizing; }
@test "a sliding window replays and reads back equal" { replay sliding_window; }
@test "strange values replay and read back equal" { replay strange_values; }
@test "odd ids replay and read back equal" { replay odd_ids; }
@test "graphs replay and read back equal" { replay graph; }
@test "a swarm replays and reads back equal" { replay swarm; }
@test "a stateful model replays and reads back equal" { replay stateful_model; }
@test "a conversation of 1,202 messages replays and reads back equal" { replay long_1200; }
@test "20 interleaved sessions replay and read back equal" { replay parallel_20; }

@test "no recorded conversation is left out" {
    local file name
    for file in "$TEST_DATA"/conversation_*.ndjson; do
        name=${file##*/conversation_}
        grep -q "replay ${name%.ndjson};" "$BATS_TEST_FILENAME" || fail "$name is not replayed"
    done
}

@test "the hand-made bodies at the edges are answered as expected" {
    python3 "$PROJECT/test/lib/edge_bodies.py" "$TEST_DATA/edge_bodies.ndjson" "$S" agent
}

nested() { # LEVELS: a body of that many, the outermost included
    python3 - "$1" "$S" <<-'PY'
	import sys
	inner = int(sys.argv[1]) - 2
	print('{"message_id":%d,"message":{"role":"user","content":%s%s}}' % (int(sys.argv[1]), "[" * inner, "]" * inner), end="")
	PY
}

@test "a body of 1,000 levels works, a deeper one is json_invalid" {
    new_conversation "$S" a 0
    nested 1000 >"$BATS_TEST_TMPDIR/deep"
    post "$API/sessions/$S/agents/a/messages" "@$BATS_TEST_TMPDIR/deep"
    status_is 201
    get "$API/sessions/$S/agents/a/messages/1000"
    body_has "$(grep -o '\[*\]*' "$BATS_TEST_TMPDIR/deep" | head -n 1)"
    nested 1001 >"$BATS_TEST_TMPDIR/deeper"
    post "$API/sessions/$S/agents/a/messages" "@$BATS_TEST_TMPDIR/deeper"
    status_is 422
    json_is '.detail|map(.type)' '["json_invalid"]'
}

@test "levels of unknown members count too, for objects as for arrays" {
    local deep
    deep=$(printf '{"a":%.0s' {1..998})1$(printf '}%.0s' {1..998})
    post "$API/sessions" "{\"session_id\":\"$S\",\"x\":[$deep]}"
    status_is 201
    post "$API/sessions" "{\"session_id\":\"$S-2\",\"x\":[[$deep]]}"
    status_is 422
    json_is '.detail|map(.type)' '["json_invalid"]'
}

@test "100,000 levels and a million members are judged without harm" {
    python3 -c 'print("[" * 100000, end="")' >"$BATS_TEST_TMPDIR/deep"
    post "$API/sessions" "@$BATS_TEST_TMPDIR/deep"
    status_is 422
    json_is '.detail[0].type' '"json_invalid"'
    python3 -c 'print("{" + ",".join("\"m%d\":%d" % (i, i) for i in range(1000000)) + ",\"session_id\":\"'"$S"'\"}", end="")' \
        >"$BATS_TEST_TMPDIR/wide"
    post "$API/sessions" "@$BATS_TEST_TMPDIR/wide"
    status_is 201
}

@test "json_invalid says the place: body and a number" {
    post "$API/sessions" '{"session_id":"x",}'
    status_is 422
    json_is '.detail|length' 1
    json_is '.detail[0].loc|(length == 2 and .[0] == "body" and (.[1]|type) == "number" and .[1] >= 17 and .[1] <= 19)' true
}

@test "a body that is no JSON gives the one entry json_invalid, and the path's faults before it" {
    post "$API/sessions/a%2Fb/agents" '{'
    status_is 422
    json_is '[.detail[].type]' '["value_error","json_invalid"]'
}

@test "an answer never echoes the client's value in a fault" {
    post "$API/sessions" '{"session_id":"secret/words","session_type":"secretwords","multi_agent_state":"secretwords"}'
    status_is 422
    body_lacks secret
    get "$API/sessions?page=secretwords&created_after=secretwords&limit=secretwords"
    status_is 422
    body_lacks secretwords
}

@test "a session's answer after each PUT and in the list has the client's bytes, not a print of them" {
    local state='{ "a" : [1.0,1e5,-0,1e400,123456789012345678901234567890] ,"a":"\ud83d\u0000","\u0000":{},"b":"é\/" }'
    post "$API/sessions" "{\"session_id\":\"$S\",\"multi_agent_state\":$state}"
    body_has "\"multi_agent_state\":$state,"
    get "$API/sessions?prefix=$S"
    body_has "\"multi_agent_state\":$state,"
    get "$API/sessions?prefix=$S&limit=1"
    body_has "\"multi_agent_state\":$state,"
    put "$API/sessions/$S" "{\"multi_agent_state\":[], \"multi_agent_state\":$state}"
    body_has "\"multi_agent_state\":$state,"
    post "$API/sessions/$S/fork" "{\"session_id\":\"$S-f\"}"
    body_has "\"multi_agent_state\":$state,"
}

@test "an agent's three states keep their bytes in agent, list and restore" {
    local state='{ "a" : [1.0,1e5,-0] ,"a":"\ud83d\u0000","\u0000":{},"b":1e400 }' path
    new_session "$S"
    post "$API/sessions/$S/agents" "{\"agent_id\":\"a\",\"state\":$state,\"conversation_manager_state\": $state ,\"internal_state\":$state}"
    status_is 201
    for path in agents/a agents agents/a/restore; do
        get "$API/sessions/$S/$path"
        body_has "\"state\":$state,\"conversation_manager_state\":$state,\"internal_state\":$state,\"_internal_state\":$state,"
    done
}
