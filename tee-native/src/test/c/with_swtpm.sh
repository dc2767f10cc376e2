#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a program with a TPM emulator of its own, made and not started: what is in SWTPM_FOLDER is tpm/swtpm.h's affair. A vmteed
# finds it by VMTEED_TCTI. The status is the program's; 77 where there is no emulator.
#
#   with_swtpm.sh PROGRAM [ARGUMENT...]
set -u
for tool in swtpm swtpm_setup swtpm_localca; do
    command -v $tool >/dev/null || {
        for last; do :; done
        echo "ok - ${last##*/} # SKIP no $tool: apt-get install swtpm swtpm-tools"
        exit 77
    }
done
folder=$(mktemp -d /tmp/vmtee-tpm-XXXXXX) || exit 1
mkdir "$folder/ca" "$folder/state" "$folder/keys"
: >"$folder/ca/options"
printf 'statedir = %s\nsigningkey = %s/key.pem\nissuercert = %s/issuer.pem\ncertserial = %s/serial\n' \
    "$folder/ca" "$folder/ca" "$folder/ca" "$folder/ca" >"$folder/ca/ca.conf"
printf 'create_certs_tool = %s\ncreate_certs_tool_config = %s\ncreate_certs_tool_options = %s\n' \
    "$(command -v swtpm_localca)" "$folder/ca/ca.conf" "$folder/ca/options" >"$folder/ca/setup.conf"
swtpm_setup --tpm2 --tpm-state "dir://$folder/state" --config "$folder/ca/setup.conf" --create-ek-cert --lock-nvram --overwrite \
    --pcr-banks sha256 >"$folder/log" 2>&1 || { cat "$folder/log" >&2; rm -rf "$folder"; exit 1; }
SWTPM_FOLDER=$folder VMTEED_TCTI="swtpm:path=$folder/socket" TSS2_LOG=all+none "$@"
status=$?
rm -rf "$folder"
exit "$status"
