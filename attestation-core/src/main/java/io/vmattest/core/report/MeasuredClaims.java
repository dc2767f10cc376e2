// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import io.vmattest.core.report.AttestationReport.Device;
import io.vmattest.core.report.AttestationReport.RamBlock;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What the measurement module saw itself: {@code measured-claims} of docs/report-format.cddl.
 *
 * @param switchoverMicros last section of RAM to refusal; 0 if not live
 * @param components in bytewise order of their names
 * @param vcpus per vCPU: register name to big-endian value
 */
public record MeasuredClaims(
    Instant capturedAt,
    CaptureMode mode,
    long switchoverMicros,
    List<StateComponent> components,
    List<Map<String, byte[]>> vcpus,
    List<Device> devices,
    List<RamBlock> ramBlocks,
    Digest snapshot,
    String machineType) {
  public MeasuredClaims {
    components = List.copyOf(components);
    vcpus = vcpus.stream().map(Map::copyOf).toList();
    devices = List.copyOf(devices);
    ramBlocks = List.copyOf(ramBlocks);
  }
}
