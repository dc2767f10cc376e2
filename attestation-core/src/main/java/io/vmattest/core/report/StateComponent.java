// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

/**
 * A named part of a VM's state, reduced to a digest.
 *
 * @param name for example memory, cpu, cpu/control, devices, config, disk/vda
 * @param size bytes that the digest covers
 * @param origin who says so
 */
public record StateComponent(String name, Digest digest, long size, Origin origin) {
  /** Whether the measurement module saw it itself or the host told it. */
  public enum Origin {
    MEASURED,
    HOST
  }
}
