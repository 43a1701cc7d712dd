#!/usr/bin/env bats
# The documentation: contract 1.4. Every answer that any test sees is held against the description when its file ends.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

@test "/openapi.json is an OpenAPI 3.1 document whose references resolve" {
    get /openapi.json
    status_is 200
    header_is Content-Type application/json
    json_is '.openapi[0:3]' '"3.1"'
    python3 "$PROJECT/test/lib/openapi.py" document "$BODY"
}

@test "it describes exactly the rows of the table of routes" {
    get /openapi.json
    "$BUILD_DIR/session-backend" --routes >"$BATS_TEST_TMPDIR/routes"
    [[ -s $BATS_TEST_TMPDIR/routes ]]
    python3 "$PROJECT/test/lib/openapi.py" routes "$BODY" "$BATS_TEST_TMPDIR/routes"
}

@test "every operation has an id of its own, a summary, and tells what happens with and without success" {
    get /openapi.json
    json_is '[.paths[]|to_entries[]|select(.value|type=="object" and has("responses"))|.value.operationId]|(length > 30 and length == (unique|length))' true
    json_is '[.paths[]|to_entries[]|select(.value|type=="object" and has("responses"))|.value|(.summary|type=="string") and ([.responses|keys[]|select(startswith("2"))]|length >= 1)]|all' true
}

@test "every row of the table answers: neither 404 of the path nor 405" {
    local method pattern
    while read -r method pattern; do
        pattern=${pattern//\{message_id\}/1}
        pattern=${pattern//\{key\}/none}
        pattern=$(sed -E 's/\{[a-z_]+\}/none/g' <<<"$pattern")
        send "$method" "$pattern" "$([[ $method == P* ]] && echo '{}' || echo -)"
        [[ $STATUS != 405 && $STATUS != 501 ]] || fail "$method $pattern is $STATUS"
        body_lacks '{"detail":"Not Found"}'
    done < <("$BUILD_DIR/session-backend" --routes)
}

@test "/docs and /redoc are pages that load nothing from elsewhere" {
    local path
    for path in /docs /redoc; do
        get "$path"
        status_is 200
        header_matches Content-Type '^text/html'
        ! grep -Eio '(src|href)="?(https?:)?//[^" >]*' "$BODY" || fail "$path loads from elsewhere"
    done
}

@test "whatever /docs and /redoc load is there" {
    local path link links
    for path in /docs /redoc; do
        get "$path"
        mapfile -t links < <(grep -Eo '(src|href)="/[^"]*"' "$BODY" | cut -d '"' -f 2)
        for link in "${links[@]}"; do
            get "$link"
            status_is 200
            [[ -s $BODY ]] || fail "$link is empty"
            get "$path"
        done
    done
}

@test "/docs and /redoc have the renderers' files and the whole description in them" {
    local file path dir=$BATS_TEST_TMPDIR
    for file in swagger-ui.css swagger-ui-bundle.js redoc.standalone.js; do echo "/* this is $file */" >"$dir/$file"; done
    server_restart "DOCS_DIR=$dir"
    get /docs
    body_has 'this is swagger-ui.css'
    body_has 'this is swagger-ui-bundle.js'
    body_has 'SwaggerUIBundle({spec: description'
    get /redoc
    body_has 'this is redoc.standalone.js'
    body_has 'Redoc.init(description'
    for path in /docs /redoc; do
        get "$path"
        python3 - "$BODY" "$PROJECT/fcgi-app/openapi.json" <<-'PY'
	import json, sys
	page, wanted = (open(name, encoding="utf-8").read() for name in sys.argv[1:])
	begin = page.index("const description = ") + len("const description = ")
	found, end = json.JSONDecoder().raw_decode(page, begin)
	assert found == json.loads(wanted), "another description"
	assert "<" not in page[begin:end], "a < could end the script"
	PY
    done
    server_restart
}

@test "without the files of the renderers /docs and /redoc say so and show the raw description" {
    local path
    mkdir "$BATS_TEST_TMPDIR/empty"
    server_restart "DOCS_DIR=$BATS_TEST_TMPDIR/empty"
    for path in /docs /redoc; do
        get "$path"
        status_is 200
        header_matches Content-Type '^text/html'
        body_has /openapi.json
    done
    get /openapi.json
    status_is 200
    server_restart
}
