#!/usr/bin/env bats
# What lighttpd answers by itself, connections and bytes on the wire: contract 1.3.

load ../lib/server
load ../lib/http

setup_file() { server_start MAX_BODY_BYTES=1048576; }
teardown_file() { server_stop; }

framing() { python3 "$PROJECT/test/lib/framing.py" "$@"; }

@test "a broken request line or header is 400 in JSON with a detail and X-Request-ID" { framing bad-request; }
@test "two lengths that differ, and a length with chunks, are refused" { framing two-lengths; }
@test "headers beyond the limit are 431" { framing headers-too-large; }
@test "an unknown method is 501 or 405, an unknown HTTP version 505" { framing unknown-method-and-version; }
@test "an unknown transfer coding is 501 or 400" { framing unknown-coding; }
@test "a POST without a length is 411 or counts as an empty body" { framing no-length; }
@test "a chunked body works" { framing chunked "$S"; }
@test "Expect: 100-continue works" { framing expect-continue "$S"; }
@test "the byte that just fits is taken, one more is 413" { framing body-limit "$S"; }
@test "413 is judged by a declared length before the body is read" { framing declared-length; }
@test "413 comes before 404, 405 and 422" { framing too-large-first; }
@test "a chunked body over the limit is 413" { framing chunked-too-large; }
@test "raw control bytes and NULs in a path are 422 or 400, never 500" { framing raw-bytes; }
@test "%00, %0A, %7F and %FF in a path reach us and are 422" { framing escapes-in-path; }
@test "OPTIONS * and an absolute request target do no harm" { framing odd-targets; }
@test "a connection is kept for many requests" { framing keep-alive "$S"; }
@test "requests in a row without waiting are answered in order" { framing pipeline "$S"; }
@test "Connection: close and HTTP/1.0 close" { framing close; }
@test "a client that goes away in the middle of its request or answer harms nobody" { framing going-away "$S"; }
@test "a body that ends too early is never taken for whole" { framing cut-body "$S"; }
@test "garbage is answered or dropped, and the service lives on" { framing garbage; }
