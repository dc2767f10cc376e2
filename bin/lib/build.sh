#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds what the demo runs: the server with the EAR, and the command line. To be sourced; wants ROOT and SERVER_HOME.

BUILD_MODULES=ear,verifier-cli

# What is built from. The names tell of files that went away, which no file's age does.
build_sources() { find "$ROOT"/pom.xml "$ROOT"/*/pom.xml "$ROOT"/*/src -type f "$@" 2>/dev/null; }

build_source_names() { build_sources | LC_ALL=C sort; }

# Nothing changed since the last build? The stamp lists the files of that build.
build_is_current() {
    local stamp=$SERVER_HOME/.built
    [[ -f $stamp && -f $SERVER_HOME/vmattest.ear ]] || return 1
    cmp -s "$stamp" <(build_source_names) || return 1
    [[ -z $(build_sources -newer "$stamp" -print -quit) ]]
}

# Maven numbers the modules as it goes: [3/10].
build_watch() {
    local line
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$1"
        [[ $line =~ Building\ (.*)\ [0-9].*\[([0-9]+)/([0-9]+)\]$ ]] &&
            step_progress $(((BASH_REMATCH[2] - 1) * 100 / BASH_REMATCH[3])) "${BASH_REMATCH[1]}"
    done
    return 0
}

build_server() {
    local log=$1
    : >"$log"
    local began=$log.began
    build_source_names >"$began"
    if (set -o pipefail; cd "$ROOT" && mvn -B -ntp -Dstyle.color=never -DskipTests -pl "$BUILD_MODULES" -am package 2>&1 | build_watch "$log"); then
        mv "$began" "$SERVER_HOME/.built"
        return 0
    fi
    rm -f "$began"
    grep -E '^\[ERROR\]|: error:|apt-get install' "$log" | head -n 15 >&2
    echo "build: the whole is in $log" >&2
    return 1
}
