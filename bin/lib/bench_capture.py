#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attests a guest again and again through the REST API of a running demo, and says how long it took.

The JSON: {"capture": {"vm", "memoryMiB", "samples", "pauseMillis": {"min", "median", "max"},
"requestMillis": {...}}}. pauseMillis is STOP to RESUME as QEMU's events say, taken from the signed reports;
requestMillis is the whole call, to the entry in the ledger.
"""
import argparse
import json
import os
import statistics
import sys
import time

from rest import Problem, Rest


def spread(values):
    return {"min": round(min(values), 2), "median": round(statistics.median(values), 2), "max": round(max(values), 2)}


def properties(path):
    with open(path) as f:
        return dict(line.rstrip("\n").split("=", 1) for line in f if "=" in line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--state", help="the demo's state folder (default: var)")
    parser.add_argument("--vm", default="vmattest-demo")
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    args = parser.parse_args()
    state = args.state or os.path.join(args.home, "var")
    try:
        port = 8443 + int(properties(os.path.join(state, "server.properties"))["jboss.socket.binding.port-offset"])
        pki = os.path.join(state, "pki")
        rest = Rest(f"https://localhost:{port}", f"{pki}/ca.pem", f"{pki}/admin.pem", f"{pki}/admin.key")
        vm = next((v for v in rest.get("/vms")["vms"] if v["name"] == args.vm and v["state"] == "RUNNING"), None)
        if vm is None:
            raise ValueError(f"the server lists no running VM {args.vm}")
        pauses, requests = [], []
        for n in range(args.samples):
            started = time.monotonic()
            report = rest.post(f"/vms/{vm['id']}/attestations", {})
            requests.append((time.monotonic() - started) * 1000)
            pauses.append(report["pauseMicros"] / 1000)
            if sys.stderr.isatty():
                print(f"\r{n + 1}/{args.samples}", end="", file=sys.stderr)
    except (OSError, KeyError, ValueError, Problem) as e:
        print(f"\rbench: {e} (is bin/demo up?)", file=sys.stderr)
        return 1
    memory = next(c["size"] for c in report["components"] if c["name"] == "memory") // 2**20
    figures = {"capture": {"vm": args.vm, "memoryMiB": memory, "samples": args.samples,
                           "pauseMillis": spread(pauses), "requestMillis": spread(requests)}}
    if args.json:
        with open(args.json, "w") as f:
            json.dump(figures, f)
    for name in ("pauseMillis", "requestMillis"):
        print(f"\r{name:14} " + "  ".join(f"{k} {v}" for k, v in figures["capture"][name].items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
