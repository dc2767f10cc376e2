#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lets systemd check vmteed's units, offline: that it understands them, and how much the service is exposed (in tenths; 10 is
# what is left with a device and unix sockets).
#
#   check_units.sh UNITS VMTEED
set -eu
folder=$(mktemp -d /tmp/vmteed-units-XXXXXX)
trap 'rm -rf "$folder"' EXIT
cp "$1"/vmteed.* "$folder"
sed -i "s|^ExecStart=[^ ]*|ExecStart=$2|" "$folder/vmteed.service"
said=$(systemd-analyze verify "$folder/vmteed.service" "$folder/vmteed.socket" 2>&1) || { echo "$said" >&2; exit 1; }
[ -z "$said" ] || { echo "$said" >&2; exit 1; }
systemd-analyze security --no-pager --offline=true --threshold=12 "$folder/vmteed.service" >"$folder/exposure" ||
    { cat "$folder/exposure" >&2; exit 1; }
tail -n 1 "$folder/exposure"
