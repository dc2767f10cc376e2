// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs a machine on which loop devices can be made. */
@Tag("guest")
class FrozenDeviceIT {
  private static final long SIZE = 3 << 20;

  @TempDir Path folder;

  @Test
  void aBlockDeviceIsUntouchedAsLongAsItHasItsSize() throws Exception {
    Path backing = folder.resolve("backing");
    try (RandomAccessFile file = new RandomAccessFile(backing.toFile(), "rw")) {
      file.setLength(SIZE);
    }
    String device = loop(backing);
    try {
      FrozenDisk disk = FrozenDisk.of("vda", Path.of(device), "raw", SIZE);
      assertEquals(SIZE, disk.length());
      // Opening and closing it changes the times of its node at most.
      Files.setLastModifiedTime(disk.image(), java.nio.file.attribute.FileTime.fromMillis(1));
      assertTrue(disk.isUntouched());
      assertFalse(
          new FrozenDisk("vda", disk.image(), "raw", SIZE, SIZE + 512, 0).isUntouched(),
          "another size");
    } finally {
      Programs.run(List.of("losetup", "-d", device));
    }
  }

  private static String loop(Path backing) throws InterruptedException {
    String device = "";
    try {
      device = Programs.run(List.of("losetup", "--find", "--show", backing.toString())).strip();
    } catch (IOException e) {
      assumeTrue(false, "no loop devices here: " + e.getMessage());
    }
    return device;
  }
}
