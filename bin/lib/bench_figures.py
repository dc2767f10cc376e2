# SPDX-License-Identifier: Apache-2.0
"""What was measured: its statistics, its table."""
import math
import statistics


def percentile(values, percent):
    """The smallest value that so many per cent do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def median(values):
    return round(statistics.median(values), 2)


class Samples:
    """Of one kind of guest."""

    def __init__(self, mib, disk):
        self.mib, self.disk = mib, disk
        self.first_total = None
        self.mode = None
        self.pauses, self.totals, self.dump_pauses, self.dump_totals = [], [], [], []
        self.slower_percent = None

    def row(self, hashing):
        return {
            "ramMiB": self.mib,
            "mode": self.mode,
            "disks": 1 if self.disk else 0,
            "pauseMsMedian": median(self.pauses),
            "pauseMsP90": round(percentile(self.pauses, 90), 2),
            "totalMs": median(self.totals),
            "firstTotalMs": round(self.first_total, 2),
            "baselinePauseMs": median(self.dump_pauses),
            "baselineTotalMs": median(self.dump_totals),
            "hashGBps": round(hashing[0], 3),
            "opensslGBps": round(hashing[1], 3),
        }


HEAD = ("RAM", "mode", "pause", "p90", "dump's", "ratio", "total", "dump's", "ratio", "first", "slower")


def _cells(row, slower):
    return (f"{row['ramMiB']} MiB{' + disk' if row['disks'] else ''}", row["mode"],
            f"{row['pauseMsMedian']:.1f}", f"{row['pauseMsP90']:.1f}", f"{row['baselinePauseMs']:.0f}",
            f"1/{row['baselinePauseMs'] / row['pauseMsMedian']:.0f}",
            f"{row['totalMs']:.0f}", f"{row['baselineTotalMs']:.0f}", f"{row['totalMs'] / row['baselineTotalMs']:.2f}",
            f"{row['firstTotalMs']:.0f}", f"{slower:.0f} %")


def _snapshots(kept):
    line = (f"snapshots: the first takes {kept['firstBytes'] / 1e6:.1f} MB, those that follow "
            f"{kept['followingBytes'] / 1e6:.1f} MB; the guest dirtied {kept['dirtiedBytes'] / 1e6:.1f} MB between them")
    if kept["dirtiedBytes"] > 0:
        line += f" ({kept['followingBytes'] / kept['dirtiedBytes']:.1f} bytes kept for one dirtied)"
    return line


def table(samples, figures):
    """Lines for people."""
    rows = [HEAD] + [_cells(row, s.slower_percent) for row, s in zip(figures["capture"], samples)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows]
    lines.append("times in ms: pause (median, 90th percentile) and total (median) of a capture with durable snapshot and "
                 "signed report; dump: virsh dump --memory-only and openssl dgst; first: the snapshot that has to store all; slower: the guest's ticks during captures")
    one = figures["capture"][0]
    lines.append(f"hashing a core: {one['hashGBps']:.2f} GB/s of pages that are not zero; openssl speed, 4 KiB: "
                 f"{one['opensslGBps']:.2f} GB/s ({one['hashGBps'] / one['opensslGBps']:.0%})")
    lines.append(_snapshots(figures["snapshots"]))
    return lines
