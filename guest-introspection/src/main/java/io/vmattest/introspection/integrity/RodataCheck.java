// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Compares live read-only data with the image's. */
final class RodataCheck {
  private static final int MAX_RUNS = 1000;
  private static final int MAX_REPORTED = 4000;
  private static final VarHandle U64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final LiveKernel live;
  private final KernelImage image;
  private final Rodata rodata;
  private final MemberNames members;

  RodataCheck(LiveKernel live, KernelReference reference) {
    this.live = live;
    this.image = reference.image();
    this.rodata = reference.rodata();
    this.members = new MemberNames(live);
  }

  CodeComponent run() {
    List<byte[]> all = new ArrayList<>();
    boolean equal = true;
    for (Rodata.Part part : rodata.parts()) {
      int length = part.bytes().length;
      byte[] actual = live.code(part.address() + live.offset(), length);
      image.relocations().apply(actual, part.address(), -live.offset());
      all.add(actual);
      if (!Arrays.equals(part.bytes(), actual)) {
        equal = false;
        compare(part, actual);
      }
    }
    String digest = equal ? rodata.digest() : Rodata.digest(all);
    return new CodeComponent(CodeComponent.Part.RODATA, digest, rodata.size(), true);
  }

  private void compare(Rodata.Part part, byte[] actual) {
    int reported = 0;
    int left = MAX_REPORTED;
    for (Differences.Run run : Differences.find(part.bytes(), actual, MAX_RUNS)) {
      // A pointer is reported as one, and once, whichever of its bytes differ.
      int at = Math.max(reported, run.start());
      while (at < run.end() && left-- > 0) {
        int word = wordOf(part, at);
        if (word >= 0 && isPointer((long) U64.get(part.bytes(), word))) {
          pointer(part, actual, word);
          at = word + Long.BYTES;
        } else {
          int end = word < 0 ? run.end() : Math.min(run.end(), word + Long.BYTES);
          data(part, actual, at, end);
          at = end;
        }
      }
      reported = at;
    }
  }

  /** The aligned word around a byte; -1 where the part ends within it. */
  private static int wordOf(Rodata.Part part, int at) {
    int word = (int) ((part.address() + at & -Long.BYTES) - part.address());
    return word < 0 || word > part.bytes().length - Long.BYTES ? -1 : word;
  }

  private boolean isPointer(long value) {
    long offset = value - image.loaded().base();
    return offset >= 0 && offset < image.loaded().length();
  }

  private void pointer(Rodata.Part part, byte[] actual, int word) {
    long address = part.address() + word + live.offset();
    if ((long) U64.get(part.bytes(), word) == (long) U64.get(actual, word)
        || SyscallCheck.owns(live.names(), address)) {
      return;
    }
    live.findings()
        .add(
            Kind.POINTER_HOOKED,
            Severity.CRITICAL,
            members.describe(address),
            live.names().describe((long) U64.get(part.bytes(), word) + live.offset()),
            live.names().describe((long) U64.get(actual, word) + live.offset()),
            address);
  }

  private void data(Rodata.Part part, byte[] actual, int start, int end) {
    byte[] expected = Arrays.copyOfRange(part.bytes(), start, end);
    byte[] found = Arrays.copyOfRange(actual, start, end);
    long address = part.address() + start + live.offset();
    if (!Arrays.equals(expected, found)) {
      live.findings()
          .add(
              Kind.RODATA_CHANGED,
              Severity.CRITICAL,
              members.describe(address),
              LiveKernel.hex(expected),
              LiveKernel.hex(found),
              address);
    }
  }
}
