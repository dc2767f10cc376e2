// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.capture.CaptureSettings;
import io.vmattest.tee.SigningKey;
import java.nio.file.Path;

/**
 * What the resource adapter is told about its host.
 *
 * @param uri of libvirt
 * @param hostId identifier of this host in its reports
 * @param tcti how the TPM is reached
 * @param counterSlot which of the TPM's counters is used, from 0
 * @param encryptSnapshots whether the pages of snapshots are encrypted from now on
 * @param capture how guests are captured
 */
public record HostSettings(
    String uri,
    String hostId,
    Path stateFolder,
    String tcti,
    int counterSlot,
    boolean encryptSnapshots,
    CaptureSettings capture) {
  /**
   * Checks the counter's slot.
   *
   * @throws IllegalArgumentException if a TPM has no such counter
   */
  public HostSettings {
    if (counterSlot < 0 || counterSlot >= SigningKey.COUNTER_SLOTS) {
      throw new IllegalArgumentException(
          "counter slot: %d is not between 0 and %d"
              .formatted(counterSlot, SigningKey.COUNTER_SLOTS - 1));
    }
  }

  /** With defaults for the rest. */
  public static HostSettings of(String uri, String hostId, Path stateFolder, String tcti) {
    return new HostSettings(uri, hostId, stateFolder, tcti, 0, false, CaptureSettings.defaults());
  }

  public HostSettings withCounterSlot(int other) {
    return new HostSettings(uri, hostId, stateFolder, tcti, other, encryptSnapshots, capture);
  }

  public HostSettings withEncryptSnapshots(boolean other) {
    return new HostSettings(uri, hostId, stateFolder, tcti, counterSlot, other, capture);
  }

  public HostSettings withCapture(CaptureSettings other) {
    return new HostSettings(uri, hostId, stateFolder, tcti, counterSlot, encryptSnapshots, other);
  }
}
