# shellcheck shell=bash
# Replaces everything of the service by a dump of /backup, all or nothing.
set -euo pipefail
if [ -n "${DATABASE_URL-}" ]; then
  database=(-d "${DATABASE_URL/postgresql+asyncpg:/postgresql:}")
else
  export PGHOST=$POSTGRES_HOST PGPORT=$POSTGRES_PORT PGUSER=$POSTGRES_USER PGPASSWORD=${POSTGRES_PASSWORD-}
  database=(-d "$POSTGRES_DB")
fi
file=/backup/${RESTORE_FILE:-$(find /backup -maxdepth 1 -name "sessions-*.dump" -printf "%f\n" | sort | tail -n 1)}
echo "restoring $file"
pg_restore --clean --if-exists --single-transaction --exit-on-error "${database[@]}" "$file"
echo "restored $file"
