#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The TPM that the measurement module signs with: the machine's own where there is one, else swtpm with a local authority.
#
#   tpm.sh start DIR     makes the TPM's state if there is none, starts it if it does not run; prints its TCTI
#   tpm.sh stop DIR      shuts the emulated TPM down
#
# DIR/endorsement-roots.pem gets the authorities of its endorsement certificate (for a hardware TPM set
# VMATTEST_ENDORSEMENT_ROOTS to a file with its maker's). Set VMATTEST_TPM=swtpm to leave the machine's TPM alone.
# Sourced, it offers the same as tpm_start and tpm_stop.

TPM_DEVICE=/dev/tpmrm0

# shellcheck source=bin/lib/process.sh
. "$(dirname "${BASH_SOURCE[0]}")/process.sh"

tpm_is_device() { [[ ${VMATTEST_TPM:-} != swtpm && -r $TPM_DEVICE && -w $TPM_DEVICE ]]; }

tpm_tcti() { if tpm_is_device; then echo "device:$TPM_DEVICE"; else echo "swtpm:path=$(cd "$1" && pwd -P)/sock"; fi; }

tpm_pid() { process_of "$1/pid" swtpm; }

# What a log says last, for an error message.
tpm_log() { sed 's/^/  /' "$1" | tail -n 5 >&2; }

tpm_setup() {
    local dir=$1
    [[ -f $dir/state/tpm2-00.permall && -s $dir/endorsement-roots.pem ]] && return 0
    rm -rf "$dir/state" "$dir/ca"
    mkdir -p "$dir/state" "$dir/ca" || return 1
    cat >"$dir/ca/localca.conf" <<CONF
statedir = $dir/ca
signingkey = $dir/ca/issuer-key.pem
issuercert = $dir/ca/issuer-cert.pem
certserial = $dir/ca/serial
CONF
    printf -- '--tpm-manufacturer IBM\n--tpm-model swtpm-libtpms\n--tpm-version 2\n--platform-manufacturer vmattest\n--platform-version 1\n--platform-model development\n' \
        >"$dir/ca/localca.options"
    cat >"$dir/ca/setup.conf" <<CONF
create_certs_tool = $(command -v swtpm_localca || echo /usr/bin/swtpm_localca)
create_certs_tool_config = $dir/ca/localca.conf
create_certs_tool_options = $dir/ca/localca.options
CONF
    swtpm_setup --tpm2 --tpm-state "dir://$dir/state" --config "$dir/ca/setup.conf" --create-ek-cert --lock-nvram \
        --overwrite --pcr-banks sha256,sha384 --runas "$(id -un)" --logfile "$dir/setup.log" >/dev/null 2>&1 ||
        { echo "tpm: swtpm_setup failed:" >&2; tpm_log "$dir/setup.log"; return 1; }
    # The issuer goes into reports; the root is what a verifier has to trust.
    cp "$dir/ca/issuer-cert.pem" "$dir/ek-issuers.pem" &&
        cat "$dir/ca/swtpm-localca-rootca-cert.pem" "$dir/ca/issuer-cert.pem" >"$dir/endorsement-roots.pem"
}

tpm_start_emulated() {
    local dir=$1 tool
    for tool in swtpm:swtpm swtpm_setup:swtpm-tools; do
        command -v "${tool%%:*}" >/dev/null || { echo "tpm: ${tool%%:*} is missing: apt-get install ${tool##*:}" >&2; return 1; }
    done
    tpm_pid "$dir" >/dev/null && return 0
    tpm_setup "$dir" || return 1
    rm -f "$dir/sock" "$dir/sock.ctrl"
    # Every path absolute: with a relative one swtpm goes into failure mode as it becomes a daemon.
    swtpm socket --tpm2 --tpmstate "dir=$dir/state" --server "type=unixio,path=$dir/sock" \
        --ctrl "type=unixio,path=$dir/sock.ctrl" --flags not-need-init,startup-clear \
        --log "file=$dir/swtpm.log" --pid "file=$dir/pid" --daemon ||
        { echo "tpm: swtpm does not start:" >&2; tpm_log "$dir/swtpm.log"; return 1; }
    local deadline=$((SECONDS + 10))
    until [[ -S $dir/sock && -S $dir/sock.ctrl ]] && tpm_pid "$dir" >/dev/null; do
        ((SECONDS < deadline)) || { echo "tpm: swtpm was started and makes no socket" >&2; tpm_log "$dir/swtpm.log"; return 1; }
        sleep 0.05
    done
}

tpm_start() {
    local dir
    (umask 077 && mkdir -p "$1") && dir=$(cd "$1" && pwd -P) || return 1
    if tpm_is_device; then
        [[ -s ${VMATTEST_ENDORSEMENT_ROOTS:-} ]] || {
            echo "tpm: $TPM_DEVICE is there; set VMATTEST_ENDORSEMENT_ROOTS to its maker's certificates, or VMATTEST_TPM=swtpm" >&2
            return 1
        }
        cp "$VMATTEST_ENDORSEMENT_ROOTS" "$dir/endorsement-roots.pem" || return 1
    else
        (umask 077 && tpm_start_emulated "$dir") || return 1
    fi
    tpm_tcti "$dir"
}

tpm_stop() {
    local dir=$1 pid deadline=$((SECONDS + 10))
    pid=$(tpm_pid "$dir") || return 0
    # TPM2_Shutdown first: without it each stop counts as an attack on the dictionary lock.
    if command -v tpm2_shutdown >/dev/null; then
        timeout 5 tpm2_shutdown --tcti "$(tpm_tcti "$dir")" >/dev/null 2>&1
    fi
    swtpm_ioctl --unix "$dir/sock.ctrl" -s >/dev/null 2>&1 || kill "$pid" 2>/dev/null
    while tpm_pid "$dir" >/dev/null; do
        ((SECONDS < deadline)) || { kill -9 "$pid"; break; }
        sleep 0.05
    done
    rm -f "$dir/pid" "$dir/sock" "$dir/sock.ctrl"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    case ${1:-}:$# in
        start:2 | stop:2) "tpm_$1" "$2" ;;
        *) sed -n '3,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
fi
