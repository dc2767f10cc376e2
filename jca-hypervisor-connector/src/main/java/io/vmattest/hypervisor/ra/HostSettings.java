// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.capture.CaptureSettings;
import java.nio.file.Path;

/**
 * What the resource adapter is told about its host.
 *
 * @param uri of libvirt
 * @param hostId identifier of this host in its reports
 * @param tcti how the TPM is reached
 * @param encryptSnapshots whether the pages of snapshots are encrypted from now on
 * @param capture how guests are captured
 */
public record HostSettings(
    String uri,
    String hostId,
    Path stateFolder,
    String tcti,
    boolean encryptSnapshots,
    CaptureSettings capture) {
  /** With defaults for the rest. */
  public static HostSettings of(String uri, String hostId, Path stateFolder, String tcti) {
    return new HostSettings(uri, hostId, stateFolder, tcti, false, CaptureSettings.defaults());
  }

  public HostSettings withEncryptSnapshots(boolean other) {
    return new HostSettings(uri, hostId, stateFolder, tcti, other, capture);
  }

  public HostSettings withCapture(CaptureSettings other) {
    return new HostSettings(uri, hostId, stateFolder, tcti, encryptSnapshots, other);
  }
}
