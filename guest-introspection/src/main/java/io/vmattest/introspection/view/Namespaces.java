// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

/**
 * The inode numbers of a task's namespaces, as /proc/PID/ns shows them; 0 for those that a task
 * which ends has given up.
 */
public record Namespaces(
    long mnt, long pid, long net, long user, long uts, long ipc, long cgroup) {}
