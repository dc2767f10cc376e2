#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo's story: a guest is attested, tampered with, found out and rolled back, through the REST API.

Each step prints one line with what was observed and how long it took; the first that is not observed ends the story
with exit status 1. With --json the lines are JSON objects.
"""
import argparse
import base64
import collections
import glob
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile

from events import EventListener
from rest import Rest
from teller import DEADLINE_SECONDS, NotObserved, Teller, expect, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
SMEP, SMAP = 20, 21
TAMPERED_PAGE = 0x1000000  # 16 MiB: RAM on every machine type


class Story:
    def __init__(self, args):
        self.args = args
        self.rest = Rest(args.server, args.ca, args.cert, args.key)
        self.teller = Teller(args.json, args.first)
        self.pauses = []
        self.vm = None
        self.baseline = None
        self.nonce = secrets.token_bytes(16)
        self.listener = EventListener(args.amqp, args.ca, args.amqp_user, args.amqp_password_file)

    # ---- what the steps use

    def path(self, tail=""):
        return f"/vms/{self.vm['id']}{tail}"

    def attest(self, **body):
        answer = self.rest.post(self.path("/attestations"), body)
        if answer["mode"] == "live":
            self.pauses.append(answer["pauseMicros"] / 1000)
        return answer

    def verify(self):
        answer = self.rest.post(self.path("/verifications"), {})
        report = self.rest.get(f"/attestations/{answer['report']}")
        if report.get("mode") == "live":
            self.pauses.append(report["pauseMicros"] / 1000)
        return answer

    def virsh(self, *words):
        done = subprocess.run(["virsh", "-q", "-c", self.args.uri, *words], capture_output=True, text=True,
                              timeout=DEADLINE_SECONDS)
        expect(done.returncode == 0, f"virsh {words[0]}: {done.stderr.strip()}")
        return done.stdout.strip()

    def monitor(self, command):
        return self.virsh("qemu-monitor-command", self.vm["name"], "--hmp", command)

    def state(self):
        return self.virsh("domstate", self.vm["name"])

    def tick(self):
        """The last whole line that the guest wrote to its serial port."""
        with open(self.args.serial, "rb") as f:
            f.seek(max(0, os.path.getsize(self.args.serial) - 4096))
            ticks = re.findall(rb"tick (\d+)\r?\n", f.read())
        return int(ticks[-1]) if ticks else 0

    def tamper(self, *words):
        done = subprocess.run([sys.executable, os.path.join(HERE, "tamper.py"), *words], capture_output=True, text=True,
                              timeout=DEADLINE_SECONDS)
        expect(done.returncode == 0, done.stderr.strip())
        return json.loads(done.stdout)

    def roll_back(self, title):
        location = self.rest.post(self.path("/rollbacks"), {}, location=True)

        def ended():
            operation = self.rest.get(location)
            self.teller.progress(title, operation.get("fraction") or 0, operation.get("step") or "")
            return operation if operation["state"] != "RUNNING" else None

        operation = wait_for(ended, "the rollback's end", 180)
        expect(operation["state"] == "SUCCEEDED", f"rollback failed: {operation.get('problem')}")
        return operation

    # ---- the steps

    def finds_the_guest(self):
        vms = self.rest.get("/vms")["vms"]
        self.vm = next((vm for vm in vms if vm["name"] == self.args.vm and vm["state"] == "RUNNING"), None)
        expect(self.vm, f"the server lists no running VM {self.args.vm}")
        tick = wait_for(self.tick, "the guest's first tick")
        return f"{self.vm['name']} {self.vm['id']} is {self.vm['state']}, ticks ({tick})"

    def hears_events(self):
        self.listener.start()
        wait_for(lambda: self.listener.ready, "a subscription to the event topic", 20)
        return f"subscribed to vmattest.events as {self.args.amqp_user} over AMQPS"

    def attests(self):
        nonce = base64.urlsafe_b64encode(self.nonce).rstrip(b"=").decode()
        self.baseline = self.attest(nonce=nonce, snapshot=True, baseline=True)
        expect(self.baseline["snapshot"], "the report has no snapshot")
        self.attested_tick = self.tick()
        return (f"report {self.baseline['digest'][:16]} of {len(self.baseline['components'])} components, snapshot and disks kept, "
                f"guest paused {self.baseline['pauseMicros'] / 1000:.1f} ms")

    def gets_the_latest(self):
        self.cose = self.rest.get_bytes(self.path("/attestations/latest"), "application/eat+cwt")
        expect(self.cose == base64.urlsafe_b64decode(self.baseline["report"] + "=="),
               "the latest report is not the one just made")
        return f"AttestVMState gives the same report, {len(self.cose)} bytes of COSE_Sign1"

    def checks_offline(self):
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "report.cose")
            with open(report, "wb") as f:
                f.write(self.cose)
            base = [self.args.vmattest, "report", "verify", report, "--endorsement-root", self.args.endorsement_roots,
                    "--enroller", self.args.enroller, "--vm", self.vm["id"]]
            good = subprocess.run([*base, "--nonce", self.nonce.hex()], capture_output=True, text=True, timeout=60)
            expect(good.returncode == 0, f"vmattest says {good.returncode}: {good.stdout} {good.stderr}")
            with open(report, "r+b") as f:
                f.seek(len(self.cose) // 2)
                byte = f.read(1)[0]
                f.seek(len(self.cose) // 2)
                f.write(bytes([byte ^ 1]))
            bad = subprocess.run(base, capture_output=True, text=True, timeout=60)
            expect(bad.returncode == 1 and "FALSE" in bad.stdout,
                   f"an altered report gives exit status {bad.returncode}: {bad.stdout} {bad.stderr}")
        return f"holds up to the endorsement root; with one bit flipped, exit status {bad.returncode}"

    def verifies(self):
        answer = self.verify()
        expect(answer["verdict"] == "VERIFIED", f"{answer['verdict']}: {answer['discrepancies']}")
        return f"{answer['verdict']}, {answer['differingPages']} pages differ as they may on a running guest"

    def verifies_exactly(self):
        answer = self.verify()
        expect(answer["verdict"] == "VERIFIED", f"{answer['verdict']}: {answer['discrepancies']}")
        expect(answer["differingPages"] == 0, f"{answer['differingPages']} pages differ")
        return "VERIFIED, no page differs"

    def clears_smep(self):
        path = os.path.join(self.qemu_folder(), "gdb.sock")
        self.monitor(f"gdbserver unix:{path},server=on,wait=off")
        try:
            changes = self.tamper("cr4", path, "--clear", f"{SMEP},{SMAP}")
        finally:
            self.monitor("gdbserver none")
        expect(self.state() == "running", "the guest does not run after the tampering")
        self.tampered_tick = self.tick()
        expect(all(c["before"] != c["after"] for c in changes), f"the bits were clear already: {changes}")
        return ", ".join(f"vcpu{c['vcpu']} CR4 {c['before']} -> {c['after']}" for c in changes)

    def finds_smep(self):
        answer = self.verify()
        expect(answer["verdict"] == "DISCREPANT", f"verdict {answer['verdict']}")
        named = [d for d in answer["discrepancies"] if "CR4" in d["subject"]]
        expect(named, f"CR4 is not named: {answer['discrepancies']}")
        return f"DISCREPANT, {named[0]['subject']}: {named[0]['explanation']}"

    def rolls_back(self):
        operation = self.roll_back("roll back")
        expect(self.state() == "running", "the guest does not run after the rollback")
        parts = ", ".join(f"{part['step']} {part['millis']} ms" for part in operation["result"]["parts"])
        return f"{operation['state']}, {self.vm['name']} runs again; {parts}"

    def goes_on(self):
        first = wait_for(lambda: t if (t := self.tick()) < self.tampered_tick else None, "a tick from the attested past")
        later = wait_for(lambda: t if (t := self.tick()) > first else None, "the next tick")
        return (f"the guest ticked {self.attested_tick} soon after it was attested, {self.tampered_tick} when tampered with, "
                f"and goes on with {first}, {later}")

    def suspends(self):
        self.virsh("suspend", self.vm["name"])
        one = self.attest(snapshot=True, baseline=True)
        two = self.attest()
        expect(one["mode"] == two["mode"] == "suspended", f"modes {one['mode']}, {two['mode']}")
        expect(one["components"] == two["components"], "two captures of a suspended guest differ")
        expect(self.state() == "paused", f"the guest is {self.state()}")
        return f"two captures, {len(one['components'])} equal components, and the guest still stands"

    def pokes(self):
        answer = self.monitor(f"gpa2hva {TAMPERED_PAGE:#x}")
        hva = re.search(r"is (0x[0-9a-f]+)", answer)
        expect(hva, answer)
        pid = self.qemu_pid()
        change = self.tamper("poke", str(pid), "--hva", hva.group(1))[0]
        return f"guest physical {TAMPERED_PAGE:#x}: {change['before']} -> {change['after']}"

    def qemu_pid(self):
        for folder in ("/run/libvirt/qemu", "/var/run/libvirt/qemu"):
            path = os.path.join(folder, f"{self.vm['name']}.pid")
            if os.path.exists(path):
                with open(path) as f:
                    return int(f.read())
        raise NotObserved("no process of the guest was found")

    def qemu_folder(self):
        """libvirt makes QEMU a folder in which it may make sockets, with AppArmor too."""
        pattern = f"/var/lib/libvirt/qemu/domain-{self.virsh('domid', self.vm['name'])}-*"
        folders = glob.glob(pattern)
        expect(len(folders) == 1, f"{pattern}: {len(folders)} folders")
        return folders[0]

    def finds_the_page(self):
        answer = self.verify()
        expect(answer["verdict"] == "DISCREPANT", f"verdict {answer['verdict']}")
        named = [d for d in answer["discrepancies"] if d.get("guestPhysicalAddress") == TAMPERED_PAGE]
        expect(named, f"the page is not named: {answer['discrepancies']}")
        return f"DISCREPANT, {named[0]['block']} at {named[0]['guestPhysicalAddress']:#x}: {named[0]['explanation']}"

    def rolls_back_suspended(self):
        operation = self.roll_back("roll back")
        expect(self.state() == "paused", f"the guest is {self.state()}")
        return f"{operation['state']}, {self.vm['name']} is suspended as before"

    def resumes(self):
        before = self.tick()
        self.virsh("resume", self.vm["name"])
        later = wait_for(lambda: t if (t := self.tick()) != before else None, "the next tick")
        return f"the guest goes on with {later}"

    def measures_pauses(self):
        for _ in range(self.args.samples):
            self.attest()
        median = statistics.median(self.pauses)
        expect(median < 20, f"median pause {median:.1f} ms of {len(self.pauses)} live captures")
        return (f"median {median:.1f} ms, from {min(self.pauses):.1f} to {max(self.pauses):.1f} ms, "
                f"{len(self.pauses)} live captures")

    def reads_the_ledger(self):
        """vmattest hashes every entry and its body itself; of the server it believes nothing."""
        done = subprocess.run(
            [self.args.vmattest, "ledger", "--json", "--limit", "100000", "--server", self.args.server,
             "--ca", self.args.ca, "--cert", self.args.cert, "--key", self.args.key],
            capture_output=True, text=True, timeout=DEADLINE_SECONDS)
        expect(done.returncode == 0, f"vmattest ledger says {done.returncode}: {done.stderr.strip()}")
        answer = json.loads(done.stdout)
        expect(answer["holds"], answer["detail"])
        kinds = collections.Counter(entry["type"] for entry in answer["entries"])
        expect(answer["size"] == len(answer["entries"]), f"{answer['size']} entries, {len(answer['entries'])} listed")
        expect(kinds["REPORT"] > 0 and kinds["ROLLBACK"] >= 2, f"the story is not in it: {dict(kinds)}")
        return (f"{answer['size']} entries hold, bodies and chain: "
                + ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())))

    def counts_events(self):
        def verdicts():
            return [e for e in self.listener.events() if "DISCREPANT" in json.dumps(e)]
        wait_for(lambda: len(verdicts()) >= 2, "two DISCREPANT events", 20)
        return f"{len(self.listener.events())} events, {len(verdicts())} of them say DISCREPANT"

    def tell(self):
        steps = [
            ("find the guest", self.finds_the_guest),
            ("listen", self.hears_events),
            ("attest", self.attests),
            ("AttestVMState", self.gets_the_latest),
            ("check offline", self.checks_offline),
            ("verify", self.verifies),
            ("tamper", self.clears_smep),
            ("verify", self.finds_smep),
            ("roll back", self.rolls_back),
            ("verify", self.verifies),
            ("go on", self.goes_on),
            ("suspend", self.suspends),
            ("verify", self.verifies_exactly),
            ("tamper", self.pokes),
            ("verify", self.finds_the_page),
            ("roll back", self.rolls_back_suspended),
            ("verify", self.verifies_exactly),
            ("resume", self.resumes),
            ("pauses", self.measures_pauses),
            ("ledger", self.reads_the_ledger),
            ("events", self.counts_events),
        ]
        try:
            for title, action in steps:
                self.teller.tell(title, action)
        finally:
            self.listener.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, text in [
        ("server", "base URL, e.g. https://localhost:8443"), ("ca", "CA certificate, PEM"),
        ("cert", "client certificate, PEM"), ("key", "its key, PEM"), ("vm", "name of the guest"),
        ("serial", "file that the guest's serial port writes to"),
        ("vmattest", "the vmattest command"), ("endorsement-roots", "PEM"), ("enroller", "PEM"),
        ("amqp", "host:port of the AMQPS acceptor"), ("amqp-user", "who may read the events"),
        ("amqp-password-file", "file with that user's password"),
    ]:
        parser.add_argument("--" + name, required=True, help=text)
    parser.add_argument("--uri", default="qemu:///system", help="libvirt connection")
    parser.add_argument("--samples", type=int, default=5, help="captures to measure the pause with")
    parser.add_argument("--first", type=int, default=1, help="number of the first step")
    parser.add_argument("--json", action="store_true")
    Story(parser.parse_args()).tell()


if __name__ == "__main__":
    main()
