# SPDX-License-Identifier: Apache-2.0
"""Steps of a story, one line each: what was observed, and how long it took."""
import json
import subprocess
import sys
import time

from rest import Problem

DEADLINE_SECONDS = 60


class NotObserved(Exception):
    """What the story says should be seen was not."""


def expect(condition, message):
    if not condition:
        raise NotObserved(message)


def wait_for(condition, what, seconds=DEADLINE_SECONDS):
    """Polls until condition() gives something true, and gives that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise NotObserved(f"not seen within {seconds} s: {what}")
        time.sleep(0.1)


class Teller:
    """Numbers the steps, times them and prints their lines."""

    def __init__(self, as_json, first):
        self.as_json = as_json
        self.number = first - 1
        self.bar = sys.stdout.isatty() and not as_json

    def tell(self, title, action):
        self.number += 1
        started = time.monotonic()
        if self.bar:
            print(f"\r\033[K  .. {title} ...", end="", flush=True)
        try:
            observed, ok = action(), True
        except (NotObserved, Problem, OSError, subprocess.SubprocessError) as e:
            observed, ok = str(e), False
        self.line(title, observed, ok, time.monotonic() - started)
        if not ok:
            raise SystemExit(1)

    def line(self, title, observed, ok, seconds):
        if self.as_json:
            print(json.dumps({"step": self.number, "title": title, "observed": observed, "ok": ok,
                              "seconds": round(seconds, 3)}), flush=True)
            return
        mark = "ok" if ok else "NOT OBSERVED"
        print(f"{chr(13) + chr(27) + '[K' if self.bar else ''}{self.number:3}. {title}: {observed}"
              f"  [{mark}, {seconds:.2f} s]", flush=True)

    def progress(self, title, fraction, what):
        if self.bar:
            done = round(30 * fraction)
            print(f"\r\033[K  .. {title} [{'#' * done}{'.' * (30 - done)}] {fraction:4.0%} {what}", end="", flush=True)
