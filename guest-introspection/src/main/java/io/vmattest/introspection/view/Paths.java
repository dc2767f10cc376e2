// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/** Paths of directory entries, as d_path (Linux, fs/d_path.c) makes them from the topmost mount. */
final class Paths {
  private static final int MAX_LENGTH = 4096;
  private static final int MAX_NAME = 255;
  private static final int MAX_STEPS = 4096;

  private final AddressSpace space;
  private final TextBudget budget;
  private final OptionalLong simpleName;
  private final Field mountOf;
  private final Field mountRoot;
  private final Field mountParent;
  private final Field mountPoint;
  private final Field parent;
  private final Field name;
  private final Field nameLength;
  private final Field hashed;
  private final Field operations;
  private final Field nameOperation;

  Paths(Structures structures, TextBudget budget) throws MalformedGuestException {
    this.space = structures.space();
    this.budget = budget;
    this.simpleName = structures.kernel().symbols().address("simple_dname");
    Struct mount = structures.struct("mount");
    this.mountOf = mount.field("mnt");
    this.mountRoot = structures.struct("vfsmount").field("mnt_root");
    this.mountParent = mount.field("mnt_parent");
    this.mountPoint = mount.field("mnt_mountpoint");
    Struct dentry = structures.struct("dentry");
    this.parent = dentry.field("d_parent");
    this.name = dentry.field("d_name.name");
    this.nameLength = dentry.field("d_name.len");
    this.hashed = dentry.field("d_hash.pprev");
    this.operations = dentry.field("d_op");
    this.nameOperation = structures.struct("dentry_operations").field("d_dname");
  }

  /**
   * With " (deleted)" behind it, if the name is gone.
   *
   * @param vfsmount address of the struct vfsmount
   */
  String of(long vfsmount, long dentry) throws MalformedGuestException {
    StringBuilder reversed = new StringBuilder();
    long mount = mountOf.containerOf(vfsmount);
    long at = dentry;
    for (int step = 0; ; step++) {
      if (step > MAX_STEPS || reversed.length() > MAX_LENGTH) {
        throw new MalformedGuestException(Reason.TOO_LARGE, dentry, "a path without end");
      }
      budget.take(dentry, 1);
      long up = parent.pointer(at);
      if (at == mountRoot.pointer(mountOf.at(mount))) {
        long above = mountParent.pointer(mount);
        if (above == mount) {
          break;
        }
        at = mountPoint.pointer(mount);
        mount = above;
      } else {
        prepend(reversed, at);
        if (up == at) {
          break; // A file of no directory, such as memfd_create makes.
        }
        at = up;
      }
    }
    String path = reversed.isEmpty() ? "/" : reversed.reverse().toString();
    budget.take(dentry, path.length());
    return isDeleted(dentry) ? path + " (deleted)" : path;
  }

  private boolean isDeleted(long dentry) throws MalformedGuestException {
    if (parent.pointer(dentry) != dentry) {
      return hashed.get(dentry) == 0;
    }
    long own = operations.pointer(dentry);
    return own != 0
        && simpleName.isPresent()
        && nameOperation.pointer(own) == simpleName.getAsLong();
  }

  private void prepend(StringBuilder reversed, long dentry) throws MalformedGuestException {
    byte[] bytes = space.bytes(name.pointer(dentry), nameLength.get(dentry), MAX_NAME);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    reversed.append(new StringBuilder(text).reverse()).append('/');
  }
}
