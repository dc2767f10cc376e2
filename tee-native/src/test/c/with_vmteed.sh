#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a program beside a vmteed of its own, which it finds by VMTEED_SOCKET; the status is the program's, or the daemon's
# where that did not end well. VMTEED_TCTI names a TPM for it; otherwise it has none.
#
#   with_vmteed.sh VMTEED PROGRAM [ARGUMENT...]
set -u
vmteed=$1
shift
folder=$(mktemp -d /tmp/vmteed-XXXXXX) || exit 1
export VMTEED_SOCKET="$folder/socket"
"$vmteed" --socket "$VMTEED_SOCKET" --state "$folder" --tcti "${VMTEED_TCTI:-swtpm:path=$folder/no-tpm}" 2>"$folder/log" &
daemon=$!
while [ ! -S "$VMTEED_SOCKET" ]; do
    kill -0 "$daemon" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.02
done
VMTEED_PID=$daemon VMTEED_PROGRAM=$vmteed "$@"
status=$?
kill "$daemon" 2>/dev/null
wait "$daemon"
ended=$?
# 137: the program itself killed it.
if [ "$ended" -ne 0 ] && [ "$ended" -ne 137 ]; then
    cat "$folder/log" >&2
    [ "$status" -eq 0 ] && status=1
fi
rm -rf "$folder"
exit "$status"
