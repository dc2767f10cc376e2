#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL of our own in a folder, on a port of its own, with two-phase commit allowed. It does not run as root.
#
#   postgres.sh start DIR PORT DATABASE...    makes the cluster and the databases if there are none, and starts it
#   postgres.sh stop DIR
#
# The tables are vmattest's, whose password is in DIR/password; the server works as vmattest_server (DIR/server.password), who may
# only add to the ledger. Sourced, it offers the same as postgres_start and postgres_stop.

POSTGRES_USER=vmattest
POSTGRES_SERVER_USER=vmattest_server

postgres_free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# The newest installed version's tool.
postgres_tool() {
    local tool
    tool=$(ls -d /usr/lib/postgresql/*/bin/"$1" 2>/dev/null | sort -V | tail -n 1)
    [[ -n $tool ]] || { echo "postgres: $1 is missing: apt-get install postgresql" >&2; return 1; }
    echo "$tool"
}

# Runs a command as an ordinary user: PostgreSQL refuses root.
postgres_as_user() {
    if ((EUID == 0)); then
        (cd / && setpriv --reuid postgres --regid postgres --init-groups --inh-caps=-all "$@")
    else
        "$@"
    fi
}

postgres_make_cluster() {
    local dir=$1
    [[ -s $dir/data/PG_VERSION && -s $dir/password ]] && return 0
    [[ -s $dir/password ]] || (umask 077 && openssl rand -hex 24 >"$dir/password")
    if ((EUID == 0)); then chown postgres: "$dir" "$dir/password" || return 1; fi
    postgres_as_user "$(postgres_tool initdb)" --pgdata "$dir/data" --username "$POSTGRES_USER" --pwfile "$dir/password" \
        --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 >"$dir/initdb.log" 2>&1 ||
        { echo "postgres: initdb failed:" >&2; tail -n 5 "$dir/initdb.log" >&2; return 1; }
}

postgres_psql() {
    local dir=$1 port=$2 database=$3
    shift 3
    PGPASSWORD=$(<"$dir/password") "$(postgres_tool psql)" --no-psqlrc --quiet --tuples-only --no-align \
        --host 127.0.0.1 --port "$port" --username "$POSTGRES_USER" --dbname "$database" "$@"
}

# A right to connect, and none on anything: those the migrations grant.
postgres_make_server_user() {
    local dir=$1 port=$2
    [[ -s $dir/server.password ]] || (umask 077 && openssl rand -hex 24 >"$dir/server.password")
    [[ $(postgres_psql "$dir" "$port" postgres --command "SELECT 1 FROM pg_roles WHERE rolname = '$POSTGRES_SERVER_USER'") == 1 ]] ||
        postgres_psql "$dir" "$port" postgres <<<"CREATE ROLE $POSTGRES_SERVER_USER LOGIN PASSWORD '$(<"$dir/server.password")'"
}

postgres_start() {
    local dir port=$2 control name
    control=$(postgres_tool pg_ctl) || return 1
    mkdir -p "$1" && dir=$(cd "$1" && pwd -P) || return 1
    postgres_make_cluster "$dir" || return 1
    if ! postgres_as_user "$control" status --pgdata "$dir/data" >/dev/null 2>&1; then
        postgres_as_user "$control" start --silent --wait --timeout 60 --pgdata "$dir/data" --log "$dir/data/server.log" \
            --options "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir/data -c max_prepared_transactions=64" \
            >/dev/null || { echo "postgres: it does not start:" >&2; tail -n 5 "$dir/data/server.log" >&2; return 1; }
    fi
    postgres_make_server_user "$dir" "$port" || return 1
    for name in "${@:3}"; do
        [[ $(postgres_psql "$dir" "$port" postgres --command "SELECT 1 FROM pg_database WHERE datname = '$name'") == 1 ]] ||
            postgres_psql "$dir" "$port" postgres --command "CREATE DATABASE \"$name\"" || return 1
    done
}

postgres_stop() {
    local dir control
    dir=$(cd "$1" 2>/dev/null && pwd -P) && control=$(postgres_tool pg_ctl) || return 0
    postgres_as_user "$control" status --pgdata "$dir/data" >/dev/null 2>&1 || return 0
    postgres_as_user "$control" stop --silent --mode fast --timeout 60 --pgdata "$dir/data"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    case ${1:-}:$# in
        start:[0-3]) ;;
        start:*) shift; postgres_start "$@"; exit ;;
        stop:2) postgres_stop "$2"; exit ;;
    esac
    sed -n '3,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
