#!/usr/bin/env bats
# Conditional requests: contract 2.6. Storage's are in storage.bats.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

make_things() { # one of each kind; THINGS are their paths
    new_conversation "$S" a 2
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{}}'
    THINGS=("$API/sessions/$S" "$API/sessions/$S/agents/a" "$API/sessions/$S/agents/a/messages/0" "$API/sessions/$S/multi_agents/m")
}
tag_of() { get "$1" && header ETag; }

@test "every answer with one object carries a strong ETag, on POST, GET, HEAD and PUT the same" {
    local thing tag
    make_things
    for thing in "${THINGS[@]}"; do
        get "$thing"
        header_matches ETag '^"[!#-~]+"$'
        tag=$(header ETag)
        send HEAD "$thing"
        header_is ETag "$tag"
        put "$thing" '{}'
        status_is 200
        header_matches ETag '^"[!#-~]+"$'
        tag=$(header ETag)
        get "$thing"
        header_is ETag "$tag"
    done
    post "$API/sessions" "{\"session_id\":\"$S-2\"}"
    tag=$(header ETag)
    get "$API/sessions/$S-2"
    header_is ETag "$tag"
    post "$API/sessions/$S/agents" '{"agent_id":"b","state":{},"conversation_manager_state":{}}'
    tag=$(header ETag)
    get "$API/sessions/$S/agents/b"
    header_is ETag "$tag"
    post "$API/sessions/$S/agents/a/messages" '{"message_id":9,"message":{"role":"user","content":0}}'
    tag=$(header ETag)
    get "$API/sessions/$S/agents/a/messages/9"
    header_is ETag "$tag"
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"n","state":{}}'
    tag=$(header ETag)
    get "$API/sessions/$S/multi_agents/n"
    header_is ETag "$tag"
}

@test "every change of an object changes its tag, A to B to A too, and of no other" {
    local thing other before after
    declare -A tags
    make_things
    for thing in "${THINGS[@]}"; do tags[$thing]=$(tag_of "$thing"); done
    for thing in "${THINGS[@]}"; do
        before=${tags[$thing]}
        put "$thing" '{}'
        after=$(header ETag)
        [[ $after != "$before" ]] || fail "$thing kept its tag"
        put "$thing" '{}'
        [[ $(header ETag) != "$before" && $(header ETag) != "$after" ]] || fail "$thing has an old tag again"
        tags[$thing]=$(header ETag)
        for other in "${THINGS[@]}"; do
            [[ $(tag_of "$other") == "${tags[$other]}" ]] || fail "a change of $thing changed the tag of $other"
        done
    done
    new_message "$S" a 50
    delete "$API/sessions/$S/agents/a/messages/1"
    for other in "${THINGS[@]}"; do
        [[ $(tag_of "$other") == "${tags[$other]}" ]] || fail "another message changed the tag of $other"
    done
}

@test "GET and HEAD with If-None-Match are 304 while the tag is the same: lists, weak tags and * count" {
    local thing tag
    make_things
    for thing in "${THINGS[@]}"; do
        tag=$(tag_of "$thing")
        get "$thing" - -H "If-None-Match: $tag"
        status_is 304
        body_is_empty
        header_is ETag "$tag"
        get "$thing" - -H "If-None-Match: \"x\", W/$tag , \"y\""
        status_is 304
        get "$thing" - -H 'If-None-Match: *'
        status_is 304
        get "$thing" - -H 'If-None-Match: "x", "y"'
        status_is 200
        send HEAD "$thing" - -H "If-None-Match: $tag"
        status_is 304
        put "$thing" '{}'
        get "$thing" - -H "If-None-Match: $tag"
        status_is 200
    done
}

@test "PUT with If-Match writes when the tag is the current one, in a list or as *, and is 412 else with nothing changed" {
    local thing tag
    make_things
    for thing in "${THINGS[@]}"; do
        tag=$(tag_of "$thing")
        cp "$BODY" "$BATS_TEST_TMPDIR/before" 2>/dev/null || :
        get "$thing"
        cp "$BODY" "$BATS_TEST_TMPDIR/before"
        put "$thing" '{}' -H 'If-Match: "x"'
        failed_precondition
        put "$thing" '{}' -H "If-Match: W/$tag"
        failed_precondition
        put "$thing" '{}' -H "If-Match: \"x\", W/$tag"
        failed_precondition
        get "$thing"
        header_is ETag "$tag"
        body_equals_file "$BATS_TEST_TMPDIR/before"
        put "$thing" '{}' -H "If-Match: $tag"
        status_is 200
        put "$thing" '{}' -H "If-Match: $tag"
        failed_precondition
        tag=$(tag_of "$thing")
        put "$thing" '{}' -H "If-Match: \"x\" ,$tag,\"y\""
        status_is 200
        put "$thing" '{}' -H 'If-Match: *'
        status_is 200
    done
}

@test "DELETE with If-Match deletes when the tag is the current one and is 412 else with nothing changed" {
    local thing tag i
    make_things
    for ((i = 2; i >= 0; i--)); do
        thing=${THINGS[i]}
        tag=$(tag_of "$thing")
        delete "$thing" - -H 'If-Match: "x"'
        failed_precondition
        delete "$thing" - -H "If-Match: W/$tag"
        failed_precondition
        get "$thing"
        status_is 200
        delete "$thing" - -H "If-Match: \"x\", $tag"
        status_is 204
        get "$thing"
        status_is 404
    done
    new_session "$S"
    post "$API/sessions/$S/multi_agents" '{"multi_agent_id":"m","state":{}}'
    delete "${THINGS[3]}" - -H 'If-Match: "x"'
    failed_precondition
    delete "${THINGS[3]}" - -H 'If-Match: *'
    status_is 204
}

@test "when there is no object it is 404 whatever If-Match says" {
    local target
    new_session "$S"
    for target in "$API/sessions/$S-none" "$API/sessions/$S/agents/none" "$API/sessions/$S/agents/none/messages/1" "$API/sessions/$S/multi_agents/none"; do
        put "$target" '{}' -H 'If-Match: "x"'
        status_is 404
        put "$target" '{}' -H 'If-Match: *'
        status_is 404
        delete "$target" - -H 'If-Match: "x"'
        status_is 404
    done
}

@test "422 comes before 412, and 404 of the parent too" {
    new_session "$S"
    put "$API/sessions/$S" '{"session_type":"X"}' -H 'If-Match: "x"'
    faults_are 'enum body.session_type'
    put "$API/sessions/$S-none/agents/a" '{}' -H 'If-Match: "x"'
    not_found "Session '$S-none' not found"
}

@test "a thing deleted and made again has another tag" {
    local thing seen=() tag i
    for i in 1 2; do
        make_things
        for thing in "${THINGS[@]}"; do
            tag=$(tag_of "$thing")
            [[ ! " ${seen[*]} " == *" $tag "* ]] || fail "$thing has a tag that was seen before"
            seen+=("$tag")
        done
        delete "$API/sessions/$S"
        status_is 204
    done
}

@test "If-Match that is no list of tags never matches" {
    local value
    new_session "$S"
    for value in x '"unfinished' 'W/x' '"a" "b"' ','; do
        put "$API/sessions/$S" '{}' -H "If-Match: $value"
        [[ $STATUS == 412 || $STATUS == 422 || $STATUS == 400 ]] || fail "$value matched"
    done
}

@test "a very long list of tags is judged whole" {
    local tag list i
    new_session "$S"
    tag=$(header ETag)
    list=$(for i in {1..200}; do printf '"%016d", ' "$i"; done)
    put "$API/sessions/$S" '{}' -H "If-Match: $list$tag"
    status_is 200
    put "$API/sessions/$S" '{}' -H "If-Match: $list$tag"
    failed_precondition
}

@test "lists and restore carry no ETag of a single object" {
    make_things
    get "$API/sessions"
    header_absent ETag
    get "$API/sessions/$S/agents/a/messages"
    header_absent ETag
}

@test "16 writers who read, change and write with If-Match lose no update" {
    python3 "$PROJECT/test/lib/concurrency.py" if-match "$S"
}
