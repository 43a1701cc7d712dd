# shellcheck shell=bash
# node.bash: Node 20 or later, and npm: the machine's own, else one by pip, pinned, in build/node (Debian 12 has 18).

node_is_new() {
    local major
    command -v npm >/dev/null || return 1
    major=$(node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/')
    [[ $major =~ ^[0-9]+$ ]] && ((major >= 20))
}

# Puts it on PATH. To be called in the project's root.
node_find() {
    local venv=$PWD/build/node pins=test/lib/requirements-node.txt lock
    if node_is_new; then return; fi
    mkdir -p build
    exec {lock}>build/.node.lock # both the clients' and the chart's tests may want it at the same time
    flock "$lock"
    if ! cmp -s "$pins" "$venv/installed"; then
        rm -rf "$venv"
        "${PYTHON:-python3}" -m venv "$venv"
        "$venv/bin/pip" install -q --no-deps --no-compile --retries 5 -r "$pins"
        cp "$pins" "$venv/installed"
    fi
    exec {lock}>&-
    PATH=$venv/bin:$PATH
    node_is_new
}
