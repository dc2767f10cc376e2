// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class CaptureTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @Test
  void whatIsMeasuredIsAsTheReportFormatHasIt() throws Exception {
    try (Capture capture = RecordedCapture.measured()) {
      CBORObject claims = CBORObject.DecodeFromBytes(capture.claims().cbor());
      assertEquals("live", claims.get(2).AsString());
      assertEquals(
          List.of("cpu", "cpu/control", "devices", "memory"),
          claims.get(4).getValues().stream().map(c -> c.get(0).AsString()).toList());
      assertTrue(claims.get(7).size() > 0);
      assertEquals(Sha256Digest.SIZE, claims.get(8).GetByteString().length);
    }
  }

  @Test
  void aCaptureDiffersFromItselfInNoPage() throws Exception {
    try (Capture one = RecordedCapture.measured();
        Capture other = RecordedCapture.measured()) {
      assertEquals(new PageDifferences(List.of(), 0), one.differences(other, 10));
      assertEquals(new PageDifferences(List.of(), 0), one.differences(one, 0));
    }
  }

  @Test
  void changedPagesAreNamed() throws Exception {
    byte[] changed = RecordedCapture.withPages(0x5000, 0x6000, 0x9000);
    try (Capture before = RecordedCapture.measured();
        Capture after = RecordedCapture.measured(changed)) {
      List<PageRun> runs =
          List.of(new PageRun("microvm.ram", 0x5000, 2), new PageRun("microvm.ram", 0x9000, 1));
      assertEquals(new PageDifferences(runs, 3), before.differences(after, 10));
      assertEquals(new PageDifferences(runs.subList(0, 1), 3), after.differences(before, 1));
      assertEquals(new PageDifferences(List.of(), 3), before.differences(after, 0));
    }
  }

  @Test
  void memoryIsReadAsItCame() throws Exception {
    try (Capture capture = RecordedCapture.measured(RecordedCapture.withPages(0x5000))) {
      ByteBuffer all = ByteBuffer.allocate(3 << 20);
      assertEquals(1 << 20, capture.read("microvm.ram", 0, all));
      assertEquals(1 << 20, all.position());
      byte[] page = new byte[0x1000];
      assertEquals(page.length, capture.read("microvm.ram", 0x5000, ByteBuffer.wrap(page)));
      assertArrayEquals(Arrays.copyOfRange(all.array(), 0x5000, 0x6000), page);
      assertFalse(Arrays.equals(new byte[0x1000], page));
      assertEquals(3, capture.read("microvm.ram", (1 << 20) - 3, ByteBuffer.allocateDirect(8)));
      assertEquals(0, capture.read("microvm.ram", 1 << 20, ByteBuffer.allocate(8)));
      assertEquals(0, capture.read("microvm.ram", 0, ByteBuffer.allocate(0)));
    }
  }

  @Test
  void memoryThatIsNotThereIsRefused() throws Exception {
    ByteBuffer some = ByteBuffer.allocate(8);
    try (Capture measured = RecordedCapture.measured();
        Capture empty = Capture.create()) {
      assertThrows(TeeException.class, () -> measured.read("other.ram", 0, some));
      assertThrows(TeeException.class, () -> empty.read("microvm.ram", 0, some));
      assertThrows(IllegalArgumentException.class, () -> measured.read("microvm.ram", -1, some));
    }
    assertEquals(0, some.position());
  }

  @Test
  void aNegativeLimitIsRefused() throws Exception {
    try (Capture one = RecordedCapture.measured();
        Capture other = RecordedCapture.measured(RecordedCapture.withPages(0x5000))) {
      assertThrows(IllegalArgumentException.class, () -> one.differences(other, -1));
    }
  }

  @Test
  void aPausedGuestDoesNotPassForARunningOne() throws Exception {
    byte[] stream = RecordedCapture.stream();
    String text = new String(stream, StandardCharsets.ISO_8859_1);
    byte[] paused = text.replace("running\0", "paused\0\0").getBytes(StandardCharsets.ISO_8859_1);
    try (Capture capture = Capture.create()) {
      assertThrows(RunStateException.class, () -> RecordedCapture.play(capture, paused));
    }
  }

  @Test
  void aStreamThatEndsEarlyIsToldByItsCause() throws Exception {
    byte[] stream = RecordedCapture.stream();
    for (int length : new int[] {0, 3, 100, stream.length / 2, stream.length - 1}) {
      try (Capture capture = Capture.create()) {
        assertThrows(
            PeerClosedException.class,
            () -> RecordedCapture.playCutShort(capture, Arrays.copyOf(stream, length)));
        assertThrows(NativeFailureException.class, () -> capture.measure(1));
      }
    }
  }

  @Test
  void whatIsNoStreamIsMalformed() throws Exception {
    byte[] stream = RecordedCapture.stream();
    stream[0] ^= 1;
    try (Capture capture = Capture.create()) {
      MalformedStreamException e =
          assertThrows(MalformedStreamException.class, () -> RecordedCapture.play(capture, stream));
      assertTrue(!e.detail().isEmpty());
    }
  }

  @Test
  void aMachineOverTheLimitsIsRefused() throws Exception {
    try (Capture capture = Capture.create(new CaptureLimits(4096, 64, 1 << 20))) {
      assertThrows(
          LimitExceededException.class,
          () -> RecordedCapture.play(capture, RecordedCapture.stream()));
    }
  }

  @Test
  void aSilentPeerIsGivenUpAtTheDeadline() throws Exception {
    try (Capture capture = Capture.create();
        SocketPair pair = SocketPair.create()) {
      assertThrows(
          DeadlineException.class,
          () -> capture.readStream(pair.module().descriptor(), Duration.ofMillis(50)));
    }
  }

  /** Starts to read from a peer that says nothing. */
  private static CompletableFuture<Void> reading(Capture capture, SocketPair pair) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            capture.readStream(pair.module().descriptor(), LONG);
          } catch (TeeException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static void assertCancelled(CompletableFuture<Void> reading) {
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> reading.get(60, TimeUnit.SECONDS));
    // Where the end came before the beginning, the capture is closed already.
    assertTrue(
        e.getCause() instanceof IllegalStateException closed
            && (closed.getCause() == null || closed.getCause() instanceof CancelledException),
        e::toString);
  }

  @Test
  void aReadingCaptureCanBeCancelled() throws Exception {
    try (Capture capture = Capture.create();
        SocketPair pair = SocketPair.create()) {
      CompletableFuture<Void> reading = reading(capture, pair);
      capture.cancel();
      assertCancelled(reading);
    }
  }

  @Test
  void closingEndsAReadingCapture() throws Exception {
    Capture capture = Capture.create();
    try (SocketPair pair = SocketPair.create()) {
      CompletableFuture<Void> reading = reading(capture, pair);
      capture.close();
      assertCancelled(reading);
    }
    capture.close();
    capture.cancel();
    assertThrows(IllegalStateException.class, () -> capture.measure(1));
  }

  @Test
  void claimsAreTheSameHoweverManyThreadsMeasure() throws Exception {
    byte[] stream = RecordedCapture.stream();
    try (Capture one = Capture.create();
        Capture many = Capture.create()) {
      RecordedCapture.play(one, stream);
      RecordedCapture.play(many, stream);
      one.measure(1);
      many.measure(0);
      assertArrayEquals(components(one), components(many));
    }
  }

  @Test
  void aVmsNextCaptureHasTheSameClaimsWhereNothingChanged() throws Exception {
    byte[] stream = RecordedCapture.stream();
    UUID vm = UUID.randomUUID();
    byte[] first = componentsOf(vm, stream);
    assertArrayEquals(first, componentsOf(vm, stream));
    byte[] changed = componentsOf(vm, RecordedCapture.withPages(0x5000));
    assertFalse(Arrays.equals(first, changed));
    assertArrayEquals(first, componentsOf(vm, stream));
  }

  private static byte[] componentsOf(UUID vm, byte[] stream) throws Exception {
    try (Capture capture = Capture.create()) {
      capture.ofVm(vm);
      RecordedCapture.play(capture, stream);
      assertThrows(NativeFailureException.class, () -> capture.ofVm(vm));
      capture.measure(1);
      return components(capture);
    }
  }

  private static byte[] components(Capture capture) throws TeeException {
    return CBORObject.DecodeFromBytes(capture.claims().cbor()).get(4).EncodeToBytes();
  }
}
