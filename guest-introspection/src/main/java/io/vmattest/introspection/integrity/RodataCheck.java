// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.text.LinkedRun;
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

  CodeComponent run() throws MalformedImageException {
    KernelCode code = new KernelCode(live);
    List<LinkedRun> all = new ArrayList<>();
    boolean equal = true;
    for (Rodata.Part part : rodata.parts()) {
      int length = part.bytes().length();
      LinkedRun actual = new LinkedRun(image, code, part.address(), length, live.offset());
      all.add(actual);
      Differences differences = new Differences(part.bytes(), MAX_RUNS);
      actual.forEach(differences::find);
      List<Differences.Run> runs = differences.runs();
      if (!runs.isEmpty()) {
        equal = false;
        compare(part, actual, runs);
      }
    }
    String digest = equal ? rodata.digest() : digest(all);
    return new CodeComponent(CodeComponent.Part.RODATA, digest, rodata.size(), true);
  }

  private static String digest(List<LinkedRun> parts) throws MalformedImageException {
    Digests digest = new Digests();
    for (LinkedRun part : parts) {
      part.forEach(block -> digest.add(block.linked(), block.at(), block.length()));
    }
    return digest.hex();
  }

  private void compare(Rodata.Part part, LinkedRun actual, List<Differences.Run> runs)
      throws MalformedImageException {
    int reported = 0;
    int left = MAX_REPORTED;
    for (Differences.Run run : runs) {
      // A pointer is reported as one, and once, whichever of its bytes differ.
      int at = Math.max(reported, run.start());
      while (at < run.end() && left-- > 0) {
        int word = wordOf(part, at);
        if (word >= 0 && isPointer(part.bytes().u64(word))) {
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
    return word < 0 || word > part.bytes().length() - Long.BYTES ? -1 : word;
  }

  private boolean isPointer(long value) {
    long offset = value - image.loaded().base();
    return offset >= 0 && offset < image.loaded().length();
  }

  private void pointer(Rodata.Part part, LinkedRun actual, int word)
      throws MalformedImageException {
    long address = part.address() + word + live.offset();
    long expected = part.bytes().u64(word);
    long found = (long) U64.get(actual.linked(word, Long.BYTES), 0);
    if (expected == found || SyscallCheck.owns(live.names(), address)) {
      return;
    }
    live.findings()
        .add(
            Kind.POINTER_HOOKED,
            Severity.CRITICAL,
            members.describe(address),
            live.names().describe(expected + live.offset()),
            live.names().describe(found + live.offset()),
            address);
  }

  private void data(Rodata.Part part, LinkedRun actual, int start, int end)
      throws MalformedImageException {
    byte[] expected = part.bytes().copy(start, end - start);
    byte[] found = actual.linked(start, end - start);
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
