#!/usr/bin/env bats
# What README.md and the sample environment file say is so.
# shellcheck disable=SC2016 # backquotes are Markdown's here

load ../lib/server
load ../lib/http

README=$PROJECT/README.md

setup_file() { server_start; }
teardown_file() { server_stop; }

between() { # NAME: the lines of README.md between two marks
    sed -n "/^<!-- $1: begin -->\$/,/^<!-- $1: end -->\$/p" "$README" | sed '1d;$d'
}

settings_help() { # NAME TAB DEFAULT TAB HELP, from --help
    "$BUILD_DIR/session-backend" --help | awk '
        /^  [A-Z][A-Z0-9_]+ / { name = $1; help = $0; sub(/^  [A-Z0-9_]+ +/, "", help); next }
        name != "" && /^ +default: / { value = $0; sub(/^ +default: /, "", value); print name "\t" value "\t" help; name = "" }'
}

same() { # EXPECTED ACTUAL
    diff <(echo "$1") <(echo "$2") || { echo "(< expected, > found)"; return 1; }
}

@test "the table of settings is what --help prints" {
    local expected
    expected=$(settings_help | awk -F'\t' 'BEGIN { print "| setting | default | what |\n| --- | --- | --- |" }
        { print "| `" $1 "` | " ($2 == "unset" ? "" : $2) " | " $3 " |" }')
    [[ $(settings_help | wc -l) -ge 20 ]]
    same "$expected" "$(between settings)"
}

@test "the sample environment file has every setting, with its default" {
    local sample=$PROJECT/conf/session-backend.env.sample expected
    expected=$(settings_help | awk -F'\t' '{ value = $2; sub(/ .*/, "", value); print $1 "=" (value == "unset" || $1 ~ /^(WORKERS|SPOOL_DIR)$/ ? "" : value) }')
    same "$expected" "$(grep -oE '^#?[A-Z_]+=.*' "$sample" | sed 's/^#//')"
    # Filled in as it is, it is a valid environment.
    (set -a && eval "$(sed -n 's/^#\([A-Z_]*=\)/\1/p' "$sample")" && RUN_DIR=$SERVER_DIR/run CONF_DIR=$PROJECT/conf "$BUILD_DIR/session-backend" -n)
}

@test "the table of the API is what --routes prints" {
    local expected
    expected=$("$BUILD_DIR/session-backend" --routes | awk '{ print $1, $2 }' | sort)
    [[ $(wc -l <<<"$expected") -ge 37 ]]
    same "$expected" "$(between api | sed -nE 's/^\| ([A-Z]+) \| `([^`]*)` .*/\1 \2/p' | sort)"
}

@test "the OpenAPI document describes the same routes" {
    local expected
    expected=$("$BUILD_DIR/session-backend" --routes | awk '{ print $1, $2 }' | sort)
    get /openapi.json
    status_is 200
    body_equals_file "$PROJECT/fcgi-app/openapi.json"
    json_is .info.version "\"$(<"$PROJECT/VERSION")\""
    same "$expected" "$(jq -r '.paths | to_entries[] | .key as $path | .value | keys[] | select(. != "parameters" and . != "head")
        | "\(ascii_upcase) \($path)"' "$BODY" | sort)"
}

@test "every file that the code map names exists, and every source file is in it" {
    local file missing=0
    while read -r file; do
        compgen -G "$PROJECT/$file" >/dev/null || { echo "README.md names $file"; missing=1; }
    done < <(sed -n '/^## Code map/,/^## /p' "$README" | grep -oE '`[a-z][A-Za-z0-9_.*/-]*(\.[a-z]+|/)`' | tr -d '`' | sort -u | sed 's,^\([a-z0-9_*]*\.[chS]\)$,fcgi-app/\1,')
    for file in "$PROJECT"/fcgi-app/*.[cS]; do
        sed -n '/^## Code map/,/^## /p' "$README" | grep -qwF "${file##*/}" || { echo "README.md lacks ${file##*/}"; missing=1; }
    done
    ((missing == 0))
}

@test "links lead somewhere" {
    local link missing=0
    while read -r link; do
        [[ -e $PROJECT/$link ]] || { echo "README.md links to $link"; missing=1; }
    done < <(grep -ohE '\]\([^):]+\)' "$README" "$PROJECT/SECURITY.md" | sed 's/^](\(.*\))$/\1/; s/#.*//' | sort -u)
    ((missing == 0))
}

@test "make knows the targets and the disk the scripts that are named" {
    local target script
    while read -r target; do
        make -C "$PROJECT" -n "$target" >/dev/null || { echo "make $target"; return 1; }
    done < <(grep -ohE '\bmake [a-z-]+' "$README" | awk '{ print $2 }' | sort -u)
    while read -r script; do
        [[ -e $PROJECT/$script ]] || { echo "$script is not there"; return 1; }
    done < <(grep -ohE '\b(scripts|test)/[a-z][a-z/.-]+' "$README" | sort -u)
}

@test "the tour answers what it says" {
    local script=$SERVER_DIR/tour.sh expected=$SERVER_DIR/tour.expected
    echo 'set -euo pipefail' >"$script"
    sed -n '/^## Tour/,/^## API/p' "$README" | awk -v script="$script" -v expected="$expected" '
        /^```sh$/ { into = script; next }
        /^```(json|text)$/ { into = expected; next }
        /^```$/ { if (into == script) print "echo" >> script; into = ""; next }
        into != "" { print >> into }'
    sed -i "s,http://localhost:8001,$SERVER_URL,g" "$script"
    [[ $(grep -c curl "$script") -ge 15 ]]
    bash "$script" >"$SERVER_DIR/tour.out"
    normal() { LC_ALL=C sed -E "s/$TIME_FORM/TIME/g" "$1" | grep -v '^$'; }
    same "$(normal "$expected")" "$(normal "$SERVER_DIR/tour.out")"
}

@test "session-backend-token prints a line that the service takes" {
    "$BUILD_DIR/session-backend-token" laptop write team-a >>"$SERVER_DIR/tokens"
    [[ $(<"$SERVER_DIR/tokens") =~ ^laptop:[0-9a-f]{64}:write:team-a$ ]]
    RUN_DIR=$SERVER_DIR/run CONF_DIR=$PROJECT/conf AUTH_TOKENS_FILE=$SERVER_DIR/tokens "$BUILD_DIR/session-backend" -n
}
