// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

/**
 * A thread of a process, its first one included.
 *
 * @param tid in the initial PID namespace
 */
public record TaskThread(long tid, String comm, TaskState state, Credentials credentials) {}
