#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What bin/bench ledger and bin/kills work on, all of it their own: server, databases, token, TPM, libvirtd, ports. To be sourced; wants
# HOME_DIR. Everything is gone at the end, however it ends.

LEDGER_LIB=$HOME_DIR/bin/lib
LEDGER_WORK=
LEDGER_RUNNING=
LEDGER_SINGLE_SECONDS=5

ledger_say() { printf '%s\n' "ledger: $*" >&2; }

ledger_clean_up() {
    local database
    trap - EXIT
    trap '' INT TERM
    if [[ -n $LEDGER_RUNNING ]]; then
        kill "$LEDGER_RUNNING" 2>/dev/null
        wait "$LEDGER_RUNNING"
    fi
    [[ -d $LEDGER_WORK ]] || return
    for database in h2 postgresql; do
        [[ -d $LEDGER_WORK/$database ]] || continue
        server_stop "$LEDGER_WORK/$database"
        tpm_stop "$LEDGER_WORK/$database/tpm"
    done
    postgres_stop "$LEDGER_WORK/postgres"
    private_libvirt_stop "$LEDGER_WORK/libvirt"
    rm -rf "$LEDGER_WORK"
}

# In the background, so that a signal does not have to wait for its end.
ledger_run() {
    "$@" &
    LEDGER_RUNNING=$!
    wait "$LEDGER_RUNNING"
    local rc=$?
    LEDGER_RUNNING=
    return "$rc"
}

ledger_is_built() {
    local made
    for made in benchmarks/target/benchmarks.jar ear/target/server/vmattest.ear; do
        [[ -f $HOME_DIR/$made ]] || return 1
        [[ -z $(find "$HOME_DIR"/pom.xml "$HOME_DIR"/*/pom.xml "$HOME_DIR"/*/src -type f -newer "$HOME_DIR/$made" -print -quit) ]] || return 1
    done
}

ledger_build() {
    local log=$LEDGER_WORK/build.log
    ledger_is_built && return 0
    ledger_say "builds the server"
    (cd "$HOME_DIR" && mvn -q -B -ntp -DskipTests -DskipITs -Dspotless.check.skip=true -pl benchmarks,ear -am package) \
        >"$log" 2>&1 || { tail -n 15 "$log" >&2; return 1; }
}

ledger_java() { java -cp "$HOME_DIR/benchmarks/target/benchmarks.jar:$HOME_DIR/benchmarks/target/lib/*" "$@"; }

# ledger_server DATABASE MACHINES EACH [NAME=VALUE...]: a server that waits for orders, and its reports.
ledger_server() {
    local database=$1 state=$LEDGER_WORK/$1 machines=$2 each=$3 offset
    shift 3
    mkdir -p "$state/load" && pki_create "$state/pki" && tpm_start "$state/tpm" >/dev/null && offset=$(server_offset) || return 1
    ledger_say "$database: makes $((machines * each)) reports of $machines VMs"
    ledger_run ledger_java io.vmattest.benchmarks.ledger.MakeReports "$state/load/reports" "$state/load/root.pem" \
        "$state/pki/enroller.p12" "$state/pki/password" "$machines" "$each" || return 1
    cat "$state/load/root.pem" >>"$state/tpm/endorsement-roots.pem"
    testbed_configuration "$state/base" "$database" && testbed_ear "$state/base" "$HOME_DIR/benchmarks/target/classes" io/vmattest/benchmarks/ledger/load || return 1
    ledger_say "$database: starts the server"
    SERVER_DATABASE=$database JBOSS_BASE_DIR=$state/base server_start "$state" jboss.socket.binding.port-offset="$offset" \
        vmattest.libvirt.uri="$LEDGER_URI" "$@"
}

# ledger_load STATE ORDERS: prints the figures of ReportLoad.
ledger_load() {
    local load=$1/load
    printf '%b' "$2" >"$load/orders.new" && mv "$load/orders.new" "$load/orders"
    until [[ -f $load/figures ]]; do
        server_pid "$1" >/dev/null || { server_complain "$1" "it ended"; return 1; }
        sleep 0.5
    done
    grep -q '^failed' "$load/figures" && { server_complain "$1" "$(<"$load/figures")"; return 1; }
    cat "$load/figures"
}

ledger_h2_driver() { ls "$SERVER_HOME"/modules/system/layers/base/com/h2database/h2/main/h2-*.jar; }

# URL, user and password of the database, whose server must be away where it is H2.
ledger_single_rows() {
    local driver=$1
    shift
    java -cp "$HOME_DIR/benchmarks/target/benchmarks.jar:$driver" io.vmattest.benchmarks.ledger.SingleRowCommits "$@" "$LEDGER_SINGLE_SECONDS"
}

ledger_bytes_postgresql() {
    postgres_psql "$LEDGER_WORK/postgres" "$1" vmattest --command "SELECT pg_database_size('vmattest')"
}

ledger_h2_url() {
    grep -o 'jdbc:h2:file:[^<]*' "$LEDGER_WORK/h2/base/configuration/standalone-h2.xml" | sed "s|\${jboss.server.data.dir}|$LEDGER_WORK/h2/data|"
}

# One a line.
ledger_postgresql_options() {
    printf '%s\n' vmattest.postgresql.port="$1" vmattest.postgresql.password="$(<"$LEDGER_WORK/postgres/server.password")" \
        vmattest.postgresql.owner=vmattest vmattest.postgresql.owner.password.file="$LEDGER_WORK/postgres/password"
}

# ledger_measure DATABASE MACHINES EACH ORDERS PORT: name and value a line.
ledger_measure() {
    local database=$1 state=$LEDGER_WORK/$1 orders=$4 port=$5 options=() before=0 after url
    [[ $database == postgresql ]] && mapfile -t options < <(ledger_postgresql_options "$port")
    ledger_server "$database" "$2" "$3" "${options[@]}" || return 1
    [[ $database == postgresql ]] && before=$(ledger_bytes_postgresql "$port")
    ledger_say "$database: measures"
    ledger_load "$state" "$orders" >"$state/figures" || return 1
    [[ $database == postgresql ]] && after=$(ledger_bytes_postgresql "$port")
    "$LEDGER_LIB/bench_ledger.py" --fsck "https://localhost:$(server_port "$state" 8443)" --pki "$state/pki" >"$state/fsck" || return 1
    if [[ $database == postgresql ]]; then
        url=jdbc:postgresql://127.0.0.1:$port/vmattest
        ledger_single_rows "$SERVER_HOME/modules/org/postgresql/main/postgresql.jar" "$url" vmattest \
            "$(<"$LEDGER_WORK/postgres/password")" >"$state/single" || return 1
    fi
    server_stop "$state"
    if [[ $database == h2 ]]; then
        after=$(stat --format %s "$state/data/h2/vmattest.mv.db")
        ledger_single_rows "$(ledger_h2_driver)" "$(ledger_h2_url)" vmattest "$(<"$state/data/h2.password")" >"$state/single" || return 1
    fi
    echo "$((after - before))" >"$state/bytes"
}

# What bin/bench ledger and bin/kills work on.
ledger_begin() {
    local part
    ((EUID == 0)) || { ledger_say "root is needed (libvirt)"; return 1; }
    export VMATTEST_TPM=swtpm
    for part in packages testbed postgres; do
        # shellcheck disable=SC1090
        . "$LEDGER_LIB/$part.sh"
    done
    packages_install test || return 1
    LEDGER_WORK=$(mktemp -d /var/tmp/vmattest-bench.XXXXXX) || return 1
    trap ledger_clean_up EXIT
    trap 'exit 130' INT TERM
    chmod 755 "$LEDGER_WORK"
    ledger_build && LEDGER_URI=$(private_libvirt_start "$LEDGER_WORK/libvirt")
}

bench_ledger() {
    local port database machines each databases rate orders
    case " $* " in *' --help '* | *' -h '*) "$LEDGER_LIB/bench_ledger.py" --help; return ;; esac
    read -r machines each rate databases < <("$LEDGER_LIB/bench_ledger.py" --only-check "$@") || return 2
    ledger_begin || return 1
    port=$(postgres_free_port)
    # The first is for the compiler, which is busy for long; the last goes at a steady rate.
    orders="$((machines * each / 2)) 0\n$((machines * each * 3 / 8)) 0\n$((machines * each / 8)) $rate\n"
    for database in $databases; do
        if [[ $database == postgresql ]]; then
            postgres_start "$LEDGER_WORK/postgres" "$port" vmattest || return 1
        fi
        ledger_measure "$database" "$machines" "$each" "$orders" "$port" || return 1
        tpm_stop "$LEDGER_WORK/$database/tpm"
    done
    ledger_say "measures appraisals"
    ledger_run ledger_java io.vmattest.benchmarks.ledger.AppraisalRates >"$LEDGER_WORK/appraisal" || return 1
    "$LEDGER_LIB/bench_ledger.py" --work "$LEDGER_WORK" "$@"
}
