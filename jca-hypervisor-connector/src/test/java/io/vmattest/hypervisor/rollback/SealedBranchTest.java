// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class SealedBranchTest {
  private static final SecretKey KEY = new SecretKeySpec(new byte[32], "AES");
  private final UUID vm = UUID.randomUUID();

  private Branch branch(String definition) {
    return new Branch(
            new BranchId(131077, "00ff", "01"),
            vm,
            Digest.sha256(new byte[] {1}),
            "cmVwb3J0",
            Optional.of(Digest.sha256(new byte[] {2})),
            true,
            Optional.of(definition),
            Optional.empty(),
            Branch.Phase.REPLACING)
        .restored("a process")
        .prepared();
  }

  private String sealed() throws Exception {
    return SealedBranch.seal(branch("<domain/>"), KEY).orElseThrow();
  }

  @Test
  void whatWasSealedIsOpenedWithItsKey() throws Exception {
    Branch branch = branch("<domain><graphics passwd='secret'/></domain>");
    String sealed = SealedBranch.seal(branch, KEY).orElseThrow();
    assertEquals(Optional.of(branch), SealedBranch.open(sealed, vm, KEY));
    assertFalse(new String(Base64.getDecoder().decode(sealed), "ISO-8859-1").contains("secret"));
  }

  @Test
  void anotherVmsOrKeysIsNotOpened() throws Exception {
    byte[] other = new byte[32];
    other[31] = 1;
    assertEquals(Optional.empty(), SealedBranch.open(sealed(), UUID.randomUUID(), KEY));
    assertEquals(
        Optional.empty(), SealedBranch.open(sealed(), vm, new SecretKeySpec(other, "AES")));
  }

  @Test
  void anyFlippedBitIsSeen() throws Exception {
    byte[] bytes = Base64.getDecoder().decode(sealed());
    for (int i = 0; i < bytes.length; i++) {
      byte[] forged = bytes.clone();
      forged[i] ^= 1;
      String text = Base64.getEncoder().encodeToString(forged);
      assertEquals(Optional.empty(), SealedBranch.open(text, vm, KEY), "byte " + i);
    }
  }

  @Test
  void aTruncatedOneIsNotOpened() throws Exception {
    byte[] bytes = Base64.getDecoder().decode(sealed());
    for (int length = 0; length < bytes.length; length++) {
      String text = Base64.getEncoder().encodeToString(Arrays.copyOf(bytes, length));
      assertEquals(Optional.empty(), SealedBranch.open(text, vm, KEY), length + " bytes");
    }
  }

  @Test
  void whatIsNoBase64OrTooLongIsNotOpened() {
    String long64 = "A".repeat(SealedBranch.MAX_CHARACTERS + 4);
    for (String hostile : List.of("", "{}", "<a/>", "\u0000", "=", long64)) {
      assertEquals(Optional.empty(), SealedBranch.open(hostile, vm, KEY));
    }
  }

  @Test
  void aRecordThatIsTooLargeHasNoCopy() throws Exception {
    assertEquals(Optional.empty(), SealedBranch.seal(branch(" ".repeat(2 << 20)), KEY));
    byte[] random = new byte[SealedBranch.MAX_CHARACTERS];
    new Random(1).nextBytes(random);
    String incompressible = Base64.getEncoder().encodeToString(random);
    assertEquals(Optional.empty(), SealedBranch.seal(branch(incompressible), KEY));
  }

  @Test
  void aLongDefinitionFits() throws Exception {
    StringBuilder disks = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      disks.append("<disk type='file'><source file='/images/").append(i).append(".qcow2'/></disk>");
    }
    assertTrue(SealedBranch.seal(branch(disks.toString()), KEY).orElseThrow().length() < 16 << 10);
  }
}
