// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.hypervisor.clones.PacketFilter.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketFilterTest {
  private final StringBuilder forwarded = new StringBuilder();
  private final List<Verdict> answered = new ArrayList<>();
  private final PacketFilter filter =
      new PacketFilter(
          new PacketFilter.Sink() {
            @Override
            public void forward(byte[] bytes) {
              forwarded.append(new String(bytes, StandardCharsets.ISO_8859_1));
            }

            @Override
            public void answer(Verdict verdict) {
              answered.add(verdict);
            }
          });

  private void send(String text) throws IOException {
    for (byte b : text.getBytes(StandardCharsets.ISO_8859_1)) {
      filter.accept(b & 0xff);
    }
  }

  private static String packet(String payload) {
    byte[] bytes = payload.getBytes(StandardCharsets.ISO_8859_1);
    return new String(PacketFilter.framed(bytes), StandardCharsets.ISO_8859_1);
  }

  @Test
  void whatDebuggersSayPassesAsItIs() throws IOException {
    String said =
        "+" + packet("qSupported:x") + "-" + packet("g") + "\3" + packet("X10,1:}\3") + packet("");
    send(said);
    assertEquals(said, forwarded.toString());
    assertEquals(List.of(), answered);
  }

  @Test
  void theFrameIsTheProtocols() {
    assertEquals("$OK#9a", packet("OK"));
    assertEquals("$#00", packet(""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"qRcmd,696e666f", "qRcmd", "}Qrcmd,", "}QRcmd,69", "q}rcmd,69"})
  void theMonitorIsAskedForInVainHoweverItIsSpelt(String payload) throws IOException {
    send(packet(payload));
    if (payload.startsWith("}Qr")) {
      assertEquals(packet(payload), forwarded.toString(), "another word");
    } else {
      assertEquals(List.of(Verdict.UNSUPPORTED), answered);
      assertEquals("", forwarded.toString());
    }
  }

  @Test
  void nobodyEndsTheCloneOrLetsItRunByLeaving() throws IOException {
    send(packet("D") + packet("D;1") + packet("k") + packet("vKill;1"));
    assertEquals(List.of(Verdict.DETACH, Verdict.DETACH, Verdict.KILL, Verdict.KILL), answered);
    assertEquals("", forwarded.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$g#00",
        "$g#6x",
        "$g#x7",
        "x",
        "$x$qRcmd,6869#00",
        "$0*~#c6",
        "$}#7d",
      })
  void whatAStubCouldReadInAnotherWayEndsTheConversation(String text) {
    assertThrows(IOException.class, () -> send(text));
    assertEquals("", forwarded.toString());
  }

  @Test
  void aPacketIsNoLongerThanTheStubsLine() throws IOException {
    send(packet("m" + "0".repeat(PacketFilter.LONGEST - 1)));
    assertEquals(1, forwarded.chars().filter(c -> c == '$').count());
    assertThrows(IOException.class, () -> send("$" + "0".repeat(PacketFilter.LONGEST + 1)));
  }
}
