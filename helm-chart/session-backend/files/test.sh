# shellcheck shell=bash
# Creates, reads and deletes a session through the Service.
set -euo pipefail
options=(--silent --show-error --insecure --max-time 10 --retry 5 --retry-connrefused)
[ -z "${TOKEN-}" ] || options+=(--header "Authorization: Bearer $TOKEN")

call() { # STATUS METHOD PATH [BODY]
  local answer
  answer=$(curl "${options[@]}" --request "$2" --write-out '\n%{http_code}' "$URL$3" \
    ${4:+--header 'Content-Type: application/json' --data "$4"})
  echo "$2 $3: ${answer##*$'\n'} ${answer%$'\n'*}"
  [ "${answer##*$'\n'}" = "$1" ] || { echo "expected $1"; exit 1; }
}

id=helm-test-$(cat /proc/sys/kernel/random/uuid)
call 200 GET /health
call 200 GET /health/db
if [ "$ACCESS" = tokens ] && [ -z "${TOKEN-}" ]; then
  call 401 GET "/api/v1/sessions/$id"
  echo "ok; set sessionBackend.auth.testTokenSecret to test with a token"
  exit 0
fi
call 201 POST /api/v1/sessions "{\"session_id\":\"$id\"}"
call 200 GET "/api/v1/sessions/$id"
call 204 DELETE "/api/v1/sessions/$id"
call 404 GET "/api/v1/sessions/$id"
echo ok
