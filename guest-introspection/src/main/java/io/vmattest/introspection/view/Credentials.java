// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

/**
 * On whose behalf a task acts. Numbers are those of the initial user namespace.
 *
 * @param uid the real one
 * @param euid the effective one
 * @param suid the saved one
 * @param fsuid that of file accesses
 * @param effective capabilities, a bit each (capabilities(7)), as CapEff in /proc/PID/status
 * @param permitted the same as CapPrm
 */
public record Credentials(
    long uid,
    long euid,
    long suid,
    long fsuid,
    long gid,
    long egid,
    long sgid,
    long fsgid,
    long effective,
    long permitted) {}
