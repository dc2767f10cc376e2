// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MeasurementModuleTest {
  @Test
  void onceInUseItDoesNotMove() throws Exception {
    Capture.create().close();
    MeasurementModule.runsAt(Optional.empty());
    assertThrows(
        IllegalStateException.class,
        () -> MeasurementModule.runsAt(Optional.of(Path.of("/run/vmteed/vmteed.sock"))));
    assertEquals(Optional.empty(), MeasurementModule.socket());
  }
}
