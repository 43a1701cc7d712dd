# shellcheck shell=bash
# database.bash: a private PostgreSQL for a test: its own data directory, a Unix socket and nothing else, never as root.
#
#   database_start DIR      makes DIR/data (a copy of $TEST_TEMPLATE when there is one), starts it, exports DATABASE_URL
#   database_stop DIR [MODE]  smart, fast (default) or immediate; also when it does not run
#   database_sql DIR [psql options]  psql as the administrator
#   database_template DIR   what scripts/test calls once: an empty migrated cluster to be copied

PROJECT=${PROJECT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
BUILD_DIR=${BUILD_DIR:-$PROJECT/build}
export PROJECT BUILD_DIR

database_bin() { # the newest server's programs
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 2>/dev/null | sort -V | tail -n 1)
    if [[ -n $newest ]]; then echo "$newest/bin"; else pg_config --bindir; fi
}

database_user() { # who PostgreSQL runs as: it refuses root
    if ((EUID != 0)); then id -un; elif id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

database_as_user() { # a command as that user
    local user
    user=$(database_user)
    if ((EUID != 0)); then
        "$@"
    else
        setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups env HOME=/ LC_ALL=C.UTF-8 "$@"
    fi
}

database_url() { # DIR [USER]
    echo "postgresql:///session_backend?host=$1&user=${2:-session_backend}"
}

database_sql() { # DIR psql arguments
    local dir=$1
    shift
    PGOPTIONS='' psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$(database_url "$dir" postgres)" "$@"
}

# Linguistic collation on purpose: whatever forgets COLLATE "C" shows.
database_init() { # DIR
    local bin
    bin=$(database_bin)
    database_as_user "$bin/initdb" -D "$1/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en \
        --no-sync >"$1/initdb.log" 2>&1 || { cat "$1/initdb.log" >&2; return 1; }
    database_as_user tee -a "$1/data/postgresql.conf" >/dev/null <<-'CONF'
	listen_addresses = ''
	fsync = off
	full_page_writes = off
	shared_buffers = 32MB
	max_connections = 100
	log_min_messages = warning
	log_error_verbosity = terse
	CONF
}

database_run() { # DIR: starts what is in DIR/data and waits until it answers
    local bin
    bin=$(database_bin)
    database_as_user "$bin/pg_ctl" -D "$1/data" -w -t 30 -s -l "$1/data/server.log" -o "-k '$1'" start 3>&- \
        || { cat "$1/data/server.log" >&2; return 1; }
}

database_prepare() { # DIR: role, database, migrations
    PGHOST=$1 psql -X -q -U postgres -d postgres -v ON_ERROR_STOP=1 \
        -c 'CREATE ROLE session_backend LOGIN' -c 'CREATE DATABASE session_backend'
    database_migrate "$1"
}

database_migrate() { # DIR options
    local dir=$1
    shift
    (cd "$PROJECT" && SCHEMA_DIR=${SCHEMA_DIR:-$PROJECT/schema} MIGRATE_ROLE=session_backend DATABASE_URL=$(database_url "$dir" postgres) "$BUILD_DIR/session-backend-migrate" "$@")
}

database_directory() { # DIR: the database's user needs to write there and others to pass through
    chmod 0755 "$1"
    if ((EUID == 0)); then chown "$(database_user)" "$1"; fi
}

database_template() { # DIR
    database_directory "$1"
    database_init "$1" && database_run "$1" && database_prepare "$1" && database_stop "$1"
}

database_start() { # DIR
    database_directory "$1"
    if [[ -n ${TEST_TEMPLATE:-} ]]; then
        cp -a "$TEST_TEMPLATE/data" "$1/data" && database_run "$1"
    else
        database_init "$1" && database_run "$1" && database_prepare "$1"
    fi || return 1
    DATABASE_URL=$(database_url "$1")
    export DATABASE_URL
}

database_stop() { # DIR [MODE]
    local bin
    bin=$(database_bin)
    [[ -e $1/data/postmaster.pid ]] || return 0
    database_as_user "$bin/pg_ctl" -D "$1/data" -w -t 30 -s -m "${2:-fast}" stop
}
