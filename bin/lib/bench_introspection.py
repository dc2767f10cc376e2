#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how long it takes to look at a guest's kernel in its memory.

A guest of 256 MiB is booted under QEMU (TCG) with a kernel of Debian's, stopped, and its memory written to a file. Warm:
the median of looks in a process that knows the kernel. Cold: the median of first looks, each in a process of its own to
which the kernel is new; that opening the kernel's Reference Values is not part of it is said beside. A full look finds the
kernel, compares its code with its package, and reads tasks, modules, sockets and mounts. drgn is tried on the same file.

Exit status 1 if something could not be measured, the guest was not as its package has it, or a limit was missed on a
machine that did nothing else.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

LIMITS = {"taskWalkMs": 10, "fullWarmMs": 500, "fullColdMs": 2000, "unexplainedTextBytes": 0, "findings": 0}
EXACT = ("unexplainedTextBytes", "findings")
COLD_RUNS = 5
DRGN_SECONDS = 60
LABELS = (
    ("taskWalkMs", "walk of all tasks, warm", "ms"),
    ("fullWarmMs", "full look, warm", "ms"),
    ("findWarmMs", "  of it: finding the kernel", "ms"),
    ("codeWarmMs", "  of it: checking its code", "ms"),
    ("fullColdMs", "full look, cold", "ms"),
    ("findColdMs", "  of it: finding the kernel", "ms"),
    ("referenceColdMs", "opening the Reference Values, cold", "ms"),
    ("storeMs", "making the kernel's store of its package", "ms"),
    ("pagesRead", "pages read by a full look", ""),
    ("textBytes", "text of the kernel", "bytes"),
    ("unexplainedTextBytes", "  of it unexplained by the package", "bytes"),
    ("tasks", "tasks", ""),
    ("modules", "modules", ""),
    ("findings", "findings (the guest is clean)", ""),
)


class Failed(Exception):
    """Something was not measured."""


def parsed(text):
    figures = {}
    for line in text.splitlines():
        name, value = line.split()
        number = float(value)
        figures[name] = number if name.endswith("Ms") else int(number)
    return figures


def measured(args, *words):
    done = subprocess.run(["java", "-cp", args.classes, "io.vmattest.benchmarks.introspection.IntrospectionMain", *words],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    return parsed(done.stdout)


def cold(args):
    runs = [measured(args, "cold", f"{args.work}/core", f"{args.work}/store") for _ in range(COLD_RUNS)]
    medians = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
    return medians | {"fullColdMsMin": min(run["fullColdMs"] for run in runs)}


def drgn(args):
    """What drgn does with the same file: how many tasks, or what it says."""
    if not shutil.which("drgn"):
        return "not installed"
    script = f"{args.work}/tasks.py"
    with open(script, "w") as f:
        f.write("import time\nfrom drgn.helpers.linux.pid import for_each_task\nbegan = time.monotonic()\n"
                "n = len([t.comm.string_() for t in for_each_task(prog)])\n"
                "print(f'{n} tasks in {(time.monotonic() - began) * 1000:.1f} ms')\n")
    try:
        done = subprocess.run(["drgn", "-q", "-c", f"{args.work}/core", script], capture_output=True, text=True,
                              timeout=DRGN_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no end within {DRGN_SECONDS} s"
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return lines[-1] if lines else f"exit status {done.returncode}"


def table(figures):
    width = max(len(label) for _, label, _ in LABELS)
    lines = []
    for name, label, unit in LABELS:
        value = f"{figures[name]:,.1f}" if name.endswith("Ms") else f"{figures[name]:,}"
        limit = f"   limit {LIMITS[name]:,}" if name in LIMITS else ""
        lines.append(f"{label.ljust(width)}  {value.rjust(12)} {unit.ljust(5)}{limit}".rstrip())
    lines.append(f"medians of {figures['samples']} looks, cold of {COLD_RUNS} (the fastest {figures['fullColdMsMin']:,.1f} ms); "
                 f"load average {figures['loadAverage']} of {os.cpu_count()} processors")
    lines.append(f"drgn on the same file: {figures['drgn']}")
    return lines


def missed(figures):
    """Names of limits; times count only where the machine did nothing else."""
    quiet = figures["loadAverage"] < os.cpu_count()
    return [name for name, limit in LIMITS.items() if figures[name] > limit and (quiet or name in EXACT)]


def positive(text):
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def arguments():
    parser = argparse.ArgumentParser(prog="bin/bench introspection", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=positive, default=25, metavar="N", help="warm looks (default: 25)")
    parser.add_argument("--kernel", metavar="DEB", help="Debian package of the kernel (default: the cloud kernel 6.1)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--classes", help=argparse.SUPPRESS)
    parser.add_argument("--only-check", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    args = arguments()
    if args.only_check:
        return 0
    try:
        with open(f"{args.work}/store.figures") as f:
            figures = parsed(f.read())
        figures |= {"samples": args.samples, "loadAverage": round(os.getloadavg()[0], 2)}
        figures |= cold(args)
        figures |= measured(args, "warm", f"{args.work}/core", f"{args.work}/store", f"{args.work}/vmlinuz", str(args.samples))
        figures["drgn"] = drgn(args)
        if args.json:
            with open(args.json, "w") as f:
                json.dump({"introspection": figures}, f)
                f.write("\n")
    except (OSError, KeyError, ValueError, Failed) as e:
        print(f"bench: {type(e).__name__}: {e}", file=sys.stderr)
        return 1
    print("\n".join(table(figures)))
    for name in missed(figures):
        print(f"bench: {name} is over its limit", file=sys.stderr)
    return 1 if missed(figures) else 0


if __name__ == "__main__":
    sys.exit(main())
