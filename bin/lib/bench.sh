#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What bin/bench capture and rollback measure on, all of it its own: libvirtd, TPM, certificates, guest image, ports, server. To be
# sourced; wants HOME_DIR. Everything is gone at the end, however it ends.

BENCH_LIB=$HOME_DIR/bin/lib
BENCH_WORK=
BENCH_MEASURING=
BENCH_SERVER_BEGUN=

bench_say() { printf '%s\n' "bench: $*" >&2; }

# A server that was just begun has no pid file yet.
bench_stop_server() {
    local state=$BENCH_WORK/state deadline=$((SECONDS + 5))
    [[ -n $BENCH_SERVER_BEGUN ]] || return 0
    until server_pid "$state" >/dev/null || ((SECONDS >= deadline)); do sleep 0.1; done
    server_stop "$state"
}

bench_clean_up() {
    trap - EXIT
    trap '' INT TERM
    if [[ -n $BENCH_MEASURING ]]; then
        kill "$BENCH_MEASURING" 2>/dev/null
        wait "$BENCH_MEASURING"
    fi
    [[ -d $BENCH_WORK ]] || return
    private_libvirt_stop "$BENCH_WORK/libvirt"
    bench_stop_server
    tpm_stop "$BENCH_WORK/state/tpm"
    rm -rf "$BENCH_WORK"
}

bench_build() {
    local log=$BENCH_WORK/build.log
    if ! build_is_current; then
        bench_say "builds the server"
        build_server "$log" || return 1
    fi
    make -s -j2 -C "$HOME_DIR/tee-native/src/main/c" BUILD="$HOME_DIR/tee-native/target/native" bench >"$log" 2>&1 ||
        { tail -n 15 "$log" >&2; return 1; }
}

bench_start() {
    local state=$BENCH_WORK/state uri offset
    (umask 022 && mkdir -p "$state" "$BENCH_WORK/guests") && pki_create "$state/pki" && tpm_start "$state/tpm" >/dev/null &&
        guest_build "$GUEST_CACHE" && uri=$(private_libvirt_start "$BENCH_WORK/libvirt") && offset=$(server_offset) || return 1
    bench_say "starts the server"
    BENCH_SERVER_BEGUN=1
    # What a look into the guest takes, bench introspection measures.
    server_start "$state" jboss.socket.binding.port-offset="$offset" vmattest.libvirt.uri="$uri" vmattest.guest.inspect=false ||
        return 1
    export LIBVIRT_URI=$uri
}

# In the background, so that a signal does not have to wait for its end.
bench_measure() {
    local script=$1
    shift
    "$BENCH_LIB/$script" --work "$BENCH_WORK" --server "https://localhost:$(server_port "$BENCH_WORK/state" 8443)" \
        --guest-cache "$GUEST_CACHE" --hash-bench "$HOME_DIR/tee-native/target/native/bench/hash_bench" "$@" &
    BENCH_MEASURING=$!
    wait "$BENCH_MEASURING"
    local rc=$?
    BENCH_MEASURING=
    return "$rc"
}

# bench_guests WHAT [OPTION...]: what bench_WHAT.py measures.
bench_guests() {
    local part what=$1 script=bench_$1.py
    shift
    case " $* " in *' --help '* | *' -h '*) "$BENCH_LIB/$script" --help; return ;; esac
    "$BENCH_LIB/$script" --only-check "$@" || return
    ((EUID == 0)) || { bench_say "root is needed (libvirt, mounts, pinning): sudo bin/bench $what"; return 1; }
    ROOT=$HOME_DIR
    # Neither the machine's TPM nor anybody's database.
    export VMATTEST_TPM=swtpm VMATTEST_DATABASE=h2
    for part in steps packages pki tpm guest libvirt-private server build; do
        # shellcheck disable=SC1090
        . "$BENCH_LIB/$part.sh"
    done
    packages_install demo || return 1
    BENCH_WORK=$(mktemp -d /var/tmp/vmattest-bench.XXXXXX) || return 1
    trap bench_clean_up EXIT
    trap 'exit 130' INT TERM
    chmod 755 "$BENCH_WORK"
    GUEST_CACHE=${GUEST_CACHE:-$BENCH_WORK/guest-cache}
    bench_build && bench_start && bench_measure "$script" "$@"
}

bench_capture() { bench_guests capture "$@"; }

bench_rollback() { bench_guests rollback "$@"; }
