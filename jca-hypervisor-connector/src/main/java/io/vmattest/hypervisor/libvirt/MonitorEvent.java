// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

/**
 * An event of QEMU's monitor.
 *
 * @param micros QEMU's clock, microseconds since 1970
 * @param details JSON, empty if there are none
 */
public record MonitorEvent(String name, long micros, String details) {}
