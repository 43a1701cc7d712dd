# shellcheck shell=bash
# Dumps the database to /backup and keeps the newest BACKUP_KEEP dumps.
set -euo pipefail
if [ -n "${DATABASE_URL-}" ]; then
  database=(-d "${DATABASE_URL/postgresql+asyncpg:/postgresql:}")
else
  export PGHOST=$POSTGRES_HOST PGPORT=$POSTGRES_PORT PGDATABASE=$POSTGRES_DB PGUSER=$POSTGRES_USER PGPASSWORD=${POSTGRES_PASSWORD-}
  database=()
fi
file=/backup/sessions-$(date -u +%Y%m%dT%H%M%SZ).dump
trap 'rm -f "$file.part"' EXIT
pg_dump --format=custom --schema=session_backend --file="$file.part" "${database[@]}"
pg_restore --list "$file.part" >/dev/null
mv "$file.part" "$file"
ls -l "$file"
find /backup -maxdepth 1 -name "sessions-*.dump" | sort -r | tail -n "+$((BACKUP_KEEP + 1))" | while read -r old; do rm -v "$old"; done
