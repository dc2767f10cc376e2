// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.structure.Chains;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.SearchTree;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.structure.Walk;
import java.util.ArrayList;
import java.util.List;

/**
 * What is mounted in the mount namespace of the first process.
 *
 * @param mounts in the kernel's order; also those that process cannot see for its root is another
 * @param findings structures that are malformed
 */
public record MountView(List<Mount> mounts, List<Finding> findings) {
  private static final int MAX_MOUNTS = 1 << 16;

  public MountView {
    mounts = List.copyOf(mounts);
    findings = List.copyOf(findings);
  }

  public static MountView read(Kernel kernel) {
    return read(Structures.of(kernel));
  }

  /** The same, for who reads more than one view. */
  public static MountView read(Structures structures) {
    Findings findings = new Findings(structures.space());
    List<Mount> mounts = new ArrayList<>();
    try {
      MountReader reader = new MountReader(structures);
      Walk walk = walk(structures, namespace(structures));
      findings.malformed("mounts", walk.fault());
      for (long mount : walk.entries()) {
        read(reader, mount, mounts, findings);
      }
    } catch (MalformedGuestException e) {
      findings.malformed("mounts", e);
    }
    return new MountView(mounts, findings.list());
  }

  private static void read(MountReader reader, long mount, List<Mount> mounts, Findings findings) {
    try {
      if (!reader.isCursor(mount)) {
        mounts.add(reader.read(mount));
      }
    } catch (MalformedGuestException e) {
      findings.malformed("mount at 0x%x".formatted(mount), e);
    }
  }

  /** A list up to 6.7, a tree since. */
  private static Walk walk(Structures structures, long namespace) throws MalformedGuestException {
    Struct all = structures.struct("mnt_namespace");
    Struct mount = structures.struct("mount");
    if (all.has("list")) {
      return new Chains(structures.space(), MAX_MOUNTS)
          .list(all.field("list").at(namespace), mount.field("mnt_list"), MAX_MOUNTS);
    }
    return new SearchTree(structures)
        .walk(all.field("mounts").at(namespace), mount.field("mnt_node").offset(), MAX_MOUNTS);
  }

  /** That of the task which is the reaper of orphans in the initial PID namespace: PID 1. */
  private static long namespace(Structures structures) throws MalformedGuestException {
    Field reaper = structures.struct("pid_namespace").field("child_reaper");
    Field proxy = structures.struct("task_struct").field("nsproxy");
    Field own = structures.struct("nsproxy").field("mnt_ns");
    long task = reaper.pointer(structures.symbol("init_pid_ns"));
    long spaces = task == 0 ? 0 : proxy.pointer(task);
    if (spaces == 0) {
      throw new MalformedGuestException(Reason.MISSING, task, "no first process yet");
    }
    return own.pointer(spaces);
  }
}
