// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HostClaimsTest {
  private static final Sha256Digest DIGEST = Sha256Digest.of(new byte[Sha256Digest.SIZE]);

  private static HostClaims.Builder claims() {
    return HostClaims.builder(new UUID(1, 2), "vm", "host", "timer");
  }

  private static HostComponent component(String name) {
    return new HostComponent(name, DIGEST, 1);
  }

  @Test
  void componentsAreKeptInBytewiseOrderOfTheirNames() {
    // As UTF-16, the surrogates of the second name would come first.
    HostClaims claims =
        claims()
            .components(
                List.of(component("\uffee"), component("\ud83d\ude00"), component("config")))
            .build();
    assertEquals(
        List.of("config", "\uffee", "\ud83d\ude00"),
        claims.components().stream().map(HostComponent::name).toList());
  }

  @Test
  void aNonceCannotBeChangedAfterwards() {
    byte[] nonce = new byte[8];
    HostClaims claims = claims().nonce(nonce).build();
    nonce[0] = 1;
    claims.nonce().orElseThrow().bytes()[1] = 1;
    assertArrayEquals(new byte[8], claims.nonce().orElseThrow().bytes());
  }

  @Test
  void aTextWithNulDoesNotReachTheModuleCutShort() {
    HostClaims claims = HostClaims.builder(new UUID(1, 2), "vm\0x", "host", "timer").build();
    assertThrows(IllegalArgumentException.class, () -> new NativeClaims(claims));
  }

  @Test
  void theNativeFormHoldsEverything() {
    VmteeLibrary.NativeHostClaims struct =
        new NativeClaims(
                claims()
                    .nonce(new byte[] {1, 2, 3, 4, 5, 6, 7, 8})
                    .sequence(9)
                    .pauseMicros(4000)
                    .previousDigest(DIGEST)
                    .components(List.of(component("a"), component("b")))
                    .build())
            .struct();
    assertArrayEquals(new byte[] {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2}, struct.vmUuid);
    assertEquals("vm", requireNonNull(struct.vmName).getString(0));
    assertEquals(8, struct.nonceSize);
    assertEquals(5, requireNonNull(struct.nonce).getByte(4));
    assertEquals(9, struct.sequence);
    assertEquals(4000, struct.pauseMicros);
    assertEquals(2, struct.componentCount);
    assertEquals("b", requireNonNull(struct.components).getPointer(48).getString(0));
    assertArrayEquals(
        DIGEST.bytes(), requireNonNull(struct.previousDigest).getByteArray(0, Sha256Digest.SIZE));
  }
}
