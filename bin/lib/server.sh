#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The assembled server: started with a state folder of its own, stopped by its process id.
#
#   server.sh start STATE [NAME=VALUE...]    starts it and waits until it serves; the pairs are system properties
#   server.sh configure STATE [NAME=VALUE...]  only writes STATE/server.properties, which start does too
#   server.sh migrate STATE                  makes the tables or brings them up to date; start does it, too
#   server.sh stop STATE
#   server.sh offset                         prints a port offset at which every port is free
#   server.sh urls STATE                     prints its addresses
#
# VMATTEST_DATABASE: h2 (default) or postgresql. VMATTEST_SERVER: the assembled server. VMATTEST_JAVA_OPTS: more options.
# VMATTEST_HEAP: what its heap may grow to (2048m).
# STATE has to hold pki/ and tpm/ (see pki.sh, tpm.sh), and gets a token in hsm/ (hsm.sh) without vmattest.hsm.library=...
# Sourced, it offers the same as server_start and so on.

SERVER_HOME=${VMATTEST_SERVER:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)/ear/target/server}
SERVER_DATABASE=${VMATTEST_DATABASE:-h2}
SERVER_START_SECONDS=${VMATTEST_START_SECONDS:-180}
SERVER_PORTS=(8443 9990 61617 5671)

server_property() { sed -n "s/^$2=//p" "$1/server.properties" | tail -n 1; }

server_port() { echo $(($2 + $(server_property "$1" jboss.socket.binding.port-offset))); }

server_pid() { process_of "$1/server.pid" java; }

server_port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

server_offset() {
    local offset port tries
    for ((tries = 0; tries < 100; tries++)); do
        offset=$(((RANDOM % 380 + 1) * 10))
        for port in "${SERVER_PORTS[@]}"; do
            server_port_taken $((port + offset)) && continue 2
        done
        echo "$offset"
        return 0
    done
    echo "server: no free ports found" >&2
    return 1
}

# server_hsm STATE [NAME=VALUE...]: the properties of a token of the state folder's own, if no other is named.
server_hsm() {
    local state=$1 library
    [[ " ${*:2}" == *" vmattest.hsm.library="* ]] && return 0
    hsm_create "$state/hsm" && library=$(hsm_library) || return 1
    printf 'vmattest.hsm.library=%s\nvmattest.hsm.slot.index=0\nvmattest.hsm.pin.file=%s/hsm/pin\n' "$library" "$state"
}

# Secrets are in this file, which only its owner reads, and not on a command line.
server_configure() {
    local state tcti hsm secret
    mkdir -p "$1" && state=$(cd "$1" && pwd -P) || return 1
    shift
    tcti=$(tpm_tcti "$state/tpm") || return 1
    hsm=$(server_hsm "$state" "$@") || return 1
    [[ -s $state/pki/password ]] || { echo "server: $state/pki is missing: pki.sh create $state/pki" >&2; return 1; }
    (
        umask 077
        mkdir -p "$state"/{data,log,tmp,keys} || exit 1
        # Certificates between the TPM's own and its maker's root, which the module puts into its evidence.
        if [[ -s $state/tpm/ek-issuers.pem ]]; then cp "$state/tpm/ek-issuers.pem" "$state/keys/" || exit 1; fi
        secret=$state/data/h2.password
        [[ -s $secret ]] || openssl rand -hex 24 >"$secret"
        cat >"$state/server.properties" <<PROPERTIES
jboss.server.data.dir=$state/data
jboss.server.log.dir=$state/log
jboss.server.temp.dir=$state/tmp
jboss.socket.binding.port-offset=0
vmattest.state=$state
vmattest.host.id=$(hostname)
vmattest.tcti=$tcti
$hsm
vmattest.endorsement.roots=$state/tpm/endorsement-roots.pem
RecoveryEnvironmentBean.periodicRecoveryPeriod=10
vmattest.enroller.keystore=$state/pki/enroller.p12
vmattest.enroller.password.file=$state/pki/password
vmattest.pki.password=$(<"$state/pki/password")
vmattest.h2.password=$(<"$secret")
PROPERTIES
        printf '%s\n' "$@" | sed '/^$/d' >>"$state/server.properties"
    )
}

# The tables are made and brought up to date before the server runs, by a process of their owner's.
server_migrate() {
    local home=$SERVER_HOME drivers
    drivers=("$home"/modules/system/layers/base/com/h2database/h2/main/h2-*.jar "$home"/modules/org/postgresql/main/postgresql.jar)
    java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$(IFS=:; echo "$home/schema/*:${drivers[*]}")" \
        io.vmattest.schema.Main "$SERVER_DATABASE" "$1/server.properties"
}

# What the server says of itself (MicroProfile Health).
server_health() { curl -s --max-time 10 "http://127.0.0.1:$(server_port "$1" 9990)/health/ready"; }

server_ready() {
    local answer
    answer=$(server_health "$1" | tr -d ' \n')
    [[ $answer == *'"vmattest.ear":"OK"'* && $answer != *'"DOWN"'* ]]
}

server_complain() {
    echo "server: $2; $1/log/server.log says:" >&2
    { grep -h ' ERROR \|WFLYCTL\|Caused by' "$1/log/server.log" 2>/dev/null || cat "$1/log/console.log"; } | tail -n 12 | cut -c1-400 >&2
}

server_await() {
    local state=$1 deadline=$((SECONDS + SERVER_START_SECONDS))
    until server_ready "$state"; do
        server_pid "$state" >/dev/null || { server_complain "$state" "it ended while starting"; return 1; }
        if grep -q 'WFLYSRV0026' "$state/log/server.log" 2>/dev/null; then
            server_complain "$state" "it started with errors"
            return 1
        fi
        if ((SECONDS >= deadline)); then
            server_complain "$state" "not ready after $SERVER_START_SECONDS s"
            server_health "$state" | grep -o '"reason" *: *"[^"]*"' >&2
            return 1
        fi
        sleep 0.2
    done
}

server_start() {
    local state
    state=$(mkdir -p "$1" && cd "$1" && pwd -P) || return 1
    shift
    [[ -f $SERVER_HOME/jboss-modules.jar && -f $SERVER_HOME/vmattest.ear ]] ||
        { echo "server: no assembled server in $SERVER_HOME: mvn -pl ear -am package" >&2; return 1; }
    if server_pid "$state" >/dev/null; then
        server_await "$state"
        return
    fi
    server_configure "$state" "$@" && server_migrate "$state" || return 1
    rm -f "$state/log/server.log" "$state/server.pid"
    (
        cd "$state" || exit 1
        export JBOSS_HOME=$SERVER_HOME JBOSS_PIDFILE=$state/server.pid LAUNCH_JBOSS_IN_BACKGROUND=1
        export JAVA_OPTS="-Xms128m -Xmx${VMATTEST_HEAP:-2048m} -XX:MaxMetaspaceSize=320m -Djava.net.preferIPv4Stack=true -Djava.awt.headless=true"
        # For the HSM's library to begin anew when its token was away.
        JAVA_OPTS+=" --add-opens=jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED ${VMATTEST_JAVA_OPTS:-}"
        # Under full load of reports the default would take a tenth of two processors more; reports on their way are many, and end young.
        [[ ${VMATTEST_JAVA_OPTS:-} =~ -XX:\+Use[A-Za-z0-9]+GC ]] || JAVA_OPTS+=" -XX:+UseParallelGC -XX:NewRatio=1"
        # SoftHSM knows its token by this alone.
        [[ $(server_property "$state" vmattest.hsm.pin.file) == "$state/hsm/pin" ]] && export SOFTHSM2_CONF=$state/hsm/softhsm2.conf
        # The TSS prints every refusal, also those that are expected; the module reports them with their cause.
        export TSS2_LOG=${TSS2_LOG:-all+none}
        # QEMU runs as a user of its own and must reach snapshots; what it must not see is in folders closed above.
        umask 022
        setsid "$SERVER_HOME/bin/standalone.sh" --read-only-server-config="standalone-$SERVER_DATABASE.xml" \
            -P="$state/server.properties" -Djboss.server.log.dir="$state/log" >"$state/log/console.log" 2>&1 </dev/null &
    )
    local deadline=$((SECONDS + 20))
    until server_pid "$state" >/dev/null; do
        ((SECONDS < deadline)) || { server_complain "$state" "it does not start"; return 1; }
        sleep 0.1
    done
    server_await "$state"
}

server_stop() {
    local state=$1 pid deadline=$((SECONDS + 60))
    pid=$(server_pid "$state") || return 0
    kill "$pid" 2>/dev/null
    while server_pid "$state" >/dev/null; do
        ((SECONDS < deadline)) || { kill -9 "$pid" 2>/dev/null; echo "server: $pid did not end and was killed" >&2; break; }
        sleep 0.1
    done
    rm -f "$state/server.pid"
}

server_urls() {
    cat <<URLS
REST         https://localhost:$(server_port "$1" 8443)/api/v1
OpenAPI      https://localhost:$(server_port "$1" 8443)/openapi
Artemis      localhost:$(server_port "$1" 61617) (core, TLS)
AMQP         amqps://localhost:$(server_port "$1" 5671)
management   http://127.0.0.1:$(server_port "$1" 9990) (health, metrics)
URLS
}

if ! declare -F tpm_tcti >/dev/null; then
    # shellcheck source=bin/lib/tpm.sh
    . "$(dirname "${BASH_SOURCE[0]}")/tpm.sh"
fi
# shellcheck source=bin/lib/hsm.sh
. "$(dirname "${BASH_SOURCE[0]}")/hsm.sh"

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    command=${1:-}
    (($# > 0)) && shift
    case $command:$# in
        start:0 | configure:0) ;;
        start:* | configure:* | migrate:1 | stop:1 | urls:1 | offset:0) "server_$command" "$@"; exit ;;
    esac
    sed -n '3,14s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
