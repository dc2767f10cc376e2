// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import jakarta.resource.spi.ResourceAdapterInternalException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which counter a server's ledger is bound to, as configured. */
class CounterSlotTest {
  @TempDir Path folder;

  @Test
  void itIsTheFirstWhereNothingIsSaidAndOtherSettingsLeaveItAlone() {
    HostSettings settings = HostSettings.of("test:///default", "host", folder, "none");
    assertEquals(0, settings.counterSlot());
    HostSettings last = settings.withCounterSlot(15);
    assertEquals(15, last.withEncryptSnapshots(true).counterSlot());
    assertEquals(15, last.withCapture(settings.capture()).counterSlot());
    assertEquals(0, new HypervisorResourceAdapter().getCounterSlot());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 16, 256, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void oneThatNoTpmHasStopsTheStartBeforeAnythingIsMade(int slot) {
    Path state = folder.resolve("state");
    HypervisorResourceAdapter adapter = new HypervisorResourceAdapter();
    adapter.setStateDir(state.toString());
    adapter.setHostId("host");
    adapter.setCounterSlot(slot);
    Exception refused =
        assertThrows(
            ResourceAdapterInternalException.class, () -> adapter.start(CapturingServer.context()));
    assertEquals("counter slot: %d is not between 0 and 15".formatted(slot), refused.getMessage());
    assertFalse(Files.exists(state));
  }
}
