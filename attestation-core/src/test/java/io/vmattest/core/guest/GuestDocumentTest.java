// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.report.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestDocumentTest {
  private static final GuestIds ROOT = new GuestIds(0, 0, 0, 0);
  private static final Digest HASH = Digest.sha256(new byte[0]);
  private static final Optional<PageProof> PROOF =
      Optional.of(new PageProof("pc.ram", HASH, new InclusionProof(1, 3, List.of(HASH, HASH))));
  private static final GuestTask INIT =
      new GuestTask(
          1,
          0,
          "init \ud83d\ude00\u0001",
          false,
          1_000_000,
          Optional.of(
              new GuestExecutable("/bin/busybox (deleted)", 5_000_000_000L, 7, Optional.of(HASH))),
          List.of("init", "--x"),
          ROOT,
          new GuestIds(1, 2, 3, 4_294_967_295L),
          -1,
          0x1ff_ffff_ffffL,
          GuestTask.INITIAL_USER_NAMESPACE,
          2);

  private static GuestState.Seen guest() {
    return new GuestState.Seen(
        new GuestKernel("6.1.0", "abcd", 0x3c00_0000, ""),
        List.of(INIT),
        List.of(new GuestModule("virtio_blk", 40960)),
        List.of(new GuestSocket("tcp", "0.0.0.0:22", "", "LISTEN", List.of(1L))),
        List.of(new GuestMount("dev", "/dev", "devtmpfs", "rw")),
        List.of(
            new GuestFinding("TEXT_PATCHED", "CRITICAL", "f+0x5", "00", "cc", -4096, page(), PROOF),
            new GuestFinding(
                "TASK_HIDDEN", "CRITICAL", "task 9", "", "", 0, none(), Optional.empty())));
  }

  private static OptionalLong page() {
    return OptionalLong.of(0x1000);
  }

  private static OptionalLong none() {
    return OptionalLong.empty();
  }

  @Test
  void whatIsReadIsWhatWasWritten() throws Exception {
    GuestDocument document = GuestDocument.of(guest());
    GuestDocument again = GuestDocument.decompress(document.compressed());
    assertEquals(guest(), again.state());
    assertEquals(document.digest(), again.digest());
    assertEquals(document.size(), again.size());
    GuestState unreadable = new GuestState.Unreadable("NO_KERNEL", "no VMCOREINFO");
    assertEquals(unreadable, GuestDocument.of(unreadable).state());
  }

  @Test
  void theSameStateGivesTheSameBytes() {
    assertArrayEquals(
        GuestDocument.of(guest()).compressed(), GuestDocument.of(guest()).compressed());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{}",
        "{\"reason\":1,\"detail\":\"\"}",
        "{\"kernel\":{}}",
        "{\"kernel\":1}",
      })
  void whatIsNoDocumentIsRefused(String json) throws Exception {
    GuestDocument document = GuestDocument.decompress(gzip(json));
    assertThrows(MalformedGuestDocumentException.class, document::state);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"pid\":1|\"pid\":1.5",
        "\"pid\":1|\"pid\":99999999999999999999",
        "\"effective\":\"0x|\"effective\":\"0y",
        "\"effective\":\"0x|\"effective\":\"0xfffffffff",
        "\"uids\":[0,0,0,0]|\"uids\":[0,0,0]",
        "\"commandLine\":[\"init\"|\"commandLine\":[7",
        "\"sha256\":\"e3|\"sha256\":\"e",
        "\"leaf\":\"e3|\"leaf\":\"zz",
        "\"path\":[\"|\"path\":[1,\"",
        "\"threads\":2|\"threads\":2147483648",
      })
  void aFieldOfAnotherKindIsRefused(String change) throws Exception {
    String json = GuestDocument.of(guest()).json().toString();
    String[] parts = change.split("\\|", -1);
    assertFalse(json.replace(parts[0], parts[1]).equals(json), change);
    GuestDocument document = GuestDocument.decompress(gzip(json.replace(parts[0], parts[1])));
    assertThrows(MalformedGuestDocumentException.class, document::state);
  }

  @Test
  void whatIsNestedDeeplyIsRefused() throws Exception {
    GuestDocument document = GuestDocument.decompress(gzip("{\"a\":" + "[".repeat(100_000)));
    assertThrows(MalformedGuestDocumentException.class, document::state);
  }

  @Test
  void whatGrowsBeyondTheLimitIsRefusedBeforeItHasGrown() throws Exception {
    byte[] bomb = gzip(" ".repeat(GuestDocument.MAX_SIZE + 1));
    assertThrows(MalformedGuestDocumentException.class, () -> GuestDocument.decompress(bomb));
    assertThrows(
        MalformedGuestDocumentException.class,
        () -> GuestDocument.decompress(new byte[GuestDocument.MAX_COMPRESSED + 1]));
    assertThrows(
        MalformedGuestDocumentException.class, () -> GuestDocument.decompress(new byte[] {1}));
  }

  @Test
  void aDocumentThatNoReaderTakesDoesNotFit() {
    GuestState.Seen one = guest();
    GuestState many =
        new GuestState.Seen(
            one.kernel(),
            Collections.nCopies(60_000, INIT),
            one.modules(),
            one.sockets(),
            one.mounts(),
            one.findings());
    assertFalse(GuestDocument.of(many).fits());
  }

  private static byte[] gzip(String text) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }
}
