#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Debian packages each purpose needs; installs those that are missing, nothing where all are there.
#
#   packages.sh demo|test|introspection|debian            installs
#   packages.sh missing demo|test|introspection|debian    only names what would be installed
#
# An entry PACKAGE=COMMAND is content with the command, wherever it comes from.

PACKAGES_BUILD=(openjdk-17-jdk-headless=javac maven=mvn gcc make=make libc6-dev libssl-dev libtss2-dev libzstd-dev pkg-config=pkg-config)
PACKAGES_RUN=(python3 curl=curl openssl=openssl unzip=unzip procps=pgrep util-linux=flock
    libvirt-daemon-system libvirt-daemon-driver-qemu libvirt-clients=virsh libvirt0 qemu-system-x86 qemu-utils=qemu-img
    swtpm=swtpm swtpm-tools=swtpm_setup softhsm2=softhsm2-util tpm2-tools=tpm2_shutdown libtss2-tctildr0 libtss2-tcti-swtpm0 libtss2-tcti-device0
    cpio=cpio busybox-static python3-qpid-proton)
PACKAGES_INTROSPECTION=(openjdk-17-jdk-headless=javac maven=mvn python3 qemu-system-x86=qemu-system-x86_64 cpio=cpio busybox-static
    python3-drgn=drgn)
PACKAGES_TEST=(clang=clang libclang-rt-14-dev postgresql iproute2=ip golang-go=go golang-golang-x-mod-dev)
PACKAGES_DEBIAN=(mmdebstrap=mmdebstrap e2fsprogs=mke2fs qemu-utils=qemu-img)

packages_list() {
    case $1 in
        demo) printf '%s\n' "${PACKAGES_BUILD[@]}" "${PACKAGES_RUN[@]}" ;;
        test) printf '%s\n' "${PACKAGES_BUILD[@]}" "${PACKAGES_RUN[@]}" "${PACKAGES_TEST[@]}" ;;
        introspection) printf '%s\n' "${PACKAGES_INTROSPECTION[@]}" ;;
        debian) printf '%s\n' "${PACKAGES_DEBIAN[@]}" ;;
        *) echo "packages: no list for '$1'" >&2; return 2 ;;
    esac
}

packages_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

packages_missing() {
    local list entry
    list=$(packages_list "$1") || return
    for entry in $list; do
        [[ $entry == *=* ]] && command -v "${entry#*=}" >/dev/null && continue
        packages_installed "${entry%=*}" || echo "${entry%=*}"
    done
}

packages_as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo --preserve-env=DEBIAN_FRONTEND "$@"
    else
        echo "packages: root or sudo is needed for: $*" >&2
        return 1
    fi
}

packages_install() {
    local missing log
    missing=$(packages_missing "$1") || return
    [[ -n $missing ]] || return 0
    command -v apt-get >/dev/null || { echo "packages: no apt-get here; needed:" $missing >&2; return 1; }
    # shellcheck disable=SC2086 # one word a package
    echo "installing" $missing >&2
    log=$(mktemp) || return 1
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if packages_as_root apt-get -qq update >"$log" 2>&1 &&
        packages_as_root apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends $missing >"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    echo "packages: apt-get could not install them:" >&2
    tail -n 5 "$log" >&2
    rm -f "$log"
    return 1
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    case ${1:-}:$# in
        missing:2) packages_missing "$2" ;;
        demo:1 | test:1 | introspection:1 | debian:1) packages_install "$1" ;;
        *) sed -n '3,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
fi
