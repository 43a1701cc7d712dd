#!/usr/bin/env bats
# Storage: contract 2.5.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

store() { # KEY TEXT [curl options]: any type, for curl's own default is none of ours
    local key=$1 text=$2
    shift 2
    [[ $* == *Content-Type:* ]] || set -- -H 'Content-Type:' "$@"
    send PUT "$API/storage/$key" "$text" "$@"
}

@test "PUT of a new key is 201, of an old one 204, both with an ETag and no body" {
    store "$S/a" one
    status_is 201
    header_is Content-Length 0
    header_matches ETag '^"[^"]+"$'
    body_is_empty
    store "$S/a" two
    status_is 204
    header_matches ETag '^"[^"]+"$'
    body_is_empty
    get "$API/storage/$S/a"
    status_is 200
    body_is_exactly two
}

@test "GET answers the bytes, application/octet-stream where no type was sent, and nosniff" {
    store "$S/a" '{"a": 1.0}'
    get "$API/storage/$S/a"
    status_is 200
    header_is Content-Type application/octet-stream
    header_is X-Content-Type-Options nosniff
    header_is Content-Length 10
    header_matches ETag '^"[^"]+"$'
    body_is_exactly '{"a": 1.0}'
}

@test "the Content-Type that was sent comes back, and a new one replaces it" {
    store "$S/a" x -H 'Content-Type: text/html; charset="x y"'
    get "$API/storage/$S/a"
    header_is Content-Type 'text/html; charset="x y"'
    store "$S/a" x -H 'Content-Type: application/json'
    get "$API/storage/$S/a"
    header_is Content-Type application/json
    store "$S/a" x
    get "$API/storage/$S/a"
    header_is Content-Type application/octet-stream
    local long
    long="multipart/mixed; boundary=$(printf 'x%.0s' {1..8000})"
    store "$S/a" x -H "Content-Type: $long"
    get "$API/storage/$S/a"
    header_is Content-Type "$long"
}

@test "HEAD answers GET's headers and no body" {
    store "$S/a" hello -H 'Content-Type: text/plain'
    send HEAD "$API/storage/$S/a"
    status_is 200
    header_is Content-Length 5
    header_is Content-Type text/plain
    header_is X-Content-Type-Options nosniff
    header_present ETag
    send HEAD "$API/storage/$S/none"
    status_is 404
}

@test "a key that is not there is 404 to GET; DELETE is 204 all the same" {
    get "$API/storage/$S/a"
    status_is 404
    json_is .detail.error '"NotFoundError"'
    delete "$API/storage/$S/a"
    status_is 204
    body_is_empty
    store "$S/a" x
    delete "$API/storage/$S/a"
    status_is 204
    get "$API/storage/$S/a"
    status_is 404
}

@test "any bytes at all are kept, none included" {
    python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(256)) * 5)' >"$BATS_TEST_TMPDIR/all"
    store "$S/all" "@$BATS_TEST_TMPDIR/all"
    status_is 201
    get "$API/storage/$S/all"
    body_equals_file "$BATS_TEST_TMPDIR/all"
    : >"$BATS_TEST_TMPDIR/none"
    store "$S/none" "@$BATS_TEST_TMPDIR/none"
    status_is 201
    get "$API/storage/$S/none"
    status_is 200
    header_is Content-Length 0
    body_is_empty
    printf '\0' >"$BATS_TEST_TMPDIR/nul"
    store "$S/none" "@$BATS_TEST_TMPDIR/nul"
    status_is 204
    get "$API/storage/$S/none"
    body_equals_file "$BATS_TEST_TMPDIR/nul"
}

@test "a PUT without a body stores no bytes" {
    store "$S/a" -
    status_is 201
    get "$API/storage/$S/a"
    header_is Content-Length 0
}

@test "a Content-Encoding is ignored and the bytes kept as they are" {
    printf 'hello' | gzip -n >"$BATS_TEST_TMPDIR/gz"
    store "$S/a" "@$BATS_TEST_TMPDIR/gz" -H 'Content-Encoding: gzip'
    status_is 201
    get "$API/storage/$S/a"
    header_absent Content-Encoding
    body_equals_file "$BATS_TEST_TMPDIR/gz"
}

@test "every Content-Type is taken, and a body that is no JSON with application/json too" {
    store "$S/a" '{not json' -H 'Content-Type: application/json'
    status_is 201
    store "$S/b" x -H 'Content-Type: image/png'
    status_is 201
}

@test "an object of 20 MB comes back equal, with its length" {
    head -c 20000000 /dev/urandom >"$BATS_TEST_TMPDIR/large"
    store "$S/large" "@$BATS_TEST_TMPDIR/large"
    status_is 201
    get "$API/storage/$S/large"
    header_is Content-Length 20000000
    body_equals_file "$BATS_TEST_TMPDIR/large"
}

@test "Range is ignored" {
    store "$S/a" 0123456789
    get "$API/storage/$S/a" - -H 'Range: bytes=2-3'
    status_is 200
    body_is_exactly 0123456789
    header_absent Content-Range
}

@test "keys are decoded once: %2F is a slash in them, %252F is not, + is a plus" {
    store "$S%2Fx" one
    status_is 201
    store "$S/x" two
    status_is 204
    store "$S/%252F" three
    status_is 201
    store "$S/a+b%20c" four
    get "$API/storage?prefix=$S/"
    json_is .keys "[\"$S/%2F\",\"$S/a+b c\",\"$S/x\"]"
}

@test "keys may hold any character, quotes, percent signs and emoji" {
    local key
    key="$S/ü 😀 \"q\" 'x' %?#&=;:@[]{}|^~\`<>,!\$*()"
    store "$(jq -rn --arg k "$key" '$k|@uri')" x
    status_is 201
    get "$API/storage/$(jq -rn --arg k "$key" '$k|@uri')"
    status_is 200
    get "$API/storage?prefix=$S/"
    json_is .keys "[$(jq -cn --arg k "$key" '$k')]"
}

@test "a key of 2,200 bytes works, one of 2,201 does not" {
    local key
    key=$S/$(printf 'x%.0s' {1..2200})
    key=${key:0:2200}
    store "$key" x
    status_is 201
    get "$API/storage/$key"
    status_is 200
    store "${key}y" x
    status_is 422
    json_is '.detail[0].loc' '["path","key"]'
    key=$(printf '%%C3%%A9%.0s' {1..1100})
    store "$key" x
    status_is 201
    delete "$API/storage/$key"
    status_is 204
    get "$API/storage/${key}a"
    status_is 422
}

@test "a key with a control character, bad UTF-8, an empty, . or .. segment is 422 at path.key and says which rule it broke" {
    local key
    for key in a%00b a%0Ab a%7F a%C2%85 %1F; do
        store "$key" x
        faults_are 'value_error path.key'
        json_is '.detail[0].msg|test("control")' true
    done
    for key in a//b /a a/ a%2F%2Fb a/./b a/../b . .. a/.. ./a %2E%2E/a a/%2e; do
        store "$key" x
        faults_are 'value_error path.key'
        json_is '.detail[0].msg|test("segment")' true
    done
    for key in '%FF' 'a%C0%80' '%ED%A0%80'; do
        store "$key" x
        faults_are 'value_error path.key'
        json_is '.detail[0].msg|test("UTF-8")' true
    done
    for key in '%zz' 'a%' 'a%4'; do
        store "$key" x
        status_is 422
        json_is '.detail[0].loc' '["path","key"]'
    done
}

@test "bad keys are 422 for every method" {
    get "$API/storage/a/../b"
    faults_are 'value_error path.key'
    delete "$API/storage/a//b"
    faults_are 'value_error path.key'
    send HEAD "$API/storage/a/./b"
    status_is 422
}

@test "a segment that only begins with dots is fine, and so are backslashes" {
    store "$S/.../..a/.b/a..%5C" x
    status_is 201
    get "$API/storage?prefix=$S/"
    json_is .keys "[\"$S/.../..a/.b/a..\\\\\"]"
}

@test "one slash behind the key is an empty segment, not the same resource" {
    store "$S/a" x
    get "$API/storage/$S/a/"
    faults_are 'value_error path.key'
}

@test "the list has full keys in ascending byte order, whatever the collation" {
    local key
    for key in b a Z é 0 _ a/b aa A 10 9 a.b 'a b' 😀; do store "$S/$(jq -rn --arg k "$key" '$k|@uri')" x; done
    get "$API/storage?prefix=$S/"
    status_is 200
    header_is Content-Type application/json
    json_is keys_unsorted '["keys"]'
    json_is ".keys|map(ltrimstr(\"$S/\"))" '["0","10","9","A","Z","_","a","a b","a.b","a/b","aa","b","é","😀"]'
}

@test "limit and start_after walk the list; start_after need not exist and need not be a key" {
    local key
    for key in a b c d; do store "$S/$key" x; done
    get "$API/storage?prefix=$S/&limit=2"
    json_is .keys "[\"$S/a\",\"$S/b\"]"
    get "$API/storage?prefix=$S/&limit=2&start_after=$S/b"
    json_is .keys "[\"$S/c\",\"$S/d\"]"
    get "$API/storage?prefix=$S/&start_after=$S/bb"
    json_is .keys "[\"$S/c\",\"$S/d\"]"
    get "$API/storage?prefix=$S/&start_after=$S/d"
    json_is .keys '[]'
    get "$API/storage?prefix=$S/&start_after=$S//../"
    json_is '.keys|length' 4
    get "$API/storage?prefix=$S/&limit=0"
    json_is .keys '[]'
    get "$API/storage?prefix=$S/&start_after="
    json_is '.keys|length' 4
}

@test "every key is listed when the prefix is empty or absent" {
    store "$S/a" x
    get "$API/storage"
    status_is 200
    json_is ".keys|index(\"$S/a\")|type" '"number"'
    get "$API/storage?prefix="
    json_is ".keys|index(\"$S/a\")|type" '"number"'
    get "$API/storage/"
    status_is 200
}

@test "a prefix is plain: it may end inside a segment, and %, _ and \\ mean themselves" {
    local key
    for key in 'x%25y' 'xzy' 'x_y' 'x%5Cy' 'x%5C%25y' 'xx/y'; do store "$S/$key" x; done
    get "$API/storage?prefix=$S/x%25"
    json_is .keys "[\"$S/x%y\"]"
    get "$API/storage?prefix=$S/x_"
    json_is .keys "[\"$S/x_y\"]"
    get "$API/storage?prefix=$S/x%5C"
    json_is .keys "[\"$S/x\\\\%y\",\"$S/x\\\\y\"]"
    get "$API/storage?prefix=$S/xx/"
    json_is .keys "[\"$S/xx/y\"]"
    get "$API/storage?prefix=$S/x"
    json_is '.keys|length' 6
}

@test "prefixes at the upper end of the code points find their keys" {
    local last='%F4%8F%BF%BF' edge='%ED%9F%BF' high='%C3%BF'
    store "$S/$last/a" x
    store "$S/${last}b" x
    store "$S/$edge/a" x
    store "$S/%EE%80%80" x
    store "$S/$high" x
    get "$API/storage?prefix=$S/$last"
    json_is '.keys|length' 2
    get "$API/storage?prefix=$S/$edge"
    json_is '.keys|length' 1
    get "$API/storage?prefix=$S/$high"
    json_is '.keys|length' 1
    get "$API/storage?prefix=$S/"
    json_is '.keys|length' 5
}

@test "a bad limit or prefix is 422 and says why" {
    get "$API/storage?limit=x"
    faults_are 'int_parsing query.limit'
    get "$API/storage?limit=-1"
    faults_are 'greater_than_equal query.limit'
    get "$API/storage?limit=9223372036854775808"
    faults_are 'less_than_equal query.limit'
    get "$API/storage?prefix=%FF"
    faults_are 'value_error query.prefix'
    json_is '.detail[0].msg|test("UTF-8")' true
    get "$API/storage?prefix=a%0A"
    faults_are 'value_error query.prefix'
    json_is '.detail[0].msg|test("control")' true
    get "$API/storage?start_after=%FF"
    faults_are 'value_error query.start_after'
}

@test "DELETE by prefix removes exactly the keys that begin so and counts them" {
    local key
    for key in 'p/a' 'p/b' 'p%25' 'pq' 'q'; do store "$S/$key" x; done
    delete "$API/storage?prefix=$S/p/"
    status_is 200
    header_is Content-Type application/json
    body_is '{"deleted":2}'
    delete "$API/storage?prefix=$S/p%25"
    body_is '{"deleted":1}'
    delete "$API/storage?prefix=$S/none"
    body_is '{"deleted":0}'
    get "$API/storage?prefix=$S/"
    json_is .keys "[\"$S/pq\",\"$S/q\"]"
}

@test "DELETE with an empty or missing prefix is 422 and removes nothing" {
    store "$S/a" x
    delete "$API/storage"
    faults_are 'missing query.prefix'
    delete "$API/storage?prefix="
    status_is 422
    json_is '.detail[0].loc' '["query","prefix"]'
    get "$API/storage/$S/a"
    status_is 200
}

@test "If-Match and If-None-Match: * keep two writers from overwriting each other unseen" {
    local tag
    store "$S/a" one -H 'If-None-Match: *'
    status_is 201
    tag=$(header ETag)
    store "$S/a" two -H 'If-None-Match: *'
    failed_precondition
    store "$S/a" two -H "If-Match: $tag"
    status_is 204
    [[ $(header ETag) != "$tag" ]] || fail "the tag did not change"
    store "$S/a" three -H "If-Match: $tag"
    failed_precondition
    get "$API/storage/$S/a"
    body_is_exactly two
    delete "$API/storage/$S/a" - -H "If-Match: $tag"
    failed_precondition
    delete "$API/storage/$S/a" - -H "If-Match: $(get "$API/storage/$S/a" && header ETag)"
    status_is 204
}

@test "If-Match on a key that is not there is 412, for PUT and DELETE, * too" {
    store "$S/a" x -H 'If-Match: "1"'
    failed_precondition
    store "$S/a" x -H 'If-Match: *'
    failed_precondition
    delete "$API/storage/$S/a" - -H 'If-Match: "1"'
    failed_precondition
    delete "$API/storage/$S/a" - -H 'If-Match: *'
    failed_precondition
    get "$API/storage/$S/a"
    status_is 404
}

@test "DELETE with If-None-Match: * is 412 where there is a key, 204 where there is none" {
    store "$S/a" x
    delete "$API/storage/$S/a" - -H 'If-None-Match: *'
    failed_precondition
    get "$API/storage/$S/a"
    status_is 200
    delete "$API/storage/$S/none" - -H 'If-None-Match: *'
    status_is 204
}

@test "GET with If-None-Match is 304 while the object is the same" {
    local tag
    store "$S/a" x
    tag=$(header ETag)
    get "$API/storage/$S/a" - -H "If-None-Match: $tag"
    status_is 304
    header_is ETag "$tag"
    body_is_empty
    store "$S/a" x
    get "$API/storage/$S/a" - -H "If-None-Match: $tag"
    status_is 200
    get "$API/storage/$S/a" - -H 'If-None-Match: *'
    status_is 304
}

@test "sessions and storage are apart" {
    store "session/$S/a" x
    new_session "$S"
    delete "$API/sessions/$S"
    status_is 204
    get "$API/storage/session/$S/a"
    status_is 200
}

@test "DELETE of a session with storage=true removes its keys too, and nothing else" {
    new_conversation "$S" a 1
    store "session/$S/x" x
    store "session/$S/y/z" x
    store "context/$S/x" x
    store "session/${S}x/x" x
    store "memory/$S/x" x
    delete "$API/sessions/$S?storage=true"
    status_is 204
    get "$API/sessions/$S"
    status_is 404
    get "$API/storage?prefix=session/$S"
    json_is .keys "[\"session/${S}x/x\"]"
    get "$API/storage?prefix=context/$S"
    json_is .keys '[]'
    get "$API/storage/memory/$S/x"
    status_is 200
}

@test "with storage=true it is 204 also when only keys were there, else 404" {
    store "context/$S/x" x
    delete "$API/sessions/$S?storage=true"
    status_is 204
    delete "$API/sessions/$S?storage=true"
    not_found "Session '$S' not found"
}

@test "storage=false is as without it" {
    new_session "$S"
    store "session/$S/x" x
    delete "$API/sessions/$S?storage=false"
    status_is 204
    get "$API/storage/session/$S/x"
    status_is 200
}

@test "storage=true takes an id with % and _ in it literally" {
    store "session/${S}xx/k" x
    store "session/${S}%25_/k" x
    delete "$API/sessions/${S}%25_?storage=true"
    status_is 204
    get "$API/storage?prefix=session/$S"
    json_is .keys "[\"session/${S}xx/k\"]"
}

@test "POST on storage is 405 with Allow" {
    post "$API/storage" '{}'
    status_is 405
    header_matches Allow '^(DELETE|GET|HEAD|, )+$'
    post "$API/storage/$S" '{}'
    status_is 405
    header_matches Allow PUT
}

@test "a reader sees the old or the new object, whole, with its own tag and type" {
    python3 "$PROJECT/test/lib/concurrency.py" storage "$S"
}

@test "a listing of 100,000 keys streams, complete and in order" {
    database_sql "$SERVER_DIR" -c "INSERT INTO session_backend.objects (tenant, key, data, content_type, tag, created_at, updated_at)
        SELECT '', '$S/' || lpad(i::text, 6, '0') || '/snapshot.json', '', 'text/plain', i, now(), now() FROM generate_series(1, 100000) AS i"
    get "$API/storage?prefix=$S/"
    status_is 200
    header_is Transfer-Encoding chunked # above 1 MiB: it did not wait until it was complete
    header_absent Content-Length
    json_is "(.keys|length),.keys[0],.keys[99999],(.keys == (.keys|sort))" \
        "100000"$'\n'"\"$S/000001/snapshot.json\""$'\n'"\"$S/100000/snapshot.json\""$'\n'true
    delete "$API/storage?prefix=$S/"
    body_is '{"deleted":100000}'
}

@test "the recorded snapshots of the Python SDK replay equal" {
    python3 "$PROJECT/test/lib/snapshots.py" "$TEST_DATA/snapshots_python.ndjson"
}

@test "the recorded snapshots of the TypeScript SDK replay equal" {
    python3 "$PROJECT/test/lib/snapshots.py" "$TEST_DATA/snapshots_typescript.ndjson"
}
