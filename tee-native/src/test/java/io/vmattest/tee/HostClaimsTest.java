// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
                .build());
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

  @Test
  @Timeout(30)
  void theNamesOfComponentsLiveAsLongAsTheStructThatPointsAtThem() throws InterruptedException {
    List<HostComponent> components =
        IntStream.range(0, 64).mapToObj(i -> component("component-" + i)).toList();
    VmteeLibrary.NativeHostClaims struct =
        new NativeClaims(claims().components(components).build());
    collectGarbage();
    Pointer array = requireNonNull(struct.components);
    long size = new VmteeLibrary.NativeHostComponent().size();
    List<String> names =
        IntStream.range(0, 64).mapToObj(i -> array.getPointer(i * size).getString(0)).toList();
    assertEquals(components.stream().map(HostComponent::name).sorted().toList(), names);
  }

  /** Until native memory that nothing holds has been freed: JNA frees in the order of creation. */
  private static void collectGarbage() throws InterruptedException {
    ReferenceQueue<Memory> freed = new ReferenceQueue<>();
    PhantomReference<Memory> unheld = new PhantomReference<>(new Memory(8), freed);
    while (freed.poll() == null) {
      System.gc();
      Thread.sleep(10);
    }
    requireNonNull(unheld);
  }
}
