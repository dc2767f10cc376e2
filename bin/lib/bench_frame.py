# SPDX-License-Identifier: Apache-2.0
"""What the measurements of guests have in common: their options, the server they ask, and how they end."""
import argparse
import json
import shutil
import signal
import sys
import time

from bench_guest import Failed
from rest import Problem, Rest

LIST_SECONDS = 30


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def sizes(text):
    values = [int(word) for word in text.split(",")]
    if not all(128 <= value <= 1 << 20 for value in values):
        raise ValueError(text)
    return values


def positive(text):
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def not_negative(text):
    value = int(text)
    if value < 0:
        raise ValueError(text)
    return value


def parser(command, description):
    """With the options that all have, and those that bin/bench gives."""
    made = argparse.ArgumentParser(prog=f"bin/bench {command}", description=description,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--write", type=positive, default=4096, metavar="KIB",
                      help="what each guest writes over, a second, each page once (default: 4096)")
    made.add_argument("--json", metavar="FILE", help="write the figures there, too")
    for internal in ("work", "server", "guest-cache", "hash-bench"):
        made.add_argument("--" + internal, help=argparse.SUPPRESS)
    made.add_argument("--only-check", action="store_true", help=argparse.SUPPRESS)
    return made


def rest_of(args):
    pki = f"{args.work}/state/pki"
    return Rest(args.server, f"{pki}/ca.pem", f"{pki}/admin.pem", f"{pki}/admin.key")


def await_listed(rest, guest):
    deadline = time.monotonic() + LIST_SECONDS
    while not any(vm["id"] == guest.uuid and vm["state"] == "RUNNING" for vm in rest.get("/vms")["vms"]):
        if time.monotonic() > deadline:
            raise Failed(f"the server does not list {guest.name}")
        time.sleep(0.1)


def check_room(args, needed):
    free = shutil.disk_usage(args.work).free
    if free < needed:
        raise Failed(f"{needed / 1e9:.0f} GB are needed below {args.work}, {free / 1e9:.0f} GB are free")


def measured(args, needed, measure):
    """The exit status. measure() gives the figures for programs and the lines for people."""
    if args.only_check:
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    try:
        check_room(args, needed)
        figures, lines = measure()
        if args.json:
            with open(args.json, "w") as f:
                json.dump(figures, f)
                f.write("\n")
    except (OSError, KeyError, ValueError, Failed, Problem) as e:
        say(f"{type(e).__name__}: {e}")
        return 1
    print("\n".join(lines))
    return 0
