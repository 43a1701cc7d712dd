#!/usr/bin/env bats
# Times sent by a client: contract 1.1.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

N=0
created_at_is() { # SENT-JSON KEPT: on a new session
    N=$((N + 1))
    post "$API/sessions" "{\"session_id\":\"$S-$N\",\"created_at\":$1}"
    status_is 201
    json_is .created_at "\"$2\""
}
created_at_is_now() { # SENT-JSON: the server's clock
    N=$((N + 1))
    post "$API/sessions" "{\"session_id\":\"$S-$N\",\"created_at\":$1}"
    status_is 201
    json_is ".created_at[0:19] + \"Z\" | (fromdate - $(date +%s)) | fabs < 120" true
    json_is '.created_at == .updated_at or .created_at < .updated_at' true
}

@test "a full time with Z, an offset or none is kept, with six digits in UTC" {
    created_at_is '"2026-01-31T12:00:00.123456+00:00"' 2026-01-31T12:00:00.123456+00:00
    created_at_is '"2026-01-31T12:00:00Z"' 2026-01-31T12:00:00.000000+00:00
    created_at_is '"2026-01-31T12:00:00"' 2026-01-31T12:00:00.000000+00:00
    created_at_is '"2026-01-31T12:00:00.5"' 2026-01-31T12:00:00.500000+00:00
    created_at_is '"2026-01-31T12:00:00+05:30"' 2026-01-31T06:30:00.000000+00:00
    created_at_is '"2026-01-31T23:30:00.25-01:00"' 2026-02-01T00:30:00.250000+00:00
}

@test "digits beyond six are cut, not rounded" {
    created_at_is '"2026-01-31T12:00:00.1234569999999Z"' 2026-01-31T12:00:00.123456+00:00
    created_at_is '"2026-12-31T23:59:59.999999999Z"' 2026-12-31T23:59:59.999999+00:00
}

@test "t, z and a blank for T will do" {
    created_at_is '"2026-01-31t12:00:00z"' 2026-01-31T12:00:00.000000+00:00
    created_at_is '"2026-01-31 12:00:00+00:00"' 2026-01-31T12:00:00.000000+00:00
}

@test "leap days, the first and the last year are real calendar times" {
    created_at_is '"2024-02-29T00:00:00Z"' 2024-02-29T00:00:00.000000+00:00
    created_at_is '"2000-02-29T00:00:00Z"' 2000-02-29T00:00:00.000000+00:00
    created_at_is '"0001-01-01T00:00:00Z"' 0001-01-01T00:00:00.000000+00:00
    created_at_is '"9999-12-31T23:59:59.999999Z"' 9999-12-31T23:59:59.999999+00:00
}

@test "any other string is the server's clock, PostgreSQL's special times too" {
    local time
    for time in infinity -infinity now today yesterday epoch '' 2026-01-31 2026-01-31T12:00 12:00:00 '2026-01-31T12:00:00 UTC' \
        2026-13-01T00:00:00Z 2026-02-30T00:00:00Z 2023-02-29T00:00:00Z 1900-02-29T00:00:00Z 2026-01-31T24:00:00Z 2026-01-31T12:60:00Z \
        0000-01-01T00:00:00Z 10000-01-01T00:00:00Z '2026-01-31T12:00:00.Z' '2026-01-31T12:00:00+5' '2026-01-31T12:00:00+0530' \
        '2026-01-31T12:00:00+24:00' ' 2026-01-31T12:00:00Z' '2026-01-31T12:00:00Z ' '2026-01-31T12:00:00,5Z' J2451187 20260131T120000Z \
        '2026-01-31  12:00:00' '2026-1-31T12:00:00Z' '٢٠٢٦-01-31T12:00:00Z'; do
        created_at_is_now "\"$time\""
    done
}

@test "an offset that carries a time out of the years 0001 to 9999 does no harm" {
    created_at_is_now '"0001-01-01T00:00:00+01:00"'
    created_at_is_now '"9999-12-31T23:59:59-01:00"'
}

@test "a time with an escape in it is compared after unescaping" {
    created_at_is '"2026-01-31\u005412:00:00\u005a"' 2026-01-31T12:00:00.000000+00:00
    created_at_is_now '"2026-01-31T12:00:00Z\u0000"'
}

@test "a client's updated_at is never kept" {
    post "$API/sessions" "{\"session_id\":\"$S\",\"created_at\":\"2020-01-01T00:00:00Z\",\"updated_at\":\"2020-01-01T00:00:00Z\"}"
    status_is 201
    json_is '.created_at' '"2020-01-01T00:00:00.000000+00:00"'
    json_is ".updated_at[0:19] + \"Z\" | (fromdate - $(date +%s)) | fabs < 120" true
}

@test "a created_at or updated_at of a session that is no string is string_type" {
    local value
    for value in 1 true '[]' '{}' 1.5; do
        post "$API/sessions" "{\"session_id\":\"$S\",\"created_at\":$value}"
        faults_are 'string_type body.created_at'
        post "$API/sessions" "{\"session_id\":\"$S\",\"updated_at\":$value}"
        faults_are 'string_type body.updated_at'
    done
}

@test "a created_at of agents, messages, batch entries and multi-agent states is kept" {
    new_session "$S"
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{},"created_at":"2020-01-01T00:00:00+01:00"}'
    status_is 201
    json_is .created_at '"2019-12-31T23:00:00.000000+00:00"'
    post "$API/sessions/$S/agents/a/messages" '{"message_id":0,"message":{"role":"user","content":0},"created_at":"2020-01-01T00:00:00.1Z"}'
    json_is .created_at '"2020-01-01T00:00:00.100000+00:00"'
    post "$API/sessions/$S/agents/a/messages" '[{"message_id":1,"message":{"role":"user","content":0},"created_at":"2020-01-01T00:00:00.2Z"}]'
    json_is '.messages[0].created_at' '"2020-01-01T00:00:00.200000+00:00"'
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{},"created_at":"2020-01-01T00:00:00.3Z"}'
    status_is 201
    json_is .created_at '"2020-01-01T00:00:00.300000+00:00"'
}

@test "a created_at or updated_at elsewhere that is no string is ignored" {
    new_session "$S"
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{},"created_at":7,"updated_at":[]}'
    status_is 201
    post "$API/sessions/$S/agents/a/messages" '{"message_id":0,"message":{"role":"user","content":0},"created_at":{},"updated_at":true}'
    status_is 201
    post "$API/sessions/$S/agents/a/messages" '[{"message_id":1,"message":{"role":"user","content":0},"created_at":1,"updated_at":1}]'
    status_is 201
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{},"created_at":false,"updated_at":null}'
    status_is 201
}

@test "an object made in the future still moves its updated_at forward with each PUT" {
    local before
    post "$API/sessions" "{\"session_id\":\"$S\",\"created_at\":\"9000-01-01T00:00:00Z\"}"
    before=$(json .updated_at)
    put "$API/sessions/$S" '{}'
    [[ $(json .updated_at) > "$before" ]] || fail "updated_at did not move"
}
