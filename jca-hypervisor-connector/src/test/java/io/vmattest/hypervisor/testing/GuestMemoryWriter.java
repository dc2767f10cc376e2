// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.testing;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Changes a guest's memory without its doing anything, as one who owns the host can. */
public final class GuestMemoryWriter {
  private static final Pattern HOST_ADDRESS = Pattern.compile("\\) is (?:0x)?([0-9a-f]+)");

  private final TestGuest guest;

  public GuestMemoryWriter(TestGuest guest) {
    this.guest = guest;
  }

  /** Inverts a byte of guest physical memory; done twice, it is as before. */
  public void flip(long guestPhysicalAddress) throws IOException, InterruptedException {
    String question = "gpa2hva 0x" + Long.toHexString(guestPhysicalAddress);
    String answer = guest.virsh("qemu-monitor-command", "--hmp", question);
    Matcher address = HOST_ADDRESS.matcher(answer);
    if (!address.find()) {
      throw new IOException("no host address: " + answer);
    }
    String pid = Files.readString(Path.of("/run/libvirt/qemu/" + guest.name() + ".pid")).strip();
    try (RandomAccessFile memory = new RandomAccessFile("/proc/" + pid + "/mem", "rw")) {
      long host = Long.parseUnsignedLong(address.group(1), 16);
      memory.seek(host);
      int value = memory.read();
      memory.seek(host);
      memory.write(~value);
    }
  }
}
