# SPDX-License-Identifier: Apache-2.0
"""A guest to be measured: full of pages that are not zero, written to all the time, and watched."""
import os
import re
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FILL_PERCENT = 85  # of the memory that is free once it has booted
BOOT_SECONDS = 300
TICK_SECONDS = 60
EVENT_SECONDS = 15


class Failed(Exception):
    """What was to be measured did not happen."""


def run(*words, **options):
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words[:6])} ...: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


class PauseEvents:
    """QEMU's events STOP and RESUME, with the times that QEMU gave them."""

    LINE = re.compile(r"event (STOP|RESUME) at (\d+\.\d+) for domain")

    def __init__(self, uri, name):
        self.changed = threading.Condition()
        self.seen = []
        # virsh keeps its lines back where it writes to no terminal.
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", "virsh", "-q", "-c", uri, "qemu-monitor-event", "--domain", name, "--loop"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            found = self.LINE.search(line)
            if found:
                with self.changed:
                    self.seen.append((found.group(1), float(found.group(2))))
                    self.changed.notify_all()

    def _pause(self, began):
        stopped = None
        for event, at in self.seen:
            if event == "STOP" and at >= began:
                stopped = at
            elif event == "RESUME" and stopped is not None:
                return (at - stopped) * 1000
        return None

    def pause_since(self, began):
        """Milliseconds from the first STOP since then to its RESUME."""
        with self.changed:
            if not self.changed.wait_for(lambda: self._pause(began) is not None, EVENT_SECONDS):
                raise Failed(f"QEMU told no STOP and RESUME since {began:.3f}")
            return self._pause(began)

    def close(self):
        self.process.terminate()
        self.process.wait()


class Guest:
    """Use it in a `with`: it is removed at the end."""

    def __init__(self, folder, cache, name, mib, write_kib, disk):
        self.folder, self.name, self.mib = folder, name, mib
        self.uri = os.environ["LIBVIRT_URI"]
        self.events = None
        words = f"vmattest.fill={FILL_PERCENT} vmattest.write={write_kib}"
        environment = {**os.environ, "GUEST_WORDS": words, "GUEST_BOOT_SECONDS": str(BOOT_SECONDS),
                       "GUEST_DISK": "yes" if disk else "none"}
        try:
            self.uuid = run(f"{HERE}/guest.sh", "start", cache, folder, name, "1", str(mib), env=environment)
            self.events = PauseEvents(self.uri, name)
        except BaseException:
            self.remove()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        if self.events:
            self.events.close()
        subprocess.run([f"{HERE}/guest.sh", "remove", self.folder, self.name], check=False)

    def serial(self):
        with open(f"{self.folder}/{self.name}.serial", "rb") as f:
            return f.read().replace(b"\r", b"")

    def tick(self):
        ticks = re.findall(rb"^tick (\d+)$", self.serial(), re.MULTILINE)
        return int(ticks[-1]) if ticks else 0

    def expect_alive(self):
        """Two ticks from now: the first may have been under way."""
        beyond = self.tick() + 1
        run(f"{HERE}/guest.sh", "await", self.folder, self.name, str(beyond), str(TICK_SECONDS))
        wrong = re.search(rb"^(mismatch: .*|.*Kernel panic.*)$", self.serial(), re.MULTILINE)
        if wrong:
            raise Failed(f"{self.name} says: {wrong.group(1).decode('utf-8', 'replace')}")

    def ticks_a_second(self, seconds):
        before, began = self.tick(), time.monotonic()
        time.sleep(seconds)
        return (self.tick() - before) / (time.monotonic() - began)

    def dump(self, file):
        """The usual way: a dump of the memory, and a digest of the file. Gives (pause, total) in milliseconds."""
        wall, began = time.time(), time.monotonic()
        try:
            run("virsh", "-q", "-c", self.uri, "dump", self.name, file, "--memory-only")
            run("openssl", "dgst", "-sha256", file)
            total = (time.monotonic() - began) * 1000
        finally:
            if os.path.exists(file):
                os.unlink(file)
        return self.events.pause_since(wall), total
