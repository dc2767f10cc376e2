#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A second reader of migration streams, which shares nothing with the library but docs/report-format.cddl.

  stream_digests.py FILE

Prints the digest of each component that the module measures itself, and before them the root of each RAM block. It believes
what it reads; it is there to be compared with, not to be fed by others.
"""
import hashlib
import json
import sys

PAGE = 4096
START, PART, END, FULL, CONFIGURATION, COMMAND, FOOTER = 1, 2, 3, 4, 7, 8, 0x7E
ZERO, MEM_SIZE, RAW, EOS, CONTINUE = 0x02, 0x04, 0x08, 0x10, 0x20
CONTROL = ["CR0", "CR4", "EFER", "LSTAR", "IDTR.base", "IDTR.limit", "GDTR.base", "GDTR.limit"]
CONTROL_FIELDS = {"env.cr[0]": "CR0", "env.cr[4]": "CR4", "env.efer": "EFER", "env.lstar": "LSTAR"}
CONTROL_TABLES = {"env.idt": "IDTR", "env.gdt": "GDTR"}
CLOCK_BYTES = [0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x0C, 0x32]


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        piece = self.data[self.at : self.at + n]
        assert len(piece) == n, f"the stream ends at {len(self.data)}"
        self.at += n
        return piece

    def uint(self, n):
        return int.from_bytes(self.take(n), "big")

    def name(self):
        return self.take(self.uint(1)).decode()


def sha256(data):
    return hashlib.sha256(data).digest()


def tree(leaves):
    """RFC 6962, 2.1, word by word."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + tree(leaves[:split]) + tree(leaves[split:]))


def cbor(value):
    """Deterministic CBOR (RFC 8949, 4.2.1) of integers from 0, texts, bytes and lists."""
    kind = {int: 0, bytes: 2, str: 3, list: 4}[type(value)]
    content = value.encode() if kind == 3 else value
    n = content if kind == 0 else len(content)
    if n < 24:
        head = bytes([kind << 5 | n])
    else:
        size = next(i for i in range(4) if n < 1 << (8 << i))
        head = bytes([kind << 5 | 24 + size]) + n.to_bytes(1 << size, "big")
    if kind == 0:
        return head
    return head + (b"".join(map(cbor, content)) if kind == 4 else content)


def read_ram(r, blocks, current):
    while True:
        record = r.uint(8)
        flags, offset = record & (PAGE - 1), record & ~(PAGE - 1)
        if flags == EOS:
            return current
        if flags == MEM_SIZE:
            while offset > 0:
                name = r.name()
                blocks[name] = bytearray(r.uint(8))
                offset -= len(blocks[name])
            continue
        if not flags & CONTINUE:
            current = r.name()
        page = r.take(PAGE) if flags & RAW else r.take(1) * PAGE
        blocks[current][offset : offset + PAGE] = page


def read_head(r):
    assert r.take(4) == b"QEVM" and r.uint(4) == 3 and r.uint(1) == CONFIGURATION
    r.take(r.uint(4))
    blocks, current = {}, None
    while (kind := r.uint(1)) != FULL:
        if kind == COMMAND:
            r.uint(2)
            r.take(r.uint(2))
            continue
        section = r.uint(4)
        if kind == START:
            assert r.name() == "ram" and r.uint(4) == 0 and r.uint(4) == 4
        current = read_ram(r, blocks, current)
        assert r.uint(1) == FOOTER and r.uint(4) == section
    r.at -= 1
    return blocks


def read_description(data):
    """The description reaches to the end; before it stand two marks and its length."""
    at = data.rindex(b'{"page_size"') - 6
    assert data[at : at + 2] == b"\0\x06" and int.from_bytes(data[at + 2 : at + 6], "big") == len(data) - at - 6
    return json.loads(data[at + 6 :])["devices"]


def read_body(r, body, fields, path=()):
    """Notes (path of names, begin, end) of every field."""
    for field in body["fields"]:
        for _ in range(field.get("array_len", 1)):
            begin = r.at
            if "struct" in field:
                read_body(r, field["struct"], fields, path + (field["name"],))
            else:
                r.take(field["size"])
            fields.append((path + (field["name"],), begin, r.at))
            assert r.at - begin == field["size"]
    for sub in body.get("subsections", []):
        assert r.uint(1) == 5 and r.name() == sub["vmsd_name"] and r.uint(4) == sub["version"]
        read_body(r, sub, fields, path)


def read_devices(r, description):
    """Gives (name, instance, version, masked payload, fields with their bytes) of every device section."""
    for device in description:
        assert r.uint(1) == FULL
        section, name, instance, version = r.uint(4), r.name(), r.uint(4), r.uint(4)
        assert name == device["name"] and instance == device["instance_id"]
        begin, fields = r.at, []
        read_body(r, device, fields)
        payload = bytearray(r.data[begin : r.at])
        values = [(path, r.data[a:b]) for path, a, b in fields]
        mask(name, payload, [(path, a - begin, b - begin) for path, a, b in fields])
        assert r.uint(1) == FOOTER and r.uint(4) == section
        yield name, instance, version, bytes(payload), values
    assert r.uint(1) == 0


def mask(name, payload, fields):
    if name == "globalstate":
        payload[:] = bytes(len(payload))
    if name != "mc146818rtc":
        return
    for path, begin, end in fields:
        if path in (("update_timer",), ("next_alarm_time",)):
            payload[begin:end] = bytes(end - begin)
        if path == ("cmos_data",):
            for i in CLOCK_BYTES:
                payload[begin + i] = 0


def control_registers(fields):
    found = {}
    for path, value in fields:
        if path[-1] in CONTROL_FIELDS:
            found[CONTROL_FIELDS[path[-1]]] = value
        if len(path) == 2 and path[0] in CONTROL_TABLES and path[1] in ("base", "limit"):
            found[CONTROL_TABLES[path[0]] + "." + path[1]] = value
    return found


def main(path):
    with open(path, "rb") as f:
        data = f.read()
    r = Reader(data)
    ram = []
    for name, content in sorted(read_head(r).items(), key=lambda item: item[0].encode()):
        root = tree([bytes(content[i : i + PAGE]) for i in range(0, len(content), PAGE)])
        print("block", name, len(content), root.hex())
        ram.append(cbor([name, len(content), root]))
    sections = list(read_devices(r, read_description(data)))
    cpus = [s for s in sections if s[0] in ("cpu", "cpu_common")]
    others = [s for s in sections if s[0] not in ("cpu", "cpu_common")]
    vcpus = sorted((s for s in cpus if s[0] == "cpu"), key=lambda s: s[1])
    control = [
        cbor([index, name, control_registers(vcpu[4])[name]]) for index, vcpu in enumerate(vcpus) for name in CONTROL
    ]
    print("cpu", tree([cbor(list(s[:4])) for s in cpus]).hex())
    print("cpu/control", tree(control).hex())
    print("devices", tree([cbor([*s[:3], sha256(s[3])]) for s in others]).hex())
    print("memory", tree(ram).hex())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
