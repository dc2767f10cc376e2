// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What a debugger sends, packet by packet (GDB, Remote Protocol, Overview). Only what a stub can
 * take in one way passes: QEMU's reader (gdbstub.c, gdb_read_byte) goes on after a wrong checksum,
 * and forgets where a packet began while the guest runs, so that a packet within a packet could be
 * one for it.
 */
final class PacketFilter {
  /** QEMU's MAX_PACKET_LENGTH less what ends a line of it. */
  static final int LONGEST = 4094;

  private static final int INTERRUPT = 3;

  /** What is to be done with a packet. */
  enum Verdict {
    FORWARD,
    /** Does not exist for this debugger: the monitor of QEMU. */
    UNSUPPORTED,
    /** The guest would run on when the debugger leaves: he leaves, and it stands still. */
    DETACH,
    /** QEMU would end. */
    KILL
  }

  /** Where what passes goes, and what does not is answered. */
  interface Sink {
    /** Bytes for the stub. */
    void forward(byte[] bytes) throws IOException;

    /** A packet that is not for the stub. */
    void answer(Verdict verdict) throws IOException;
  }

  private enum State {
    BETWEEN,
    PACKET,
    FIRST_DIGIT,
    SECOND_DIGIT
  }

  private final Sink sink;
  private final ByteArrayOutputStream packet = new ByteArrayOutputStream();
  private State state = State.BETWEEN;
  private int sum;
  private int check;

  PacketFilter(Sink sink) {
    this.sink = sink;
  }

  /**
   * @param next a byte, 0 to 255
   * @throws IOException if it is not what a debugger sends; also from the sink
   */
  void accept(int next) throws IOException {
    switch (state) {
      case BETWEEN -> between(next);
      case PACKET -> inside(next);
      case FIRST_DIGIT -> {
        check = digit(next) << 4;
        state = State.SECOND_DIGIT;
      }
      case SECOND_DIGIT -> {
        check |= digit(next);
        state = State.BETWEEN;
        complete();
      }
    }
  }

  private void between(int next) throws IOException {
    if (next == '$') {
      packet.reset();
      sum = 0;
      state = State.PACKET;
    } else if (next == '+' || next == '-' || next == INTERRUPT) {
      sink.forward(new byte[] {(byte) next});
    } else {
      throw new IOException("byte " + next + " between packets");
    }
  }

  private void inside(int next) throws IOException {
    if (next == '#') {
      state = State.FIRST_DIGIT;
      return;
    }
    if (next == '$' || next == '*' || packet.size() >= LONGEST) {
      throw new IOException("a packet that a stub could take for another one");
    }
    packet.write(next);
    sum = (sum + next) & 0xff;
  }

  private static int digit(int next) throws IOException {
    int value = Character.digit(next, 16);
    if (value < 0) {
      throw new IOException("a checksum of other characters than digits");
    }
    return value;
  }

  private void complete() throws IOException {
    if (check != sum) {
      throw new IOException("a packet with a wrong checksum");
    }
    byte[] payload = packet.toByteArray();
    Verdict verdict = verdict(payload);
    if (verdict == Verdict.FORWARD) {
      sink.forward(framed(payload));
    } else {
      sink.answer(verdict);
    }
  }

  /** A packet of a payload that needs no escape any more. */
  static byte[] framed(byte[] payload) {
    int sum = 0;
    for (byte b : payload) {
      sum = (sum + (b & 0xff)) & 0xff;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + 4);
    out.write('$');
    out.writeBytes(payload);
    out.writeBytes("#%02x".formatted(sum).getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  private static Verdict verdict(byte[] payload) throws IOException {
    String text = unescaped(payload);
    if (text.startsWith("qRcmd")) {
      return Verdict.UNSUPPORTED;
    }
    if (text.startsWith("D")) {
      return Verdict.DETACH;
    }
    return text.startsWith("k") || text.startsWith("vKill") ? Verdict.KILL : Verdict.FORWARD;
  }

  private static String unescaped(byte[] payload) throws IOException {
    StringBuilder text = new StringBuilder(payload.length);
    for (int i = 0; i < payload.length; i++) {
      int b = payload[i] & 0xff;
      if (b == '}') {
        if (++i == payload.length) {
          throw new IOException("a packet that ends in an escape");
        }
        b = (payload[i] & 0xff) ^ 0x20;
      }
      text.append((char) b);
    }
    return text.toString();
  }
}
