#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Verifies a guest once a minute against a baseline made at its beginning, by the default policy, and says what was found.

Each verification prints one line; what was not healthy is told below it, and in full in the JSON. Exit status 1 if a verdict was not
VERIFIED, the guest could not be read, a finding was CRITICAL, or the guest's load stood still for three of them.
"""
import argparse
import collections
import json
import os
import re
import statistics
import subprocess
import sys
import time

from rest import Problem, Rest
from teller import NotObserved, expect, wait_for

MINUTE_SECONDS = 60
TAIL_BYTES = 65536
TOLD = 12
# An emulated guest on a busy host may need longer than a minute for a round of its load.
STILL_LOOKS = 3


def kinds(findings):
    counts = collections.Counter(f"{f['severity']} {f['kind']}" for f in findings)
    return ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())) or "none"


class Look:
    """One capture of the guest: its verdict, and what was seen inside."""

    def __init__(self, number, verdict, discrepancies, report, guest, seconds, ticks, still):
        self.number, self.verdict, self.discrepancies = number, verdict, discrepancies
        self.report, self.seconds, self.ticks, self.still = report, seconds, ticks, still
        self.seen = "kernel" in guest
        self.tasks = len(guest.get("tasks", []))
        self.findings = guest.get("findings", [])
        self.document_bytes = len(json.dumps(guest, separators=(",", ":")))

    def is_healthy(self):
        return (self.verdict == "VERIFIED" and not self.discrepancies and self.seen and self.still < STILL_LOOKS
                and not any(f.get("severity") == "CRITICAL" for f in self.findings))

    def line(self, of):
        return (f"{self.number:3}/{of} {self.verdict}, {len(self.discrepancies)} discrepancies; {self.tasks} tasks, findings: {kinds(self.findings)}; "
                f"pause {self.report['pauseMicros'] / 1000:.1f} ms, {self.seconds:.2f} s, document {self.document_bytes} bytes, "
                f"{self.ticks} ticks")

    def json(self):
        return {"number": self.number, "at": self.report["capturedAt"], "healthy": self.is_healthy(), "verdict": self.verdict,
                "mode": self.report["mode"], "pauseMicros": self.report["pauseMicros"], "seconds": round(self.seconds, 3),
                "tasks": self.tasks, "documentBytes": self.document_bytes, "ticks": self.ticks,
                "discrepancies": self.discrepancies, "findings": self.findings}


class Soak:
    def __init__(self, args):
        self.args = args
        pki = f"{args.state}/pki"
        self.files = {name: f"{pki}/{name}" for name in ("ca.pem", "admin.pem", "admin.key")}
        self.rest = Rest(args.server, *self.files.values())
        self.vm = None
        self.last_tick = 0
        self.still = 0
        self.looks = []

    def path(self, tail):
        return f"/vms/{self.vm['id']}{tail}"

    def tick(self):
        with open(self.args.serial, "rb") as f:
            f.seek(max(0, os.path.getsize(self.args.serial) - TAIL_BYTES))
            ticks = re.findall(rb"^tick (\d+)\r?$", f.read(), re.MULTILINE)
        return int(ticks[-1]) if ticks else 0

    def import_kernel(self):
        done = subprocess.run(
            [self.args.vmattest, "kernel", "import", "--server", self.args.server, "--ca", self.files["ca.pem"],
             "--cert", self.files["admin.pem"], "--key", self.files["admin.key"], self.args.kernel],
            capture_output=True, text=True, timeout=600)
        expect(done.returncode == 0, f"vmattest kernel import says {done.returncode}: {done.stderr.strip()}")
        print(done.stdout.strip(), flush=True)

    def find_guest(self):
        def listed():
            return next((vm for vm in self.rest.get("/vms")["vms"]
                         if vm["name"] == self.args.vm and vm["state"] == "RUNNING"), None)
        self.vm = wait_for(listed, f"{self.args.vm} in the server's list")

    def inside(self, report):
        return self.rest.get(f"/attestations/{report}/guest")["guest"]

    def attest_baseline(self):
        report = self.rest.post(self.path("/attestations"), {"baseline": True})
        guest = self.inside(report["digest"])
        kernel = guest.get("kernel", {})
        expect(kernel, f"the guest cannot be read: {guest}")
        expect(kernel.get("reference"), f"its kernel is not compared with the package: {kernel}")
        self.last_tick = self.tick()
        print(f"baseline {report['digest'][:16]} of kernel {kernel['release']}, {len(guest['tasks'])} tasks, "
              f"{len(guest.get('modules', []))} modules, findings: {kinds(guest['findings'])}", flush=True)

    def verify(self, number):
        began = time.monotonic()
        answer = self.rest.post(self.path("/verifications"), {})
        seconds = time.monotonic() - began
        report = self.rest.get(f"/attestations/{answer['report']}")
        tick, before = self.tick(), self.last_tick
        self.last_tick = tick
        self.still = 0 if tick > before else self.still + 1
        return Look(number, answer["verdict"], answer["discrepancies"], report, self.inside(answer["report"]), seconds,
                    tick - before, self.still)

    def tell(self, look):
        print(look.line(self.args.minutes), flush=True)
        wrong = look.discrepancies or [f for f in look.findings if f.get("severity") == "CRITICAL"]
        for one in wrong[:TOLD]:
            print(f"      {json.dumps(one)}", flush=True)
        if len(wrong) > TOLD:
            print(f"      and {len(wrong) - TOLD} more", flush=True)

    # Each at its minute, however long the one before took.
    def watch(self):
        began = time.monotonic()
        for number in range(1, self.args.minutes + 1):
            time.sleep(max(0.0, began + number * MINUTE_SECONDS - time.monotonic()))
            look = self.verify(number)
            self.looks.append(look)
            self.tell(look)
            self.keep()

    def summary(self):
        healthy = sum(look.is_healthy() for look in self.looks)
        findings = collections.Counter(f"{f.get('severity')} {f.get('kind')}" for look in self.looks for f in look.findings)
        return {"verifications": len(self.looks), "healthy": healthy, "asked": self.args.minutes,
                "findings": dict(sorted(findings.items())),
                "seconds": spread([look.seconds for look in self.looks]),
                "pauseMillis": spread([look.report["pauseMicros"] / 1000 for look in self.looks]),
                "documentBytes": spread([look.document_bytes for look in self.looks]),
                "tasks": spread([look.tasks for look in self.looks])}

    # After each, so that a run that is broken off tells what it saw.
    def keep(self):
        if self.args.json:
            with open(self.args.json, "w", encoding="utf-8") as f:
                json.dump({"summary": self.summary(), "verifications": [look.json() for look in self.looks]}, f, indent=1)
                f.write("\n")

    def run(self):
        self.import_kernel()
        self.find_guest()
        self.attest_baseline()
        self.watch()
        summary = self.summary()
        for name in ("seconds", "pauseMillis", "documentBytes", "tasks"):
            print(f"{name}: " + ", ".join(f"{key} {value:g}" for key, value in summary[name].items()))
        print(f"findings: {summary['findings'] or 'none'}")
        print(f"{summary['healthy']} of {self.args.minutes} verifications healthy")
        return summary["healthy"] == self.args.minutes


def spread(values):
    return {"min": round(min(values), 3), "median": round(statistics.median(values), 3), "max": round(max(values), 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, text in [("state", "the server's state folder"), ("server", "its base URL"), ("vm", "name of the guest"),
                       ("serial", "file that the guest's serial port writes to"), ("vmattest", "the vmattest command"),
                       ("kernel", "the package of the guest's kernel")]:
        parser.add_argument("--" + name, required=True, help=text)
    parser.add_argument("--minutes", type=int, default=60, help="verifications, one a minute")
    parser.add_argument("--json", help="file for the result")
    try:
        healthy = Soak(parser.parse_args()).run()
    except (NotObserved, Problem, OSError, subprocess.SubprocessError) as e:
        print(f"soak: {e}", file=sys.stderr)
        healthy = False
    raise SystemExit(0 if healthy else 1)


if __name__ == "__main__":
    main()
