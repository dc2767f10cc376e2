#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What bin/bench introspection and bin/fuzz introspection work on: a guest's memory in a file, and the store of its
# kernel's package. To be sourced; wants HOME_DIR. Everything lies in one folder of its own, gone at the end.

INTROSPECTION_LIB=$HOME_DIR/bin/lib
INTROSPECTION_MAIN=io.vmattest.benchmarks.introspection.IntrospectionMain
INTROSPECTION_WORK=
INTROSPECTION_RUNNING=

introspection_say() { printf '%s\n' "introspection: $*" >&2; }

introspection_clean_up() {
    trap - EXIT
    trap '' INT TERM
    if [[ -n $INTROSPECTION_RUNNING ]]; then
        kill "$INTROSPECTION_RUNNING" 2>/dev/null
        wait "$INTROSPECTION_RUNNING"
    fi
    [[ -d $INTROSPECTION_WORK ]] && rm -rf "$INTROSPECTION_WORK"
}

# In the background, so that a signal does not have to wait for its end.
introspection_run() {
    "$@" &
    INTROSPECTION_RUNNING=$!
    wait "$INTROSPECTION_RUNNING"
    local rc=$?
    INTROSPECTION_RUNNING=
    return "$rc"
}

introspection_build() {
    local log=$INTROSPECTION_WORK/build.log
    introspection_say "builds"
    (cd "$HOME_DIR" && mvn -q -B -ntp -DskipTests -DskipITs -Dspotless.check.skip=true -pl benchmarks,guest-introspection -am package) \
        >"$log" 2>&1 || { tail -n 15 "$log" >&2; return 1; }
}

introspection_java() {
    java -cp "$HOME_DIR/benchmarks/target/benchmarks.jar:$HOME_DIR/benchmarks/target/lib/*" "$INTROSPECTION_MAIN" "$@"
}

# Prints the package: the one that is named, or Debian's for its stable release.
introspection_kernel() {
    local packages
    [[ -n $1 ]] && { readlink -e -- "$1" || introspection_say "no file $1"; return; }
    guest_kernels /var/cache/vmattest/kernels >&2 || return 1
    packages=(/var/cache/vmattest/kernels/linux-image-6.1.*.deb)
    [[ -f ${packages[0]} ]] && echo "${packages[0]}"
}

# Makes vmlinuz, core and store in the folder of work.
introspection_prepare() {
    local cache=${GUEST_CACHE:-/var/cache/vmattest/guest} deb
    deb=$(introspection_kernel "$1") && [[ -n $deb ]] && introspection_build && guest_build "$cache" || return 1
    dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards './boot/vmlinuz-*' >"$INTROSPECTION_WORK/vmlinuz" &&
        [[ -s $INTROSPECTION_WORK/vmlinuz ]] || { introspection_say "no kernel in $deb"; return 1; }
    introspection_say "boots a guest of 256 MiB with the kernel of ${deb##*/}"
    introspection_run "$INTROSPECTION_LIB/guest_core.py" "$INTROSPECTION_WORK/vmlinuz" "$cache/initramfs" "$INTROSPECTION_WORK" &&
        introspection_java store "$deb" "$INTROSPECTION_WORK/store" >"$INTROSPECTION_WORK/store.figures"
}

introspection_begin() {
    INTROSPECTION_WORK=$(mktemp -d /var/tmp/vmattest-introspection.XXXXXX) || return 1
    trap introspection_clean_up EXIT
    trap 'exit 130' INT TERM
    # shellcheck disable=SC1091
    . "$INTROSPECTION_LIB/packages.sh" && . "$INTROSPECTION_LIB/guest.sh" && packages_install introspection
}

bench_introspection() {
    local kernel= check=("$@")
    case " $* " in *' --help '* | *' -h '*) "$INTROSPECTION_LIB/bench_introspection.py" --help; return ;; esac
    "$INTROSPECTION_LIB/bench_introspection.py" --only-check "$@" || return
    while (($# > 0)); do
        case $1 in
            --kernel) kernel=$2; shift ;;
            --kernel=*) kernel=${1#*=} ;;
        esac
        shift
    done
    introspection_begin && introspection_prepare "$kernel" &&
        introspection_run "$INTROSPECTION_LIB/bench_introspection.py" --work "$INTROSPECTION_WORK" \
            --classes "$HOME_DIR/benchmarks/target/benchmarks.jar:$HOME_DIR/benchmarks/target/lib/*" "${check[@]}"
}

# fuzz_introspection COUNT SECONDS FIRST_SEED KERNEL
fuzz_introspection() {
    introspection_begin && introspection_prepare "$4" || return 2
    # One collector thread: the time of a look is then its own.
    introspection_run java -Xmx256m -XX:+UseSerialGC \
        -cp "$HOME_DIR/guest-introspection/target/test-classes:$HOME_DIR/benchmarks/target/lib/*" \
        io.vmattest.introspection.mutation.MutantLooks "$INTROSPECTION_WORK/core" "$INTROSPECTION_WORK/store" "$3" "$1" "$2" 2000
}
