#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up the tests of JUnit XML reports and of TAP files; prints every failure and every skip with its reason.

  summary.py FOLDER...      looks for TEST-*.xml and *.tap below the folders

The last line reads 'N passed, N failed, N skipped'. Exit status 1 if a test failed or none passed.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def junit(path):
    """Gives (name, outcome, reason) of each test case."""
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname', '').rsplit('.', 1)[-1]}.{case.get('name')}"
        for tag, outcome in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
            found = case.find(tag)
            if found is not None:
                yield name, outcome, first_line(found.get("message") or found.text or "no reason given")
                break
        else:
            yield name, "passed", ""


def tap(path):
    for line in path.read_text(errors="replace").splitlines():
        match = re.match(r"(not )?ok\b\s*\d*\s*-?\s*([^#]*)(?:#\s*(SKIP)\b\s*(.*))?", line, re.IGNORECASE)
        if match:
            outcome = "skipped" if match.group(3) else "failed" if match.group(1) else "passed"
            yield match.group(2).strip(), outcome, match.group(4) or ""


def first_line(text):
    """Without the class that JUnit skips by, which is no reason."""
    text = text.strip().removeprefix("org.opentest4j.TestAbortedException:").strip()
    return text.splitlines()[0][:200] if text else "no reason given"


def main(folders):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for folder in map(pathlib.Path, folders):
        for path in sorted([*folder.rglob("TEST-*.xml"), *folder.rglob("*.tap")]):
            for name, outcome, reason in (junit if path.suffix == ".xml" else tap)(path):
                counts[outcome] += 1
                if outcome != "passed":
                    print(f"{outcome}: {name}: {reason}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
