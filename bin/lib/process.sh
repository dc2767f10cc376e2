#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Processes by their pid files. To be sourced.

# process_of FILE NAME: the pid in FILE, if it still is a process called NAME. A pid file outlives its process, the pid may
# be somebody else's by now, and where nothing reaps them the dead keep their name but no command line.
process_of() {
    local pid
    pid=$(cat "$1" 2>/dev/null) && [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$2" ]] &&
        [[ -n $(tr -d '\0' 2>/dev/null <"/proc/$pid/cmdline") ]] && echo "$pid"
}
