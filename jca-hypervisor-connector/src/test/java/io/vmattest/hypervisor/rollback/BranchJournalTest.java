// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BranchJournalTest {
  @TempDir Path folder;

  private static Branch branch(BranchId id) {
    return new Branch(
        id,
        UUID.randomUUID(),
        Digest.sha256(new byte[] {1}),
        Optional.empty(),
        true,
        Optional.of("<domain/>"),
        Branch.Phase.CAPTURING);
  }

  @Test
  void aBranchIsReadAsItWasWritten() throws IOException {
    BranchJournal journal = new BranchJournal(folder);
    Branch branch = branch(new BranchId(131077, "00ff", "01"));
    journal.put(branch);
    assertEquals(Optional.of(branch), journal.find(branch.id()));
    Branch later = branch.replacing(Digest.sha256(new byte[] {2})).prepared();
    journal.put(later);
    assertEquals(List.of(later), new BranchJournal(folder).list());
  }

  @Test
  void aRemovedBranchIsGone() throws IOException {
    BranchJournal journal = new BranchJournal(folder);
    Branch branch = branch(new BranchId(1, "aa", "bb"));
    journal.put(branch);
    journal.remove(branch.id());
    journal.remove(branch.id());
    assertTrue(journal.list().isEmpty());
    assertTrue(journal.find(branch.id()).isEmpty());
  }

  @Test
  void identifiersOfOneLengthDoNotShareAFile() {
    assertNotEquals(
        new BranchId(1, "aabb", "cc").fileName(), new BranchId(1, "aa", "bbcc").fileName());
    assertNotEquals(new BranchId(1, "aa", "bb").fileName(), new BranchId(2, "aa", "bb").fileName());
  }

  @Test
  void aDamagedFileIsAnErrorAndNoBranch() throws IOException {
    Files.writeString(folder.resolve("0".repeat(64) + ".json"), "{\"format\":1}");
    assertThrows(IOException.class, () -> new BranchJournal(folder).list());
  }
}
