// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.tee.MeasurementModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * Folders that the measurement module writes into. Where it is a process of its own, they belong to
 * the group that its socket is for, and who made them can still delete what it wrote.
 */
final class ModuleFolders {
  private ModuleFolders() {}

  /** Makes the folder, with its parents, if it is not there. */
  static Path make(Path folder) throws IOException {
    Files.createDirectories(folder);
    Optional<Path> socket = MeasurementModule.socket();
    if (socket.isPresent()) {
      share(folder, Files.readAttributes(socket.get(), PosixFileAttributes.class).group());
    }
    return folder;
  }

  private static void share(Path folder, GroupPrincipal group) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(folder, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (!view.readAttributes().group().equals(group)) {
      view.setGroup(group);
    }
    view.setPermissions(PosixFilePermissions.fromString("rwxrwx---"));
  }
}
