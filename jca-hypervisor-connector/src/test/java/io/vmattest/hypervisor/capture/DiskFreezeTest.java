// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFreezeTest {
  @TempDir Path folder;

  /** Holding it would cost every pause some milliseconds. */
  @Test
  void aGuestThatCanWriteToNoDiskNeedNotBeHeld() throws Exception {
    String xml =
        """
        <domain><devices><disk type='file' device='cdrom'><driver name='qemu' type='raw'/>
        <source file='/cd.iso'/><target dev='sda' bus='sata'/><readonly/></disk></devices></domain>\
        """;
    Overlays overlays = new Overlays(StateFolder.at(folder));
    try (DiskFreeze freeze = DiskFreeze.prepare(new Untouched(), xml, overlays)) {
      assertEquals(Optional.empty(), freeze.step());
      assertEquals(List.of(), freeze.frozen());
    }
  }

  private static final class Untouched implements DiskFreeze.Guest {
    @Override
    public long capacity(String target) {
      throw new AssertionError("asked for " + target);
    }

    @Override
    public void switchToOverlays(String snapshotXml) {
      throw new AssertionError("switched to " + snapshotXml);
    }
  }
}
