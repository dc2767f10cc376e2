#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how many signed reports a second become durable entries of the ledger, and what appraising a report costs.

A server of its own takes reports from its queue, appraises them, seals and appends them, on H2 and on PostgreSQL. Time to
durable is from the sending of the report to the end of the transaction that wrote its entry, with as many reports a second
as --rate says. Beside it: how many transactions of one row the same database makes durable one after the other, how much
the database grew by an entry, and how many entries a check of the whole ledger gets through in a second. The reports are
as large as those of a small guest, without a document of what was seen inside.

Exit status 1 if something could not be measured, or the check of the ledger found something.
"""
import argparse
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rest import Problem, Rest  # noqa: E402

DATABASES = ("h2", "postgresql")


class Failed(Exception):
    """Something was not measured."""


def arguments():
    parser = argparse.ArgumentParser(prog="bench ledger", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machines", type=int, default=256, metavar="N", help="VMs that the reports are of (256)")
    parser.add_argument("--each", type=int, default=800, metavar="N", help="reports of each (800); half of all are for the compiler")
    parser.add_argument("--rate", type=int, default=1000, metavar="N", help="reports a second where times are measured (1000)")
    parser.add_argument("--databases", default=",".join(DATABASES), metavar="NAME,...", help="h2,postgresql")
    parser.add_argument("--json", metavar="FILE", help="writes the figures there, too")
    for hidden in ("--fsck", "--pki", "--work"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--only-check", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not 1 <= args.machines <= 10000 or not 8 <= args.each <= 100000 or args.machines * args.each % 8:
        parser.error("machines are 1 to 10000, reports of each 8 to 100000, and all of them a multiple of 8")
    if args.rate < 1:
        parser.error("the rate is at least 1")
    if not set(args.databases.split(",")) <= set(DATABASES):
        parser.error("databases are " + ", ".join(DATABASES))
    return args


def fsck(server, pki):
    """Entries a second of a check of the whole ledger."""
    rest = Rest(server, f"{pki}/ca.pem", f"{pki}/auditor.pem", f"{pki}/auditor.key")
    began = time.monotonic()
    operation = rest.post("/ledger/checks", {}, location=True)
    while True:
        document = rest.get(operation)
        if document["state"] != "RUNNING":
            break
        time.sleep(0.1)
    seconds = time.monotonic() - began
    result = document.get("result") or {}
    if document["state"] != "SUCCEEDED" or result.get("findings"):
        raise Failed(f"the check of the ledger: {json.dumps(document)[:500]}")
    return result["size"] / seconds


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def figures_of(database, work):
    folder = f"{work}/{database}"
    runs = [[float(word) for word in line.split()] for line in read(f"{folder}/figures").splitlines()]
    entries = sum(run[0] for run in runs)
    _, fast, steady = runs
    return {
        "database": database,
        "entriesPerSecond": round(fast[0] / fast[1], 1),
        "singleRowCommitsPerSecond": round(float(read(f"{folder}/single")), 1),
        "p99DurableMs": steady[3],
        "bytesPerEntry": round(int(read(f"{folder}/bytes")) / entries),
        "fsckPerSecond": round(float(read(f"{folder}/fsck")), 1),
        "p50DurableMs": steady[2],
        "steadyPerSecond": round(steady[0] / steady[1], 1),
    }


def appraisal_of(work):
    rates = dict(line.split(" ", 1) for line in read(f"{work}/appraisal").splitlines())
    return {
        "perSecond": float(rates["appraisal"]),
        "rawVerifyPerSecond": float(rates["raw"]),
        "wholePerSecond": float(rates["whole"]),
        "readPerSecond": float(rates["reading"]),
        "provider": rates["provider"],
    }


LABELS = (
    ("entriesPerSecond", "durable entries a second"),
    ("singleRowCommitsPerSecond", "commits of one row a second"),
    ("steadyPerSecond", "at reports a second"),
    ("p50DurableMs", "  durable after, median, ms"),
    ("p99DurableMs", "  durable after, 99 %, ms"),
    ("bytesPerEntry", "bytes an entry"),
    ("fsckPerSecond", "entries checked a second"),
)


def show(figures):
    rows = figures["ledger"]
    if rows:
        print(f"{'':32}" + "".join(f"{row['database']:>14}" for row in rows))
    for name, label in LABELS:
        if rows:
            print(f"{label:32}" + "".join(f"{row[name]:>14,}" for row in rows))
    appraisal = figures["appraisal"]
    part = appraisal["perSecond"] / appraisal["rawVerifyPerSecond"]
    print(f"appraisals a second: {appraisal['perSecond']:,.0f}, {part:.0%} of the {appraisal['rawVerifyPerSecond']:,.0f}"
          f" bare verifications ({appraisal['provider']}), one thread;\nfrom the bytes on, with all digests:"
          f" {appraisal['wholePerSecond']:,.0f}")


def main():
    args = arguments()
    if args.only_check:
        print(args.machines, args.each, args.rate, args.databases.replace(",", " "))
        return 0
    try:
        if args.fsck:
            print(fsck(args.fsck, args.pki))
            return 0
        figures = {"ledger": [figures_of(name, args.work) for name in args.databases.split(",")],
                   "appraisal": appraisal_of(args.work)}
    except (Failed, Problem, OSError, KeyError, ValueError) as e:
        print(f"ledger: {e}", file=sys.stderr)
        return 1
    show(figures)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
