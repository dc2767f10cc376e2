// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/** The folder with everything that the connector keeps on the host. */
public final class StateFolder {
  private final Path root;

  private StateFolder(Path root) {
    this.root = root;
  }

  /**
   * Makes what is missing. The folder itself can be traversed by all, because QEMU's user must
   * reach overlays of block devices and of clones; nothing but those can be read.
   */
  public static StateFolder at(Path root) throws IOException {
    StateFolder folder = new StateFolder(root.toAbsolutePath().normalize());
    make(folder.root, "rwx--x--x");
    make(folder.overlays(), "rwx--x--x");
    make(folder.clones(), "rwx--x--x");
    for (Path closed :
        new Path[] {
          folder.keys(),
          folder.snapshots(),
          folder.rollbacks(),
          folder.captures(),
          folder.locks(),
          folder.kernels(),
          folder.merges(),
          folder.cores()
        }) {
      make(closed, "rwx------");
    }
    return folder;
  }

  private static void make(Path folder, String permissions) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(permissions));
    }
  }

  /** Blobs that only this host's TPM can open. */
  public Path keys() {
    return root.resolve("keys");
  }

  public Path snapshots() {
    return root.resolve("snapshots");
  }

  /** Overlays of disks that have no folder of their own (block devices). */
  public Path overlays() {
    return root.resolve("overlays");
  }

  /** What opens the copy of a VM's open branch; beside the snapshots that the branch needs. */
  public Path mirrorKey(UUID vm) {
    return snapshots().resolve(vm.toString()).resolve("rollback.key");
  }

  /** Branches of transactions. */
  public Path rollbacks() {
    return root.resolve("rollback");
  }

  /** What must be set back in QEMU should a capture be broken off by our own end. */
  public Path captures() {
    return root.resolve("captures");
  }

  /** What must be known to finish merges of disk images that were broken off. */
  public Path merges() {
    return root.resolve("merges");
  }

  /** Reference Values of guests' kernels. */
  public Path kernels() {
    return root.resolve("kernels");
  }

  /** Memory of snapshots while it is fetched; no file there has a name for long. */
  public Path cores() {
    return root.resolve("cores");
  }

  /** What the QEMUs of clones write, a folder for each. */
  public Path clones() {
    return root.resolve("clones");
  }

  public Path locks() {
    return root.resolve("locks");
  }
}
