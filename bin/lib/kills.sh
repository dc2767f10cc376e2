#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What bin/kills does; works on what bin/lib/ledger.sh starts. To be sourced; wants HOME_DIR.

# shellcheck source=bin/lib/ledger.sh
. "$HOME_DIR/bin/lib/ledger.sh"

KILLS_PATIENCE=300

kills_acknowledged() {
    local file=$LEDGER_WORK/$1/load/acknowledged
    if [[ -f $file ]]; then wc -l <"$file"; else echo 0; fi
}

# kills_await_more DATABASE COUNT: waits until so many more reports are durable, or all of them.
kills_await_more() {
    local state=$LEDGER_WORK/$1 want deadline=$((SECONDS + KILLS_PATIENCE))
    want=$(($(kills_acknowledged "$1") + $2))
    until [[ -f $state/load/complete ]] || (($(kills_acknowledged "$1") >= want)); do
        ((SECONDS < deadline)) || { server_complain "$state" "no further $2 reports became durable"; return 1; }
        server_pid "$state" >/dev/null || { server_complain "$state" "it ended"; return 1; }
        sleep 0.05
    done
}

kills_begin_again() {
    SERVER_DATABASE=$1 JBOSS_BASE_DIR=$LEDGER_WORK/$1/base server_start "$LEDGER_WORK/$1" "${KILLS_OPTIONS[@]}"
}

kills_of_server() {
    local database=$1 count=$2 i pid
    for ((i = 1; i <= count; i++)); do
        kills_await_more "$database" $((RANDOM % 400 + 50)) || return 1
        pid=$(server_pid "$LEDGER_WORK/$database") && kill -9 "$pid"
        while [[ -d /proc/$pid ]]; do sleep 0.1; done
        ledger_say "$database: server killed $i of $count times, $(kills_acknowledged "$database") reports durable"
        kills_begin_again "$database" || return 1
    done
}

# All of its processes at once, as where a machine is switched off but for what its kernel still writes.
kills_of_postgresql() {
    local count=$1 port=$2 i master
    for ((i = 1; i <= count; i++)); do
        kills_await_more postgresql $((RANDOM % 400 + 50)) || return 1
        master=$(head -n 1 "$LEDGER_WORK/postgres/data/postmaster.pid")
        # shellcheck disable=SC2046 # a word each
        kill -9 "$master" $(pgrep --parent "$master")
        while [[ -d /proc/$master ]]; do sleep 0.1; done
        rm -f "$LEDGER_WORK/postgres/data/postmaster.pid"
        ledger_say "PostgreSQL killed $i of $count times, $(kills_acknowledged postgresql) reports durable"
        postgres_start "$LEDGER_WORK/postgres" "$port" vmattest || return 1
    done
}

kills_query() { postgres_psql "$LEDGER_WORK/postgres" "$1" vmattest --command "$2"; }

# kills_entries DATABASE PORT: the digests of the ledger's reports, one for each entry.
kills_entries() {
    local query="SELECT r.digest FROM ledger_entry e JOIN report r ON r.ledger_index = e.entry_index WHERE e.entry_type = 'REPORT'"
    if [[ $1 == postgresql ]]; then
        kills_query "$2" "$query"
    else
        java -cp "$(ledger_h2_driver)" org.h2.tools.Shell -url "$(ledger_h2_url)" -user vmattest \
            -password "$(<"$LEDGER_WORK/h2/data/h2.password")" -sql "$query" | grep -E '^[0-9a-f]{64}' | tr -d ' '
    fi
}

kills_judge() {
    local database=$1 port=$2 all=$3 state=$LEDGER_WORK/$1 entries lost
    kills_await_more "$database" "$all" || return 1
    "$LEDGER_LIB/bench_ledger.py" --fsck "https://localhost:$(server_port "$state" 8443)" --pki "$state/pki" >/dev/null || return 1
    server_stop "$state"
    kills_entries "$database" "$port" | sort >"$state/entries"
    entries=$(wc -l <"$state/entries")
    [[ -z $(uniq -d "$state/entries") ]] || { ledger_say "$database: reports are in the ledger twice"; return 1; }
    lost=$(grep -E '^[0-9a-f]{64}$' "$state/load/acknowledged" | sort -u | comm -23 - "$state/entries" | wc -l)
    echo "$database: $entries of $all reports are in the ledger, each once; $lost of $(kills_acknowledged "$database") that were durable are lost; the check found nothing"
    ((lost == 0 && entries == all))
}

kills_run() {
    local database=$1 server=$2 kills=$3 machines=64 each=$4 port=$5
    KILLS_OPTIONS=(vmattest.libvirt.uri="$LEDGER_URI" vmattest.redelivery.delay=200)
    if [[ $database == postgresql ]]; then
        postgres_start "$LEDGER_WORK/postgres" "$port" vmattest || return 1
        mapfile -t -O "${#KILLS_OPTIONS[@]}" KILLS_OPTIONS < <(ledger_postgresql_options "$port")
    fi
    mkdir -p "$LEDGER_WORK/$database/load" && touch "$LEDGER_WORK/$database/load/endless"
    ledger_server "$database" "$machines" "$each" "${KILLS_OPTIONS[@]}" || return 1
    KILLS_OPTIONS+=(jboss.socket.binding.port-offset="$(server_property "$LEDGER_WORK/$database" jboss.socket.binding.port-offset)")
    kills_of_server "$database" "$server" || return 1
    [[ $database == h2 ]] || kills_of_postgresql "$kills" "$port" || return 1
    kills_judge "$database" "$port" $((machines * each))
}
