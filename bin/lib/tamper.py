#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Tampers with a guest from outside, for the demo and the tests.

  tamper.py cr4 SOCKET --clear BIT[,BIT...]       clear bits of CR4 on every vCPU of a running guest
  tamper.py memory SOCKET --address GPA --xor HH  change one byte of guest physical memory

SOCKET is a QEMU gdbstub (unix socket), which stops the guest while a client is attached. The guest runs on
afterwards; `memory` on a suspended guest is done with `tamper.py poke`, which leaves it suspended:

  tamper.py poke PID --hva ADDRESS --xor HH       change one byte of a QEMU process's memory (root)

Each prints what was there and what is there now, as JSON.
"""
import argparse
import json
import re
import socket
import sys
import xml.etree.ElementTree as ElementTree

TIMEOUT_SECONDS = 10


class Gdb:
    """The few packets of GDB's remote serial protocol that are needed here."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT_SECONDS)
        self.socket.connect(path)
        self.buffer = b""

    def _byte(self):
        if not self.buffer:
            self.buffer = self.socket.recv(65536)
            if not self.buffer:
                raise EOFError("the gdbstub closed the connection")
        byte, self.buffer = self.buffer[:1], self.buffer[1:]
        return byte

    def ask(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) % 256))
        answer = self._packet()
        while re.match(r"T[0-9a-f]{2}thread:", answer):  # attaching stopped the guest; that news comes unasked
            answer = self._packet()
        return answer

    def _packet(self):
        while self._byte() != b"$":
            pass
        answer = b""
        while (byte := self._byte()) != b"#":
            answer += byte
        self._byte(), self._byte()
        self.socket.sendall(b"+")
        return answer.decode("latin-1")

    def expect_ok(self, text):
        answer = self.ask(text)
        if answer != "OK":
            raise RuntimeError(f"the gdbstub answered {answer!r} to {text!r}")

    def annex(self, name):
        """A target description; it may come in pieces (l: last, m: more)."""
        text = ""
        while True:
            part = self.ask(f"qXfer:features:read:{name}:{len(text):x},ffb")
            text += part[1:]
            if part[0] == "l":
                return text
            if part[0] != "m":
                raise RuntimeError(f"no target description {name}: {part!r}")

    def register_number(self, name):
        """Registers are numbered in the order of the target's description."""
        self.ask("qSupported:xmlRegisters=i386")
        number = 0
        for include in re.findall(r'href="([^"]+)"', self.annex("target.xml")):
            for register in ElementTree.fromstring(self.annex(include)).iter("reg"):
                number = int(register.get("regnum", number))
                if register.get("name") == name:
                    return number
                number += 1
        raise RuntimeError(f"the gdbstub knows no register {name}")

    def threads(self):
        ids, answer = [], self.ask("qfThreadInfo")
        while answer.startswith("m"):
            ids += answer[1:].split(",")
            answer = self.ask("qsThreadInfo")
        return ids

    def detach(self):
        self.ask("D")
        self.socket.close()


def clear_cr4(args):
    gdb = Gdb(args.socket)
    try:
        number = gdb.register_number("cr4")
        mask = sum(1 << int(bit) for bit in args.clear.split(","))
        changes = []
        for vcpu, thread in enumerate(gdb.threads()):
            gdb.expect_ok(f"Hg{thread}")
            raw = bytes.fromhex(gdb.ask(f"p{number:x}"))
            before = int.from_bytes(raw, "little")
            after = before & ~mask
            gdb.expect_ok(f"P{number:x}={after.to_bytes(len(raw), 'little').hex()}")
            now = int.from_bytes(bytes.fromhex(gdb.ask(f"p{number:x}")), "little")
            changes.append({"vcpu": vcpu, "register": "CR4", "before": hex(before), "after": hex(now)})
        return changes
    finally:
        gdb.detach()


def change_memory(args):
    gdb = Gdb(args.socket)
    try:
        gdb.expect_ok("Qqemu.PhyMemMode:1")
        before = int(gdb.ask(f"m{args.address:x},1"), 16)
        after = before ^ args.xor
        gdb.expect_ok(f"M{args.address:x},1:{after:02x}")
        return [{"address": hex(args.address), "before": hex(before), "after": hex(after)}]
    finally:
        gdb.detach()


def poke(args):
    with open(f"/proc/{args.pid}/mem", "r+b", buffering=0) as memory:
        memory.seek(args.hva)
        before = memory.read(1)[0]
        memory.seek(args.hva)
        memory.write(bytes([before ^ args.xor]))
        memory.seek(args.hva)
        after = memory.read(1)[0]
    return [{"hva": hex(args.hva), "before": hex(before), "after": hex(after)}]


def number(text):
    return int(text, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    cr4 = commands.add_parser("cr4", help="clear bits of CR4")
    cr4.add_argument("socket")
    cr4.add_argument("--clear", required=True, help="bit numbers, e.g. 20,21 for SMEP and SMAP")
    cr4.set_defaults(run=clear_cr4)
    memory = commands.add_parser("memory", help="change one byte of guest physical memory")
    memory.add_argument("socket")
    memory.add_argument("--address", type=number, required=True)
    memory.add_argument("--xor", type=number, default=0xFF)
    memory.set_defaults(run=change_memory)
    process = commands.add_parser("poke", help="change one byte of a process's memory")
    process.add_argument("pid", type=int)
    process.add_argument("--hva", type=number, required=True)
    process.add_argument("--xor", type=number, default=0xFF)
    process.set_defaults(run=poke)
    args = parser.parse_args()
    try:
        json.dump(args.run(args), sys.stdout)
        print()
    except (OSError, EOFError, RuntimeError, ValueError) as e:
        print(f"tamper: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
