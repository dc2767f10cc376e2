// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;

/** The fields of task_struct and signal_struct that more than one class reads. */
final class TaskFields {
  static final long PF_EXITING = 0x4;
  static final long PF_KTHREAD = 0x20_0000;

  final Field pid;
  final Field tgid;
  final Field comm;
  final Field state;
  final Field exitState;
  final Field flags;
  final Field stack;
  final Field usage;
  final Field mm;
  final Field files;
  final Field startBoottime;
  final Field runtime;
  final Field realParent;
  final Field realCred;
  final Field nsproxy;
  final Field signal;
  final Field threadPid;
  final Field pidLinks;
  final Field tasks;
  final Field children;
  final Field sibling;
  final Field threadNode;
  final Field threadHead;
  final Field execTask;

  TaskFields(Structures structures) throws MalformedGuestException {
    Struct task = structures.struct("task_struct");
    this.pid = task.field("pid");
    this.tgid = task.field("tgid");
    this.comm = task.field("comm");
    this.state = task.field("__state");
    this.exitState = task.field("exit_state");
    this.flags = task.field("flags");
    this.stack = task.field("stack");
    this.usage = task.field("usage.refs.counter");
    this.mm = task.field("mm");
    this.files = task.field("files");
    this.startBoottime = task.field("start_boottime");
    this.runtime = task.field("se.sum_exec_runtime");
    this.realParent = task.field("real_parent");
    this.realCred = task.field("real_cred");
    this.nsproxy = task.field("nsproxy");
    this.signal = task.field("signal");
    this.threadPid = task.field("thread_pid");
    this.pidLinks = task.field("pid_links");
    this.tasks = task.field("tasks");
    this.children = task.field("children");
    this.sibling = task.field("sibling");
    this.threadNode = task.field("thread_node");
    Struct signals = structures.struct("signal_struct");
    this.threadHead = signals.field("thread_head");
    this.execTask = signals.field("group_exec_task");
  }
}
