// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.memory.PagingMode;
import io.vmattest.introspection.testing.SyntheticKernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class KallsymsTest {
  private static final long TABLES = SyntheticKernel.IMAGE_AT;

  private final SyntheticKernel guest = new SyntheticKernel(4);

  @Test
  void decodesAllSymbolsInTheirOrder() throws MalformedGuestException {
    Kallsyms symbols = read();
    List<String> decoded = new ArrayList<>();
    for (int i = 0; i < symbols.size(); i++) {
      Symbol symbol = symbols.get(i);
      decoded.add("%x %c%s".formatted(symbol.address(), symbol.type(), symbol.name()));
    }
    List<String> expected = new ArrayList<>();
    guest.symbols().forEach((address, name) -> expected.add("%x %s".formatted(address, name)));
    assertEquals(expected, decoded);
  }

  @Test
  void findsAddressesByName() throws MalformedGuestException {
    Kallsyms symbols = read();
    assertEquals(OptionalLong.of(SyntheticKernel.IMAGE), symbols.address("_stext"));
    assertEquals(OptionalLong.of(0x1a0), symbols.address("cpu_info"));
    assertEquals(OptionalLong.empty(), symbols.address("_stex"));
    assertEquals(OptionalLong.empty(), symbols.address("_stext_"));
    assertEquals(OptionalLong.empty(), symbols.address(""));
    assertEquals(
        OptionalLong.of(SyntheticKernel.IMAGE + 0x4300), symbols.address("long_name_".repeat(20)));
  }

  @Test
  void doesNotChooseBetweenStaticSymbolsOfOneName() throws MalformedGuestException {
    Kallsyms symbols = read();
    assertEquals(OptionalLong.empty(), symbols.address("shared"));
    assertEquals(2, symbols.named("shared").size());
  }

  @Test
  void findsTheSymbolAnAddressBelongsTo() throws MalformedGuestException {
    Kallsyms symbols = read();
    assertEquals("_stext", name(symbols.at(SyntheticKernel.IMAGE)));
    assertEquals("_stext", name(symbols.at(SyntheticKernel.IMAGE + 0xfff)));
    assertEquals("idt_table", name(symbols.at(SyntheticKernel.IMAGE + 0x1000)));
    assertEquals("__stop_BTF", name(symbols.at(-1)));
    assertEquals(Optional.empty(), symbols.at(SyntheticKernel.IMAGE - 1));
    assertEquals(Optional.empty(), symbols.at(0x1a0));
  }

  @Test
  void takesAllOffsetsForRelativeWhereNoneIsNegative() throws MalformedGuestException {
    for (int i = 0; i < guest.symbols().size(); i += 2) {
      guest.memory().put64(TABLES + 0xc000 + i * 4L, (i + 1L) << 36 | i << 4);
    }
    Kallsyms symbols = read();
    for (int i = 0; i < symbols.size(); i++) {
      assertEquals(SyntheticKernel.IMAGE + i * 16L, symbols.get(i).address());
    }
  }

  @Test
  void refusesCountsBeyondItsLimit() {
    guest.memory().put64(TABLES + 0x8000, 0xffff_ffffL);
    assertEquals(Reason.TOO_LARGE, refusal());
    guest.memory().put64(TABLES + 0x8000, 0);
    assertEquals(Reason.TOO_LARGE, refusal());
  }

  @Test
  void refusesNamesThatGoOnForEver() {
    guest.memory().put64(TABLES + 0x8000, 200_000);
    assertEquals(Reason.INVALID, refusal());
    long end = TABLES + SyntheticKernel.IMAGE_PAGES * 4096L;
    for (long at = TABLES + 0x1_0000; at < end; at += 8) {
      guest.memory().put64(at, 0x0101_0101_0101_0101L);
    }
    assertEquals(Reason.NOT_MAPPED, refusal());
  }

  @Test
  void refusesSymbolsOutOfOrder() {
    guest.memory().put64(TABLES + 0xc008, guest.memory().get64(TABLES + 0xc010));
    guest.memory().put64(TABLES + 0xc010, guest.memory().get64(TABLES + 0xc000));
    assertEquals(Reason.INVALID, refusal());
  }

  @Test
  void refusesTokensThatMakeNamesTooLong() {
    guest
        .memory()
        .put(TABLES + 0xa000, "x".repeat(500).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertEquals(Reason.INVALID, refusal());
  }

  private Reason refusal() {
    return assertThrows(MalformedGuestException.class, this::read).reason();
  }

  private static String name(Optional<Symbol> symbol) {
    return symbol.orElseThrow().name();
  }

  private Kallsyms read() throws MalformedGuestException {
    AddressSpace space =
        new AddressSpace(guest.memory(), SyntheticKernel.PAGE_TABLES, PagingMode.FOUR_LEVEL);
    byte[] text = guest.info().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    return Kallsyms.decode(KallsymsTables.read(space, KernelMap.of(VmcoreInfo.parse(text, 0))));
  }
}
