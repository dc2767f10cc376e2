// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PendingMergeTest {
  @TempDir Path folder;

  @Test
  void whatWasWrittenIsRead() throws Exception {
    PendingMerge merge =
        new PendingMerge(Path.of("/i/ä.qcow2"), Path.of("/i/b.qcow2"), Path.of("/i/c.qcow2"));
    Path file = folder.resolve("merge.json");
    merge.write(file);
    assertEquals(merge, PendingMerge.read(file));
  }

  @Test
  void whatIsNoRecordIsSaidToBeDamaged() throws Exception {
    for (String text : List.of("", "{}", "[]", "{\"source\": 1}", "x".repeat(70_000))) {
      Path file = Files.writeString(folder.resolve("merge.json"), text);
      assertThrows(PendingMerge.DamagedException.class, () -> PendingMerge.read(file), text);
    }
  }
}
