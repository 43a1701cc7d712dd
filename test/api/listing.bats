#!/usr/bin/env bats
# Listing at scale: contract 2.8.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

sessions_of() { # IDS: made with rising created_at, S-prefixed
    local id n=0
    for id; do
        n=$((n + 1))
        post "$API/sessions" "{\"session_id\":\"$S-$id\",\"created_at\":\"2020-01-01T00:00:0$n+00:00\"}"
        status_is 201
    done
}
ids_are() { json_is "[.sessions[].session_id|ltrimstr(\"$S-\")]" "$1"; }

@test "limit gives sessions and next_cursor, newest first, and the cursor continues behind it" {
    local cursor
    sessions_of a b c d e
    get "$API/sessions?prefix=$S-&limit=2"
    status_is 200
    json_is keys_unsorted '["sessions","next_cursor"]'
    ids_are '["e","d"]'
    cursor=$(jq -r .next_cursor "$BODY")
    get "$API/sessions?prefix=$S-&limit=2&cursor=$cursor"
    ids_are '["c","b"]'
    cursor=$(jq -r .next_cursor "$BODY")
    get "$API/sessions?prefix=$S-&limit=2&cursor=$cursor"
    ids_are '["a"]'
    json_is .next_cursor null
}

@test "next_cursor is null when the last page is exactly full" {
    sessions_of a b
    get "$API/sessions?prefix=$S-&limit=2"
    ids_are '["b","a"]'
    json_is .next_cursor null
}

@test "no session at all is an empty list and no cursor" {
    get "$API/sessions?prefix=$S-&limit=5"
    body_is '{"sessions":[],"next_cursor":null}'
}

@test "a cursor alone has a limit of 10" {
    local i cursor
    for i in {1..13}; do new_session "$S-$i"; done
    get "$API/sessions?prefix=$S-&limit=1"
    cursor=$(jq -r .next_cursor "$BODY")
    get "$API/sessions?prefix=$S-&cursor=$cursor"
    json_is '.sessions|length' 10
}

@test "a cursor is a place: it holds when the session it was taken from is deleted and for other filters" {
    local cursor
    sessions_of a b c d
    get "$API/sessions?prefix=$S-&limit=2"
    cursor=$(jq -r .next_cursor "$BODY")
    delete "$API/sessions/$S-c"
    get "$API/sessions?prefix=$S-&limit=5&cursor=$cursor"
    ids_are '["b","a"]'
    get "$API/sessions?prefix=$S-a&limit=5&cursor=$cursor"
    ids_are '["a"]'
}

@test "a cursor parts sessions of the same created_at by their id" {
    local id cursor all=
    for id in a b Z é; do post "$API/sessions" "{\"session_id\":\"$S-$id\",\"created_at\":\"2020-01-01T00:00:00Z\"}"; done
    cursor=
    for id in 1 2 3 4; do
        get "$API/sessions?prefix=$S-&limit=1${cursor:+&cursor=$cursor}"
        all+=$(jq -r '.sessions[].session_id' "$BODY")
        cursor=$(jq -r .next_cursor "$BODY")
    done
    [[ $all == "$S-é$S-b$S-a$S-Z" && $cursor == null ]] || fail "$all, then $cursor"
}

@test "cursors survive a restart of the service" {
    local cursor
    sessions_of a b c
    get "$API/sessions?prefix=$S-&limit=1"
    cursor=$(jq -r .next_cursor "$BODY")
    server_restart
    get "$API/sessions?prefix=$S-&limit=5&cursor=$cursor"
    ids_are '["b","a"]'
}

@test "a cursor that is not ours is 422" {
    local cursor good forged
    sessions_of a b
    get "$API/sessions?limit=1"
    good=$(jq -r .next_cursor "$BODY")
    forged=$(python3 -c 'import base64, hashlib, struct
place = struct.pack(">q", -(2**62)) + b"a"  # with a check that is right, but of a time that PostgreSQL does not know
check = hashlib.sha256(b"session-backend cursor 1\0" + place).digest()[:6]
print(base64.urlsafe_b64encode(place + check).decode().rstrip("="))')
    for cursor in '' x null "$forged" '%00' 'AAAA' "${good}x" "${good:0:-1}" "$(printf 'A%.0s' {1..3000})" '%F0%9F%98%80' '..' "'"; do
        get "$API/sessions?limit=1&cursor=$cursor"
        status_is 422
        json_is '.detail[0].loc' '["query","cursor"]'
    done
}

@test "limit goes from 1 to 1000" {
    get "$API/sessions?limit=0"
    faults_are 'greater_than_equal query.limit'
    get "$API/sessions?limit=1001"
    faults_are 'less_than_equal query.limit'
    get "$API/sessions?limit="
    faults_are 'int_parsing query.limit'
    get "$API/sessions?limit=1000"
    status_is 200
}

@test "page or page_size together with limit or cursor is 422" {
    local query
    for query in 'page=1&limit=2' 'page_size=2&limit=2' 'page=&limit=1' 'limit=1&page_size='; do
        get "$API/sessions?$query"
        status_is 422
        json_is '[.detail[].loc[0]]|unique' '["query"]'
    done
    sessions_of a b
    get "$API/sessions?limit=1"
    get "$API/sessions?page=1&cursor=$(jq -r .next_cursor "$BODY")"
    status_is 422
}

@test "prefix filters both forms; %, _ and \\ mean themselves" {
    local id
    for id in 'x%y' xzy x_y; do post "$API/sessions" "{\"session_id\":\"$S-$id\"}"; done
    get "$API/sessions?prefix=$S-x%25"
    ids_are '["x%y"]'
    json_is .total 1
    get "$API/sessions?prefix=$S-x_&limit=10"
    ids_are '["x_y"]'
    get "$API/sessions?prefix=$S-x&limit=10"
    json_is '.sessions|length' 3
    get "$API/sessions?prefix="
    status_is 200
    json_is '.total >= 3' true
}

@test "a prefix that is no text is 422" {
    get "$API/sessions?prefix=%FF"
    faults_are 'value_error query.prefix'
    get "$API/sessions?prefix=%ED%A0%80&limit=1"
    faults_are 'value_error query.prefix'
}

@test "created_after and created_before are exclusive and filter both forms" {
    sessions_of a b c d
    get "$API/sessions?prefix=$S-&created_after=2020-01-01T00:00:01Z&created_before=2020-01-01T00:00:04Z"
    ids_are '["c","b"]'
    json_is .total 2
    get "$API/sessions?prefix=$S-&limit=1&created_after=2020-01-01T00:00:01Z&created_before=2020-01-01T00:00:04Z"
    ids_are '["c"]'
    get "$API/sessions?prefix=$S-&limit=1&created_after=2020-01-01T00:00:01Z&cursor=$(jq -r .next_cursor "$BODY")"
    ids_are '["b"]'
    json_is .next_cursor null
}

@test "times in filters are as those of bodies; a plus that arrived as a blank is a plus" {
    sessions_of a b c
    get "$API/sessions?prefix=$S-&created_after=2020-01-01T01:00:02%2B01:00"
    ids_are '["c"]'
    get "$API/sessions?prefix=$S-&created_after=2020-01-01T01:00:02+01:00"
    ids_are '["c"]'
    get "$API/sessions?prefix=$S-&created_after=2020-01-01T00:00:02"
    ids_are '["c"]'
    get "$API/sessions?prefix=$S-&created_before=2020-01-01+00:00:02Z"
    ids_are '["a"]'
    get "$API/sessions?prefix=$S-&created_before=2020-01-01t00:00:01.999999999z"
    ids_are '["a"]'
}

@test "other times in filters are value_error, all at once" {
    get "$API/sessions?created_after=now&created_before=infinity"
    faults_are 'value_error query.created_after' 'value_error query.created_before'
    get "$API/sessions?created_after=&limit=1"
    faults_are 'value_error query.created_after'
    get "$API/sessions?created_before=2026-02-30T00:00:00Z"
    faults_are 'value_error query.created_before'
}

@test "total=false on any paged list leaves the counting out" {
    new_conversation "$S" a 1
    get "$API/sessions?prefix=$S&total=false"
    json_is '(.sessions|length),.total,.page,.page_size' $'1\nnull\n1\n10'
    json_is keys_unsorted '["sessions","total","page","page_size"]'
    get "$API/sessions/$S/agents?total=false"
    json_is '(.agents|length),.total' $'1\nnull'
    get "$API/sessions/$S/agents/a/messages?total=false"
    json_is '(.messages|length),.total' $'1\nnull'
    get "$API/sessions/$S/multi_agents?total=false"
    json_is '.multi_agents,.total' $'[]\nnull'
    get "$API/sessions/$S/agents/a/messages?total=true"
    json_is .total 1
}

@test "total=false still says 404 for a parent that is not there" {
    get "$API/sessions/$S/agents?total=false"
    not_found "Session '$S' not found"
    get "$API/sessions/$S/agents/a/messages?total=false&page=5"
    not_found "Session '$S' not found"
}

@test "a walk sees each session that existed throughout exactly once while others come and go" {
    python3 "$PROJECT/test/lib/concurrency.py" cursors "$S"
}
