#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures captures of guests of several sizes, side by side with a dump and a digest of it.

Each guest has mostly pages that are not zero, and a steady writer. A sample is a capture through the REST API, with a
durable snapshot and a signed report in the ledger, and then the usual way: `virsh dump --memory-only` and `openssl dgst
-sha256` of the file. A capture's pause is what its signed report says; the dump's is from STOP to RESUME, by the times in
QEMU's own events. The samples of a size begin with the first snapshot of the guest, which is told apart: it stores all of
the memory, the others what changed. One more row is of a guest with a disk, which is frozen in the same instant.
Snapshots are then taken of a guest of the smallest size that dirties about 1 % of its memory from one to the next.

Needs root. Server, libvirt, TPM and guests are its own, below /var/tmp, and gone at the end. Exit status 1 if a guest
did not survive or something could not be measured.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import sys
import time

from bench_figures import Samples, table
from bench_guest import Failed, Guest, run
from rest import Problem, Rest

HASH_ROUNDS, HASH_SECONDS = 3, 3
IDLE_SECONDS = 5
LIST_SECONDS = 30
PAGE = 4096


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def bytes_below(folder):
    """What really is on the disk: images are sparse."""
    return sum(os.lstat(os.path.join(path, name)).st_blocks * 512
               for path, _, names in os.walk(folder) for name in names)


class Bench:
    def __init__(self, args):
        self.args = args
        self.state = f"{args.work}/state"
        self.guests = f"{args.work}/guests"
        pki = f"{self.state}/pki"
        self.rest = Rest(args.server, f"{pki}/ca.pem", f"{pki}/admin.pem", f"{pki}/admin.key")

    def guest(self, name, mib, write_kib, disk=False):
        say(f"starts {name}, {mib} MiB{', with a disk' if disk else ''}, and fills it")
        return Guest(self.guests, self.args.guest_cache, name, mib, write_kib, disk)

    def await_listed(self, guest):
        deadline = time.monotonic() + LIST_SECONDS
        while not any(vm["id"] == guest.uuid and vm["state"] == "RUNNING" for vm in self.rest.get("/vms")["vms"]):
            if time.monotonic() > deadline:
                raise Failed(f"the server does not list {guest.name}")
            time.sleep(0.1)

    def attest(self, guest, **body):
        return self.rest.post(f"/vms/{guest.uuid}/attestations", body)

    # ---- captures

    def sample(self, guest, samples):
        """Gives how many ticks there were, and in how many seconds."""
        # Nobody pays for what another has left to be written.
        os.sync()
        ticks, began = guest.tick(), time.monotonic()
        report = self.attest(guest, snapshot=True)
        took = time.monotonic() - began
        ticks = guest.tick() - ticks
        samples.mode = report["mode"]
        samples.pauses.append(report["pauseMicros"] / 1000)
        samples.totals.append(took * 1000)
        guest.expect_alive()
        os.sync()
        pause, total = guest.dump(f"{self.args.work}/dump")
        samples.dump_pauses.append(pause)
        samples.dump_totals.append(total)
        guest.expect_alive()
        return ticks, took

    def first(self, guest):
        """Gives what the snapshot takes that has to store everything, in milliseconds."""
        self.attest(guest)
        os.sync()
        began = time.monotonic()
        self.attest(guest, snapshot=True)
        return (time.monotonic() - began) * 1000

    def captures(self, mib, disk=False):
        samples = Samples(mib, disk)
        with self.guest(f"vmattest-bench-{mib}{'-disk' if disk else ''}", mib, self.args.write, disk) as guest:
            self.await_listed(guest)
            samples.first_total = self.first(guest)
            idle = guest.ticks_a_second(IDLE_SECONDS)
            ticks = seconds = 0
            for n in range(self.args.samples):
                more, took = self.sample(guest, samples)
                ticks, seconds = ticks + more, seconds + took
                say(f"{mib} MiB, {n + 1} of {self.args.samples}: pause {samples.pauses[-1]:.1f} ms, total "
                    f"{samples.totals[-1]:.0f} ms; dump: pause {samples.dump_pauses[-1]:.0f} ms, total "
                    f"{samples.dump_totals[-1]:.0f} ms")
        samples.slower_percent = max(0, (1 - ticks / seconds / idle) * 100) if idle > 0 else 0
        return samples

    # ---- hashing

    def hashing(self):
        """Gives (ours, openssl speed's) in GB/s, by turns on one core."""
        say("measures hashing on one core")
        core = ["taskset", "--cpu-list", str(max(os.sched_getaffinity(0)))]
        ours, theirs = [], []
        for _ in range(HASH_ROUNDS):
            ours.append(float(run(*core, self.args.hash_bench, str(HASH_SECONDS))))
            said = run(*core, "openssl", "speed", "-evp", "sha256", "-bytes", str(PAGE), "-seconds", str(HASH_SECONDS), "-mr")
            line = next((x for x in said.splitlines() if x.startswith("+F:")), None)
            if line is None:
                raise Failed(f"openssl speed says: {said}")
            theirs.append(float(line.rsplit(":", 1)[1]))
        return statistics.median(ours) / 1e9, statistics.median(theirs) / 1e9

    # ---- snapshots

    def stored(self):
        return sum(bytes_below(f) for f in (f"{self.state}/snapshots", f"{self.state}/overlays", self.guests))

    def snapshots(self):
        mib, every = min(self.args.sizes), self.args.interval
        with self.guest("vmattest-bench-snapshots", mib, max(1, round(mib * 1024 / 100 / every))) as guest:
            self.await_listed(guest)
            before = self.stored()
            self.attest(guest, snapshot=True, baseline=True)
            first = self.stored()
            dirtied = 0
            for n in range(1, self.args.snapshots):
                time.sleep(every)
                # Before the snapshot: what is dirtied in between counts against us.
                pages = self.rest.post(f"/vms/{guest.uuid}/verifications", {})["differingPages"]
                dirtied += pages * PAGE
                self.attest(guest, snapshot=True, baseline=True)
                say(f"snapshot {n + 1} of {self.args.snapshots}: {pages * PAGE / 1e6:.1f} MB dirtied since the one before")
            following = self.stored() - first
            guest.expect_alive()
        return {"firstBytes": first - before, "followingBytes": following, "dirtiedBytes": dirtied}

    def run(self):
        hashing = self.hashing()
        samples = [self.captures(mib) for mib in self.args.sizes]
        samples.append(self.captures(self.args.disk_size, disk=True))
        figures = {"capture": [s.row(hashing) for s in samples], "snapshots": self.snapshots()}
        return samples, figures


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


def arguments():
    parser = argparse.ArgumentParser(prog="bin/bench capture", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=sizes, default=[256, 1024, 4096], metavar="MIB,...",
                        help="the guests' memory (default: 256,1024,4096)")
    parser.add_argument("--disk-size", type=positive, default=1024, metavar="MIB",
                        help="memory of the guest with a disk (default: 1024)")
    parser.add_argument("--samples", type=positive, default=10, metavar="N", help="of each size (default: 10)")
    parser.add_argument("--write", type=positive, default=4096, metavar="KIB",
                        help="what each guest writes over, a second, each page once (default: 4096)")
    parser.add_argument("--snapshots", type=positive, default=10, metavar="N", help="that follow each other (default: 10)")
    parser.add_argument("--interval", type=positive, default=10, metavar="SECONDS", help="between them (default: 10)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    for internal in ("work", "server", "guest-cache", "hash-bench"):
        parser.add_argument("--" + internal, help=argparse.SUPPRESS)
    parser.add_argument("--only-check", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def check_room(args):
    """For each guest a snapshot and what is written meanwhile, and one dump at a time."""
    guests = args.sizes + [args.disk_size, min(args.sizes)]
    needed = (2 * sum(guests) + max(guests)) * 2**20 + 2**30
    free = shutil.disk_usage(args.work).free
    if free < needed:
        raise Failed(f"{needed / 1e9:.0f} GB are needed below {args.work}, {free / 1e9:.0f} GB are free")


def main():
    args = arguments()
    if args.only_check:
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    try:
        check_room(args)
        samples, figures = Bench(args).run()
        if args.json:
            with open(args.json, "w") as f:
                json.dump(figures, f)
                f.write("\n")
    except (OSError, KeyError, ValueError, Failed, Problem) as e:
        say(f"{type(e).__name__}: {e}")
        return 1
    print("\n".join(table(samples, figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
