#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The token that a machine without HSM keeps the server's keys in: SoftHSM's, in files.
#
#   hsm.sh create DIR    makes a token if there is none
#
# DIR gets: softhsm2.conf (for SOFTHSM2_CONF), tokens/, pin (the user's, for vmattest.hsm.pin.file), so-pin; all of it the
# owner's alone. Sourced, it offers the same as hsm_create, and hsm_library.

HSM_LABEL=vmattest

# Where distributions put it.
hsm_library() {
    local file
    for file in /usr/lib/softhsm /usr/lib/"$(uname -m)"-linux-gnu/softhsm /usr/lib64/pkcs11 /usr/lib64/softhsm /usr/local/lib/softhsm; do
        [[ -r $file/libsofthsm2.so ]] && { echo "$file/libsofthsm2.so"; return 0; }
    done
    echo "hsm: libsofthsm2.so is missing: apt-get install softhsm2" >&2
    return 1
}

hsm_has_token() { SOFTHSM2_CONF=$1/softhsm2.conf softhsm2-util --show-slots 2>/dev/null | grep -qE "^ *Label: +$HSM_LABEL *\$"; }

hsm_secret() { [[ -s $1 ]] || openssl rand -hex 16 >"$1"; }

hsm_create_token() {
    local dir=$1 error
    mkdir -p "$dir/tokens" && hsm_secret "$dir/pin" && hsm_secret "$dir/so-pin" || return 1
    printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n' "$dir" \
        >"$dir/softhsm2.conf" || return 1
    hsm_has_token "$dir" && return 0
    # The tool takes PINs from the command line or a terminal. It is the moment before they are worth anything.
    error=$(SOFTHSM2_CONF=$dir/softhsm2.conf softhsm2-util --init-token --free --label "$HSM_LABEL" \
        --pin "$(<"$dir/pin")" --so-pin "$(<"$dir/so-pin")" 2>&1) || { echo "hsm: softhsm2-util: $error" >&2; return 1; }
}

hsm_create() {
    local dir
    command -v softhsm2-util >/dev/null || { echo "hsm: softhsm2-util is missing: apt-get install softhsm2" >&2; return 1; }
    (umask 077 && mkdir -p "$1") && dir=$(cd "$1" && pwd -P) && chmod 700 "$dir" || return 1
    (umask 077 && hsm_create_token "$dir")
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    case ${1:-}:$# in
        create:2) hsm_create "$2" ;;
        *) sed -n '3,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
fi
