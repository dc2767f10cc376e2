#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# libvirt on this machine: used as it is where it answers, started by hand where nothing does (no systemd in a container).
#
#   libvirt.sh start STATE_DIR   starts virtlogd and libvirtd if none answers; remembers in STATE_DIR what it started
#   libvirt.sh stop STATE_DIR    ends what start began, and nothing else
#
# Sourced, it offers the same as libvirt_start and libvirt_stop.

LIBVIRT_URI=${LIBVIRT_URI:-qemu:///system}
LIBVIRT_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

libvirt_answers() {
    timeout 10 virsh --quiet --connect "$LIBVIRT_URI" version >/dev/null 2>&1
}

# A virtlogd that listens here: one of another namespace, or the socket of a dead one, is none.
libvirt_logs() {
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("/run/libvirt/virtlogd-sock")' 2>/dev/null
}

libvirt_start() {
    local state=$1 tool
    for tool in virsh libvirtd virtlogd; do
        command -v "$tool" >/dev/null ||
            { echo "libvirt: $tool is missing: apt-get install libvirt-daemon-system libvirt-clients" >&2; return 1; }
    done
    libvirt_answers && return 0
    mkdir -p "$state" || return 1
    # Two scripts may come at the same moment; the second waits and then finds it answering.
    (
        flock -w 60 9 || { echo "libvirt: another start does not end" >&2; exit 1; }
        libvirt_answers && exit 0
        if ! libvirt_logs; then
            virtlogd --daemon --pid-file "$state/virtlogd.pid" 9>&- || exit 1
        fi
        "$LIBVIRT_LIB/reaper.py" libvirtd --daemon --pid-file "$state/libvirtd.pid" 9>&- || exit 1
        local deadline=$((SECONDS + 30))
        until libvirt_answers; do
            ((SECONDS < deadline)) || { echo "libvirt: libvirtd was started and does not answer" >&2; exit 1; }
            sleep 0.2
        done
    ) 9>/run/lock/vmattest-libvirt.lock
}

libvirt_stop() {
    local state=$1 daemon pid
    for daemon in libvirtd virtlogd; do
        [[ -f $state/$daemon.pid ]] || continue
        pid=$(<"$state/$daemon.pid")
        # A pid file outlives its process; the pid may be somebody else's by now.
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$daemon" ]] && kill "$pid"
        rm -f "$state/$daemon.pid"
    done
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    case ${1:-} in
        start | stop) [[ $# -eq 2 ]] || { echo "usage: $0 $1 STATE_DIR" >&2; exit 2; }; "libvirt_$1" "$2" ;;
        *) echo "usage: $0 start|stop STATE_DIR" >&2; exit 2 ;;
    esac
fi
