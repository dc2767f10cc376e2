#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures rollbacks of guests, beside libvirt's own reverts to internal snapshots (virsh snapshot-revert).

Each guest has a disk, mostly pages that are not zero, and a steady writer. A rollback is timed from the request to the REST
API until its transaction is committed and the guest runs: the suspect is captured and kept, the attested snapshot restored
page by page as signed, measured again, compared, and recorded in the ledger. A revert is timed from the call of virsh to its
end, when the guest runs; nothing is kept or compared. They take turns with guests of the same size, one at a time.

The first of each are not counted: a server that was just started compiles its code on the same processors meanwhile.

Needs root. Server, libvirt, TPM and guests are its own, below /var/tmp, and gone at the end. Exit status 1 if a guest
did not survive or something could not be measured.
"""
import os
import sys
import time

from bench_figures import median
from bench_frame import await_listed, measured, not_negative, parser, positive, rest_of, say, sizes
from bench_guest import Failed, Guest, run

ROLLBACK_SECONDS = 300
DIRTY_SECONDS = 3
LOOK_SECONDS = 0.01


class Bench:
    def __init__(self, args):
        self.args = args
        self.rest = rest_of(args)

    def guest(self, kind, mib):
        name = f"vmattest-bench-{kind}-{mib}"
        say(f"starts {name}, and fills it")
        return Guest(f"{self.args.work}/guests", self.args.guest_cache, name, mib, self.args.write, True)

    def roll_back(self, guest):
        """Gives milliseconds."""
        began = time.monotonic()
        operation = self.rest.post(f"/vms/{guest.uuid}/rollbacks", {})["id"]
        while True:
            state = self.rest.look(f"/operations/{operation}")
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
            await_listed(self.rest, guest)
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
        for n in range(-self.args.warm_up, self.args.samples):
            time.sleep(DIRTY_SECONDS)
            # Nobody pays for what another has left to be written.
            os.sync()
            took = once()
            if run("virsh", "-q", "-c", guest.uri, "domstate", guest.name) != "running":
                raise Failed(f"{guest.name} does not run after {what}")
            number = f"{n + 1} of {self.args.samples}" if n >= 0 else "not counted"
            say(f"{guest.mib} MiB, {number}: {what} {took:.0f} ms")
            if n >= 0:
                values.append(took)
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
    options = parser("rollback", __doc__)
    options.add_argument("--sizes", type=sizes, default=[256, 1024], metavar="MIB,...",
                         help="the guests' memory (default: 256,1024)")
    options.add_argument("--samples", type=positive, default=5, metavar="N", help="of each size and kind (default: 5)")
    options.add_argument("--warm-up", type=not_negative, default=3, metavar="N",
                         help="of each size and kind before them, not counted (default: 3)")
    return options.parse_args()


def main():
    args = arguments()

    def measure():
        rows = Bench(args).run()
        return {"rollback": rows}, table(rows)
    # Snapshots of the attested state and of each suspect, and libvirt's in the disk.
    return measured(args, (args.samples + args.warm_up + 3) * max(args.sizes) * 2**20 + 2**30, measure)


if __name__ == "__main__":
    sys.exit(main())
