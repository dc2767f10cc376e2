#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the scenarios run on, all of it their own: libvirtd, TPM, certificates, guest image, ports, a configuration of the
# server without the EAR (the tests deploy it).
#
#   testbed.sh start DIR DATABASE [NAME=VALUE...]   writes DIR/test.properties; the pairs are for the server
#   testbed.sh stop DIR

TESTBED_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
for part in pki tpm guest libvirt-private server; do
    # shellcheck disable=SC1090
    . "$TESTBED_LIB/$part.sh"
done

# The assembled server's configuration, but for its deployment; the test framework looks at deployments by JMX, on the
# management port.
testbed_configuration() {
    local base=$1 database=$2
    mkdir -p "$base/configuration" || return 1
    cp "$SERVER_HOME"/standalone/configuration/{*.properties,standalone-"$database".xml} "$base/configuration/" &&
        sed -i -e '/<deployments>/,/<\/deployments>/d' -e 's|<expose-expression-model/>|&<remoting-connector/>|' \
            "$base/configuration/standalone-$database.xml"
}

testbed_start() {
    local dir state offset uri database=$2
    mkdir -p "$1" && dir=$(cd "$1" && pwd -P) || return 1
    shift 2
    state=$dir/state
    (umask 022 && mkdir -p "$state" "$dir/guests") || return 1
    pki_create "$state/pki" && tpm_start "$state/tpm" >/dev/null && guest_build "${GUEST_CACHE:-$dir/guest-cache}" || return 1
    uri=$(private_libvirt_start "$dir/libvirt") || return 1
    offset=$(server_offset) && testbed_configuration "$dir/base" "$database" || return 1
    server_configure "$state" jboss.socket.binding.port-offset="$offset" vmattest.libvirt.uri="$uri" \
        vmattest.redelivery.delay=200 RecoveryEnvironmentBean.periodicRecoveryPeriod=10 "$@" || return 1
    cat >"$dir/test.properties" <<PROPERTIES
testbed.dir=$dir
testbed.state=$state
testbed.base=$dir/base
testbed.server=$SERVER_HOME
testbed.database=$database
testbed.scripts=$TESTBED_LIB
testbed.libvirt=$dir/libvirt
testbed.libvirt.uri=$uri
testbed.guests=$dir/guests
testbed.guest.cache=${GUEST_CACHE:-$dir/guest-cache}
testbed.port.https=$((8443 + offset))
testbed.port.management=$((9990 + offset))
testbed.port.artemis=$((61617 + offset))
PROPERTIES
}

testbed_stop() {
    [[ -d $1 ]] || return 0
    private_libvirt_stop "$1/libvirt"
    server_stop "$1/state"
    tpm_stop "$1/state/tpm"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    case ${1:-}:$# in
        start:0 | start:1 | start:2) ;;
        start:*) shift; testbed_start "$@"; exit ;;
        stop:2) testbed_stop "$2"; exit ;;
    esac
    sed -n '3,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
