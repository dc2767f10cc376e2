#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures rollbacks of guests, beside libvirt's own reverts to internal snapshots (virsh snapshot-revert).

Each guest has a disk, mostly pages that are not zero, and a steady writer. A rollback is timed from the request to the REST
API until its transaction is committed and the guest runs: the suspect is captured and kept, the attested snapshot restored
page by page as signed, measured again, compared, and recorded in the ledger. A revert is timed from the call of virsh to its
end, when the guest runs; nothing is kept or compared. They take turns with guests of the same size, one at a time.

Needs root. Server, libvirt, TPM and guests are its own, below /var/tmp, and gone at the end. Exit status 1 if a guest
did not survive or something could not be measured.
"""
import argparse
import json
import os
import shutil
import signal
import sys
import time

from bench_capture import positive, say, sizes
from bench_figures import median
from bench_guest import Failed, Guest, run
from rest import Problem, Rest

LIST_SECONDS = 30
ROLLBACK_SECONDS = 300
DIRTY_SECONDS = 3
LOOK_SECONDS = 0.02


class Bench:
    def __init__(self, args):
        self.args = args
        pki = f"{args.work}/state/pki"
        self.rest = Rest(args.server, f"{pki}/ca.pem", f"{pki}/admin.pem", f"{pki}/admin.key")

    def guest(self, kind, mib):
        name = f"vmattest-bench-{kind}-{mib}"
        say(f"starts {name}, and fills it")
        return Guest(f"{self.args.work}/guests", self.args.guest_cache, name, mib, self.args.write, True)

    def await_listed(self, guest):
        deadline = time.monotonic() + LIST_SECONDS
        while not any(vm["id"] == guest.uuid and vm["state"] == "RUNNING" for vm in self.rest.get("/vms")["vms"]):
            if time.monotonic() > deadline:
                raise Failed(f"the server does not list {guest.name}")
            time.sleep(0.1)

    def roll_back(self, guest):
        """Gives milliseconds."""
        began = time.monotonic()
        operation = self.rest.post(f"/vms/{guest.uuid}/rollbacks", {})["id"]
        while True:
            state = self.rest.get(f"/operations/{operation}")
            if state["state"] != "RUNNING":
                break
            if time.monotonic() - began > ROLLBACK_SECONDS:
                raise Failed(f"the rollback of {guest.name} does not end")
            time.sleep(LOOK_SECONDS)
        took = (time.monotonic() - began) * 1000
        if state["state"] != "SUCCEEDED":
            raise Failed(f"the rollback of {guest.name} failed: {state}")
        say(", ".join(f"{part['step']} {part['millis']} ms" for part in state["result"]["parts"]))
        return took

    def rollbacks(self, mib):
        with self.guest("ours", mib) as guest:
            self.await_listed(guest)
            self.rest.post(f"/vms/{guest.uuid}/attestations", {"snapshot": True, "baseline": True})
            return self.samples(guest, "rollback", lambda: self.roll_back(guest))

    def reverts(self, mib):
        with self.guest("libvirt", mib) as guest:
            virsh = ["virsh", "-q", "-c", guest.uri]
            run(*virsh, "snapshot-create-as", guest.name, "attested")

            def revert():
                began = time.monotonic()
                run(*virsh, "snapshot-revert", guest.name, "attested")
                return (time.monotonic() - began) * 1000
            return self.samples(guest, "libvirt's revert", revert)

    def samples(self, guest, what, once):
        values = []
        for n in range(self.args.samples):
            time.sleep(DIRTY_SECONDS)
            # Nobody pays for what another has left to be written.
            os.sync()
            values.append(once())
            if run("virsh", "-q", "-c", guest.uri, "domstate", guest.name) != "running":
                raise Failed(f"{guest.name} does not run after {what}")
            say(f"{guest.mib} MiB, {n + 1} of {self.args.samples}: {what} {values[-1]:.0f} ms")
            guest.expect_alive()
        return values

    def run(self):
        rows = []
        for mib in self.args.sizes:
            reverts = self.reverts(mib)
            rollbacks = self.rollbacks(mib)
            rows.append({"ramMiB": mib, "ms": median(rollbacks), "libvirtRevertMs": median(reverts)})
        return rows


def table(rows):
    yield f"{'RAM':>9}  {'rollback':>10}  {'libvirt':>10}  {'ratio':>6}"
    for row in rows:
        yield (f"{row['ramMiB']:>5} MiB  {row['ms']:>7.0f} ms  {row['libvirtRevertMs']:>7.0f} ms  "
               f"{row['ms'] / row['libvirtRevertMs']:>6.2f}")


def arguments():
    parser = argparse.ArgumentParser(prog="bin/bench rollback", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=sizes, default=[256, 1024], metavar="MIB,...",
                        help="the guests' memory (default: 256,1024)")
    parser.add_argument("--samples", type=positive, default=5, metavar="N", help="of each size and kind (default: 5)")
    parser.add_argument("--write", type=positive, default=4096, metavar="KIB",
                        help="what each guest writes over, a second, each page once (default: 4096)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    for internal in ("work", "server", "guest-cache", "hash-bench"):
        parser.add_argument("--" + internal, help=argparse.SUPPRESS)
    parser.add_argument("--only-check", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def check_room(args):
    """Snapshots of the attested state and of each suspect, and libvirt's in the disk."""
    needed = (args.samples + 3) * max(args.sizes) * 2**20 + 2**30
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
        rows = Bench(args).run()
        if args.json:
            with open(args.json, "w") as f:
                json.dump({"rollback": rows}, f)
                f.write("\n")
    except (OSError, KeyError, ValueError, Failed, Problem) as e:
        say(f"{type(e).__name__}: {e}")
        return 1
    print("\n".join(table(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
