// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.cores;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.tee.NativeFile;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A snapshot's RAM block in a file that has no name any more: it is gone with the process that has
 * it open, however that ends.
 */
final class RamFile {
  private RamFile() {}

  /**
   * Checks every page on the way.
   *
   * @return the file, open for reading
   */
  static FileChannel of(StoredSnapshot snapshot, String block, Path folder)
      throws IOException, TeeException, HypervisorException {
    Path name = folder.resolve(UUID.randomUUID().toString());
    FileChannel ram;
    try (NativeFile output = NativeFile.create(name)) {
      try {
        ram = FileChannel.open(name);
      } finally {
        Files.delete(name);
      }
      try {
        snapshot.writeRam(block, output);
      } catch (TeeException | HypervisorException | RuntimeException e) {
        ram.close();
        throw e;
      }
    }
    return ram;
  }
}
