#!/usr/bin/env bats
# Many clients at once: contract 1.1, 2.2.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

many() { python3 "$PROJECT/test/lib/concurrency.py" "$1" "$S"; }

@test "16 clients create the same id of every kind: one 201, the others 409, no 500" {
    many create
}

@test "appends while the session is deleted are 201 or 404, and nothing stays behind" {
    many delete
}

@test "overlapping batches do not deadlock, and each is stored whole or not at all" {
    many batches
}

@test "total and the rows of a page are one snapshot, and no half batch is seen" {
    many pages
}
