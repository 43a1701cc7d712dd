# shellcheck shell=bash disable=SC2034
# http.bash: requests and what is expected of the answers, so that a test reads as its contract line does.
#
#   send METHOD TARGET [BODY] [curl options]   BODY: text, @file, or - for none
#   get, post, put, delete               the same without METHOD
#   status_is 201; body_is JSON; json_is FILTER JSON; header_is NAME VALUE; header_absent NAME
#   error_is STATUS NAME MESSAGE               a whole error body of the contract
#   faults_are 'TYPE loc.loc' ...              a whole 422, in order
#
# In body_is every time of ours is written TIME, so that its form is checked and its value is not.

API=/api/v1
setup() { S=t$BATS_TEST_NUMBER; } # a prefix of ids that no other test of the file uses

SENT=0
send() {
    local method=$1 target=$2 body=${3:--} options=(-X "$1") answer
    shift $(($# < 3 ? $# : 3))
    case $method$body in
        POST- | PUT-) options+=(--data-raw '') ;; # an empty body, not one without a length
        *-) ;;
        "$method"@*) options+=(--data-binary "$body") ;;
        *) options+=(--data-raw "$body") ;;
    esac
    [[ $* == *Content-Type* || ${#options[@]} == 2 ]] || options+=(-H 'Content-Type: application/json')
    SENT=$((SENT + 1))
    EXCHANGE=$SERVER_DIR/exchanges/${BATS_TEST_NUMBER:-0}-$BASHPID-$SENT
    BODY=$EXCHANGE.body
    : >"$BODY"
    if [[ $method == HEAD ]]; then options=(-I -o "$EXCHANGE.head2"); else options+=(-o "$BODY"); fi
    REQUEST="$method $target"
    answer=$(curl -sS -g --path-as-is -m "${SEND_SECONDS:-60}" -H 'Expect:' -D "$EXCHANGE.head" \
        -w '%{http_code}\t%{content_type}\t%header{x-request-id}' "${options[@]}" "$@" "$SERVER_URL$target") || fail "curl ended with $?"
    STATUS=${answer%%$'\t'*}
    [[ -n ${answer##*$'\t'} ]] || fail "an answer without X-Request-ID"
    [[ $STATUS != 500 ]] || fail "500 is a bug"
    printf '%s\t%s\t%s\t%s\n' "$method" "$target" "${answer%$'\t'*}" "${BODY##*/}" >>"$SERVER_DIR/exchanges/index"
}
get() { send GET "$@"; }
post() { send POST "$@"; }
put() { send PUT "$@"; }
delete() { send DELETE "$@"; }

header() { # NAME: its value, nothing when it is absent
    local line value=
    while IFS= read -r line; do
        line=${line%$'\r'}
        if [[ ${line,,} == "${1,,}":* ]]; then
            value=${line#*:}
            value=${value#"${value%%[! ]*}"}
        fi
    done <"$EXCHANGE.head"
    printf '%s\n' "$value"
}

fail() {
    printf '%s\n' "$@" >&2
    if [[ -n ${EXCHANGE:-} ]]; then
        printf 'after %s\n' "$REQUEST" >&2
        cat "$EXCHANGE.head" >&2
        head -c 3000 "$BODY" >&2
        echo >&2
    fi
    return 1
}

status_is() { [[ $STATUS == "$1" ]] || fail "status is $STATUS, expected $1"; }
header_is() { [[ $(header "$1") == "$2" ]] || fail "$1 is '$(header "$1")', expected '$2'"; }
header_absent() { ! grep -qi "^$1:" "$EXCHANGE.head" || fail "$1 should not be there"; }
header_present() { grep -qi "^$1:" "$EXCHANGE.head" || fail "$1 should be there"; }
header_matches() { [[ $(header "$1") =~ $2 ]] || fail "$1 is '$(header "$1")', expected to match $2"; }

TIME_FORM='"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00:00"'
body_is() { # JSON with TIME for times
    local actual
    actual=$(LC_ALL=C sed -E "s/$TIME_FORM/TIME/g" "$BODY")
    [[ $actual == "$1" ]] || fail "body is" "$actual" "expected" "$1"
}
body_is_exactly() { [[ $(<"$BODY") == "$1" ]] || fail "body is" "$(<"$BODY")" "expected" "$1"; }
body_has() { grep -qF -- "$1" "$BODY" || fail "body lacks $1"; }
body_lacks() { ! grep -qF -- "$1" "$BODY" || fail "body has $1"; }
body_is_empty() { [[ ! -s $BODY ]] || fail "the body should be empty"; }
body_equals_file() { cmp "$1" "$BODY" >&2 || fail "the body differs from $1"; }

json() { jq -c "$1" "$BODY"; }
json_is() { # FILTER COMPACT-JSON
    local actual
    actual=$(json "$1") || fail "no JSON"
    [[ $actual == "$2" ]] || fail "$1 is $actual, expected $2"
}

error_is() { # STATUS NAME MESSAGE
    status_is "$1"
    header_is Content-Type application/json
    json_is . "{\"detail\":{\"error\":\"$2\",\"message\":$(jq -cn --arg m "$3" '$m'),\"request_id\":\"$(header X-Request-ID)\"}}"
}
not_found() { error_is 404 NotFoundError "$1"; }
conflict() { error_is 409 ConflictError "$1"; }
failed_precondition() { status_is 412 && json_is '.detail.error' '"PreconditionFailedError"'; }

faults_are() { # 'TYPE loc.loc' ...
    local actual expected
    status_is 422
    header_is Content-Type application/json
    actual=$(jq -r '.detail[] | "\(.type) \(.loc | map(tostring) | join("."))"' "$BODY")
    expected=$(printf '%s\n' "$@")
    [[ $actual == "$expected" ]] || fail "faults are" "$actual" "expected" "$expected"
    json_is '[.detail[] | (keys_unsorted == ["type","loc","msg"]) and (.msg | type == "string" and length > 0)] | all' true
}

# --- what most tests begin with --------------------------------------------------------------------------------------
ANSWERED_SESSION='"session_type":"AGENT","multi_agent_state":null,"created_at":TIME,"updated_at":TIME}'

new_session() { # ID
    post "$API/sessions" "{\"session_id\":\"$1\"}"
    status_is 201
}
new_agent() { # SESSION AGENT
    post "$API/sessions/$1/agents" "{\"agent_id\":\"$2\",\"state\":{},\"conversation_manager_state\":{}}"
    status_is 201
}
new_message() { # SESSION AGENT NUMBER [TEXT]
    post "$API/sessions/$1/agents/$2/messages" "{\"message_id\":$3,\"message\":{\"role\":\"user\",\"content\":[{\"text\":\"${4:-hi}\"}]}}"
    status_is 201
}
new_conversation() { # SESSION AGENT MESSAGES: numbered from 0
    local i list=
    new_session "$1"
    new_agent "$1" "$2"
    for ((i = 0; i < $3; i++)); do list+=",{\"message_id\":$i,\"message\":{\"role\":\"user\",\"content\":$i}}"; done
    post "$API/sessions/$1/agents/$2/messages" "[${list#,}]"
    status_is 201
}
