// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
        "report",
        Optional.empty(),
        true,
        Optional.of("<domain/>"),
        Optional.empty(),
        Branch.Phase.CAPTURING);
  }

  @Test
  void aBranchIsReadAsItWasWritten() throws IOException {
    BranchJournal journal = new BranchJournal(folder);
    Branch branch = branch(new BranchId(131077, "00ff", "01"));
    journal.put(branch);
    assertEquals(Optional.of(branch), journal.find(branch.id()));
    Branch later = branch.replacing(Digest.sha256(new byte[] {2})).restored("process 1").prepared();
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
  void aDamagedFileIsPutAsideAndTheOthersAreRead() throws IOException {
    BranchJournal journal = new BranchJournal(folder);
    Branch intact = branch(new BranchId(1, "aa", "bb"));
    journal.put(intact);
    Path damaged = folder.resolve("0".repeat(64) + ".json");
    for (byte[] content : List.of("{\"format\":1}".getBytes(UTF_8), new byte[] {(byte) 0xff})) {
      Files.write(damaged, content);
      assertEquals(List.of(intact), journal.list());
      assertFalse(Files.exists(damaged));
      assertArrayEquals(content, Files.readAllBytes(aside(damaged)));
    }
    assertEquals(List.of(intact), journal.list());
  }

  @Test
  void aBranchWhoseFileWasPutAsideIsNotTakenForAFinishedOne() throws IOException {
    BranchJournal journal = new BranchJournal(folder);
    BranchId id = new BranchId(1, "aa", "bb");
    Files.writeString(folder.resolve(id.fileName() + ".json"), "");
    assertThrows(IOException.class, () -> journal.find(id));
    assertEquals(List.of(), journal.list());
    assertThrows(IOException.class, () -> journal.find(id));
  }

  private static Path aside(Path file) {
    return file.resolveSibling(file.getFileName() + ".damaged");
  }
}
