// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.blocks.ChainCheck;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On libvirt's test driver, which always has one domain that runs; needs libvirt's library. */
@Tag("guest")
class BrokenCapturesIT {
  private static final String RUNNING = "6695eb01-f6a4-8304-79aa-97f2502e193f";

  @TempDir Path folder;
  private StateFolder state;

  @BeforeEach
  void makeFolder() throws Exception {
    state = StateFolder.at(folder);
  }

  private Path record(String vm, String content) throws Exception {
    return Files.writeString(state.captures().resolve(vm + ".json"), content);
  }

  private void repair() throws Exception {
    try (HostLink link = HostLink.open("test:///default");
        VmLocks locks = new VmLocks(state.locks())) {
      BrokenCaptures.repair(
          link, state, locks, new ChainCheck(image -> false, Duration.ofSeconds(10)));
    }
  }

  @Test
  void aDamagedRecordIsSetAsideAndTheOthersAreRepaired() throws Exception {
    String content = "{\"run\":";
    Path damaged = record(RUNNING, content);
    Path gone = record(UUID.randomUUID().toString(), "{}");
    repair();
    assertFalse(Files.exists(damaged));
    assertEquals(content, Files.readString(state.captures().resolve(RUNNING + ".json.damaged")));
    assertFalse(Files.exists(gone), "of a VM that is gone");
    repair();
  }

  @Test
  void aRecordOfAnEarlierRunOfTheVmSaysNothingOfThisOne() throws Exception {
    Path record =
        record(RUNNING, "{\"run\":99,\"running\":true,\"capabilities\":{},\"parameters\":{}}");
    repair();
    assertFalse(Files.exists(record));
  }

  @Test
  void whatIsNotNamedLikeARecordIsLeftAlone() throws Exception {
    Path other = record("-".repeat(36), "{}");
    repair();
    assertTrue(Files.exists(other));
  }
}
