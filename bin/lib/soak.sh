#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What bin/soak runs on, all of it its own: libvirtd, TPM, certificates, guest, ports, server. To be sourced; wants HOME_DIR.
# Everything is gone at the end, however it ends.

SOAK_LIB=$HOME_DIR/bin/lib
SOAK_VM=vmattest-soak
SOAK_LOADS=(churn users logins modules namespaces)
SOAK_MINUTES=60
SOAK_MEMORY=512
SOAK_JSON=
SOAK_CACHE=/var/cache/vmattest/debian
SOAK_WORDS=
# Read by bin/soak.
export SOAK_HELP=
SOAK_WORK=
SOAK_WATCHING=

soak_say() { printf '%s\n' "soak: $*" >&2; }

soak_without() {
    local load
    [[ $1 == kvm ]] && { SOAK_WORDS+=" modprobe.blacklist=kvm_amd,kvm_intel"; return; }
    for load in "${SOAK_LOADS[@]}"; do
        [[ $1 == "$load" ]] && { SOAK_WORDS+=" systemd.mask=soak-$load.service"; return; }
    done
    soak_say "no such load: $1"
    return 1
}

soak_arguments() {
    while (($# > 0)); do
        case $1:$# in
            --help:* | -h:*) SOAK_HELP=1 ;;
            --minutes:1 | --memory:1 | --json:1 | --cache:1 | --without:1) soak_say "$1 wants a value"; return 1 ;;
            --minutes:*) SOAK_MINUTES=$2; shift ;;
            --memory:*) SOAK_MEMORY=$2; shift ;;
            --json:*) SOAK_JSON=$2; shift ;;
            --cache:*) SOAK_CACHE=$2; shift ;;
            --without:*) soak_without "$2" || return; shift ;;
            *) soak_say "unknown argument $1"; return 1 ;;
        esac
        shift
    done
    [[ $SOAK_MINUTES =~ ^[1-9][0-9]{0,4}$ && $SOAK_MEMORY =~ ^[1-9][0-9]{2,5}$ ]] || { soak_say "--minutes and --memory are numbers"; return 1; }
}

soak_clean_up() {
    trap - EXIT
    trap '' INT TERM
    if [[ -n $SOAK_WATCHING ]]; then
        kill "$SOAK_WATCHING" 2>/dev/null
        wait "$SOAK_WATCHING"
    fi
    [[ -d $SOAK_WORK ]] || return
    private_libvirt_stop "$SOAK_WORK/libvirt"
    # One that was just begun has no pid file yet.
    local deadline=$((SECONDS + 5))
    while [[ -e $SOAK_WORK/server-begun ]] && ! server_pid "$SOAK_WORK/state" >/dev/null && ((SECONDS < deadline)); do sleep 0.1; done
    server_stop "$SOAK_WORK/state"
    tpm_stop "$SOAK_WORK/state/tpm"
    rm -rf "$SOAK_WORK"
}

soak_packages() { packages_install demo && packages_install debian; }

soak_build() {
    build_is_current || { soak_say "builds the server" && build_server "$SOAK_WORK/build.log"; }
}

soak_image() {
    soak_say "Debian's image, in $SOAK_CACHE (made now if it is not there)"
    debian_build "$SOAK_CACHE"
}

soak_start_server() {
    local state=$SOAK_WORK/state offset uri
    (umask 022 && mkdir -p "$state" "$SOAK_WORK/guests") && pki_create "$state/pki" && tpm_start "$state/tpm" >/dev/null &&
        uri=$(private_libvirt_start "$SOAK_WORK/libvirt") && offset=$(server_offset) || return 1
    export LIBVIRT_URI=$uri GUEST_URI=$uri
    soak_say "starts the server"
    touch "$SOAK_WORK/server-begun"
    server_start "$state" jboss.socket.binding.port-offset="$offset" vmattest.libvirt.uri="$uri"
}

soak_start_guest() {
    soak_say "boots $SOAK_VM, $SOAK_MEMORY MiB, until its load runs"
    DEBIAN_WORDS=$SOAK_WORDS debian_start "$SOAK_CACHE" "$SOAK_WORK/guests" "$SOAK_VM" "$SOAK_MEMORY" >/dev/null && return 0
    soak_say "its serial line ends with:"
    tail -n 15 "$SOAK_WORK/guests/$SOAK_VM.serial" >&2
    return 1
}

# In the background, so that a signal does not have to wait for its end.
soak_watch() {
    "$SOAK_LIB/soak.py" --state "$SOAK_WORK/state" --server "https://localhost:$(server_port "$SOAK_WORK/state" 8443)" --vm "$SOAK_VM" \
        --serial "$SOAK_WORK/guests/$SOAK_VM.serial" --vmattest "$HOME_DIR/bin/vmattest" --kernel "$SOAK_CACHE/kernel.deb" \
        --minutes "$SOAK_MINUTES" ${SOAK_JSON:+--json "$SOAK_JSON"} &
    SOAK_WATCHING=$!
    wait "$SOAK_WATCHING"
    local rc=$?
    SOAK_WATCHING=
    return "$rc"
}

soak_run() {
    local part
    ((EUID == 0)) || { soak_say "root is needed (libvirt, mounts, the guest's image): sudo bin/soak"; return 1; }
    # Read by build.sh. Neither the machine's TPM nor anybody's database.
    export ROOT=$HOME_DIR VMATTEST_TPM=swtpm VMATTEST_DATABASE=h2
    for part in steps packages pki tpm guest debian libvirt-private server build; do
        # shellcheck disable=SC1090
        . "$SOAK_LIB/$part.sh"
    done
    soak_packages || return 1
    SOAK_WORK=$(mktemp -d /var/tmp/vmattest-soak.XXXXXX) || return 1
    trap soak_clean_up EXIT
    trap 'exit 130' INT TERM
    chmod 755 "$SOAK_WORK"
    soak_build && soak_image && soak_start_server && soak_start_guest && soak_watch
}
