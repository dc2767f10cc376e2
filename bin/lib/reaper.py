#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command that leaves daemons behind, and is the parent of all of them as long as they live.

    reaper.py COMMAND...    ends with the command's status; stays behind, unseen, while one of its descendants lives

libvirt holds a guest for alive until its process is reaped, which is process 1's duty once the guest is a daemon. That of a
container may only look every second or two, and each end of a guest would take so long. With prctl(2), PR_SET_CHILD_SUBREAPER,
the duty is ours, and done at once.
"""
import ctypes
import os
import sys

PR_SET_CHILD_SUBREAPER = 36


def status_of(code):
    return os.waitstatus_to_exitcode(code) % 256


def reap(command, tell):
    """Starts it, tells its status, and waits until nobody is left to be waited for."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    first = os.posix_spawnp(command[0], command, os.environ)
    # What the command prints is its own business; its end must not wait for ours.
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    while True:
        try:
            pid, code = os.wait()
        except ChildProcessError:
            return
        if pid == first:
            os.write(tell, bytes([status_of(code)]))
            os.close(tell)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    told, tell = os.pipe()
    if os.fork() == 0:
        os.close(told)
        os.setsid()
        os.chdir("/")
        try:
            reap(sys.argv[1:], tell)
        except FileNotFoundError as e:
            print(f"reaper: {e}", file=sys.stderr)
            os.write(tell, bytes([127]))
        finally:
            os._exit(0)
    os.close(tell)
    status = os.read(told, 1)
    return status[0] if status else 1


if __name__ == "__main__":
    sys.exit(main())
