// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.report.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CaseCoreTest {
  private static CaseCore read(byte[] bytes) throws IOException {
    return CaseCore.read(new ByteArrayInputStream(bytes));
  }

  @Test
  void theMemoryOfACoreIsThatOfItsRamBlock() throws Exception {
    CaseCore core = read(MadeCore.bytes());
    assertEquals(
        Optional.of(new CoreMemory(MadeCore.block().length(), MadeCore.block().root())),
        core.memory());
    assertEquals(
        CaseFile.core(MadeCore.bytes().length, Digest.sha256(MadeCore.bytes())), core.file());
  }

  /** What a file may claim. */
  enum Claim {
    MAGIC(file -> file.put(1, (byte) 'e')),
    CLASS_32(file -> file.put(4, (byte) 1)),
    EXECUTABLE(file -> file.putShort(16, (short) 2)),
    HEADERS_ELSEWHERE(file -> file.putLong(32, 4096)),
    MANY_HEADERS(file -> file.putShort(56, (short) -1)),
    NO_HEADERS(file -> file.putShort(56, (short) 0)),
    OFFSET_BEHIND_THE_END(file -> file.putLong(64 + 56 + 8, 1L << 40)),
    OFFSET_IN_THE_HEADERS(file -> file.putLong(64 + 56 + 8, 8)),
    OFFSET_NEGATIVE(file -> file.putLong(64 + 56 + 8, -4096)),
    GAP(file -> file.putLong(64 + 112 + 8, MadeCore.MEMORY + 3 * 4096)),
    DESCENDING(file -> file.putLong(64 + 112 + 24, 4096)),
    EMPTY(file -> file.putLong(64 + 56 + 32, 0).putLong(64 + 56 + 40, 0)),
    HUGE(file -> file.putLong(64 + 112 + 32, -4096).putLong(64 + 112 + 40, -4096)),
    LONGER_THAN_THE_FILE(
        file -> file.putLong(64 + 112 + 32, 1 << 20).putLong(64 + 112 + 40, 1 << 20)),
    SPARSE(file -> file.putLong(64 + 56 + 40, 1 << 20));

    private final Consumer<ByteBuffer> change;

    Claim(Consumer<ByteBuffer> change) {
      this.change = change;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFileOfAnotherFormHasNoMemoryAndIsKnownByItsDigest(Claim claim) throws Exception {
    byte[] bytes = MadeCore.bytes();
    claim.change.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    CaseCore core = read(bytes);
    assertEquals(Optional.empty(), core.memory());
    assertEquals(CaseFile.core(bytes.length, Digest.sha256(bytes)), core.file());
  }

  @Test
  void aFileThatIsCutAnywhereHasNoMemory() throws Exception {
    byte[] bytes = MadeCore.bytes();
    for (int length = 0; length < bytes.length; length += 37) {
      byte[] cut = Arrays.copyOf(bytes, length);
      CaseCore core = read(cut);
      assertEquals(Optional.empty(), core.memory());
      assertEquals(CaseFile.core(length, Digest.sha256(cut)), core.file());
    }
  }
}
