// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The claims of one report, as docs/report-format.cddl has them.
 *
 * @param nonce 8 to 64 bytes where the requester gave one
 * @param components measured and host components together, in name order
 * @param vcpus per vCPU: register name to big-endian value
 * @param pauseMicros STOP to RESUME as the hypervisor's events say; 0 if suspended
 * @param switchoverMicros last section of RAM to refusal, as the module saw it; 0 if not live
 * @param sequence number among this VM's reports, from 1
 * @param previous digest of this VM's previous report
 * @param keyEvidence digest of the KeyEvidence (the kid of the signature)
 */
public record AttestationReport(
    UUID vmId,
    String vmName,
    String hostId,
    String trigger,
    Instant issuedAt,
    Instant capturedAt,
    Optional<byte[]> nonce,
    CaptureMode mode,
    long pauseMicros,
    long switchoverMicros,
    String machineType,
    List<StateComponent> components,
    List<Map<String, byte[]>> vcpus,
    List<Device> devices,
    List<RamBlock> ramBlocks,
    Digest stateHash,
    Digest snapshot,
    long sequence,
    Optional<Digest> previous,
    Digest keyEvidence,
    Optional<TeeClock> teeClock) {

  /** A section of the migration stream other than RAM and cpu. */
  public record Device(String section, long instance, long version, Digest digest) {}

  /** A RAM block: its length in bytes and the root of its page tree. */
  public record RamBlock(String name, long length, Digest root) {}

  /** TPMS_TIME_INFO: milliseconds, reset and restart counters. */
  public record TeeClock(long clock, long resetCount, long restartCount, boolean safe) {}

  public Optional<StateComponent> component(String name) {
    return components.stream().filter(c -> c.name().equals(name)).findFirst();
  }
}
