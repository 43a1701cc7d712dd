# shellcheck shell=bash
# lib.sh: what the scripts share. ROOT is the project's directory.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export ROOT

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
die() { # one clear line
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

as_root() { if ((EUID == 0)); then "$@"; else sudo "$@"; fi; }

as_user() { # USER COMMAND...: as that user when we are root, else as we are
    local user=$1
    shift
    if ((EUID == 0)); then
        setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups "$@"
    else
        "$@"
    fi
}

postgres_bin() { # the directory of the newest server's programs
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 2>/dev/null | sort -V | tail -n 1)
    if [[ -n $newest ]]; then
        echo "$newest/bin"
    else
        pg_config --bindir
    fi
}
