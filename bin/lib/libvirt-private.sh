#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A libvirtd of our own, which tests may stop and start: in a mount namespace where libvirt's folders are ours, with its
# socket in DIR. Guests live on while it is away. Needs root and the right to mount.
#
#   libvirt-private.sh start DIR      prints its URI
#   libvirt-private.sh restart DIR    ends libvirtd (not the guests) and starts it again
#   libvirt-private.sh down DIR       ends libvirtd alone
#   libvirt-private.sh stop DIR       ends libvirtd, virtlogd and the guests
#
# Sourced, it offers the same as private_libvirt_start and so on.

LIBVIRT_PRIVATE_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

# shellcheck source=bin/lib/process.sh
. "$LIBVIRT_PRIVATE_LIB/process.sh"

private_libvirt_pid() { process_of "$1/$2.pid" "$2"; }

private_libvirt_uri() { echo "qemu+unix:///system?socket=$1/sock/libvirt-sock"; }

private_libvirt_answers() { timeout 10 virsh --quiet --connect "$(private_libvirt_uri "$1")" version >/dev/null 2>&1; }

private_libvirt_folders() {
    local dir=$1
    mkdir -p "$dir"/{run,lib,cache,log,etc,sock} || return 1
    chmod 755 "$dir" "$dir"/{run,lib,cache,log,etc,sock}
    [[ -d $dir/etc/qemu ]] && return 0
    mkdir -p "$dir/etc/qemu"
    # The distribution's choices hold, such as the user that QEMU runs as.
    cp /etc/libvirt/qemu.conf "$dir/etc/" 2>/dev/null
    cat >"$dir/etc/libvirtd.conf" <<CONF
unix_sock_dir = "$dir/sock"
auth_unix_rw = "none"
unix_sock_rw_perms = "0700"
CONF
}

# The namespace lives as long as virtlogd does; libvirtd joins it.
private_libvirt_start_virtlogd() {
    local dir=$1
    private_libvirt_pid "$dir" virtlogd >/dev/null && return 0
    unshare --mount --propagation private bash -c '
        dir=$1
        for pair in run:/run/libvirt lib:/var/lib/libvirt cache:/var/cache/libvirt log:/var/log/libvirt etc:/etc/libvirt; do
            mkdir -p "${pair#*:}" && mount --bind "$dir/${pair%%:*}" "${pair#*:}" || exit 1
        done
        exec virtlogd --daemon --pid-file "$dir/virtlogd.pid"' bash "$dir" ||
        { echo "libvirt-private: virtlogd does not start in a namespace of its own" >&2; return 1; }
}

private_libvirt_up() {
    local dir=$1 log deadline=$((SECONDS + 120))
    log=$(private_libvirt_pid "$dir" virtlogd) || { echo "libvirt-private: virtlogd is gone" >&2; return 1; }
    if ! private_libvirt_pid "$dir" libvirtd >/dev/null; then
        "$LIBVIRT_PRIVATE_LIB/reaper.py" nsenter --mount --target "$log" libvirtd --daemon --config "$dir/etc/libvirtd.conf" --pid-file "$dir/libvirtd.pid" ||
            { echo "libvirt-private: libvirtd does not start" >&2; return 1; }
    fi
    until private_libvirt_answers "$dir"; do
        ((SECONDS < deadline)) || { echo "libvirt-private: libvirtd does not answer" >&2; return 1; }
        sleep 0.1
    done
}

# Waits for its end too: a daemon removes files of its own then.
private_libvirt_end() {
    local pid deadline=$((SECONDS + 20))
    pid=$(private_libvirt_pid "$1" "$2") || return 0
    kill "$pid"
    while private_libvirt_pid "$1" "$2" >/dev/null; do
        ((SECONDS < deadline)) || { kill -9 "$pid"; break; }
        sleep 0.1
    done
}

private_libvirt_down() { private_libvirt_end "$1" libvirtd; }

private_libvirt_start() {
    local dir
    mkdir -p "$1" && dir=$(cd "$1" && pwd -P) && private_libvirt_folders "$dir" &&
        private_libvirt_start_virtlogd "$dir" && private_libvirt_up "$dir" && private_libvirt_uri "$dir"
}

private_libvirt_restart() { private_libvirt_down "$1" && private_libvirt_up "$1"; }

private_libvirt_stop() {
    local dir name uri
    dir=$(cd "$1" 2>/dev/null && pwd -P) || return 0
    uri=$(private_libvirt_uri "$dir")
    private_libvirt_pid "$dir" virtlogd >/dev/null || return 0
    if private_libvirt_up "$dir"; then
        for name in $(virsh --quiet --connect "$uri" list --name); do
            virsh --quiet --connect "$uri" destroy "$name" >/dev/null 2>&1
        done
    fi
    private_libvirt_down "$dir"
    private_libvirt_end "$dir" virtlogd
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    case ${1:-}:$# in
        start:2 | restart:2 | down:2 | stop:2) "private_libvirt_$1" "$2" ;;
        *) sed -n '3,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
fi
