// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Command lines, which lie in the tasks' own memory: a task can change its own at any time. */
final class CommandLines {
  private static final int MAX_LENGTH = 4096;

  private final AddressSpace kernel;
  private final TextBudget budget;
  private final Field pageTables;
  private final Field start;
  private final Field end;

  CommandLines(Structures structures, TextBudget budget) throws MalformedGuestException {
    this.kernel = structures.space();
    this.budget = budget;
    Struct mm = structures.struct("mm_struct");
    this.pageTables = mm.field("pgd");
    this.start = mm.field("arg_start");
    this.end = mm.field("arg_end");
  }

  /** Empty, if a page of it is not there: swapped out, not yet touched, not mapped. */
  Optional<List<String>> of(long mm) throws MalformedGuestException {
    long from = start.get(mm);
    long length = Math.min(end.get(mm) - from, MAX_LENGTH);
    OptionalLong root = kernel.translate(pageTables.pointer(mm));
    if (from <= 0 || length <= 0 || root.isEmpty()) {
      return Optional.empty();
    }
    budget.take(mm, (int) length);
    byte[] bytes = new byte[(int) length];
    AddressSpace own = kernel.withRoot(root.getAsLong());
    return own.read(from, ByteBuffer.wrap(bytes)) < bytes.length
        ? Optional.empty()
        : Optional.of(words(bytes));
  }

  private static List<String> words(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String ended = text.endsWith("\0") ? text.substring(0, text.length() - 1) : text;
    return List.of(ended.split("\0", -1));
  }
}
