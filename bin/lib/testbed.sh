#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the scenarios run on, all of it their own: libvirtd, TPM, certificates, guest image, ports, a configuration of the
# assembled server whose EAR has, beside the services, the faults that scenarios ask for.
#
#   testbed.sh start DIR DATABASE CLASSES [NAME=VALUE...]   writes DIR/test.properties; the pairs are for the server
#   testbed.sh stop DIR
#
# CLASSES is a folder of compiled classes; those of the package below are what is added.

TESTBED_FAULTS=io/vmattest/scenarios/inside

TESTBED_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
for part in pki tpm guest libvirt-private server; do
    # shellcheck disable=SC1090
    . "$TESTBED_LIB/$part.sh"
done

# The assembled server's configuration, with the EAR beside it; the test framework wants JMX on the management port.
testbed_configuration() {
    local base=$1 database=$2
    mkdir -p "$base/configuration" || return 1
    cp "$SERVER_HOME"/standalone/configuration/{*.properties,standalone-"$database".xml} "$base/configuration/" &&
        sed -i -e '/<fs-archive /s/jboss.home.dir/jboss.server.base.dir/' -e 's|<expose-expression-model/>|&<remoting-connector/>|' \
            "$base/configuration/standalone-$database.xml"
}

# testbed_ear BASE CLASSES PACKAGE: the product's EAR as it is built, and the classes of a package among its beans.
testbed_ear() {
    local base=$1 classes=$2 package=$3 work
    work=$(mktemp -d "$base/ear.XXXXXX") || return 1
    cp "$SERVER_HOME/vmattest.ear" "$base/vmattest.ear" &&
        (cd "$work" && jar --extract --file "$base/vmattest.ear" ejb-module.jar) &&
        jar --update --file "$work/ejb-module.jar" -C "$classes" "$package" &&
        jar --update --file "$base/vmattest.ear" -C "$work" ejb-module.jar
    local rc=$?
    rm -rf "$work"
    return $rc
}

testbed_start() {
    local dir state offset uri database=$2 classes=$3
    mkdir -p "$1" && dir=$(cd "$1" && pwd -P) || return 1
    shift 3
    state=$dir/state
    (umask 022 && mkdir -p "$state" "$dir/guests") || return 1
    pki_create "$state/pki" && tpm_start "$state/tpm" >/dev/null && guest_build "${GUEST_CACHE:-$dir/guest-cache}" || return 1
    uri=$(private_libvirt_start "$dir/libvirt") || return 1
    offset=$(server_offset) && testbed_configuration "$dir/base" "$database" && testbed_ear "$dir/base" "$classes" "$TESTBED_FAULTS" || return 1
    server_configure "$state" jboss.socket.binding.port-offset="$offset" vmattest.libvirt.uri="$uri" \
        vmattest.redelivery.delay=200 vmattest.host.silence.seconds=15 "$@" || return 1
    SERVER_DATABASE=$database server_migrate "$state" || return 1
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
        start:[0-3]) ;;
        start:*) shift; testbed_start "$@"; exit ;;
        stop:2) testbed_stop "$2"; exit ;;
    esac
    sed -n '3,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
