// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;

/** Reads the inode numbers of namespaces. */
final class NamespaceReader {
  private static final int MAX_LEVEL = 32;

  private final TaskFields fields;
  private final CredentialReader credentials;
  private final Kind mnt;
  private final Kind net;
  private final Kind uts;
  private final Kind ipc;
  private final Kind cgroup;
  private final Field user;
  private final Field pid;
  private final Field level;
  private final Field numbers;
  private final Field numberNamespace;

  NamespaceReader(Structures structures, TaskFields fields, CredentialReader credentials)
      throws MalformedGuestException {
    this.fields = fields;
    this.credentials = credentials;
    Struct proxy = structures.struct("nsproxy");
    this.mnt = new Kind(proxy.field("mnt_ns"), inode(structures, "mnt_namespace"));
    this.net = new Kind(proxy.field("net_ns"), inode(structures, "net"));
    this.uts = new Kind(proxy.field("uts_ns"), inode(structures, "uts_namespace"));
    this.ipc = new Kind(proxy.field("ipc_ns"), inode(structures, "ipc_namespace"));
    this.cgroup = new Kind(proxy.field("cgroup_ns"), inode(structures, "cgroup_namespace"));
    this.user = inode(structures, "user_namespace");
    this.pid = inode(structures, "pid_namespace");
    Struct number = structures.struct("pid");
    this.level = number.field("level");
    this.numbers = number.field("numbers");
    this.numberNamespace = structures.struct("upid").field("ns");
  }

  /** Of the task whose task_struct and cred lie there. */
  Namespaces of(long task, long cred) throws MalformedGuestException {
    long proxy = fields.nsproxy.pointer(task);
    return new Namespaces(
        mnt.inode(proxy),
        pidNamespace(fields.threadPid.pointer(task)),
        net.inode(proxy),
        user.get(credentials.userNamespace(cred)),
        uts.inode(proxy),
        ipc.inode(proxy),
        cgroup.inode(proxy));
  }

  /** That which the task's own number belongs to: nsproxy has the one of future children. */
  private long pidNamespace(long number) throws MalformedGuestException {
    if (number == 0) {
      return 0;
    }
    long deepest = Math.min(level.get(number), MAX_LEVEL);
    long namespace = numberNamespace.pointer(numbers.element(number, deepest));
    return namespace == 0 ? 0 : pid.get(namespace);
  }

  private static Field inode(Structures structures, String namespace)
      throws MalformedGuestException {
    return structures.struct(namespace).field("ns.inum");
  }

  private record Kind(Field pointer, Field number) {
    long inode(long proxy) throws MalformedGuestException {
      long namespace = proxy == 0 ? 0 : pointer.pointer(proxy);
      return namespace == 0 ? 0 : number.get(namespace);
    }
  }
}
