#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whether QEMU, which runs as a user of its own, may write-protect its guest's memory (userfaultfd(2)): what captures in the
# background need. The setting holds until the host is restarted.
#
#   userfaultfd.sh allow     allows it; says why where that cannot be
#
# Sourced, it offers the same as userfaultfd_allow.

USERFAULTFD_SETTING=/proc/sys/vm/unprivileged_userfaultfd

userfaultfd_allow() {
    [[ -e $USERFAULTFD_SETTING ]] || { echo "userfaultfd: this kernel has no $USERFAULTFD_SETTING" >&2; return 1; }
    [[ $(<"$USERFAULTFD_SETTING") == 1 ]] && return 0
    { echo 1 >"$USERFAULTFD_SETTING"; } 2>/dev/null ||
        { echo "userfaultfd: $USERFAULTFD_SETTING cannot be set to 1" >&2; return 1; }
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    case ${1:-}:$# in
        allow:1) userfaultfd_allow ;;
        *) sed -n '3,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
fi
