#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Boots the test guest under QEMU (TCG), stops it and writes its memory and vCPUs into an ELF core.

    guest_core.py VMLINUZ INITRAMFS FOLDER      FOLDER/core; what the guest said is in FOLDER/serial
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

BOOT_SECONDS = 120
TICKS = 3


class Failed(Exception):
    """There is no core."""


class Qmp:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(BOOT_SECONDS)
        self.socket.connect(path)
        self.file = self.socket.makefile("rw")
        self.file.readline()
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "error" in answer:
                raise Failed(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return


def started(kernel, initramfs, folder):
    with open(f"{folder}/qemu.log", "w") as log:
        return subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-accel", "tcg", "-machine", "q35",
             "-cpu", "qemu64", "-smp", "2", "-m", "256", "-kernel", kernel, "-initrd", initramfs,
             "-append", "console=ttyS0 quiet panic=-1 vmattest.disk=none", "-serial", f"file:{folder}/serial",
             "-qmp", f"unix:{folder}/qmp,server=on,wait=off"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def said(folder):
    try:
        with open(f"{folder}/serial", errors="replace") as serial:
            return serial.read()
    except FileNotFoundError:
        return ""


def await_ticks(guest, folder):
    deadline = time.monotonic() + BOOT_SECONDS
    while not re.search(rf"^tick {TICKS}\b", said(folder), re.MULTILINE):
        if guest.poll() is not None or time.monotonic() > deadline:
            with open(f"{folder}/qemu.log") as log:
                raise Failed(f"the guest does not boot: {log.read()}{said(folder)[-500:]}")
        time.sleep(0.1)


def main():
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    kernel, initramfs, folder = (os.path.abspath(word) for word in sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    guest = started(kernel, initramfs, folder)
    try:
        await_ticks(guest, folder)
        qmp = Qmp(f"{folder}/qmp")
        qmp.execute("stop")
        qmp.execute("dump-guest-memory", paging=False, protocol=f"file:{folder}/core")
    except (Failed, OSError, ValueError) as e:
        print(f"guest: {e}", file=sys.stderr)
        return 1
    finally:
        guest.kill()
        guest.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
