#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Steps of a script, one line each: what was observed and how long it took; a bar while it lasts, on a terminal.
# To be sourced. An action prints its observation; its standard error is shown if it fails, which ends the script.

STEP=0
STEPS_JSON=
STEPS_BAR=
STEPS_FOLDER=

steps_begin() {
    STEPS_JSON=$1
    [[ -t 1 && -z $STEPS_JSON ]] && STEPS_BAR=1
    STEPS_FOLDER=$(mktemp -d) || exit 1
    trap 'rm -rf "$STEPS_FOLDER"' EXIT
}

steps_say() { [[ -n $STEPS_JSON ]] || printf '%s\n' "$1"; }

# An action may tell how far it is: step_progress PERCENT WHAT.
step_progress() { [[ -n $STEPS_FOLDER ]] && echo "$1 $2" >"$STEPS_FOLDER/progress"; }

steps_draw() {
    local title=$1 seconds=$2 percent='' what='' filled bar
    read -r percent what 2>/dev/null <"$STEPS_FOLDER/progress"
    if [[ $percent =~ ^[0-9]+$ ]]; then
        filled=$((percent * 30 / 100))
        printf -v bar '%*s' "$filled" ''
        printf '\r\033[K  .. %s [%-30s] %3d%% %s' "$title" "${bar// /#}" "$percent" "$what"
    else
        printf '\r\033[K  .. %s %d s' "$title" "$seconds"
    fi
}

steps_json_text() { sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' <<<"$1" | tr -d '\000-\010\013-\037' | paste -sd ' ' -; }

steps_line() {
    local title=$1 observed=$2 ok=$3 seconds=$4
    if [[ -n $STEPS_JSON ]]; then
        printf '{"step": %d, "title": "%s", "observed": "%s", "ok": %s, "seconds": %s}\n' \
            "$STEP" "$(steps_json_text "$title")" "$(steps_json_text "$observed")" "$ok" "$seconds"
    else
        [[ -n $STEPS_BAR ]] && printf '\r\033[K'
        printf '%3d. %s: %s  [%s, %s s]\n' "$STEP" "$title" "$observed" \
            "$([[ $ok == true ]] && echo ok || echo 'NOT OBSERVED')" "$seconds"
    fi
}

steps_now() { echo $((${EPOCHREALTIME/[.,]/} / 10000)); }

# step TITLE ACTION...
step() {
    local title=$1 started hundredths observed rc action
    shift
    STEP=$((STEP + 1))
    started=$(steps_now)
    : >"$STEPS_FOLDER/progress"
    "$@" >"$STEPS_FOLDER/out" 2>"$STEPS_FOLDER/err" </dev/null &
    action=$!
    while [[ -n $STEPS_BAR ]] && kill -0 "$action" 2>/dev/null; do
        steps_draw "$title" $((($(steps_now) - started) / 100))
        sleep 0.1
    done
    wait "$action"
    rc=$?
    hundredths=$(($(steps_now) - started))
    observed=$(tail -n 1 "$STEPS_FOLDER/out")
    ((rc == 0)) || observed=$(tail -n 25 "$STEPS_FOLDER/err")
    steps_line "$title" "$observed" "$( ((rc == 0)) && echo true || echo false)" \
        "$(printf '%d.%02d' $((hundredths / 100)) $((hundredths % 100)))"
    ((rc == 0)) || exit 1
}
