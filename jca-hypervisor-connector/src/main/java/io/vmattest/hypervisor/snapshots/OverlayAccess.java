// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Who may read and write an overlay. */
final class OverlayAccess {
  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private OverlayAccess() {}

  /**
   * Makes an empty file that belongs to whom the image belongs to, because QEMU may have to open it
   * as that user, and that others may not read even if they may read the image: what is in the
   * image may be a distribution's, what the guest writes is the guest's.
   */
  static void createLike(Path image, Path overlay) throws IOException {
    Files.createFile(overlay, PosixFilePermissions.asFileAttribute(OWNER));
    PosixFileAttributes like = Files.readAttributes(image, PosixFileAttributes.class);
    PosixFileAttributeView access =
        Files.getFileAttributeView(overlay, PosixFileAttributeView.class);
    giveAway(access, like);
    if (hasGroup(access, like)) {
      access.setPermissions(permissions(like.permissions()));
    }
  }

  private static void giveAway(PosixFileAttributeView access, PosixFileAttributes like)
      throws IOException {
    try {
      access.setOwner(like.owner());
    } catch (FileSystemException e) {
      // Only root may; libvirt does so itself, where it is set up to, and leaves group and others
      // what they may do.
    }
  }

  /** Who is in a group, as a server without root may be in QEMU's, may give files to it. */
  private static boolean hasGroup(PosixFileAttributeView access, PosixFileAttributes like)
      throws IOException {
    try {
      access.setGroup(like.group());
      return true;
    } catch (FileSystemException e) {
      return false;
    }
  }

  private static Set<PosixFilePermission> permissions(Set<PosixFilePermission> ofImage) {
    Set<PosixFilePermission> result = EnumSet.copyOf(OWNER);
    if (ofImage.contains(PosixFilePermission.GROUP_READ)
        && ofImage.contains(PosixFilePermission.GROUP_WRITE)) {
      result.add(PosixFilePermission.GROUP_READ);
      result.add(PosixFilePermission.GROUP_WRITE);
    }
    return result;
  }
}
