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
import os
import statistics
import sys
import time

from bench_figures import Samples, table
from bench_frame import await_listed, measured, parser, positive, rest_of, say, sizes
from bench_guest import Failed, Guest, run

HASH_ROUNDS, HASH_SECONDS = 3, 3
IDLE_SECONDS = 5
PAGE = 4096


def bytes_below(folder):
    """What really is on the disk: images are sparse."""
    return sum(os.lstat(os.path.join(path, name)).st_blocks * 512
               for path, _, names in os.walk(folder) for name in names)


class Bench:
    def __init__(self, args):
        self.args = args
        self.state = f"{args.work}/state"
        self.guests = f"{args.work}/guests"
        self.rest = rest_of(args)

    def guest(self, name, mib, write_kib, disk=False):
        say(f"starts {name}, {mib} MiB{', with a disk' if disk else ''}, and fills it")
        return Guest(self.guests, self.args.guest_cache, name, mib, write_kib, disk)

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
            await_listed(self.rest, guest)
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
            await_listed(self.rest, guest)
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


def arguments():
    options = parser("capture", __doc__)
    options.add_argument("--sizes", type=sizes, default=[256, 1024, 4096], metavar="MIB,...",
                         help="the guests' memory (default: 256,1024,4096)")
    options.add_argument("--disk-size", type=positive, default=1024, metavar="MIB",
                         help="memory of the guest with a disk (default: 1024)")
    options.add_argument("--samples", type=positive, default=10, metavar="N", help="of each size (default: 10)")
    options.add_argument("--snapshots", type=positive, default=10, metavar="N", help="that follow each other (default: 10)")
    options.add_argument("--interval", type=positive, default=10, metavar="SECONDS", help="between them (default: 10)")
    return options.parse_args()


def main():
    args = arguments()

    def measure():
        samples, figures = Bench(args).run()
        return figures, table(samples, figures)
    # For each guest a snapshot and what is written meanwhile, and one dump at a time.
    guests = args.sizes + [args.disk_size, min(args.sizes)]
    return measured(args, (2 * sum(guests) + max(guests)) * 2**20 + 2**30, measure)


if __name__ == "__main__":
    sys.exit(main())
