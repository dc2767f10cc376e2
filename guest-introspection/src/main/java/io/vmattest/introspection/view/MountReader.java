// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads what one struct mount says. */
final class MountReader {
  private static final int MAX_NAME = 4096;

  /** Linux, include/linux/mount.h and include/linux/fs.h. */
  private static final long MNT_READONLY = 0x40;

  private static final long MNT_CURSOR = 0x1000_0000;
  private static final long SB_RDONLY = 1;
  private static final Map<Long, String> SUPER_OPTIONS =
      ordered("sync", 1L << 4, "dirsync", 1L << 7, "mand", 1L << 6, "lazytime", 1L << 25);
  private static final Map<Long, String> OPTIONS =
      ordered(
          "nosuid",
          1L,
          "nodev",
          2L,
          "noexec",
          4L,
          "noatime",
          8L,
          "nodiratime",
          0x10L,
          "relatime",
          0x20L,
          "nosymfollow",
          0x80L);

  private final AddressSpace space;
  private final TextBudget budget = new TextBudget();
  private final Paths paths;
  private final Field id;
  private final Field parent;
  private final Field mounted;
  private final Field source;
  private final Field root;
  private final Field flags;
  private final Field superBlock;
  private final Field superFlags;
  private final Field type;
  private final Field subtype;
  private final Field typeName;

  MountReader(Structures structures) throws MalformedGuestException {
    this.space = structures.space();
    this.paths = new Paths(structures, budget);
    Struct mount = structures.struct("mount");
    this.id = mount.field("mnt_id");
    this.parent = mount.field("mnt_parent");
    this.mounted = mount.field("mnt");
    this.source = mount.field("mnt_devname");
    Struct inner = structures.struct("vfsmount");
    this.root = inner.field("mnt_root");
    this.flags = inner.field("mnt_flags");
    this.superBlock = inner.field("mnt_sb");
    Struct block = structures.struct("super_block");
    this.superFlags = block.field("s_flags");
    this.type = block.field("s_type");
    this.subtype = block.field("s_subtype");
    this.typeName = structures.struct("file_system_type").field("name");
  }

  /** Whether it only marks where a reader of /proc/mounts is. */
  boolean isCursor(long mount) throws MalformedGuestException {
    return (flags.get(mounted.at(mount)) & MNT_CURSOR) != 0;
  }

  Mount read(long mount) throws MalformedGuestException {
    long inner = mounted.at(mount);
    long block = superBlock.pointer(inner);
    return new Mount(
        id.signed(mount),
        id.signed(parent.pointer(mount)),
        text(source.pointer(mount), "none"),
        paths.of(inner, root.pointer(inner)),
        type(block),
        options(flags.get(inner), superFlags.get(block)));
  }

  private String type(long block) throws MalformedGuestException {
    String name = text(typeName.pointer(type.pointer(block)), "");
    String more = text(subtype.pointer(block), "");
    return more.isEmpty() ? name : name + "." + more;
  }

  private static List<String> options(long flags, long superFlags) {
    List<String> options = new ArrayList<>();
    boolean readOnly = (flags & MNT_READONLY) != 0 || (superFlags & SB_RDONLY) != 0;
    options.add(readOnly ? "ro" : "rw");
    addSet(options, SUPER_OPTIONS, superFlags);
    addSet(options, OPTIONS, flags);
    return options;
  }

  private static void addSet(List<String> options, Map<Long, String> names, long flags) {
    names.forEach(
        (flag, name) -> {
          if ((flags & flag) != 0) {
            options.add(name);
          }
        });
  }

  private String text(long address, String absent) throws MalformedGuestException {
    if (address == 0) {
      return absent;
    }
    String text = space.cString(address, MAX_NAME);
    budget.take(address, text.length());
    return text;
  }

  private static Map<Long, String> ordered(Object... namesAndFlags) {
    Map<Long, String> ordered = new LinkedHashMap<>();
    for (int i = 0; i < namesAndFlags.length; i += 2) {
      ordered.put((Long) namesAndFlags[i + 1], (String) namesAndFlags[i]);
    }
    return ordered;
  }
}
